"""Which records about people are touches, of what kind, when they happened, and who is behind them."""

from __future__ import annotations

import pytest

from connectors.records import System
from syncd.facts.activities import Around, touch_of
from syncd.model.dossier import Mirrored
from syncd.model.instant import Instant, parse_iso

AT = parse_iso("2026-06-10T09:00:00Z")
TOLD = "2026-06-09T08:00:00Z"
ROBOT, SELLER = "005000000000009AAA", "005000000000001AAA"
GUID = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
AROUND = Around(
    frozenset({ROBOT[:15]}),
    {"hubspot.call.hs_call_disposition": {GUID: "Connected"}},
    {"5": "sam@us.example", SELLER[:15]: "sue@us.example"},
    {"701000000000001": "Spring"},
)


def touch(system: System, kind: str, *, deleted: bool = False, **properties: object):
    return touch_of(Mirrored(system, kind, "7", None, AT, AT, AT, deleted, None, properties), AROUND)


def hubspot(kind: str, **properties: object):
    return touch(System.HUBSPOT, kind, **properties)


def salesforce(kind: str, **properties: object):
    return touch(System.SALESFORCE, kind, **properties)


def test_a_call_names_its_outcome_as_people_read_it() -> None:
    found = hubspot(
        "call", hs_timestamp=TOLD, hs_call_disposition=GUID, hs_call_status="COMPLETED", hubspot_owner_id="5"
    )
    assert (found.kind, found.at, found.by, found.id) == ("call", parse_iso(TOLD), "sales", "hubspot:call:7")
    assert (found.fields["outcome"], found.fields["status"], found.fields["owner"]) == ("Connected", "COMPLETED", "5")


def test_whoever_owns_an_activity_is_named_by_address() -> None:
    assert hubspot("call", hs_timestamp=TOLD, hubspot_owner_id="5").fields["owner_email"] == "sam@us.example"
    assert salesforce("event", OwnerId=SELLER).fields["owner_email"] == "sue@us.example"


def test_a_call_without_disposition_ended_as_its_status_says() -> None:
    assert hubspot("call", hs_timestamp=TOLD, hs_call_status="NO_ANSWER").fields["outcome"] == "NO_ANSWER"


def test_a_meeting_happens_when_it_starts() -> None:
    start = str(parse_iso(TOLD))
    found = hubspot(
        "meeting", hs_timestamp="2026-06-01T00:00:00Z", hs_meeting_start_time=start, hs_meeting_outcome="COMPLETED"
    )
    assert (found.kind, found.at, found.fields["outcome"]) == ("meeting", parse_iso(TOLD), "COMPLETED")


@pytest.mark.parametrize(
    ("properties", "kind", "by"),
    [
        ({"hs_email_direction": "EMAIL", "hs_email_status": "SENT", "hubspot_owner_id": "5"}, "email", "sales"),
        ({"hs_email_direction": "INCOMING_EMAIL", "hubspot_owner_id": "5"}, "email_reply", None),
        ({"hs_email_direction": "EMAIL", "hs_email_status": "BOUNCED"}, None, None),
    ],
)
def test_a_mail_that_was_sent_is_ours_and_one_that_came_in_is_an_answer(properties, kind, by) -> None:
    found = hubspot("email", hs_timestamp=TOLD, **properties)
    assert (found and found.kind, found and found.by) == (kind, by)


def test_a_task_counts_when_it_is_done_and_a_note_when_it_is_written() -> None:
    assert hubspot("task", hs_task_status="NOT_STARTED", hs_timestamp=TOLD) is None
    assert hubspot("task", hs_task_status="COMPLETED", hs_task_completion_date=TOLD).at == parse_iso(TOLD)
    assert hubspot("note", hs_timestamp=TOLD, hubspot_owner_id="5").kind == "note"


@pytest.mark.parametrize("source", ["INTEGRATION", "IMPORT", "WORKFLOWS"])
def test_what_a_program_logged_is_no_work_of_sales(source) -> None:
    assert hubspot("call", hs_timestamp=TOLD, hubspot_owner_id="5", hs_object_source=source).by == "integration"


def test_what_is_deleted_is_no_touch_and_neither_is_another_record() -> None:
    assert hubspot("call", hs_timestamp=TOLD, deleted=True) is None
    assert hubspot("company") is None


def test_an_event_of_salesforce_is_a_meeting_unless_its_type_says_otherwise() -> None:
    found = salesforce("event", OwnerId=SELLER, StartDateTime=TOLD, Subject="Demo", Type="Meeting")
    assert (found.kind, found.at, found.by, found.fields["subject"]) == ("meeting", parse_iso(TOLD), "sales", "Demo")
    assert salesforce("event", OwnerId=ROBOT, Type="Call").kind == "call"
    assert salesforce("event", OwnerId=ROBOT).by == "integration"


