"""Clauses as sentences: whole, exact, and none like another."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest

from syncd.agreement.page import sections_of
from syncd.definitions import language
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Cap,
    Definitions,
    EngagementScore,
    FitGroup,
    FitScore,
    NeverRule,
    Not,
    Operator,
    OpportunityClause,
    PropertyClause,
    ReturnRule,
    ScoreClause,
    Signal,
    SignalClause,
    StageRule,
    Unanswered,
)
from syncd.files import kinds
from syncd.files.fields_file import ANSWERS, BUILT_IN
from syncd.locales.words import words_of
from syncd.model.instant import DAY, NEVER, midnight_of
from syncd.model.person import Money
from syncd.model.stage import Stage
from syncd.telling.clauses import FIELDS, KINDS, NAMES, Line, Teller

KIND = {"size": "number", "day": "date", "seen": "datetime", "revenue": "money", "open": "boolean"}
TELLER = Teller(words_of("en"), KIND)
NOON = Decimal(midnight_of(date(2026, 12, 1)) + DAY // 2)


KNOWN = (language.Test(operator=Operator.KNOWN, operand=True),)


def says(clause) -> str:
    return TELLER.clause(clause).says


def outline(line: Line) -> list:
    return [line.says, *map(outline, line.parts)] if line.parts else line.says


@pytest.mark.parametrize(
    ("name", "operator", "operand", "sentence"),
    [
        ("title", Operator.IS, "head of it", "title is “head of it”"),
        ("title", Operator.ANY_OF, ("a", "b"), "title is “a” or “b”"),
        ("title", Operator.NONE_OF, ("a", "b"), "title is none of these: “a” or “b”"),
        ("size", Operator.AT_LEAST, Decimal(1000), "size is at least 1,000"),
        ("size", Operator.AT_MOST, Decimal("0.5"), "size is at most 0.5"),
        ("size", Operator.ABOVE, Decimal(5), "size is more than 5"),
        ("size", Operator.BELOW, Decimal(5), "size is less than 5"),
        ("size", Operator.BETWEEN, (Decimal(5), Decimal(9)), "size is from 5 to 9"),
        ("title", Operator.CONTAINS, ("it",), "title contains “it”"),
        ("title", Operator.STARTS_WITH, ("it",), "title starts with “it”"),
        ("title", Operator.HAS_WORD, ("it", "tech"), "title has the word “it” or “tech”"),
        ("title", Operator.KNOWN, True, "title is known"),
        ("title", Operator.KNOWN, False, "title is not known"),
        ("title", Operator.CHANGED_WITHIN, 30 * DAY, "title changed in the last 30 days"),
        ("day", Operator.OLDER_THAN, DAY, "day is more than 1 day ago"),
        ("day", Operator.AT_LEAST, date(2026, 12, 1), "day is 1 December 2026 or later"),
        ("day", Operator.BELOW, date(2026, 12, 1), "day is earlier than 1 December 2026"),
        ("seen", Operator.ABOVE, NOON, "seen is later than 1 December 2026, 12:00 UTC"),
        ("open", Operator.IS, True, "open is yes"),
        ("revenue", Operator.AT_LEAST, Money(Decimal(50000), "EUR"), "revenue is at least 50,000 EUR"),
        ("job_title", Operator.KNOWN, True, "job title is known"),
        ("budget_of_ours", Operator.KNOWN, True, "budget of ours is known"),
    ],
)
def test_a_test_of_a_property_is_a_sentence(name: str, operator: Operator, operand, sentence: str) -> None:
    assert says(PropertyClause(name, (language.Test(operator, operand),))) == sentence


def test_several_tests_of_one_value_must_all_pass() -> None:
    tests = (language.Test(Operator.AT_LEAST, Decimal(5)), language.Test(Operator.BELOW, Decimal(9)))
    assert says(PropertyClause("size", tests)) == "size is at least 5 and size is less than 9"


@pytest.mark.parametrize(
    ("clause", "sentence"),
    [
        (SignalClause("visit", 1), "visit: at least once"),
        (SignalClause("visit", 2, within=DAY), "visit: at least 2 times in the last 1 day"),
        (SignalClause("visit", None, 0, since=Stage.MQL), "visit: not once since becoming MQL"),
        (SignalClause("visit", None, 1), "visit: at most once"),
        (SignalClause("visit", 3, 3), "visit: exactly 3 times"),
        (SignalClause("visit", 1, 3), "visit: 1 to 3 times"),
        (
            SignalClause("visit", 1, within=2 * DAY, since=Stage.MQL),
            "visit: at least once in the last 2 days, since becoming MQL",
        ),
        (SignalClause("visit", 1, anyone_at_company=True), "visit by anyone at the company: at least once"),
        (ScoreClause("fit", (language.Test(Operator.AT_LEAST, Decimal(40)),)), "fit score is at least 40 points"),
        (BantClause(1, ("budget",)), "budget is known (BANT)"),
        (BantClause(2, ("budget", "need")), "budget and need are known (BANT)"),
        (
            BantClause(3, ("need",)),
            "at least 3 of the four BANT answers are known (budget, authority, need and timeline), need among them",
        ),
        (OpportunityClause(), "there is an opportunity"),
        (
            OpportunityClause(open=False, won=True, amount=(language.Test(Operator.ABOVE, Decimal(0)),)),
            "there is an opportunity: it is closed, it is won and its amount is more than 0",
        ),
        (OpportunityClause(close_date_set_by_sales=True), "there is an opportunity: sales set its close date"),
    ],
)
def test_a_clause_is_a_sentence(clause, sentence: str) -> None:
    assert says(clause) == sentence


A, B = (PropertyClause(name, KNOWN) for name in "ab")


@pytest.mark.parametrize(
    ("clause", "told"),
    [
        (AllOf((A, B)), ["all of these:", "a is known", "b is known"]),
        (AnyOf((A, AllOf((B, B)))), ["at least one of these:", "a is known", ["all of these:", *2 * ["b is known"]]]),
        (AtLeastOf(2, (A, B, A)), ["at least 2 of these 3:", "a is known", "b is known", "a is known"]),
        (Not(AnyOf((A, B))), ["none of these:", "a is known", "b is known"]),
        (Not(AllOf((A, B))), ["not all of these together:", "a is known", "b is known"]),
        (Not(AtLeastOf(2, (A, B, A))), ["fewer than 2 of these 3:", "a is known", "b is known", "a is known"]),
        (Not(AnyOf((A,))), "not so: a is known"),
        (Not(Not(A)), "a is known"),
        (AllOf((A,)), "a is known"),
    ],
)  # fmt: skip
def test_a_group_is_a_heading_over_its_parts(clause, told) -> None:
    assert outline(TELLER.clause(clause)) == told


@pytest.mark.parametrize(
    ("signal", "meaning"),
    [
        (Signal("talk", ("call", "meeting"), "sales"), "a call or a meeting by sales"),
        (Signal("talk", ("call",), "north", team=("b@x", "a@x")), "a call by the team north (a@x, b@x)"),
        (Signal("path", (), sequence=("visit", "ask")), "these one after the other: visit → ask"),
        (
            Signal("path", (), sequence=("visit", "ask_us"), within=7 * DAY),
            "these one after the other within 7 days: visit → ask us",
        ),
    ],
)
def test_a_signal_says_what_counts(signal: Signal, meaning: str) -> None:
    assert TELLER.signal(signal) == meaning


def test_every_name_kind_and_field_that_syncd_knows_has_its_words() -> None:
    assert set(BUILT_IN) | set(ANSWERS) <= set(NAMES)
    assert set(kinds.KINDS) <= set(KINDS)
    assert {field for of_kind in kinds.KINDS.values() for field in of_kind} <= set(FIELDS)


FULL = Definitions(
    hash="",
    signals={"visit": Signal("visit", ("page_view",), "sales", (A,)), "path": Signal("path", (), sequence=("visit",))},
    scores={
        "fit": FitScore("fit", ((A, 5),), (FitGroup("who", 20, ((B, 30),)),)),
        "done": EngagementScore("done", {"visit": 5}, DAY, (Cap("visits", 15, ("visit",)),)),
    },
    never=(NeverRule("rival", A),),
    stages=(
        StageRule(
            Stage.MQL,
            A,
            "marketing",
            Stage.LEAD,
            leave=True,
            entered_at="day",
            unanswered=Unanswered(2 * DAY, "accept", SignalClause("visit", 1)),
        ),
    ),
    returns=(ReturnRule(Stage.RECYCLED, A, "Why__c", "nurture", 30 * DAY, {"no money": "budget"}),),
    answers={"need": SignalClause("visit", 2)},
)  # fmt: skip


def words(definitions: Definitions) -> str:
    return repr(sections_of(definitions, words_of("en"), KIND))


def other_than(value):
    """Another value of a field."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + DAY
    if isinstance(value, Stage):
        return Stage.SUBSCRIBER
    if isinstance(value, str):
        return "recycle" if value == "accept" else f"{value}x"
    return None


