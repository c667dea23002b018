"""The examples beside the definitions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.definitions.examples import facts_of, idle, missed
from syncd.definitions.language import (
    AllOf,
    Definitions,
    Example,
    FitScore,
    NeverRule,
    Operator,
    OpportunityClause,
    PropertyClause,
    ReturnRule,
    ScoreClause,
    Signal,
    SignalClause,
    StageRule,
)
from syncd.definitions.language import Test as Asked  # pytest takes names that begin with Test for tests
from syncd.model.instant import DAY, HOUR, Instant
from syncd.model.stage import Stage
from syncd.model.truth import Truth

NOW = Instant(20_000 * DAY)
KINDS = {
    "size": "number",
    "status": "choice",
    "domain": "text",
    "optin": "boolean",
    "since": "date",
    "tags": "choices",
    "seen": "datetime",
}


def asks(name: str, operator: Operator, operand, line: int) -> PropertyClause:
    return PropertyClause(name, (Asked(operator, operand),), f"definitions.yaml:{line}:1")


RULES = Definitions(
    "v1",
    signals={"visit": Signal("visit", ("page_view",), where=(asks("url", Operator.CONTAINS, ("/p",), 1),))},
    scores={"fit": FitScore("fit", ((asks("size", Operator.AT_LEAST, Decimal(50), 2), 20),))},
    never=(NeverRule("rival", asks("domain", Operator.IS, "rival.example", 3)),),
    stages=(
        StageRule(
            Stage.MQL,
            AllOf(
                (
                    ScoreClause("fit", (Asked(Operator.AT_LEAST, Decimal(20)),), "definitions.yaml:4:1"),
                    SignalClause("visit", 1, within=30 * DAY, place="definitions.yaml:5:1"),
                )
            ),
        ),
        StageRule(
            Stage.SQO,
            OpportunityClause(open=True, amount=(Asked(Operator.ABOVE, Decimal(0)),), place="definitions.yaml:6:1"),
        ),
        StageRule(Stage.CUSTOMER, OpportunityClause(won=True, place="definitions.yaml:7:1")),
    ),
    returns=(ReturnRule(Stage.RECYCLED, asks("status", Operator.IS, "recycle", 8)),),
)


def result(example: Example) -> list[tuple[str, str]]:
    given = replace(RULES, examples=(example,))
    return [(str(one.verdict.stage), one.why) for one in missed(given, KINDS, NOW)]


@pytest.mark.parametrize(
    ("person", "events", "expect"),
    [
        ({"size": "80"}, (("visit", 3 * DAY),), "mql"),
        ({"size": "80"}, (), "subscriber"),
        ({"size": "80", "domain": "Rival.example"}, (("visit", 3 * DAY),), "subscriber"),
        ({"size": "80", "status": "Recycle"}, (("visit", 3 * HOUR),), "recycled"),
        ({"size": "80"}, (("visit", 900 * DAY),), "mql"),
        ({"opportunity.open": "true", "opportunity.amount": "10"}, (), "sqo"),
        ({"opportunity.won": "true", "opportunity.amount": "10"}, (), "customer"),
        ({"opportunity.open": "false"}, (), "subscriber"),
    ],
)
def test_an_example_is_judged_as_everybody_else(person, events, expect) -> None:
    assert result(Example(person, events, Stage(expect))) == []


def test_a_missed_example_says_what_the_expected_stage_lacks() -> None:
    [(stage, why)] = result(Example({"size": "20"}, (("visit", 3 * DAY),), Stage.MQL))
    assert (stage, why) == ("subscriber", "score.fit at least 20, found 0 points")


def test_a_missed_example_says_which_rule_keeps_them_out() -> None:
    person = {"size": "80", "domain": "rival.example"}
    [(_, why)] = result(Example(person, (("visit", DAY),), Stage.MQL))
    assert why == "the rule rival of `never` keeps them out"


def test_an_example_that_gets_too_far_says_what_made_it_so() -> None:
    [(stage, why)] = result(Example({"size": "80"}, (("visit", DAY),), Stage.SUBSCRIBER))
    assert (stage, "visit at least 1" in why) == ("mql", True)


def test_values_are_read_by_their_type_and_a_wrong_one_is_unknown() -> None:
    person = {"optin": "yes", "since": "2026-01-02", "tags": "a; b", "seen": "2026-01-02T03:04:05Z", "size": "many"}
    facts = facts_of(Example(person, (), Stage.MQL), RULES, KINDS, NOW)
    values = {name: known.timeline[-1][1] for name, known in facts.properties.items()}
    assert values["optin"] is True
    assert f"{values['since']:%d.%m.%Y}" == "02.01.2026"
    assert values["tags"] == {"a", "b"}
    assert values["seen"] == Decimal(1767323045000)
    assert "many is no number" in values["size"].reason


def test_clauses_that_no_example_makes_true_or_none_false_are_told_apart() -> None:
    examples = (
        Example({"size": "80", "status": "Open"}, (("visit", DAY),), Stage.MQL),
        Example({"size": "80"}, (), Stage.SUBSCRIBER),
    )
    found = {(one.place, one.lacks) for one in idle(replace(RULES, examples=examples), KINDS, NOW)}
    assert found == {
        ("definitions.yaml:2:1", Truth.FALSE),
        ("definitions.yaml:3:1", Truth.TRUE),
        ("definitions.yaml:3:1", Truth.FALSE),  # nobody says a value: it can't be told
        ("definitions.yaml:4:1", Truth.FALSE),
        ("definitions.yaml:6:1", Truth.TRUE),
        ("definitions.yaml:7:1", Truth.TRUE),
        ("definitions.yaml:8:1", Truth.TRUE),
    }
