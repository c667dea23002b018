"""Events against scripted answers: what is asked for, ids that are missing, forms that are not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from connectors.errors import Forbidden, Unreachable
from connectors.http import Options
from connectors.hubspot import HubSpot
from connectors.records import Window

AT = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
MS = 1788251400000
WINDOW = Window(AT - timedelta(hours=1), AT + timedelta(hours=1))
EMAILS = "https://api.hubapi.com/email/public/v1/events"
OCCURRENCES = "https://api.hubapi.com/events/event-occurrences/2026-09"
PARTICIPATIONS = "https://api.hubapi.com/marketing/marketing-events/2026-09/participations/contacts"


@pytest.fixture
def wire():
    with responses.RequestsMock() as wire:
        yield wire


@pytest.fixture
def hubspot():
    return HubSpot("pat-na1-secret", options=Options(sleep=lambda _: None))


def asked(wire):
    return [parse_qs(urlsplit(call.request.url).query) for call in wire.calls]


def records(pages):
    return [record for page in pages for record in page.records]


def test_email_events_are_asked_for_by_window_and_offset(wire, hubspot):
    event = {"id": "a", "created": MS, "type": "CLICK", "recipient": "a@example.com", "filteredEvent": True}
    wire.add("GET", EMAILS, json={"events": [event], "hasMore": True, "offset": "o"})
    wire.add("GET", EMAILS, json={"events": [], "hasMore": False, "offset": "o"})
    (page,) = hubspot.pull("email_event", WINDOW, ())
    window = {"startTimestamp": [str(MS - 3_600_000)], "endTimestamp": [str(MS + 3_600_000)], "limit": ["1000"]}
    assert asked(wire) == [window, {**window, "offset": ["o"]}]
    assert page.after_id == str(MS)
    assert page.records[0].properties["filtered"] is True
    assert page.records[0].properties["campaign"] is None


def test_a_restart_goes_on_at_the_instant_that_was_reached(wire, hubspot):
    wire.add("GET", EMAILS, json={"events": [], "hasMore": False})
    assert list(hubspot.pull("email_event", Window(None, AT, "1234"), ())) == []
    assert asked(wire) == [{"endTimestamp": ["1234"], "limit": ["1000"]}]


def test_a_mailing_that_is_gone_has_no_name_and_is_asked_for_once(wire, hubspot):
    events = [{"id": one, "created": MS, "type": "OPEN", "emailCampaignId": 7} for one in "ab"]
    wire.add("GET", EMAILS, json={"events": events, "hasMore": False})
    wire.add("GET", "https://api.hubapi.com/email/public/v1/campaigns/7", json={}, status=404)
    found = records(hubspot.pull("email_event", WINDOW, ()))
    assert [(one.properties["campaign"], one.properties["campaign_id"]) for one in found] == [(None, "7")] * 2
    assert hubspot.calls == 2


def test_an_event_without_an_id_has_the_same_one_each_time(wire, hubspot):
    wire.add("GET", EMAILS, json={"events": [{"created": MS, "type": "OPEN"}, {"created": MS, "type": "CLICK"}]})
    first, second = (records(hubspot.pull("email_event", WINDOW, ())) for _ in range(2))
    assert [one.id for one in first] == [one.id for one in second]
    assert len({one.id for one in first}) == 2


@pytest.mark.parametrize(
    "body", [{}, {"events": None}, {"events": [{}]}, {"events": [{"created": "soon"}]}, {"events": ["x"]}]
)
def test_email_events_of_another_form_are_unreachable(wire, hubspot, body):
    wire.add("GET", EMAILS, json=body)
    with pytest.raises(Unreachable):
        list(hubspot.pull("email_event", WINDOW, ()))


def test_page_views_are_asked_for_by_contact_type_and_time(wire, hubspot):
    rows = [
        {"id": "a", "eventType": "e_visited_page", "occurredAt": "2026-09-01T08:30:00Z", "properties": {"hs_url": "u"}}
    ]
    wire.add("GET", OCCURRENCES, json={"results": rows, "paging": {"next": {"after": "x"}}})
    wire.add("GET", OCCURRENCES, json={"results": [{**rows[0], "id": "b", "occurredAt": "2026-09-01T05:00:00Z"}]})
    (found,) = records(hubspot.of_contacts("page_view", ["7"], WINDOW))
    assert (found.id, found.modified_at, found.properties["url"]) == ("a", AT, "u")
    first, second = asked(wire)
    assert first == {
        "objectType": ["contact"],
        "objectId": ["7"],
        "eventType": ["e_visited_page"],
        "occurredAfter": ["2026-09-01T07:29:59.999Z"],
        "occurredBefore": ["2026-09-01T09:30:00.001Z"],
        "limit": ["100"],
    }
    assert second == {**first, "after": ["x"]}


def test_hubspots_own_events_are_no_custom_ones(wire, hubspot):
    at = {"occurredAt": "2026-09-01T08:30:00Z"}
    rows = [{**at, "eventType": "e_visited_page"}, {**at, "eventType": "pe1_trial", "properties": {"contact": "x"}}]
    wire.add("GET", OCCURRENCES, json={"results": rows})
    (found,) = records(hubspot.of_contacts("custom_event", ["7"], WINDOW))
    assert found.properties == {"contact": "7", "event_type": "pe1_trial", "url": None, "page_title": None}
    assert len(found.id) == 32


def test_a_tier_without_events_is_told_with_the_first_contact(wire, hubspot):
    wire.add("GET", OCCURRENCES, json={"category": "MISSING_SCOPES"}, status=403)
    with pytest.raises(Forbidden):
        list(hubspot.of_contacts("page_view", [str(number) for number in range(50)], WINDOW))
    assert hubspot.calls == 1


@pytest.mark.parametrize("row", [{}, {"properties": {}}, {"properties": {"occurredAt": "soon"}}])
def test_participations_of_another_form_are_unreachable(wire, hubspot, row):
    wire.add("GET", f"{PARTICIPATIONS}/7/breakdown", json={"results": [row]})
    with pytest.raises(Unreachable):
        list(hubspot.of_contacts("marketing_event", ["7"], WINDOW))