@pytest.mark.parametrize("section", ["stages", "returns", "never"])
def test_no_part_of_a_rule_goes_untold(section: str) -> None:
    rule = getattr(FULL, section)[0]
    for field in fields(rule):
        other = other_than(getattr(rule, field.name))
        if field.name != "place" and other is not None:
            changed = replace(FULL, **{section: (replace(rule, **{field.name: other}),)})
            assert words(changed) != words(FULL), field.name


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("caps and groups", "who, at most 20 points together:"),
        ("caps and groups", "visits, at most 15 points together:"),
        ("silence of sales", "Whoever gets no answer from sales within 2 days enters the next stage."),
        ("silence of sales", "unless this holds, or cannot be told:"),
        ("reasons", "budget: if it says “no money”"),
        ("reasons", "any other reason: without a code"),
        ("answers", "need: visit: at least 2 times"),
        ("dates", "The date of the stage is taken from: day."),
        ("leaving", "The stage ends as soon as this does not hold any more."),
    ],
)
def test_what_is_rare_is_told_as_well(part: str, sentence: str) -> None:
    assert sentence in words(FULL)


@pytest.mark.parametrize(
    ("wait", "stage", "sentence"),
    [
        (None, Stage.RECYCLED, "They can qualify again at once."),
        (0, Stage.DISQUALIFIED, "They can qualify again at once."),
        (None, Stage.DISQUALIFIED, "There is no way back into the funnel."),
        (int(NEVER), Stage.RECYCLED, "There is no way back into the funnel."),
        (30 * DAY, Stage.RECYCLED, "They can qualify again, 30 days later at the earliest."),
    ],
)
def test_when_somebody_can_qualify_again_is_said_as_it_is_judged(wait, stage: Stage, sentence: str) -> None:
    assert sentence in words(replace(FULL, returns=(ReturnRule(stage, A, requalify_after=wait),)))
