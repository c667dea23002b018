"""The HubSpot connector against the emulated portal, over real sockets."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from connectors.errors import AuthFailed, Forbidden, LimitReached, Missing, Unreachable
from connectors.records import Account, FieldType, System, Window
from connectors.sandbox.hubspot import Limits
from connectors.sandbox.server import Fault, Response
from tests.contract.hubspot_bench import START, Bench, everything, records

PROPERTIES = ("email", "firstname", "lifecyclestage")


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.server.stop()


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_every_version_of_the_api_is_spoken(bench, version):
    record_id = bench.contact(1, firstname="Ada")
    form = bench.portal.add_form("E-book", START)
    bench.portal.submit_form(form, {"email": "person1@example.com"}, START)
    bench.portal.add_owner("sales@example.com", "Sam", "Seller")
    bench.portal.create("companies", {"name": "Acme"}, START)
    hubspot = bench.connect(api_version=version)
    assert hubspot.check() == Account(System.HUBSPOT, "24500001", "Europe/Amsterdam", None)
    assert hubspot.describe("contact").fields["email"].label == "Email"
    for kind in ("contact", "company", "owner", "form", "form_submission"):
        assert len(records(hubspot.pull(kind, everything(), ("email",)))) == 1
    assert hubspot.read("contact", [record_id], ("firstname",))[record_id].properties["firstname"] == "Ada"
    assert {call.status for call in bench.server.journal} == {200}


def test_a_pull_gives_each_record_of_the_window_once_in_order_of_id(bench):
    for number in range(450):
        bench.contact(number, minutes=number)
    window = Window(START + timedelta(minutes=100), START + timedelta(minutes=349))
    pages = list(bench.connect().pull("contact", window, PROPERTIES))
    ids = [int(record.id) for record in records(pages)]
    assert len(ids) == 250
    assert ids == sorted(set(ids))
    assert [page.after_id for page in pages] == [page.records[-1].id for page in pages]
    assert bench.searches() == 2  # after the second, the search itself says that nothing is left


def test_a_pull_goes_on_after_the_id_of_a_committed_page(bench):
    for number in range(450):
        bench.contact(number)
    hubspot = bench.connect()
    first = next(iter(hubspot.pull("contact", everything(), PROPERTIES)))
    rest = records(hubspot.pull("contact", everything(after_id=first.after_id), PROPERTIES))
    assert len(first.records) == 200
    assert {each.id for each in rest}.isdisjoint(each.id for each in first.records)
    assert len(rest) == 250


def test_more_records_of_one_instant_than_a_search_can_page_through_are_all_found(bench):
    from connectors.sandbox.hubspot import Row

    bench.portal.load("contacts", (Row({"email": f"p{n}@example.com"}, START) for n in range(10_450)))
    window = Window(START - timedelta(minutes=5), START)
    found = records(bench.connect().pull("contact", window, ("email",)))
    assert len({each.id for each in found}) == len(found) == 10_450


def test_a_record_that_leaves_the_window_during_the_walk_comes_with_the_next(bench):
    ids = [bench.contact(number) for number in range(300)]
    bench.portal.index_lag = timedelta(seconds=30)
    hubspot = bench.connect()
    bench.time = until = START + timedelta(minutes=5)
    walk = hubspot.pull("contact", Window(None, until), PROPERTIES)
    first = next(walk)
    last = max(ids, key=int)
    bench.time += timedelta(minutes=1)
    bench.portal.update("contacts", last, {"firstname": "Ada"}, bench.time)
    bench.time += timedelta(minutes=1)
    seen = records([first, *walk])
    assert last not in {each.id for each in seen}
    overlapping = Window(until - timedelta(minutes=5), bench.time)
    again = records(hubspot.pull("contact", overlapping, PROPERTIES))
    assert {each.id for each in [*seen, *again]} == set(ids)
    assert next(each for each in again if each.id == last).properties["firstname"] == "Ada"


def test_archived_contacts_are_found_although_no_search_shows_them(bench):
    gone, kept = bench.contact(1), bench.contact(2)
    bench.portal.archive("contacts", gone, START + timedelta(hours=3))
    hubspot = bench.connect()
    assert [each.id for each in records(hubspot.pull("contact", everything(), ()))] == [kept]
    found = records(hubspot.archived("contact", everything()))
    assert [(each.id, each.deleted, each.modified_at) for each in found] == [(gone, True, START + timedelta(hours=3))]
    assert (
        records(hubspot.archived("contact", Window(START + timedelta(hours=4), bench.time + timedelta(days=1)))) == []
    )


def test_an_idle_pull_is_one_call(bench):
    hubspot = bench.connect()
    assert list(hubspot.pull("contact", everything(), PROPERTIES)) == []
    assert hubspot.calls == 1


def test_a_record_has_its_instants_and_only_the_properties_asked_for(bench):
    bench.contact(1, firstname="Ada")
    record = records(bench.connect().pull("contact", everything(), PROPERTIES))[0]
    assert dict(record.properties) == {"email": "person1@example.com", "firstname": "Ada", "lifecyclestage": None}
    assert record.created_at == START
    assert record.modified_at == START
    assert record.modified_at.tzinfo is UTC


def test_a_cleared_property_is_none(bench):
    record_id = bench.contact(1, firstname="Ada")
    bench.portal.update("contacts", record_id, {"firstname": ""}, START + timedelta(hours=1))
    hubspot = bench.connect()
    assert records(hubspot.pull("contact", everything(), PROPERTIES))[0].properties["firstname"] is None
    history = hubspot.read("contact", [record_id], (), ("firstname",))[record_id].history["firstname"]
    assert [version.value for version in history] == ["Ada", None]


def test_history_is_told_oldest_first_with_what_set_it(bench):
    record_id = bench.contact(1, lifecyclestage="lead")
    later = START + timedelta(days=2)
    bench.portal.update("contacts", record_id, {"lifecyclestage": "customer"}, later, source_type="WORKFLOWS")
    read = bench.connect().read("contact", [record_id], ("email",), ("lifecyclestage",))
    versions = read[record_id].history["lifecyclestage"]
    assert [(each.value, each.at) for each in versions] == [("lead", START), ("customer", later)]
    assert versions[-1].source_type == "WORKFLOWS"


def test_reading_with_history_asks_for_fifty_at_a_time_and_without_for_a_hundred(bench):
    ids = [bench.contact(number) for number in range(120)]
    hubspot = bench.connect()
    assert set(hubspot.read("contact", ids, ("email",))) == set(ids)
    assert hubspot.calls == 2
    assert set(hubspot.read("contact", ids, ("email",), ("email",))) == set(ids)
    assert hubspot.calls == 2 + 3


def test_merged_records_answer_under_the_ids_asked_for(bench):
    first, second, other = bench.contact(1), bench.contact(2), bench.contact(3)
    merged = bench.portal.merge(first, second, START + timedelta(hours=1))
    hubspot = bench.connect()
    read = hubspot.read("contact", [first, second, other], ("email",))
    assert {asked: record.id for asked, record in read.items()} == {first: merged, second: merged, other: other}
    pulled = {record.id: record for record in records(hubspot.pull("contact", everything(), PROPERTIES))}
    assert set(pulled[merged].replaces) >= {first, second}
    assert set(pulled) == {merged, other}


def test_ids_that_are_unknown_are_left_out(bench):
    record_id = bench.contact(1)
    assert set(bench.connect().read("contact", [record_id, "42"], ("email",))) == {record_id}
    assert bench.connect().read("contact", [], ("email",)) == {}


def test_a_description_folds_types_and_read_only_values(bench):
    bench.portal.define_property(
        "contacts", "topics", type="enumeration", field_type="checkbox", options=[("a", "A"), ("b", "B")]
    )
    hubspot = bench.connect()
    fields = hubspot.describe("contact").fields
    assert fields["topics"].type is FieldType.CHOICES
    assert [option.label for option in fields["topics"].options] == ["A", "B"]
    assert fields["lifecyclestage"].type is FieldType.CHOICE
    assert fields["hubspot_owner_id"].type is FieldType.REFERENCE
    assert fields["lastmodifieddate"].type is FieldType.DATETIME
    assert not fields["lastmodifieddate"].updateable
    assert fields["email"].updateable
    calls = hubspot.calls
    assert hubspot.describe("contact") is hubspot.describe("contact")
    assert hubspot.calls == calls


def test_owners_come_with_the_archived_ones(bench):
    bench.portal.add_owner("sam@example.com", "Sam", "Seller")
    bench.portal.add_owner("old@example.com", "Olga", "Old", archived=True)
    found = records(bench.connect().pull("owner", everything(), ()))
    assert [(each.properties["email"], each.deleted) for each in found] == [
        ("sam@example.com", False),
        ("old@example.com", True),
    ]


def test_submissions_are_read_no_further_back_than_the_window(bench):
    form = bench.portal.add_form("Webinar", START)
    for hour in range(200):
        values = {"email": f"p{hour}@example.com", "firstname": "Ada"}
        bench.portal.submit_form(form, values, START + timedelta(hours=hour), "https://example.com/webinar")
    hubspot = bench.connect()
    window = Window(START + timedelta(hours=120), START + timedelta(hours=180))
    pages = list(hubspot.pull("form_submission", window, ()))
    found = records(pages)
    assert len({each.id for each in found}) == len(found) == 61
    newest = found[0]
    assert newest.modified_at == START + timedelta(hours=180)
    assert newest.properties["form_name"] == "Webinar"
    assert newest.properties["form_id"] == form
    assert newest.properties["email"] == "p180@example.com"
    assert newest.properties["values"]["firstname"] == "Ada"
    assert [page.after_id for page in pages] == [None] * (len(pages) - 1) + [form]
    assert sum("/submissions/" in call.path for call in bench.server.journal) == 2


def test_a_form_that_is_done_is_not_read_again_after_a_restart(bench):
    forms = sorted(bench.portal.add_form(name, START) for name in ("A", "B", "C"))
    for form in forms:
        bench.portal.submit_form(form, {"email": "a@example.com"}, START)
    found = records(bench.connect().pull("form_submission", everything(after_id=forms[1]), ()))
    assert [each.properties["form_id"] for each in found] == [forms[2]]


def test_a_form_without_submissions_of_its_own_is_passed_over(bench):
    forms = sorted(bench.portal.add_form(name, START) for name in ("A", "B"))
    bench.portal.submit_form(forms[1], {"email": "a@example.com"}, START)
    bench.fail_once(Fault(Response(404, {"status": "error", "category": "OBJECT_NOT_FOUND"})), forms[0])
    assert len(records(bench.connect().pull("form_submission", everything(), ()))) == 1


def test_forms_are_found_at_their_new_place(bench):
    form = bench.portal.add_form("Webinar", START)
    gone = Fault(Response(404, "<html>gone</html>", content_type="text/html"))
    bench.server.fault = lambda request: gone if request.path.startswith("/marketing/v3") else None
    assert [each.id for each in records(bench.connect().pull("form", everything(), ()))] == [form]


def test_a_missing_scope_is_named(bench):
    bench.portal.scopes = frozenset({"crm.objects.companies.read"})
    hubspot = bench.connect()
    for kind, scope in (("contact", "crm.objects.contacts.read"), ("form", "forms"), ("form_submission", "forms")):
        with pytest.raises(Forbidden) as told:
            list(hubspot.pull(kind, everything(), ()))
        assert scope in told.value.scope
    with pytest.raises(Forbidden, match=r"crm\.schemas\.contacts\.read"):
        hubspot.describe("contact")


def test_a_wrong_token_is_refused_once_and_never_shown(bench):
    hubspot = bench.connect(token="pat-na1-secret")
    with pytest.raises(AuthFailed) as told:
        hubspot.check()
    assert "secret" not in str(told.value) + repr(told.value) + repr(hubspot)
    assert hubspot.calls == 1


def test_the_daily_limit_ends_at_midnight_of_the_portal(bench):
    hubspot = bench.connect()
    hubspot.check()
    bench.portal.limits = Limits(daily=1)
    with pytest.raises(LimitReached) as told:
        list(hubspot.pull("contact", everything(), ()))
    assert told.value.resets_at.minute == 0
    assert told.value.resets_at.hour in (22, 23)
    assert hubspot.calls == 2


def test_a_burst_limit_is_waited_out(bench):
    bench.contact(1)
    bench.portal.limits = Limits(searches=1)
    hubspot = bench.connect()
    assert [len(records(hubspot.pull("contact", everything(), ()))) for _ in range(2)] == [1, 1]
    assert any(each >= 1 for each in bench.waited)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(reset=True),
        Fault(Response(503, "<html>maintenance</html>", content_type="text/html")),
        Fault(Response(200, "<html>maintenance</html>", content_type="text/html")),
        Fault(Response(200, '{"results": [{"id": "1", "prop', content_type="application/json")),
        Fault(Response(423, {"status": "error"})),
        Fault(Response(429, {"status": "error", "message": "slow down"})),
    ],
)
def test_a_passing_fault_loses_no_record(bench, fault):
    ids = {bench.contact(number) for number in range(5)}
    bench.fail_once(fault, "/search")
    hubspot = bench.connect()
    assert {each.id for each in records(hubspot.pull("contact", everything(), PROPERTIES))} == ids
    assert len(bench.waited) == 1
    bench.fail_once(fault, "/batch/read")
    assert set(hubspot.read("contact", ids, PROPERTIES)) == ids


def test_an_outage_ends_as_unreachable(bench):
    bench.server.fault = lambda _: Fault(Response(502, "<html></html>", content_type="text/html"))
    hubspot = bench.connect()
    with pytest.raises(Unreachable, match="502"):
        hubspot.check()
    assert hubspot.calls == 5


def test_an_unknown_kind_is_missing_and_the_known_ones_are_named(bench):
    with pytest.raises(Missing, match="contact, company"):
        list(bench.connect().pull("ticket", everything(), ()))


def test_records_with_an_instant_in_a_time_are_counted_in_one_call(bench):
    hubspot = bench.connect()
    for number, minutes in enumerate((0, 5, 10)):
        bench.contact(number, minutes, lifecyclestage="lead")
    bench.contact(9)
    name = "hs_lifecyclestage_lead_date"
    before = hubspot.calls
    assert hubspot.count("contact", name, None, None) == 3
    assert hubspot.calls == before + 1
    assert hubspot.count("contact", name, START + timedelta(minutes=5), START + timedelta(minutes=10)) == 1


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_the_list_of_all_contacts_is_no_index_and_has_none_that_are_archived(bench, version):
    ids = [bench.contact(number) for number in range(120)]
    bench.time += timedelta(hours=1)
    bench.portal.index_lag = timedelta(days=9)
    bench.portal.update("contacts", ids[3], {"firstname": "Late"}, bench.time)
    bench.portal.archive("contacts", ids[4], bench.time)
    hubspot = bench.connect(api_version=version)
    pages = list(hubspot.pull("listed_contact", everything(), ("firstname",)))
    assert [len(page.records) for page in pages] == [100, 19]
    found = {one.id: one for page in pages for one in page.records}
    assert found.keys() == set(ids) - {ids[4]}
    assert found[ids[3]].properties == {"firstname": "Late"}
    assert (found[ids[3]].modified_at, hubspot.calls) == (bench.time, 2)


def test_a_list_that_is_asked_for_more_properties_than_an_address_holds_gives_none(bench):
    ids = [bench.contact(number) for number in range(120)]
    names = [f"answer_to_question_{number}" for number in range(500)]
    hubspot = bench.connect()
    pages = list(hubspot.pull("listed_contact", everything(), names))
    assert {one.id: (one.properties, one.modified_at) for one in records(pages)} == dict.fromkeys(ids, ({}, START))
    assert hubspot.calls == 2
