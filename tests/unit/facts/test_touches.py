"""Which records and changes of properties are touches, when they happened, and who made them."""

from __future__ import annotations

import pytest

from connectors.records import Record, System, Version
from syncd.facts.activities import Around, touch_of
from syncd.facts.touches import HISTORY_LIMIT, TouchProperty, evidence_of, without_echoes
from syncd.files.fields_file import TOUCHES
from syncd.model.dossier import Mirrored
from syncd.model.instant import MINUTE, Instant, datetime_of, parse_iso
from syncd.model.person import Touch

AT = parse_iso("2026-06-10T09:00:00Z")
RULES = [TouchProperty(name, rule.kind, rule.takes) for name, rule in TOUCHES.items()]
ROBOT, SELLER = "005000000000009AAA", "005000000000001AAA"


def record(kind="contact", system=System.HUBSPOT, history=None, **properties) -> Mirrored:
    return Mirrored(
        system, kind, "1", None, AT, AT, AT, properties.pop("deleted", False), None, properties, history or {}
    )


def copy(kind="contact", history=None, **properties) -> Record:
    return Record(kind, "1", datetime_of(AT), datetime_of(AT), properties, history or {})


def changes(name, *values):
    versions = [Version(value, datetime_of(Instant(AT + place))) for place, value in enumerate(values)]
    strands, _ = evidence_of(System.HUBSPOT, copy(history={name: versions}), RULES)
    return [touch for strand in strands for touch in strand.touches()]


def test_every_page_that_was_seen_last_is_a_page_view_with_its_own_evidence():
    first, second = changes("hs_analytics_last_url", "https://us/pricing", "https://us/blog")
    assert (first.kind, first.at, first.fields) == ("page_view", AT, {"url": "https://us/pricing"})
    assert first.id == f"hubspot:contact:1:hs_analytics_last_url@{AT}" != second.id


def test_of_two_changes_at_one_instant_the_later_one_counts():
    versions = [Version(page, datetime_of(AT)) for page in ("https://us/a", "https://us/b")]
    [strand], _ = evidence_of(System.HUBSPOT, copy(history={"hs_analytics_last_url": versions}), RULES)
    assert [touch.fields for touch in strand.touches()] == [{"url": "https://us/b"}]


def test_changes_by_people_and_by_programs_are_apart():
    by = [Version("NEW", datetime_of(AT), "CRM_UI"), Version("OPEN", datetime_of(Instant(AT + 1)), "WORKFLOWS")]
    rules = [TouchProperty("hs_lead_status", "status_change", "to")]
    strands, _ = evidence_of(System.HUBSPOT, copy(history={"hs_lead_status": by}), rules)
    first, second = [touch for strand in strands for touch in strand.touches()]
    assert (first.by, second.by) == ("sales", "integration")
    assert second.fields == {"property": "hs_lead_status", "to": "OPEN", "from": "NEW"}


def test_a_property_that_was_emptied_is_no_touch():
    assert changes("hs_analytics_last_url", "", None) == []


def test_a_counter_tells_of_a_touch_only_when_it_rises():
    found = changes("hs_email_click", "1", "1", "3", "2", "hello", "4")
    assert [touch.at - AT for touch in found] == [0, 2, 5]
    assert {touch.kind for touch in found} == {"email_click"}


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("Guides: E-book: Leads", {"page": "Guides: E-book", "form": "Leads"}),
        ("Leads", {"form": "Leads"}),
    ],
)
def test_a_conversion_names_its_page_and_its_form(said, fields):
    (touch,) = changes("recent_conversion_event_name", said)
    assert (touch.kind, touch.fields) == ("form_submission", fields)


def test_a_submitted_form_is_a_touch_of_its_own_and_other_records_are_none():
    [strand], _ = evidence_of(
        System.HUBSPOT, copy("form_submission", form_name="E-book", page_url="https://us/e"), RULES
    )
    [touch] = strand.touches()
    assert (touch.id, touch.fields) == ("hubspot:form_submission:1", {"form": "E-book", "url": "https://us/e"})
    assert evidence_of(System.HUBSPOT, copy("company"), RULES) is None
    clicks = {"hs_email_click": [Version("1", datetime_of(AT))]}
    assert evidence_of(System.SALESFORCE, copy(history=clicks), RULES) is None


def test_a_history_that_the_crm_cuts_off_says_since_when_it_is_known():
    many = [Version(str(n), datetime_of(Instant(AT + n))) for n in range(1, HISTORY_LIMIT + 1)]
    few = [Version("1", datetime_of(AT))]
    _, reach = evidence_of(System.HUBSPOT, copy(history={"hs_email_click": many, "hs_email_open": few}), RULES)
    assert reach == {"hs_email_click": AT + 1}


def task(**more):
    given = {"Status": "Completed", "IsClosed": True, "OwnerId": SELLER, "TaskSubtype": "Call"}
    return touch_of(record("task", System.SALESFORCE, **(given | more)), Around(frozenset({ROBOT[:15]})))


def test_a_call_that_was_held_is_a_touch_of_sales_when_it_was_completed():
    touch = task(CompletedDateTime="2026-06-09T08:00:00.000+0000", CallDisposition="Connected")
    assert (touch.kind, touch.by, touch.at) == ("call", "sales", parse_iso("2026-06-09T08:00:00Z"))
    assert touch.fields["outcome"] == "Connected"


def test_where_salesforce_does_not_say_when_the_last_change_counts():
    assert task().at == AT


@pytest.mark.parametrize("more", [{"IsClosed": False}, {"deleted": True}, {"IsClosed": None, "Status": "Open"}])
def test_an_open_or_deleted_task_is_no_touch(more):
    assert task(**more) is None


def test_what_a_program_logged_is_not_of_sales():
    assert task(OwnerId=ROBOT).by == "integration"
    assert task(OwnerId=None).by is None


@pytest.mark.parametrize(
    ("kind", "subtype"), [("call", "Call"), ("email", "Email"), ("task", "Task"), ("meeting", "Meeting")]
)
def test_the_subtype_says_what_a_task_was(kind, subtype):
    assert task(TaskSubtype=subtype).kind == kind


def form(source, minutes, form_name="E-book"):
    return Touch(Instant(AT + minutes * MINUTE), f"hubspot:{source}", "form_submission", {"form": form_name})


def test_a_form_that_is_seen_twice_is_one_touch_and_the_record_stands():
    read = form("form_submission:1", 0)
    assert without_echoes([form("contact:1:x@1", 5), read, form("contact:1:x@0", -5)]) == [read]


def test_a_form_that_only_the_property_tells_of_stands():
    alone = form("contact:1:x@1", 90)
    assert without_echoes([alone, form("form_submission:1", 0)]) == [form("form_submission:1", 0), alone]


def test_two_forms_that_were_really_sent_are_two():
    sent = [form("form_submission:1", 0), form("form_submission:2", 1)]
    assert without_echoes(sent[::-1]) == sent
