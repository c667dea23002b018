"""Clauses that change nothing are noticed."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings

from syncd.definitions.clauses import context_for, line_of
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    BantClause,
    Definitions,
    NeverRule,
    Operator,
    PropertyClause,
    ScoreClause,
    SignalClause,
    StageRule,
)
from syncd.definitions.language import Test as Asked
from syncd.definitions.overlaps import implies, overlaps
from syncd.model.instant import DAY
from syncd.model.stage import Stage
from tests.unit.definitions import lives


def size(operator, operand, place="f:9:9"):
    return PropertyClause("size", (Asked(operator, operand),), place)


def told(*clauses, never=(), after=None):
    stages = tuple(StageRule(Stage.MQL, clause, after=after, place="f:1:1") for clause in clauses)
    return [f"{one.place}: {one.what}" for one in overlaps(Definitions("x", stages=stages, never=never))]


def test_in_an_any_the_stronger_part_changes_nothing_and_in_an_all_the_weaker_one():
    strong = SignalClause("visit", 2, within=7 * DAY, place="f:2:2")
    weak = SignalClause("visit", 1, within=30 * DAY, place="f:3:3")
    in_vain = "`visit at least 2 within 7 days` holds only where `visit at least 1 within 30 days` does"
    assert told(AnyOf((strong, weak))) == [f"f:2:2: {in_vain}: it changes nothing"]
    in_vain = "`visit at least 1 within 30 days` holds wherever `visit at least 2 within 7 days` does"
    assert told(AllOf((strong, weak))) == [f"f:3:3: {in_vain}: it changes nothing"]


def test_what_is_said_twice_is_told_at_its_second_place():
    clause = ScoreClause("fit", (Asked(Operator.AT_LEAST, Decimal(40)),), "f:2:2")
    again = ScoreClause("fit", (Asked(Operator.AT_LEAST, Decimal(40)),), "f:4:4")
    assert told(AllOf((clause, again))) == ["f:4:4: `score.fit at least 40` is said twice"]


def test_parts_that_do_not_cover_each_other_are_left_alone():
    short = SignalClause("visit", 1, within=7 * DAY, place="f:2:2")
    often = SignalClause("visit", 3, within=30 * DAY, place="f:3:3")
    bant = [BantClause(3, (), "f:4:4"), BantClause(2, ("budget",), "f:5:5")]
    assert told(AnyOf((short, often, *bant))) == []


def test_a_reason_behind_another_one_is_never_told():
    wide = NeverRule("abroad", PropertyClause("country", (Asked(Operator.ANY_OF, ("x", "y")),)), "f:1:3")
    narrow = NeverRule("rival", PropertyClause("country", (Asked(Operator.IS, "x"),)), "f:2:3")
    assert told(never=(wide, narrow)) == ["f:2:3: the reason rival is never told: abroad keeps them out before"]
    assert told(never=(narrow, wide)) == []


def test_a_stage_that_waits_for_one_without_rule_is_told():
    assert told(size(Operator.KNOWN, True), after=Stage.SQL) == ["f:1:1: mql comes from sql, which has no rule here"]  # noqa: FBT003


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives.people(), lives.agreements(), lives.leaves, lives.leaves)
def test_what_is_implied_holds_whenever_the_other_does(facts, agreement, one, other):
    if implies(one, other):
        context = context_for(facts, agreement)
        stronger, weaker = line_of(one, context), line_of(other, context)
        moments = {start for line in (stronger, weaker) for start, _ in line}
        for moment in moments:
            assert value_at(stronger, moment) != 2 or value_at(weaker, moment) == 2


def value_at(line, moment):
    return [truth for start, truth in line if start <= moment][-1]
