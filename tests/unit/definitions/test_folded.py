"""Touches that are unfolded when somebody looks at them."""

from __future__ import annotations

from decimal import Decimal

from syncd.definitions.evaluate import evaluate
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    Definitions,
    Operator,
    PropertyClause,
    Signal,
    SignalClause,
    StageRule,
)
from syncd.definitions.language import Test as Check
from syncd.model.instant import BEGINNING, DAY
from syncd.model.person import Coverage, Facts, PersonId, Property, Touch
from syncd.model.stage import Stage
from syncd.model.touches import Folded, Touches, in_strands, strand_of

VISIT = Touch(3 * DAY, "visit:1", "page_view", {"url": "/pricing"})
BIG = PropertyClause("size", (Check(Operator.AT_LEAST, Decimal(50)),))
VISITED = SignalClause("visit", 1)


def rules(group):
    return Definitions("v1", signals={"visit": Signal("visit", ("page_view",))}, stages=(StageRule(Stage.MQL, group),))


def person(size, touches):
    known = {"size": Property(((BEGINNING, Decimal(size)),), "hubspot:contact:1:size")}
    return Facts(PersonId("p"), 0, known, touches, {"page_view": Coverage(BEGINNING, "page views", "")})


def test_folded_touches_are_like_the_touches_themselves_and_unfolded_once():
    made = []
    touches = Touches([strand_of(VISIT)])
    folded = Folded(lambda: made.append(1) or touches)
    assert made == []
    assert (folded == [VISIT], list(folded), len(folded), folded[0]) == (True, [VISIT], 1, VISIT)
    assert in_strands(folded) is touches
    assert (repr(folded), bool(folded), made) == (repr(touches), True, [1])
    assert not Folded(lambda: Touches([]))


def test_nobody_looks_at_touches_where_a_property_tells_enough():
    seen = []

    def looked():
        seen.append(1)
        return Touches([strand_of(VISIT)])

    both, either = AllOf((VISITED, BIG)), AnyOf((VISITED, BIG))
    assert evaluate(person(10, Folded(looked)), rules(both), 9 * DAY).stage is Stage.SUBSCRIBER
    assert evaluate(person(80, Folded(looked)), rules(either), 9 * DAY, proofs=False).stage is Stage.MQL
    assert seen == []
    assert evaluate(person(80, Folded(looked)), rules(both), 9 * DAY).since == 3 * DAY
    assert evaluate(person(10, Folded(looked)), rules(either), 9 * DAY).since == 3 * DAY
