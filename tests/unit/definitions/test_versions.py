"""Versions that take turns: each decides about its own time, and what it decided stands."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from syncd.definitions import language
from syncd.definitions.evaluate import evaluate
from syncd.definitions.language import (
    Definitions,
    Operator,
    PropertyClause,
    ReturnRule,
    Signal,
    SignalClause,
    StageRule,
)
from syncd.definitions.versions import evaluate_in_turn
from syncd.model.instant import BEGINNING, DAY, NEVER, Instant
from syncd.model.person import Facts, PersonId, Property, Touch
from syncd.model.stage import Stage
from tests.unit.definitions import lives

modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
people = lives.people(lives.floors)
VISITS = {"visit": Signal("visit", ("page_view",))}


def version(count: int, since: int = BEGINNING, within: int | None = None) -> Definitions:
    rule = StageRule(Stage.MQL, SignalClause("visit", count, within=within))
    return Definitions(f"v{count}", Instant(since), VISITS, stages=(rule,))


def somebody(*days: int) -> Facts:
    touches = tuple(Touch(Instant(day * DAY), f"t{day}", "page_view", {}, None) for day in days)
    return Facts(PersonId("p"), Instant(0), {}, touches, {}, (), opportunities_known=True)


def entered(verdict) -> list[tuple[str, int, str]]:
    return [(entry.stage, entry.at // DAY, entry.definition) for entry in verdict.entries[1:]]


def test_who_qualified_under_the_older_version_did_so_whatever_the_newer_one_asks() -> None:
    versions = [version(1), version(9, 20 * DAY)]
    verdict = evaluate_in_turn(somebody(3), versions, Instant(30 * DAY))
    assert (verdict.stage, entered(verdict)) == (Stage.MQL, [("mql", 3, "v1")])


def test_a_newer_version_decides_from_its_day_on_and_counts_what_was_done_before() -> None:
    versions = [version(9), version(1, 20 * DAY)]
    assert entered(evaluate_in_turn(somebody(3), versions, Instant(30 * DAY))) == [("mql", 20, "v1")]


def test_what_lapsed_before_a_version_began_makes_no_entry() -> None:
    versions = [version(9), version(1, 20 * DAY, within=5 * DAY)]
    assert entered(evaluate_in_turn(somebody(3), versions, Instant(30 * DAY))) == []
    assert entered(evaluate_in_turn(somebody(3, 18), versions, Instant(30 * DAY))) == [("mql", 20, "v1")]


def test_the_day_on_which_the_next_version_begins_is_a_day_to_look_again() -> None:
    versions = [version(9), version(1, 20 * DAY)]
    assert evaluate_in_turn(somebody(3), versions, Instant(10 * DAY)).due_at == 20 * DAY
    assert evaluate_in_turn(somebody(3), versions, Instant(20 * DAY)).due_at == NEVER
    assert entered(evaluate_in_turn(somebody(3), versions, Instant(20 * DAY - 1))) == []


def test_the_first_version_also_decides_about_what_was_before_its_day() -> None:
    assert entered(evaluate_in_turn(somebody(3), [version(1, 10 * DAY)], Instant(30 * DAY))) == [("mql", 3, "v1")]


def test_who_was_born_under_a_newer_version_is_judged_by_it_alone() -> None:
    born = replace(somebody(25), born=Instant(24 * DAY))
    assert entered(evaluate_in_turn(born, [version(1), version(2, 20 * DAY)], Instant(30 * DAY))) == []


def test_a_return_of_a_newer_version_is_dated_by_its_first_day() -> None:
    sent_back = PropertyClause("status", (language.Test(Operator.IS, "recycle"),))
    newer = replace(version(2, 20 * DAY), returns=(ReturnRule(Stage.RECYCLED, sent_back, requalify_after=30 * DAY),))
    status = Property(((BEGINNING, "new"), (Instant(5 * DAY), "Recycle")), "salesforce:lead:1:Status")
    facts = replace(somebody(3), properties={"status": status})
    verdict = evaluate_in_turn(facts, [version(1), newer], Instant(30 * DAY))
    assert [(stage, day) for stage, day, _ in entered(verdict)] == [("mql", 3), ("recycled", 20)]


@modest
@given(people, lives.agreements(leave=True), lives.instants)
def test_one_version_decides_alone(facts, agreement, now) -> None:
    assume(now >= facts.born)
    assert evaluate_in_turn(facts, [agreement], now) == evaluate(facts, agreement, now)


@modest
@given(people, lives.agreements(), lives.agreements(), lives.instants, lives.instants)
def test_every_decision_is_of_the_version_in_force_at_its_time(facts, one, other, turn, now) -> None:
    assume(now >= facts.born)
    older, newer = replace(one, hash="older"), replace(other, hash="newer", effective_from=turn)
    verdict = evaluate_in_turn(facts, [older, newer], now)
    wrong = [
        entry
        for entry in verdict.entries
        if entry.source == "definition" and entry.definition != ("newer" if entry.at >= turn else "older")
    ]
    assert wrong == []


@modest
@given(people, lives.agreements(), lives.agreements(), lives.instants, lives.instants, st.integers(0, 20 * DAY))
def test_what_was_recorded_on_the_way_changes_nothing(facts, one, other, turn, now, later) -> None:
    assume(now >= facts.born)
    versions = [replace(one, hash="older"), replace(other, hash="newer", effective_from=turn)]
    held = replace(facts, held=evaluate_in_turn(facts, versions, now).entries)
    then = Instant(now + later)

    def told(verdict):
        return [(entry.stage, entry.cycle, entry.at, entry.definition) for entry in verdict.entries]

    assert told(evaluate_in_turn(held, versions, then)) == told(evaluate_in_turn(facts, versions, then))
