"""Why somebody could not be judged, in words by which people can be counted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given

from syncd.definitions.clauses import context_for
from syncd.definitions.intervals import truth_at
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    BantClause,
    Definitions,
    Not,
    Operator,
    OpportunityClause,
    ScoreClause,
    SignalClause,
)
from syncd.definitions.language import Test as Asked  # pytest takes names that begin with Test for tests
from syncd.definitions.unknowns import unknown_reasons
from syncd.model.instant import BEGINNING, DAY, NEVER, Instant
from syncd.model.person import Coverage, Facts, PersonId, Property, Touch, Unknown
from syncd.model.truth import Truth
from tests.unit.definitions import lives
from tests.unit.definitions.test_smallest import BIG, HEAD, SCORES, SIGNALS

NOW = Instant(100 * DAY)
SEEN = {kind: Coverage(BEGINNING, "s", "") for kind in ("visit", "form", "call")}
RULES = Definitions("v1", signals=SIGNALS, scores=SCORES)
WARM = ScoreClause("warm", (Asked(Operator.AT_LEAST, Decimal(40)),))
FIT = ScoreClause("fit", (Asked(Operator.AT_LEAST, Decimal(40)),))


def why(clause, *touches: Touch, coverage=SEEN, **values: object) -> list[str]:
    known = {name: Property(((BEGINNING, value),), name) for name, value in values.items()}
    return unknown_reasons(clause, context_for(Facts(PersonId("p"), Instant(0), known, touches, coverage), RULES), NOW)


def test_a_value_that_is_missing_is_named_once_however_many_ask_for_it() -> None:
    missing = Unknown("size is missing")
    assert why(AllOf((FIT, BIG, Not(BIG))), size=missing, title="Head") == ["size is missing"]
    assert why(BIG) == ["size is not read"]


def test_nobodys_value_and_nobodys_points_are_told() -> None:
    assert why(BIG, size="about eighty") == ["size is of another kind than asked"]
    assert why(FIT, size=Unknown("size is missing"), title="Head") == ["size is missing"]


def test_of_signals_and_scores_the_stream_and_its_gap_are_told() -> None:
    lacking = {**SEEN, "visit": Coverage(NEVER, "hubspot.page_view", "no permission")}
    assert why(SignalClause("visit", 2), coverage=lacking) == ["hubspot.page_view: no permission"]
    assert why(WARM, coverage=lacking) == ["hubspot.page_view: no permission"]
    assert why(SignalClause("visit", 1), coverage={}) == ["visit is not read"]
    assert why(SignalClause("visit", 1, anyone_at_company=True)) == ["what colleagues did is not read"]


def test_a_touch_that_does_not_tell_what_is_asked_is_a_reason() -> None:
    call = Touch(Instant(99 * DAY), "c", "call")
    assert why(SignalClause("talk", 1), call) == ["whether all that may be talk counts is not known"]


def test_of_answers_each_that_is_unknown_is_told() -> None:
    no = dict.fromkeys(("authority", "need", "timeline"), "no")
    assert why(BantClause(1), budget=Unknown("no access", readable=False), **no) == ["no access"]


def test_what_holds_or_not_whatever_is_unknown_leaves_nothing_open() -> None:
    assert why(AnyOf((BIG, HEAD)), title="Head") == []
    assert why(AllOf((BIG, HEAD)), title="Clerk") == []


def test_opportunities_that_are_not_read_are_a_reason() -> None:
    context = context_for(replace(Facts(PersonId("p"), Instant(0)), opportunities_known=False), RULES)
    assert unknown_reasons(OpportunityClause(won=True), context, NOW) == ["opportunities are not read"]


@given(lives.people(), lives.agreements(), lives.clauses)
def test_there_is_a_reason_exactly_where_something_is_unknown(person, definitions, clause) -> None:
    context = context_for(person, definitions)
    found = unknown_reasons(clause, context, Instant(45 * DAY))
    assert bool(found) is (truth_at(context.line(clause), 45 * DAY) is Truth.UNKNOWN)
    assert all(found)
