"""What people did, read out of the emulated portal over real sockets."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from connectors.errors import Forbidden, Missing, Unreachable
from connectors.records import Window
from connectors.sandbox.hubspot import Row
from connectors.sandbox.server import Fault, Response
from tests.contract.hubspot_bench import START, Bench, everything, records

HOUR = timedelta(hours=1)


@pytest.fixture
def bench():
    bench = Bench()
    bench.portal.tier = "enterprise"
    yield bench
    bench.server.stop()


def test_calls_meetings_notes_and_tasks_are_pulled_and_lead_to_their_contact(bench):
    contact, other = bench.contact(1), bench.contact(2)
    people = bench.portal.people
    made = {
        "call": people.log_call(contact, title="Intro", at=START),
        "meeting": people.hold_meeting(contact, "Demo", at=START),
        "note": people.write_note(contact, "hello", at=START),
        "task": people.add_task(contact, "Call back", at=START),
        "email": people.send_email(contact, "Offer", at=START),
        "deal": bench.portal.create("deals", {"dealname": "Big"}, START),
    }
    bench.portal.associate("deals", made["deal"], "contacts", contact, START)
    hubspot = bench.connect()
    for kind, record_id in made.items():
        (found,) = records(hubspot.pull(kind, everything(), ("hs_timestamp",)))
        assert (found.object, found.id, found.created_at) == (kind, record_id, START)
        assert set(found.properties) == {"hs_timestamp"}
        assert (found.properties["hs_timestamp"] is None) == (kind == "deal")
        assert hubspot.related(kind, [record_id], "contact") == {record_id: [contact]}
        assert hubspot.read(kind, [record_id], ())[record_id].id == record_id
        assert "hs_lastmodifieddate" in hubspot.describe(kind).fields
    assert hubspot.related("contact", [other], "call") == {}


def test_more_associations_than_one_page_holds_are_followed(bench):
    contact, other = bench.contact(1), bench.contact(2)
    calls = [bench.portal.people.log_call(contact, at=START) for _ in range(510)]
    calls.append(bench.portal.people.log_call(other, at=START))
    hubspot = bench.connect()
    found = hubspot.related("contact", [contact, other, "42"], "call")
    assert {one: len(set(ids)) for one, ids in found.items()} == {contact: 510, other: 1}
    assert hubspot.calls == 2


def test_a_deleted_record_of_any_kind_is_found_in_its_list(bench):
    contact = bench.contact(1)
    call = bench.portal.people.log_call(contact, at=START)
    bench.portal.archive("calls", call, START + HOUR)
    hubspot = bench.connect()
    assert records(hubspot.pull("call", everything(), ())) == []
    (gone,) = records(hubspot.pull("archived_call", everything(), ()))
    assert (gone.object, gone.id, gone.deleted, gone.modified_at) == ("call", call, True, START + HOUR)


def test_who_joined_lists_is_told_list_after_list(bench):
    news, beta = (bench.portal.people.make_list(name) for name in ("News", "Beta"))
    early, late = bench.contact(1), bench.contact(2)
    at = int(START.timestamp() * 1000)
    for name, who, hours in ((news, early, 1), (news, late, 5), (beta, late, 2)):
        bench.portal.lists.join(bench.portal.lists.live(name), [who], at + hours * 3_600_000)
    hubspot = bench.connect()
    pages = list(hubspot.pull("list_join", everything(), [news, beta]))
    told = [(one.properties["list"], one.properties["contact"], one.modified_at - START) for one in records(pages)]
    assert told == [("News", early, HOUR), ("News", late, 5 * HOUR), ("Beta", late, 2 * HOUR)]
    assert (pages[-1].after_id, hubspot.calls) == (beta, 4)
    assert [
        one.properties["list"] for one in records(hubspot.pull("list_join", everything(after_id=news), [news, beta]))
    ] == ["Beta"]
    some = Window(START + 2 * HOUR, START + 3 * HOUR)
    assert [one.properties["list"] for one in records(hubspot.pull("list_join", some, [news, beta]))] == ["Beta"]
    with pytest.raises(Missing):
        records(hubspot.pull("list_join", everything(), ["77"]))


def test_a_contact_erased_for_data_protection_vanishes(bench):
    contact = bench.contact(1)
    bench.portal.people.erase(contact)
    hubspot = bench.connect()
    assert records(hubspot.pull("contact", everything(), ())) == []
    assert hubspot.read("contact", [contact], ("email",)) == {}


def test_email_events_are_read_newest_first_with_the_name_of_their_mailing(bench):
    contact = bench.contact(1)
    campaign = bench.portal.people.prepare_mailing("Spring", "It is spring")
    for minute, event in enumerate(("SENT", "OPEN", "CLICK")):
        url = "https://us.example/pricing" if event == "CLICK" else ""
        bench.portal.people.mail(contact, campaign, event, url, at=START + timedelta(minutes=minute))
    hubspot = bench.connect()
    click, opened, sent = records(hubspot.pull("email_event", everything(), ()))
    assert [one.properties["event_type"] for one in (click, opened, sent)] == ["CLICK", "OPEN", "SENT"]
    assert click.modified_at == click.created_at == START + timedelta(minutes=2)
    assert click.properties == {
        "event_type": "CLICK",
        "email": "person1@example.com",
        "campaign": "Spring",
        "campaign_id": campaign,
        "subject": "It is spring",
        "url": "https://us.example/pricing",
        "filtered": False,
    }
    assert hubspot.calls == 2  # the events, and the mailing once
    window = Window(START + timedelta(minutes=1), START + timedelta(minutes=1))
    assert records(hubspot.pull("email_event", window, ())) == [opened]


def test_email_events_of_one_instant_are_all_read_and_again_after_a_restart(bench):
    contact = bench.contact(1)
    campaign = bench.portal.people.prepare_mailing("Spring")
    for _ in range(1_500):
        bench.portal.people.mail(contact, campaign, "SENT", at=START)
    bench.portal.people.mail(contact, campaign, "OPEN", at=START + HOUR)
    hubspot = bench.connect()
    pages = list(hubspot.pull("email_event", everything(), ()))
    assert [len(page.records) for page in pages] == [1_000, 501]
    assert len({one.id for one in records(pages)}) == 1_501
    again = records(hubspot.pull("email_event", everything(after_id=pages[0].after_id), ()))
    assert {one.id for one in again} | {one.id for one in pages[0].records} == {one.id for one in records(pages)}
    assert {one.properties["event_type"] for one in again} == {"SENT"}


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_page_views_and_custom_events_are_read_for_the_contacts_asked_for(bench, version):
    contact, other, quiet = (bench.contact(number) for number in (1, 2, 3))
    people = bench.portal.people
    people.visit(contact, "https://us.example/pricing", "Prices", at=START)
    people.visit(contact, "https://us.example/old", "Old", at=START - HOUR)
    people.visit(other, "https://us.example/", "Home", at=START)
    name = bench.portal.occurrences.define("trial")
    bench.portal.occurrences.add("contacts", int(contact), name, int(START.timestamp() * 1000), {"plan": "pro"})
    hubspot = bench.connect(api_version=version)
    window = Window(START, START + HOUR)
    (view,) = records(hubspot.of_contacts("page_view", [contact, quiet], window))
    assert view.modified_at == view.created_at == START
    assert view.properties == {
        "contact": contact,
        "event_type": "e_visited_page",
        "url": "https://us.example/pricing",
        "page_title": "Prices",
    }
    (custom,) = records(hubspot.of_contacts("custom_event", [contact, other], window))
    assert (custom.object, custom.properties["event_type"], custom.properties["plan"]) == ("custom_event", name, "pro")
    assert hubspot.calls == 4


def test_events_are_walked_contact_by_contact_and_go_on_after_the_last_one(bench):
    contacts = sorted((bench.contact(number) for number in range(150)), key=int)
    for contact in contacts:
        bench.portal.people.visit(contact, "https://us.example/", at=START)
    hubspot = bench.connect()
    pages = list(hubspot.of_contacts("page_view", reversed(contacts), everything()))
    assert [page.after_id for page in pages] == [contacts[99], contacts[149]]
    assert [one.properties["contact"] for one in records(pages)] == contacts
    rest = records(hubspot.of_contacts("page_view", contacts, everything(after_id=contacts[99])))
    assert [one.properties["contact"] for one in rest] == contacts[100:]
    assert list(hubspot.of_contacts("page_view", [], everything())) == []


def test_page_views_are_forbidden_below_enterprise(bench):
    contact = bench.contact(1)
    bench.portal.tier = "professional"
    with pytest.raises(Forbidden):
        list(bench.connect().of_contacts("page_view", [contact], everything()))


def test_only_what_is_kept_by_contact_can_be_asked_so(bench):
    with pytest.raises(Missing, match="page_view, custom_event, marketing_event"):
        bench.connect().of_contacts("call", ["1"], everything())
    with pytest.raises(Missing):
        list(bench.connect().pull("page_view", everything(), ()))


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_participations_tell_how_a_contact_took_part(bench, version):
    contact = bench.contact(1)
    people = bench.portal.people
    event = people.announce_event("Webinar", "WEBINAR", start=START, at=START)
    people.attend(contact, event, "REGISTERED", at=START - HOUR)
    people.attend(contact, event, "ATTENDED", at=START, minutes=30)
    hubspot = bench.connect(api_version=version)
    found = records(hubspot.of_contacts("marketing_event", [contact], everything()))
    assert [one.properties["event_type"] for one in found] == ["REGISTERED", "ATTENDED"]
    assert found[1].modified_at == START
    assert found[1].properties == {
        "contact": contact,
        "event_type": "ATTENDED",
        "event": "Webinar",
        "event_id": event,
        "email": "person1@example.com",
        "seconds": 1800,
    }
    assert len(records(hubspot.of_contacts("marketing_event", [contact], Window(START, START + HOUR)))) == 1


@pytest.mark.parametrize("version", ["v3", "2026-09"])
def test_participations_of_many_contacts_are_asked_event_by_event(bench, version):
    contacts = sorted((bench.contact(number) for number in range(300)), key=int)
    people = bench.portal.people
    webinars = [people.announce_event(f"Webinar {n}", "WEBINAR", start=START, at=START) for n in range(3)]
    people.announce_event("Nobody came", "WEBINAR", start=START, at=START)
    for number, contact in enumerate(contacts):
        people.attend(contact, webinars[number % 2], "ATTENDED", at=START)
    people.attend(contacts[0], webinars[2], "REGISTERED", at=START - HOUR)
    hubspot = bench.connect(api_version=version)
    pages = list(hubspot.of_contacts("marketing_event", contacts, everything()))
    assert hubspot.calls == 1 + 2 + 2 + 1
    assert [page.after_id for page in pages] == [None, None, contacts[-1]]
    found = {(one.properties["contact"], one.properties["event_id"]): one for one in records(pages)}
    assert len(found) == len(records(pages)) == 301
    one_by_one = {one.id: one for few in (contacts[:5], contacts[5:9]) for one in asked_one_by_one(hubspot, few)}
    assert {one.id: one for one in found.values() if one.properties["contact"] in contacts[:9]} == one_by_one
    before = hubspot.calls
    in_window = records(hubspot.of_contacts("marketing_event", contacts, Window(START, START + HOUR, contacts[20])))
    assert (len(in_window), hubspot.calls - before) == (300, 6)


def test_events_are_asked_four_at_a_time_after_the_first_and_come_in_their_order(bench):
    contacts = sorted((bench.contact(number) for number in range(60)), key=int)
    people = bench.portal.people
    names = [f"Webinar {number}" for number in range(9)]
    events = [people.announce_event(name, "WEBINAR", start=START, at=START) for name in names]
    for number, contact in enumerate(contacts):
        people.attend(contact, events[number % 9], "ATTENDED", at=START)
    lock, under_way = threading.Lock(), []
    alone, all_there = threading.Event(), threading.Barrier(4, timeout=10)

    def meet(request):
        if "/breakdown" not in request.path:
            return None
        with lock:
            under_way.append(request.path)
        if alone.is_set():
            all_there.wait()
        alone.set()
        gone = f"/participations/{events[4]}/breakdown" in request.path
        return Fault(Response(404, {"status": "error", "message": "no such event"})) if gone else None

    bench.server.fault = meet
    pages = list(bench.connect().of_contacts("marketing_event", contacts, everything()))
    assert [{one.properties["event"] for one in page.records} for page in pages] == [
        {name} for name in names if name != names[4]
    ]
    assert [page.after_id for page in pages] == [None] * 7 + [contacts[-1]]
    assert len(under_way) == 9


def asked_one_by_one(hubspot, contacts):
    before = hubspot.calls
    found = records(hubspot.of_contacts("marketing_event", contacts, everything()))
    assert hubspot.calls - before == len(contacts)
    return found


def test_few_contacts_are_asked_one_by_one_where_the_events_are_more(bench):
    contacts = sorted((bench.contact(number) for number in range(15)), key=int)
    people = bench.portal.people
    for number in range(40):
        event = people.announce_event(f"Webinar {number}", "WEBINAR", start=START, at=START)
        people.attend(contacts[number % 15], event, "ATTENDED", at=START)
    hubspot = bench.connect()
    pages = list(hubspot.of_contacts("marketing_event", contacts, everything()))
    assert (len(records(pages)), hubspot.calls) == (40, 1 + 15)
    assert pages[-1].after_id == contacts[-1]


def test_a_portal_that_tells_nothing_by_event_is_asked_contact_by_contact(bench):
    contacts = sorted((bench.contact(number) for number in range(15)), key=int)
    event = bench.portal.people.announce_event("Webinar", "WEBINAR", start=START, at=START)
    for contact in contacts:
        bench.portal.people.attend(contact, event, "ATTENDED", at=START)
    gone = Fault(Response(404, {"status": "error", "message": "no such route"}))
    by_event = f"/participations/{event}/breakdown"
    bench.server.fault = lambda request: gone if request.path.endswith(by_event) else None
    hubspot = bench.connect()
    assert len(records(hubspot.of_contacts("marketing_event", contacts, everything()))) == 15
    assert hubspot.calls == 2 + 15


def test_where_nobody_took_part_one_look_at_the_events_is_all(bench):
    contacts = [bench.contact(number) for number in range(30)]
    hubspot = bench.connect()
    (page,) = hubspot.of_contacts("marketing_event", contacts, everything())
    assert (page.records, page.after_id, hubspot.calls) == ((), max(contacts, key=int), 1)


def test_a_contact_that_is_gone_is_passed_over_but_not_all_of_them(bench):
    contact = bench.contact(1)
    event = bench.portal.people.announce_event("Webinar", "WEBINAR", start=START, at=START)
    bench.portal.people.attend(contact, event, "ATTENDED", at=START)
    hubspot = bench.connect()
    assert len(records(hubspot.of_contacts("marketing_event", [contact, "42"], everything()))) == 1
    with pytest.raises(Missing):
        list(hubspot.of_contacts("marketing_event", ["42", "43"], everything()))


def test_email_events_that_repeat_their_pages_end_with_an_error(bench):
    body = {"hasMore": True, "offset": "x", "events": []}
    bench.server.fault = lambda request: Fault(Response(200, body)) if "email" in request.path else None
    with pytest.raises(Unreachable, match="repeat"):
        list(bench.connect().pull("email_event", everything(), ()))


def test_batches_and_contacts_are_asked_for_several_at_a_time(bench):
    contacts = [bench.contact(number) for number in range(101)]
    for contact in contacts[:3]:
        bench.portal.people.visit(contact, "https://us.example/", at=START)
    hubspot = bench.connect()
    hubspot.check()
    meeting = threading.Barrier(2)  # breaks for whoever waits alone

    def wait(request):
        if request.path.endswith(("/batch/read", "/event-occurrences/2026-09")):
            meeting.wait(timeout=10)

    bench.server.fault = wait
    assert len(hubspot.read("contact", contacts[:100], ("email",), ("email",))) == 100
    bench.server.fault = lambda request: wait(request) if request.query["objectId"] != [contacts[0]] else None
    assert len(records(hubspot.of_contacts("page_view", contacts[:3], everything()))) == 3


def test_the_calls_are_as_few_as_promised(bench):
    bench.portal.load("contacts", (Row({"email": f"p{n}@example.com"}, START) for n in range(1_000)))
    hubspot = bench.connect()
    ids = [one.id for one in records(hubspot.pull("contact", everything(), ("email",)))]
    assert (len(ids), hubspot.calls) == (1_000, 5)
    hubspot.read("contact", ids, ("email",), ("email",))
    assert hubspot.calls == 5 + 20
    hubspot.related("contact", ids, "deal")
    assert hubspot.calls == 5 + 20 + 1
