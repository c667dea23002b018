"""History read in slices: with others in between, killed and gone on with, within its share of the day, told ahead."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

from connectors.errors import LimitReached, Missing
from connectors.records import System
from connectors.sandbox.hubspot import Row
from connectors.sandbox.server import Fault, Response
from syncd import backfill as module
from syncd.backfill import backfill, forecast
from syncd.cycle import run_cycle
from syncd.desk import Order
from syncd.model.instant import instant_of
from syncd.store import mirror
from syncd.store.database import open_store
from syncd.store.locks import WAITING, file_mark
from syncd.wiring import go_on_counting
from tests.world import DAYS, NOW, is_write

SINCE = instant_of(NOW - 365 * DAYS)
ORDER = Order("backfill", since=SINCE)


def is_search(request):
    return request.path.endswith("/search") and b'"limit":200' in request.body.replace(b" ", b"")


def nothing(desk):
    """The desk is ready as it is."""


def in_slices(desk, **options):
    """A backfill whose every slice is over after one page."""
    return backfill(desk, ORDER, 5, ready=nothing, slice_seconds=0, **options)


@pytest.fixture
def begun(world):
    """A world that has had its first contact, with people in it whom nobody has read yet."""
    world.person("first")
    assert world.cycle("apply").exit_code == 0
    return world


def set_desk(world):
    @contextmanager
    def opened():
        with world.desk() as desk:
            pass
        desk.store = open_store(world.store_url)
        try:
            yield desk
        finally:
            desk.store.close()

    return opened()


def test_slices_read_the_same_as_one_cycle_and_stamp_the_true_dates(begun):
    begun.has_run = False  # what follows was there long before
    begun.person("second", seen=20)
    begun.lead("second")
    with set_desk(begun) as desk:
        outcome = in_slices(desk)
    assert outcome.exit_code == 0
    assert outcome.run.pulled["hubspot.contact"] == 1
    assert begun.records("Lead")["second@acme.example"]["MQL_At__c"][:10] == f"{NOW - 20 * DAYS:%Y-%m-%d}"
    assert begun.ledger_is_sound()


def test_a_live_cycle_takes_its_turn_between_two_slices(begun):
    begun.person("second")
    lived = []
    with set_desk(begun) as desk, set_desk(begun) as live:

        def meanwhile(seconds):
            if seconds == module.TURN:
                with live.store.writer(0):
                    lived.append(run_cycle(live, Order("run")).exit_code)

        desk.sleep = meanwhile
        assert in_slices(desk).exit_code == 0
    assert len(lived) > 2
    assert set(lived) == {0}
    assert begun.records("Lead")["second@acme.example"]["Lifecycle_Stage__c"] == "MQL"


@contextmanager
def somebody_waits(world):
    """Another process that wants to write, and never gets to: only its sign is up."""
    with file_mark(world.directory / "syncd.db", WAITING):
        yield


def test_others_write_between_the_steps_of_the_last_part(begun):
    """They leave to the backfill whom it has read of, until these do something new: what it made itself is not new."""
    begun.has_run = False  # these were there long before
    for place in range(45):
        begun.person(f"n{place:02}")
    lived, there, moved = [], [], []
    with set_desk(begun) as desk, set_desk(begun) as live, somebody_waits(begun):

        def meanwhile(seconds):
            if seconds != module.TURN:
                return
            leads = begun.records("Lead")
            if len(leads) > 1 and not moved:
                moved.extend(name for name in begun.contacts if f"{name}@acme.example" not in leads)
                begun.portal.update("contacts", begun.contacts[moved[0]], {"jobtitle": "Head of all"}, begun.just_now())
            there.append(len(leads))
            with live.store.writer(0):
                lived.append(run_cycle(live, Order("run")))

        desk.sleep = meanwhile
        outcome = backfill(desk, replace(ORDER, forced=("creates", "entries")), 5, ready=go_on_counting)
    assert outcome.exit_code == 0
    assert {one.exit_code for one in lived} == {0}
    assert any(1 < count < 46 for count in there)
    assert {len(one.plan.decisions) for one in lived} == {0, 1}
    assert begun.records("Lead")[f"{moved[0]}@acme.example"]["Title"] == "Head of all"
    assert len(begun.records("Lead")) == 46
    assert len(begun.cycle().plan.decisions) >= 44  # what was made is seen, and the tasks that a backfill leaves
    assert len(begun.tasks()) == 46
    assert not begun.cycle().plan.changes
    assert begun.ledger_is_sound()


def test_what_happens_while_a_backfill_reads_is_written_by_the_next_cycle_whoever_read_it_first(begun):
    """A backfill may be shown what no cycle has seen yet: that is not for the end of the history."""
    person = begun.contacts["first"]
    phones, lived = [], []

    def happens():
        begun.portal.update("contacts", person, {"phone": "+49 30 1"}, begun.just_now())

    with set_desk(begun) as desk, set_desk(begun) as live, begun.hook("hubspot", is_search, {1: happens}):

        def meanwhile(seconds):
            if seconds == module.TURN:
                with live.store.writer(0):
                    lived.append(run_cycle(live, Order("run")))
                phones.append(begun.records("Lead")["first@acme.example"].get("Phone"))

        desk.sleep = meanwhile
        outcome = in_slices(desk)
    assert outcome.run.pulled["hubspot.contact"] == 1  # the backfill was the first to read it
    assert lived[0].run.pulled["hubspot.contact"] == 0
    assert phones[0] == "+49 30 1"
    assert begun.ledger_is_sound()


def test_what_waits_for_a_cycle_is_not_kept_for_the_end_of_a_history(begun):
    """A cycle that failed after it had read somebody finishes with them at its next time."""
    begun.cycle()
    begun.portal.update("contacts", begun.contacts["first"], {"phone": "+49 30 1"}, begun.just_now())
    down = dict.fromkeys(range(1, 99), lambda: Fault(Response(404, [{"errorCode": "NOT_FOUND", "message": "no"}])))
    phones = []
    with set_desk(begun) as desk, set_desk(begun) as live:
        with begun.hook("salesforce", lambda asked: "query" in asked.path or "composite" in asked.path, down):
            with pytest.raises(Missing), live.store.writer(0):
                run_cycle(live, Order("run"))

        def meanwhile(seconds):
            if seconds == module.TURN:
                with live.store.writer(0):
                    run_cycle(live, Order("run"))
                phones.append(begun.records("Lead")["first@acme.example"].get("Phone"))

        desk.sleep = meanwhile
        in_slices(desk)
    assert phones[0] == "+49 30 1"


def test_whom_a_killed_backfill_kept_the_next_cycle_judges(begun):
    begun.town()
    with begun.killed_at("salesforce", is_write, 1, after=True):
        assert begun.run("backfill", "--since", "2020-01-01").code == -9
    assert len(begun.cycle().plan.decisions) == 12  # four had nothing to be written, and were finished with
    assert len(begun.records("Lead")) == 11
    assert begun.ledger_is_sound()
    again = begun.cycle("backfill", since=SINCE)
    assert not again.plan.changes


def test_who_was_read_by_a_killed_backfill_is_kept_by_the_one_that_goes_on_with_it(begun):
    """Cycles beside it are about what happens meanwhile: by half of a history nobody is judged."""
    begun.cycle()
    begun.has_run = False  # these were there long before
    begun.town()
    with begun.killed_at("hubspot", lambda asked: "companies/search" in asked.path, 2, after=False):
        assert begun.run("backfill", "--since", "2020-01-01").code == -9
    lived = []
    with set_desk(begun) as desk, set_desk(begun) as live:

        def meanwhile(seconds):
            if seconds == module.TURN:
                with live.store.writer(0):
                    lived.append(len(run_cycle(live, Order("run")).plan.decisions))

        desk.sleep = meanwhile
        outcome = in_slices(desk)
    assert set(lived) == {0}
    assert len(outcome.plan.decisions) == 16


def test_a_slice_that_fails_loses_no_page_to_the_next_try(begun):
    """Histories of one page fail after the pages behind it are on their way."""
    firm = {"associatedcompanyid": begun.company, "jobtitle": "Clerk"}
    rows = (Row({"email": f"p{n}@acme.example", **firm}, NOW - 30 * DAYS) for n in range(2_500))
    begun.portal.load("contacts", rows)
    down = dict.fromkeys(range(25, 999), lambda: Fault(Response(404, {"message": "gone"})))
    with set_desk(begun) as desk:
        with begun.hook("hubspot", lambda request: request.path.endswith("/contacts/batch/read"), down):
            with pytest.raises(Missing):
                in_slices(desk)
        assert in_slices(desk).exit_code == 0
        with desk.store.reading() as tx:
            assert mirror.count(tx, System.HUBSPOT, "contact") == 2_501


@pytest.mark.parametrize("nth", [1, 5])
def test_a_killed_backfill_goes_on_and_reads_no_stream_twice(begun, nth):
    begun.town()
    with begun.killed_at("hubspot", is_search, nth, after=False):
        assert begun.run("backfill", "--since", "2020-01-01").code == -9
    searched = []
    with begun.hook("hubspot", lambda request: is_search(request) and bool(searched.append(request.path)), {}):
        assert begun.run("backfill", "--since", "2020-01-01").code == 0
    assert any("/companies/" in path for path in searched) == (nth == 1)
    assert len(begun.records("Lead")) == 11
    assert len(begun.tasks()) == 1
    assert not begun.cycle("backfill", since=SINCE).plan.changes


def test_a_forecast_reads_nothing_and_comes_close(begun):
    begun.town()
    ran = begun.run("backfill", "--since", "2020-01-01", "--dry-run", "--json")
    assert ran.code == 0
    told = ran.data["forecast"]
    streams = {one["stream"]: one for one in told["streams"]}
    assert streams["hubspot.contact"]["records"] == 17
    assert streams["salesforce.lead"]["records"] == 5
    assert told["ends_at"] is not None
    with set_desk(begun) as desk:
        expected, before = forecast(desk, ORDER), desk.hubspot.calls
        assert backfill(desk, ORDER, 5, ready=nothing).exit_code == 0
        foretelling = sum(one.searches > 0 for one in expected.parts)
        made = desk.hubspot.calls - before - foretelling
    assert made <= expected.calls(expected.parts[0].system) + 12


def test_progress_is_told_as_json_lines(begun):
    begun.town()
    ran = begun.run("backfill", "--since", "2020-01-01", "--json")
    assert ran.code == 0
    lines = [json.loads(line) for line in ran.err.splitlines()]
    counted = [line for line in lines if line.get("what") == "reading the history"]
    assert counted
    assert counted[-1].keys() == {"what", "done", "of", "per_second", "ends_at"}
    assert counted[-1]["done"] >= 17
    later = {line["what"]: line for line in lines if line.get("what") not in (None, "reading the history")}
    assert later.keys() >= {"judging people", "keeping what was decided", "writing to Salesforce", "writing to HubSpot"}
    assert all(line["done"] == line["of"] for line in later.values())
    assert ran.data["pulled"]["hubspot.contact"] == 16


def test_a_backfill_leaves_the_live_cycle_its_share_of_the_day(begun):
    begun.edit("syncd.yaml", "  # hubspot: {calls_a_day: 100000,", "  hubspot: {calls_a_day: 100} #")
    begun.edit("syncd.yaml", "backfill: 70 %", "backfill: 10 %")
    begun.town()
    with set_desk(begun) as desk:
        with pytest.raises(LimitReached):
            backfill(desk, ORDER, 5, ready=nothing)
    assert begun.cycle().exit_code == 0
    assert len(begun.records("Lead")) == 11


def test_a_history_that_has_not_happened_yet_is_a_mistake(world):
    ran = world.here("backfill", "--since", "2999-01-01")
    assert ran.code == 2
    assert "--since: it must lie in the past" in ran.err
