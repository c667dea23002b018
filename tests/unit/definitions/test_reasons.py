"""Why somebody is where they are, and the least that would change it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given

from syncd.definitions.evaluate import evaluate
from syncd.definitions.explain import prove
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Definitions,
    NeverRule,
    Not,
    Operator,
    PropertyClause,
    ReturnRule,
    Signal,
    SignalClause,
    StageRule,
)
from syncd.definitions.language import Test as Asked  # pytest takes names that begin with Test for tests
from syncd.definitions.reasons import ahead, context_of, lacking, standing
from syncd.model.instant import BEGINNING, DAY, NEVER, Instant
from syncd.model.person import Coverage, Entry, Facts, PersonId, Property, Touch
from syncd.model.stage import Stage
from syncd.model.truth import Truth
from tests.unit.definitions import lives

NOW = Instant(100 * DAY)


def known(name: str) -> PropertyClause:
    return PropertyClause(name, (Asked(Operator.IS, Decimal(1)),), place=name)


def facts(touches: tuple[Touch, ...] = (), held: tuple[Entry, ...] = (), **values: int) -> Facts:
    return Facts(
        PersonId("p"),
        Instant(0),
        {name: Property(((BEGINNING, Decimal(value)),), name) for name, value in values.items()},
        touches,
        {"visit": Coverage(BEGINNING, "s", "")},
        held=held,
    )


def least(clause, **values: int) -> list[str]:
    context = context_of(facts(**values), Definitions("v1"), (), 1)
    return [leaf.place for leaf in lacking(clause, prove(clause, context, NOW))]


def test_of_all_every_clause_that_does_not_hold_is_lacking() -> None:
    assert least(AllOf((known("a"), known("b"), known("c"))), a=1, b=0, c=0) == ["b", "c"]


def test_of_any_the_cheapest_branch_is_lacking_and_of_equals_the_first() -> None:
    dear, cheap = AllOf((known("a"), known("b"))), AllOf((known("c"), known("d")))
    assert least(AnyOf((dear, cheap)), a=0, b=0, c=1, d=0) == ["d"]
    assert least(AnyOf((known("a"), known("b"))), a=0, b=0) == ["a"]


def test_of_at_least_so_many_only_the_missing_number_is_lacking() -> None:
    clause = AtLeastOf(2, (known("a"), known("b"), known("c")))
    assert least(clause, a=0, b=1, c=0) == ["a"]


def test_what_must_not_hold_is_lacking_when_it_does() -> None:
    assert least(Not(AnyOf((known("a"), known("b")))), a=1, b=0) == ["a"]
    assert least(Not(AllOf((known("a"), known("b")))), a=1, b=1) == ["a"]
    assert least(Not(Not(known("a"))), a=0) == ["a"]


def test_what_holds_lacks_nothing() -> None:
    assert least(AllOf((known("a"), known("b"))), a=1, b=1) == []


VISIT = SignalClause("visit", 1, within=30 * DAY)
RULES = Definitions(
    "v1",
    signals={"visit": Signal("visit", ("visit",))},
    stages=(
        StageRule(Stage.MQL, AllOf((known("fits"), VISIT))),
        StageRule(Stage.SQL, known("talked"), after=Stage.MQL),
    ),
    returns=(ReturnRule(Stage.RECYCLED, known("back"), requalify_after=10 * DAY),),
)


def visit(day: float) -> Touch:
    return Touch(Instant(int(day * DAY)), f"t{day}", "visit")


def judged(given: Facts, definitions: Definitions = RULES):
    verdict = evaluate(given, definitions, NOW)
    return standing(given, definitions, verdict, NOW), ahead(given, definitions, verdict, NOW)


def test_the_proof_is_that_of_the_entry_and_tells_when_it_lapsed() -> None:
    now, _ = judged(facts((visit(40),), fits=1, talked=0, back=0))
    assert (now.entry.stage, now.proof.truth, now.entry.at) == (Stage.MQL, Truth.TRUE, 40 * DAY)
    assert now.lapsed_at == 70 * DAY
    now, _ = judged(facts((visit(90),), fits=1, talked=0, back=0))
    assert now.lapsed_at is None


def test_the_next_stage_tells_which_one_must_come_before() -> None:
    _, found = judged(facts((), fits=1, talked=1, back=0))
    assert (found.stage, [leaf.says for leaf in found.lacking]) == (
        Stage.MQL,
        ["visit at least 1 within 30 days"],
    )
    only_sql = replace(RULES, stages=(RULES.stages[1],))
    _, found = judged(facts((), fits=1, talked=1, back=0), only_sql)
    assert found.waits_for == Stage.MQL


def test_after_a_return_the_next_stage_is_the_first_one_and_not_before_its_time() -> None:
    back = Property(((BEGINNING, Decimal(0)), (Instant(95 * DAY), Decimal(1))), "back")
    given = facts((visit(90),), fits=1, talked=0)
    given = replace(given, properties={**given.properties, "back": back})
    now, found = judged(given)
    assert now.entry.stage == Stage.RECYCLED
    assert (found.stage, found.not_before) == (Stage.MQL, 105 * DAY)
    forever = replace(RULES, returns=(replace(RULES.returns[0], stage=Stage.DISQUALIFIED, requalify_after=None),))
    assert judged(given, forever)[1].not_before == NEVER


def test_what_the_ledger_holds_and_today_does_not_show_is_proved_by_its_own_line() -> None:
    held = Entry(Stage.MQL, 1, Instant(5 * DAY), "definition", "as it was", ("e1",), "v0")
    now, _ = judged(facts((), (held,), fits=0, talked=0, back=0))
    assert (now.proof.says, now.proof.evidence, now.lapsed_at) == ("as it was", ("e1",), None)


def test_who_is_barred_is_still_told_what_the_stage_asks() -> None:
    barred = replace(RULES, never=(NeverRule("rival", known("rival")),))
    verdict = evaluate(facts((visit(90),), fits=1, talked=0, back=0, rival=1), barred, NOW)
    assert (verdict.stage, verdict.barred) == (Stage.SUBSCRIBER, "rival")
    assert ahead(facts((visit(90),), fits=1, talked=0, back=0, rival=1), barred, verdict, NOW).lacking == ()


@given(lives.people(), lives.agreements())
def test_everybody_can_be_explained_at_any_time(given, definitions) -> None:
    at = Instant(45 * DAY)
    verdict = evaluate(given, definitions, at)
    assert standing(given, definitions, verdict, at).proof.truth is Truth.TRUE
    found = ahead(given, definitions, verdict, at)
    assert found is None or (found.lacking == ()) == (found.proof.truth is Truth.TRUE)
