"""One line of time."""

from __future__ import annotations

from decimal import Decimal

from connectors.records import System
from syncd.journey.timeline import Learned, Written, events_of, stays_of
from syncd.model.person import Opportunity, Touch
from syncd.model.stage import FUNNEL
from tests.unit.journey.lives import day, entry, looked, record

VISIT = Touch(day(2), "hubspot:contact:7:hs_analytics_last_url@1", "page_view", {"url": "https://x/pricing"})
CALL = Touch(day(4), "salesforce:task:00T1", "call", {"subject": "Intro", "outcome": "Connected"}, "sales")


def stays(*entries) -> list[tuple[str, float, float | None]]:
    found = stays_of(entries, FUNNEL)
    return [(str(s.entry.stage), s.entry.at / day(1), None if s.left_at is None else s.left_at / day(1)) for s in found]


def test_what_happens_in_both_systems_and_in_ours_is_one_line_of_time() -> None:
    deal = Opportunity("006", day(5), day(6), won=True, stage="Closed Won", amount=Decimal("1200.00"), amount_at=day(5),
                       close_date=None, close_date_by_sales=True)  # fmt: skip
    person = looked(
        entry("mql", 2), entry("customer", 6), touches=(VISIT, CALL), records=(record("7"),), opportunities=[deal]
    )
    events = events_of(person, Learned(), [Written(day(8), "task", "00T9", ("Subject",), created=True)])
    assert [(event.system, event.kind) for event in events] == [
        ("hubspot", "created"),
        ("hubspot", "page_view"),
        ("syncd", "stage"),
        ("salesforce", "call"),
        ("salesforce", "opportunity_created"),
        ("salesforce", "opportunity_won"),
        ("syncd", "stage"),
        ("syncd", "task"),
    ]
    assert [event.says for event in events][3:6:2] == [
        "call: Intro (Connected) by sales",
        "opportunity 006 was won, amount 1200.00",
    ]


def test_an_event_says_when_it_was_learned_and_where_its_evidence_is() -> None:
    person = looked(entry("mql", 2), touches=(VISIT,), records=(record("7"),))
    learned = Learned(touches={VISIT.id: day(9)}, entries={("mql", 1, day(2)): day(10)})
    events = {event.kind: event for event in events_of(person, learned, [])}
    assert (events["page_view"].known_at, events["page_view"].source_id) == (day(9), "7")
    assert events["page_view"].evidence == (VISIT.id,)
    assert events["stage"].known_at == day(10)


def test_merges_and_conversions_are_events() -> None:
    lead = record(
        "00Q",
        "lead",
        System.SALESFORCE,
        properties={"IsConverted": True, "ConvertedContactId": "003", "ConvertedDate": "1970-01-04"},
    )
    merged = record("8", merged_into="7", deleted=True, modified_at=day(5))
    events = events_of(looked(entry("mql", 2), records=(lead, merged)), Learned(), [])
    told = [(event.kind, event.at) for event in events if event.kind in ("converted", "merged")]
    assert told == [("converted", day(3)), ("merged", day(5))]


def test_a_form_that_was_submitted_is_one_event_by_its_name() -> None:
    touch = Touch(day(2), "hubspot:form_submission:f1", "form_submission", {"form": "E-book", "url": "https://x/e"})
    person = looked(entry("mql", 2), touches=(touch,), records=(record("f1", "form_submission"),))
    told = [event.says for event in events_of(person, Learned(), []) if event.system == "hubspot"]
    assert told == ["form submission: E-book"]


def test_a_return_carries_the_reason_of_sales() -> None:
    events = events_of(looked(entry("recycled", 3, reason="No budget")), Learned(), [])
    assert [(event.kind, "No budget" in event.says) for event in events] == [("return", True)]


def test_a_stay_ends_when_the_person_gets_further() -> None:
    assert stays(entry("subscriber", 0), entry("mql", 2), entry("customer", 5)) == [
        ("subscriber", 0, 2),
        ("mql", 2, 5),
        ("customer", 5, None),
    ]


def test_becoming_a_record_in_salesforce_does_not_end_being_an_mql() -> None:
    assert stays(entry("mql", 2), entry("lead", 3)) == [("mql", 2, None), ("lead", 3, 3)]


def test_a_return_and_a_new_cycle_end_what_was_before() -> None:
    found = stays(entry("mql", 2), entry("recycled", 4), entry("mql", 9, cycle=2))
    assert found == [("mql", 2, 4), ("recycled", 4, 9), ("mql", 9, None)]


def test_a_stage_that_is_left_by_its_own_rule_ends_then() -> None:
    assert stays(entry("mql", 2, left_at=day(3)), entry("customer", 5))[0] == ("mql", 2, 3)