def test_a_mail_of_salesforce_goes_out_or_comes_in() -> None:
    assert salesforce("email_message", Incoming=True, MessageDate=TOLD, CreatedById=SELLER).kind == "email_reply"
    sent = salesforce("email_message", Incoming=False, MessageDate=TOLD, CreatedById=SELLER)
    assert (sent.kind, sent.by, sent.at) == ("email", "sales", parse_iso(TOLD))


def test_a_campaign_member_touches_when_it_responded_else_when_it_was_added() -> None:
    responded = salesforce(
        "campaign_member", CampaignId="701000000000001AAA", HasResponded=True, FirstRespondedDate="2026-06-09"
    )
    assert (responded.fields["campaign"], responded.fields["type"]) == ("Spring", "responded")
    assert responded.at == parse_iso("2026-06-09")
    added = salesforce("campaign_member", CampaignId="701000000000002AAA", HasResponded=False, Status="Sent")
    assert (added.fields["campaign"], added.fields["type"], added.at) == ("701000000000002AAA", "member", AT)


def test_a_change_of_status_names_both_values_and_who_made_it() -> None:
    found = salesforce("lead_history", Field="Status", OldValue="New", NewValue="Working", CreatedById=SELLER)
    assert (found.kind, found.by) == ("status_change", "sales")
    assert found.fields == {"property": "Status", "from": "New", "to": "Working"}


def test_events_are_touches_of_what_they_tell() -> None:
    assert hubspot("page_view", url="https://us/pricing", contact="1").fields == {"url": "https://us/pricing"}
    assert hubspot("custom_event", event_type="pe1_trial", contact="1").kind == "event"
    assert hubspot("email_event", event_type="CLICK", campaign="News").kind == "email_click"
    assert hubspot("email_event", event_type="CLICK", filtered=True) is None
    assert hubspot("email_event", event_type="DELIVERED") is None


def test_an_instant_that_nobody_can_read_is_that_of_the_record() -> None:
    assert hubspot("call", hs_timestamp="soon").at == AT
    assert hubspot("call", hs_timestamp=str(AT - 5)).at == Instant(AT - 5)


@pytest.mark.parametrize(
    ("made", "changed", "by"),
    [
        ("005P", "005A", "sales"),  # we made it, a person finished it
        ("005A", "005A", "sales"),
        ("005P", "005P", "integration"),  # a program filed it in a person's name
        ("005A", "005P", None),  # who finished it nobody can tell
        (None, None, "sales"),
    ],
)
def test_a_task_is_the_work_of_whoever_changed_it_last(made, changed, by) -> None:
    given = {"IsClosed": True, "OwnerId": "005A", "CreatedById": made, "LastModifiedById": changed}
    task = Mirrored(System.SALESFORCE, "task", "7", None, AT, AT, AT, deleted=False, merged_into=None, properties=given)
    found = touch_of(task, Around(programs=frozenset({"005P"})))
    assert found is not None
    assert found.by == by


def test_an_event_was_held_unless_a_field_of_sales_says_otherwise() -> None:
    given = {"OwnerId": "005A", "Outcome__c": "No show"}
    event = Mirrored(
        System.SALESFORCE, "event", "7", None, AT, AT, AT, deleted=False, merged_into=None, properties=given
    )
    plain, told = touch_of(event, Around()), touch_of(event, Around(event_outcome="Outcome__c"))
    assert plain is not None
    assert told is not None
    assert (plain.fields["outcome"], told.fields["outcome"]) == ("COMPLETED", "No show")


@pytest.mark.parametrize(
    ("made", "said", "by"),
    [
        ("CRM_UI", "AUTOMATION_PLATFORM", "integration"),
        ("INTEGRATION", "CRM_UI", "sales"),
        ("INTEGRATION", "CALCULATED", "integration"),
        ("CRM_UI", "CALCULATED", "sales"),
    ],
)
def test_whoever_said_last_how_it_ended_is_behind_a_call(made: str, said: str, by: str) -> None:
    given = {"hs_object_source": made, "hubspot_owner_id": "5", "hs_call_disposition": GUID}
    history = {"hs_call_disposition": [(AT, None, made, None), (AT, GUID, said, None)]}
    record = Mirrored(System.HUBSPOT, "call", "7", None, AT, AT, AT, False, None, given, history)  # noqa: FBT003
    assert touch_of(record, AROUND).by == by
