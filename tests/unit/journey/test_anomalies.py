"""Odd journeys are named."""

from __future__ import annotations

from syncd.journey.anomalies import anomalies_of
from syncd.model.person import Touch
from tests.unit.journey.lives import day, entry, looked, record


def kinds(person) -> list[str]:
    return [one.kind for one in anomalies_of(person)]


def test_an_ordinary_journey_has_nothing_odd() -> None:
    assert kinds(looked(entry("subscriber", 0), entry("mql", 1), entry("sql", 2), entry("customer", 3))) == []


def test_won_before_the_first_contact_is_named_so() -> None:
    visit = Touch(day(5), "t", "page_view")
    person = looked(entry("mql", 5), entry("sql", 6), entry("customer", 3), touches=(visit,))
    assert kinds(person) == ["out_of_order", "won_before_first_contact"]
    assert "1970-01-04" in anomalies_of(person)[1].says


def test_a_touch_before_the_win_is_a_first_contact() -> None:
    person = looked(entry("mql", 5), entry("customer", 3), touches=(Touch(day(1), "t", "page_view"),))
    assert "won_before_first_contact" not in kinds(person)


def test_a_stage_that_was_passed_over_is_inferred() -> None:
    assert kinds(looked(entry("mql", 1), entry("customer", 3))) == ["skipped_stage"]
    assert anomalies_of(looked(entry("mql", 1), entry("customer", 3)))[0].says == "Customer without ever being SQL"


def test_each_cycle_is_judged_by_itself() -> None:
    person = looked(entry("mql", 1), entry("recycled", 2), entry("mql", 5, cycle=2), entry("sql", 6, cycle=2))
    assert kinds(person) == []


def test_a_merged_record_is_told() -> None:
    person = looked(entry("mql", 1), records=(record("8", merged_into="7", modified_at=day(2)),))
    assert kinds(person) == ["merged_record"]
