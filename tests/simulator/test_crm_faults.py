"""What a CRM does to us without any call failing: it is late, it takes a right away, it refuses whoever we are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import AuthFailed
from connectors.records import System
from connectors.sandbox.server import Fault, Response
from syncd.desk import Order, Run
from syncd.reading.listed import PLACE, read_list
from syncd.store import mirror, references
from syncd.store.database import OF_READING, noted, set_meta
from syncd.store.runs import RunId
from tests.simulator.inside import Inside
from tests.world import is_write

MINUTE, HOUR = 60, 3_600
REVOKED = Fault(Response(401, {"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no"}))
NO_LOGIN = Fault(Response(400, {"error": "invalid_grant", "error_description": "expired authorization code"}))


def test_what_a_search_index_shows_minutes_late_is_not_read_past(town, tmp_path):
    world = town.twice(tmp_path)
    world.cycle("apply")
    world.portal.index_lag = timedelta(minutes=2)
    world.time.sleep(HOUR)
    world.visit(world.contacts["p12"])
    assert len(world.tasks()) == 11
    for _ in range(5):
        world.time.sleep(MINUTE)
        world.cycle()
    assert len(world.tasks()) == 12
    assert world.ledger_is_sound()


@pytest.mark.parametrize(("lag", "hours"), [(timedelta(minutes=25), 3), (timedelta(hours=10), 36)])
def test_what_a_search_index_shows_later_than_ever_is_late_and_not_lost(town, tmp_path, lag, hours):
    """Between the cycles that look further back there are others, which read past it."""
    world = town.twice(tmp_path)
    world.cycle("apply")
    world.time.sleep(40 * MINUTE)
    world.portal.index_lag = lag
    world.visit(world.contacts["p12"])
    for _ in range(3):
        world.time.sleep(6 * MINUTE)
        world.cycle()
    assert len(world.tasks()) == 11
    for _ in range(2 * hours):
        world.time.sleep(HOUR // 2)
        world.cycle()
    assert len(world.tasks()) == 12
    assert world.ledger_is_sound()


def test_who_comes_back_while_another_goes_is_seen_though_the_count_is_the_same(town, tmp_path):
    world = town.twice(tmp_path)
    world.cycle("apply")
    back, gone = world.contacts["p12"], world.contacts["p13"]
    world.time.sleep(26 * HOUR)
    world.portal.people.archive("contacts", back)
    world.time.sleep(26 * HOUR)
    world.cycle()
    assert deleted(world, back, gone) == [True, False]
    world.portal.people.restore("contacts", back)
    world.portal.people.erase(gone)
    world.time.sleep(26 * HOUR)
    assert world.cycle().run.quarantined == 1
    assert deleted(world, back, gone) == [False, True]


@pytest.mark.parametrize("sweeps", [True, False])
def test_what_no_window_ever_showed_is_found_in_the_list_of_all_contacts_within_eight_days(town, tmp_path, sweeps):
    """A contact that lay in the bin before anybody read it, and a change that the index never shows."""
    world = town.twice(tmp_path)
    world.has_run = False  # so that somebody can have been there for long
    early = world.person("early", seen=9)
    world.portal.people.archive("contacts", early)
    world.cycle("apply")
    world.time.sleep(HOUR)
    world.portal.people.restore("contacts", early)
    world.portal.index_lag = timedelta(days=400)
    world.visit(world.contacts["p12"])
    for _ in range(6):
        world.time.sleep(25 * HOUR)
        world.cycle("run", sweeps=sweeps)
    late = {"early@acme.example", "p12@acme.example"}
    assert late & world.records("Lead").keys() == set()
    world.time.sleep(19 * HOUR if sweeps else 43 * HOUR)
    told = world.cycle("run", sweeps=sweeps)
    assert told.run.pulled["hubspot.contact list"] == 2
    assert late <= world.records("Lead").keys()
    assert world.ledger_is_sound()


def test_a_long_list_of_contacts_is_read_on_by_the_cycles_that_follow_and_holds_none_of_them_up(town, tmp_path):
    world = town.twice(tmp_path)
    world.cycle("apply")
    world.portal.index_lag = timedelta(days=400)
    for number in range(230):
        world.portal.create("contacts", {"email": f"unseen{number}@acme.example"}, world.just_now())
    asked = []

    def listed(request):
        found = request.method == "GET" and "/objects/" in request.path and request.path.endswith("/contacts")
        found = found and request.arg("archived") != "true"
        asked.extend([request.arg("after")] if found else [])
        return found

    world.time.sleep(8 * 24 * HOUR)
    news = []
    with world.hook("hubspot", listed, dict.fromkeys(range(1, 9), lambda: world.time.sleep(6))):
        for _ in range(4):
            news.append(world.cycle("run").run.pulled.get("hubspot.contact list"))
            world.time.sleep(MINUTE)
    assert news[3] is None
    assert sum(news[:3]) == 230
    assert len(asked) == len(set(asked)) == 3
    assert world.ledger_is_sound()


def test_a_list_whose_place_is_not_known_any_more_is_begun_anew(town, tmp_path):
    world = town.twice(tmp_path)
    world.cycle("apply")
    world.time.sleep(8 * 24 * HOUR)
    place = '{"begun":1,"cursor":"gone","seen":100,"news":0}'
    with world.desk() as desk, desk.store.transaction() as tx:
        set_meta(tx, PLACE, place)
    assert world.cycle("run").run.pulled["hubspot.contact list"] == 0
    assert world.cycle("run").run.pulled["hubspot.contact list"] == 0
    assert "hubspot.contact list" not in world.cycle("run").run.pulled


def test_of_contacts_with_500_properties_those_alone_are_read_whole_that_changed(town, tmp_path):
    world = town.twice(tmp_path)
    world.cycle("plan")
    world.portal.index_lag = timedelta(days=400)
    world.time.sleep(8 * 24 * HOUR)
    new = world.portal.create("contacts", {"email": "unseen@acme.example"}, world.just_now())
    world.visit(world.contacts["p12"])
    with world.desk() as desk:
        (stream,) = (one for one in desk.streams if one.name == "hubspot.contact")
        wide = replace(stream, properties=[*stream.properties, *(f"answer_to_question_{n}" for n in range(500))])
        asked = []
        for _ in range(2):
            run, before = Run(RunId("read"), Order("sync"), desk.clock()), desk.hubspot.calls
            with desk.store.reading() as tx:
                notes = noted(tx, OF_READING)
            read_list(desk, run, wide, notes)
            asked.append((run.pulled["hubspot.contact list"], desk.hubspot.calls - before))
            world.time.sleep(9 * 24 * HOUR)
        with desk.store.reading() as tx:
            assert mirror.get(tx, System.HUBSPOT, "contact", [new])[new].properties["email"] == "unseen@acme.example"
    assert (asked[0][0], asked[1]) == (2, (0, 1))
    assert world.ledger_is_sound()


def deleted(world, *contacts):
    with world.store() as store, store.reading() as tx:
        found = mirror.get(tx, System.HUBSPOT, "contact", contacts)
        return [found[one].deleted for one in contacts]


@pytest.mark.parametrize(("system", "refusal"), [("hubspot", REVOKED), ("salesforce", NO_LOGIN)])
def test_credentials_that_were_revoked_end_the_run_and_new_ones_finish_it(town, calm, tmp_path, system, refusal):
    world = town.twice(tmp_path)

    def refused(request):
        return system == "hubspot" or "oauth2/token" in request.path

    with world.hook(system, refused, dict.fromkeys(range(1, 99), lambda: refusal)):
        with pytest.raises(AuthFailed):
            world.cycle("apply")
    assert world.cycle("apply").exit_code == 0
    assert world.state() == calm


def test_a_right_that_is_taken_away_between_plan_and_write_costs_its_own_rows(calm, tmp_path):
    world = Inside(tmp_path)  # a copy of the town would share its fields
    world.town()
    with world.desk():
        pass
    with world.hook("salesforce", is_write, {1: lambda: world.org.freeze_field("Lead", "Title")}):
        first = world.cycle("apply")
    assert first.exit_code in (0, 1)
    assert len(world.tasks()) > 0
    world.time.sleep(2 * HOUR)
    assert world.cycle("apply").exit_code == 0
    assert world.state()["tasks"].keys() == calm["tasks"].keys()
    assert world.ledger_is_sound()


def test_a_form_that_is_told_of_an_hour_late_is_not_lost(town, tmp_path):
    world = town.twice(tmp_path)
    form = world.portal.add_form("Contact us", world.time.now() - timedelta(days=2))
    world.cycle("apply")
    world.time.sleep(70 * MINUTE)
    world.cycle()
    world.portal.submit_form(form, {"email": "p12@acme.example"}, world.time.now() - 50 * timedelta(minutes=1))
    world.time.sleep(70 * MINUTE)
    world.cycle()
    with world.store() as store, store.reading() as tx:
        assert mirror.count(tx, System.HUBSPOT, "form_submission") == 1


def test_what_salesforce_commits_minutes_late_is_not_read_past(town, tmp_path):
    """A row has the instant at which its transaction changed it, and is in no query before that ends."""
    world = town.twice(tmp_path)
    world.org.track("Lead", "Status")
    world.cycle("apply")
    world.time.sleep(20 * MINUTE)
    world.cycle()
    leads = [row["Id"] for row in world.org.rows("Lead")]
    long_ago = world.time.now() - timedelta(minutes=14)
    for lead in leads:  # one transaction, of one instant
        world.org.update("Lead", lead, {"City": "Oslo", "Status": "Working - Contacted"}, long_ago)
    task = world.org.create("Task", {"WhoId": leads[0], "Subject": "Late", "OwnerId": world.seller}, long_ago)
    world.cycle()
    with world.store() as store, store.reading() as tx:
        found = mirror.get(tx, System.SALESFORCE, "lead", leads)
        assert {one.properties["City"] for one in found.values()} == {"Oslo"}
        assert task in mirror.get(tx, System.SALESFORCE, "task", [task])


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_of_a_crm_that_jumps_and_comes_back_lets_nothing_be_read_past(town, tmp_path, hours):
    """Windows are cut by that clock: what changed while one would have begun after its end is read all the same."""
    world = town.twice(tmp_path)
    world.cycle("apply")
    right = [line._answer for line in world.lines]
    for line, answer in zip(world.lines, right, strict=True):
        line._answer = lambda request, answer=answer: dated(answer(request), world.time.now() + timedelta(hours=hours))
    world.time.sleep(HOUR)
    world.cycle()
    for line, answer in zip(world.lines, right, strict=True):
        line._answer = answer
    world.time.sleep(10 * MINUTE)
    world.visit(world.contacts["p12"])
    lead = next(row["Id"] for row in world.org.rows("Lead"))
    world.org.update("Lead", lead, {"City": "Oslo"}, world.just_now())
    for user in world.org.rows("User"):
        world.org.update("User", user["Id"], {"LastName": "Moved"}, world.just_now())
    for _ in range(3):
        world.time.sleep(40 * MINUTE)
        assert world.cycle().exit_code == 0
    assert len(world.tasks()) == 12
    with world.store() as store, store.reading() as tx:
        assert mirror.get(tx, System.SALESFORCE, "lead", [lead])[lead].properties["City"] == "Oslo"
        users = mirror.iterate(tx, System.SALESFORCE, "user")
        assert {str(one.properties["Name"]).split()[-1] for one in users} == {"Moved"}
    assert world.ledger_is_sound()


def dated(answer: Response, at: datetime) -> Response:
    """An answer by another clock."""
    return replace(answer, headers={**answer.headers, "Date": format_datetime(at, usegmt=True)})


def test_a_call_that_is_hung_on_somebody_else_is_theirs_within_two_hours(town, tmp_path):
    """That moves no date of the call."""
    world = town.twice(tmp_path)
    first, second = world.contacts["p01"], world.contacts["p02"]
    call = world.portal.create("calls", {"hs_call_title": "Call"}, world.just_now())
    world.portal.associate("calls", call, "contacts", first, world.just_now())

    def about() -> list[str]:
        world.cycle("apply")
        with world.store() as store, store.reading() as tx:
            named = references.named(tx, System.HUBSPOT, "call", [call]).get(call, ())
        return [one.id for one in named]

    assert about() == [first]
    world.portal.associations.remove("calls", int(call), "contacts", int(first))
    world.portal.associate("calls", call, "contacts", second, world.just_now())
    world.time.sleep(70 * MINUTE)
    assert about() == [second]
