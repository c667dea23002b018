"""The smallest change that would bring somebody into the next stage: tried before it is told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings

from syncd.definitions.evaluate import evaluate
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
)
from syncd.definitions.language import Test as Asked  # pytest takes names that begin with Test for tests
from syncd.definitions.reasons import ahead
from syncd.model.instant import BEGINNING, DAY, HOUR, Instant
from syncd.model.person import Coverage, Facts, PersonId, Property, Touch, Unknown
from syncd.model.stage import Stage
from tests.unit.definitions import lives

NOW = Instant(100 * DAY)
SIGNALS = {
    "visit": Signal("visit", ("visit",), where=(PropertyClause("url", (Asked(Operator.CONTAINS, ("/pricing",)),)),)),
    "paper": Signal("paper", ("form",)),
    "talk": Signal("talk", ("call",), by="sales"),
    "north": Signal("north", ("call",), team=("ann@we.example",)),
    "soon": Signal("soon", (), sequence=("visit", "talk"), within=3 * DAY),
    "twice": Signal("twice", (), sequence=("visit", "visit")),
}
SEEN = {kind: Coverage(BEGINNING, "s", "") for kind in ("visit", "form", "call")}
BIG = PropertyClause("size", (Asked(Operator.AT_LEAST, Decimal(50)),))
HEAD = PropertyClause("title", (Asked(Operator.HAS_WORD, ("head", "vp")),))
SCORES = {
    "fit": FitScore("fit", ((BIG, 20), (HEAD, 20)), (FitGroup("g", 5, ((Not(HEAD), 5),)),)),
    "warm": EngagementScore("warm", {"visit": 15, "paper": 8}, 14 * DAY),
    "capped": EngagementScore("capped", {"visit": 15, "paper": 8}, None, (Cap("pages", 20, ("visit",)),)),
}


def visit(day: float, kind: str = "visit") -> Touch:
    return Touch(Instant(int(day * DAY)), f"{kind}{day}", kind, {"url": "https://x/pricing"}, "sales")


def somebody(*touches: Touch, **values: object) -> Facts:
    known = {name: Property(((BEGINNING, value),), name) for name, value in values.items()}
    return Facts(PersonId("p"), Instant(0), known, touches, SEEN)


def rules(when, **more) -> Definitions:
    return Definitions("v1", signals=SIGNALS, scores=SCORES, stages=(StageRule(Stage.MQL, when),), **more)


def found(facts: Facts, definitions: Definitions):
    return ahead(facts, definitions, evaluate(facts, definitions, NOW), NOW).smallest


def told(facts: Facts, when) -> list[list[str]]:
    return [[change.says for change in way] for way in found(facts, rules(when)).ways]


def test_of_touches_those_that_are_lacking_within_the_time_are_told() -> None:
    clause = SignalClause("visit", 3, within=30 * DAY)
    assert told(somebody(visit(50), visit(90)), clause) == [["2 more visit"]]
    change = found(somebody(visit(90)), rules(clause)).ways[0][0]
    assert (change.kind, change.name, change.count) == ("touch", "visit", 2)
    assert (change.asked_by, change.now[:9]) == ("visit at least 3 within 30 days", "1 counted")


@pytest.mark.parametrize("signal", ["talk", "north"])
def test_a_touch_is_supposed_to_be_by_whom_the_signal_asks_for(signal: str) -> None:
    assert told(somebody(), SignalClause(signal, 1)) == [[f"1 more {signal}"]]


def test_of_a_sequence_only_the_steps_that_are_lacking_are_told() -> None:
    assert told(somebody(visit(99)), SignalClause("soon", 1)) == [["1 more talk"]]
    assert told(somebody(visit(50)), SignalClause("soon", 1)) == [["1 more visit", "1 more talk"]]
    assert told(somebody(), SignalClause("twice", 1)) == [["1 more visit", "1 more visit"]]


def test_a_score_tells_the_points_it_lacks_and_every_cheap_way_to_get_them() -> None:
    given_points = found(somebody(visit(100)), rules(ScoreClause("warm", (Asked(Operator.AT_LEAST, 30),))))
    assert [[change.says for change in way] for way in given_points.ways] == [["1 more visit"], ["2 more paper"]]
    assert given_points.ways[0][0].now == "15 points, 15 points missing"


def test_where_a_cap_leaves_no_room_another_signal_has_to_help() -> None:
    clause = ScoreClause("capped", (Asked(Operator.AT_LEAST, 40),))
    assert told(somebody(visit(99), visit(98)), clause) == [["3 more paper"]]
    over_both = ScoreClause("capped", (Asked(Operator.AT_LEAST, 27),))
    assert told(somebody(), over_both)[0] == ["2 more visit", "1 more paper"]


def test_a_fit_score_names_the_rules_that_would_give_the_points() -> None:
    clause = ScoreClause("fit", (Asked(Operator.AT_LEAST, 40),))
    assert told(somebody(size=Decimal(80), title="Clerk"), clause) == [["title has word head, vp"]]
    assert told(somebody(size=Decimal(8), title="Clerk"), clause) == [["size at least 50", "title has word head, vp"]]


def test_of_the_four_answers_those_asked_for_by_name_come_first() -> None:
    answers = dict.fromkeys(("budget", "authority", "need", "timeline"), Unknown("is missing")) | {"need": "Yes"}
    assert told(somebody(**answers), BantClause(2, ("budget",))) == [["an answer to budget"]]
    assert told(somebody(**answers), BantClause(2))[:2] == [["an answer to budget"], ["an answer to authority"]]


def test_of_any_the_fewest_changes_come_first_and_a_touch_serves_all_who_ask() -> None:
    dear = AllOf((BIG, HEAD))
    cheap = SignalClause("paper", 1)
    assert told(somebody(size=Decimal(1), title="x"), AnyOf((dear, cheap)))[0] == ["1 more paper"]
    both = AllOf((SignalClause("visit", 1), ScoreClause("warm", (Asked(Operator.AT_LEAST, 25),))))
    assert told(somebody(), both)[0] == ["2 more visit"]


def test_of_at_least_so_many_what_holds_already_counts() -> None:
    clause = AtLeastOf(2, (BIG, HEAD, SignalClause("paper", 1)))
    assert told(somebody(size=Decimal(80), title="x"), clause)[:2] == [["title has word head, vp"], ["1 more paper"]]


def test_what_must_not_hold_is_told_as_such_and_a_value_has_to_fit_all() -> None:
    assert told(somebody(title="Head"), Not(HEAD)) == [["not title has word head, vp"]]
    one, other = (PropertyClause("title", (Asked(Operator.IS, word),)) for word in ("a", "b"))
    assert told(somebody(title="x"), AllOf((one, other))) == []


def test_an_opportunity_can_be_what_is_lacking() -> None:
    clause = OpportunityClause(open=True, amount=(Asked(Operator.ABOVE, Decimal(0)),), close_date_set_by_sales=True)
    assert told(somebody(), clause) == [["opportunity open amount above 0 close date set by sales"]]
    assert told(somebody(), OpportunityClause(open=True, won=True)) == []


def test_where_only_time_helps_the_day_is_told_and_what_has_to_happen_then() -> None:
    quiet = SignalClause("paper", None, at_most=0, within=10 * DAY)
    both = rules(AllOf((quiet, SignalClause("visit", 1))))
    waiting = found(somebody(visit(95, "form"), visit(97)), both)
    assert (waiting.ways, waiting.waiting) == ([[]], 105 * DAY)
    later = found(somebody(visit(95, "form")), both)
    assert (later.at, later.waiting, later.ways[0][0].says) == (105 * DAY, None, "1 more visit")


def test_where_only_an_unknown_stands_between_that_is_said() -> None:
    missing = found(somebody(visit(99), size=Unknown("size is missing")), rules(AllOf((BIG, SignalClause("visit", 1)))))
    assert (missing.unknown, missing.ways[0][0].says) == (["size is missing"], "size at least 50")
    assert found(somebody(size=Unknown("size is missing")), rules(AllOf((BIG, SignalClause("visit", 1))))).unknown == ()


def test_a_rule_of_never_is_said_and_the_rest_is_tried_without_it() -> None:
    rival = NeverRule("rival", PropertyClause("rival", (Asked(Operator.IS, operand=True),)))
    barred = found(somebody(size=Decimal(8), rival=True), rules(BIG, never=(rival,)))
    assert (barred.barred, barred.ways[0][0].says) == (["rival"], "size at least 50")
    assert found(somebody(size=Decimal(80), rival=True), rules(BIG, never=(rival,))).ways == [[]]


def test_a_change_that_trips_another_rule_is_not_told() -> None:
    large = NeverRule("large", PropertyClause("size", (Asked(Operator.AT_LEAST, Decimal(50)),)))
    assert found(somebody(size=Decimal(8)), rules(BIG, never=(large,))).ways == []


def back(day: int) -> Property:
    return Property(((BEGINNING, "open"), (Instant(day * DAY), "recycle")), "status")


RETURNS = (
    ReturnRule(Stage.RECYCLED, PropertyClause("status", (Asked(Operator.IS, "recycle"),)), None, None, 10 * DAY),
)


def test_after_a_return_it_is_tried_as_of_the_end_of_the_wait() -> None:
    person = somebody(visit(50))
    person = replace(person, properties={"status": back(95)})
    definitions = rules(SignalClause("visit", 1), returns=RETURNS)
    cooled = found(person, definitions)
    assert (cooled.at, cooled.waiting, cooled.ways[0][0].says) == (105 * DAY, None, "1 more visit")
    again = found(replace(person, touches=(visit(50), visit(97))), definitions)
    assert (again.waiting, again.ways) == (105 * DAY, [[]])


def test_what_held_already_at_a_return_has_to_become_true_anew() -> None:
    person = replace(somebody(), properties={**somebody(size=Decimal(80)).properties, "status": back(80)})
    at_once = (replace(RETURNS[0], requalify_after=None),)
    assert found(person, rules(BIG, returns=at_once)).ways == []


def test_what_lapses_before_the_wait_is_over_is_no_help() -> None:
    person = replace(somebody(visit(96)), properties={"status": back(95)})
    cooled = found(person, rules(SignalClause("visit", 2, within=5 * DAY), returns=RETURNS))
    assert [change.says for change in cooled.ways[0]] == ["2 more visit"]


@settings(max_examples=60)
@given(lives.people(lives.floors), lives.agreements(leave=True))
def test_no_way_that_is_told_can_do_without_one_of_its_changes(person, definitions) -> None:
    at = Instant(45 * DAY + HOUR)
    verdict = evaluate(person, definitions, at)
    answer = ahead(person, definitions, verdict, at)
    change = answer.smallest if answer else None
    for way in change.ways if change else ():
        assert all(one.count > 0 and one.says and one.asked_by for one in way)
    if change and change.waiting is not None:
        assert change.waiting > at
        assert evaluate(replace(person, held=verdict.entries), definitions, change.waiting, at).stage != verdict.stage
