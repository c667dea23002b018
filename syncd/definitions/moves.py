"""What could happen to a person: the moves of which the smallest change is made, and the facts after them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import TypeAlias

from syncd.definitions.intervals import truth_at
from syncd.definitions.language import (
    Clause,
    Definitions,
    Operator,
    OpportunityClause,
    PropertyClause,
    Signal,
    Test,
)
from syncd.definitions.properties import over_time
from syncd.model.instant import BEGINNING, Instant, datetime_of
from syncd.model.nouns import dataclass
from syncd.model.person import Facts, Money, Opportunity, Property, Touch, Unknown, Value
from syncd.model.truth import Truth

OTHERWISE = "something else"
"""A text that nobody's definitions name."""


@dataclass(frozen=True, slots=True)
class Touched:
    """So many more touches of a signal. `before` is how many other steps of a sequence come after it."""

    signal: str
    count: int
    asked_by: Clause
    before: int = 0

    @property
    def cost(self) -> int:
        """How many things have to happen."""
        return self.count


@dataclass(frozen=True, slots=True)
class Became:
    """A property has another value: it passes (True), or does not pass, all tests of each clause in `asked`."""

    name: str
    asked: Sequence[tuple[PropertyClause, bool]]
    asked_by: Clause
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Dealt:
    """There is an opportunity that fits a clause."""

    clause: OpportunityClause
    asked_by: Clause
    cost: int = 1


Move: TypeAlias = "Touched | Became | Dealt"
Way: TypeAlias = "tuple[Move, ...]"
"""Moves that together would do it. The empty way: nothing has to happen."""


def cost_of(way: Way) -> int:
    """How many things have to happen."""
    return sum(move.cost for move in way)


def joined(ways: Iterable[Way]) -> Way:
    """All moves of some ways, as one way: a touch counts for whoever asks for it, a property has one value."""
    found: dict[tuple[object, ...], Move] = {}
    for move in (move for way in ways for move in way):
        match move:
            case Touched():
                key: tuple[object, ...] = (Touched, move.signal, move.before)
            case Became():
                key = (Became, move.name)
            case Dealt():
                key = (Dealt, id(move.clause))
        known = found.get(key)
        found[key] = move if known is None else _both(known, move)
    return tuple(found.values())


def _both(one: Move, other: Move) -> Move:
    if isinstance(one, Touched) and isinstance(other, Touched):
        return replace(one, count=max(one.count, other.count))
    if isinstance(one, Became) and isinstance(other, Became):
        return replace(one, asked=(*one.asked, *(each for each in other.asked if each not in one.asked)))
    return one


def after(facts: Facts, way: Way, definitions: Definitions, at: Instant) -> Facts | None:
    """The facts once all moves of a way were made at an instant; None where a value that it asks for does not exist."""
    properties, touches, deals = {}, list(facts.touches), list(facts.opportunities)
    for move in way:
        match move:
            case Touched():
                instant = Instant(at - move.before)
                rule = definitions.signals[move.signal]
                touches += (
                    _touch(rule, instant, f"{move.signal}:{move.before}:{number}") for number in range(move.count)
                )
            case Became():
                became = _became(facts.properties.get(move.name), move, at)
                if became is None:
                    return None
                properties[move.name] = became
            case Dealt():
                deals.append(_deal(move.clause, at))
    touches.sort(key=lambda touch: (touch.at, touch.id))
    known = {**facts.properties, **properties} if properties else facts.properties
    return replace(facts, properties=known, touches=touches, opportunities=deals)


def _touch(rule: Signal, at: Instant, number: str) -> Touch:
    """A touch that is a signal: its fields pass the signal's tests, and it is by whom the signal asks for."""
    fields = {}
    for clause in rule.where:
        asked = Became(clause.name, ((clause, True),), clause)
        found = next(iter(_passing(asked, Property(((BEGINNING, Unknown("")),), ""), at)), OTHERWISE)
        fields[clause.name] = _as_text(found)
    if rule.team:
        fields["owner_email" if "@" in rule.team[0] else "owner"] = rule.team[0]
    return Touch(at, f"supposed:{number}", rule.of[0], fields, None if rule.team else rule.by)


def _as_text(value: Value) -> str:
    """A value as the field of a touch holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.amount.to_eng_string() if isinstance(value, Money) else str(value)


def _became(known: Property | None, move: Became, at: Instant) -> Property | None:
    before = known or Property(((BEGINNING, Unknown(f"{move.name} is missing")),), move.name)
    value = next(_passing(move, before, at), None)
    return None if value is None else _with(before, value, at)


def _with(known: Property, value: Value, at: Instant) -> Property:
    earlier = tuple(point for point in known.timeline if point[0] < at)
    return replace(known, timeline=(*earlier, (at, value)))


def _passing(move: Became, known: Property, at: Instant) -> Iterator[Value]:
    """The values, out of those that the tests themselves name, that give what is asked once they are set."""
    asked = [(over_time(clause.tests), Truth.TRUE if wanted else Truth.FALSE) for clause, wanted in move.asked]
    listed = isinstance(known.timeline[-1][1], frozenset)
    for value in _candidates([test for clause, _ in move.asked for test in clause.tests], at):
        became = _with(known, frozenset((value,)) if listed and isinstance(value, str) else value, at)
        if all(truth_at(line(became, BEGINNING), at) is truth for line, truth in asked):
            yield became.timeline[-1][1]


def _candidates(tests: Sequence[Test], at: Instant) -> Iterator[Value]:
    found = [value for test in tests for value in _near(test, at)]
    yield from found
    texts = [value for value in found if isinstance(value, str)]
    yield from (" ".join(pair) for pair in permutations(texts, 2))
    yield from (OTHERWISE, Decimal(0), True, False)


def _near(test: Test, at: Instant) -> Iterator[Value]:
    """The values around what a test compares with."""
    if test.operator is Operator.CHANGED_WITHIN:
        return
    if test.operator is Operator.OLDER_THAN and isinstance(test.operand, int):
        moment = Instant(max(at - test.operand, 0))
        yield from (Decimal(moment), datetime_of(moment).date() - timedelta(days=1))
        return
    if test.operator is Operator.KNOWN:
        yield OTHERWISE if test.operand else Unknown("is empty")
        return
    for operand in test.operand if isinstance(test.operand, tuple) else (test.operand,):
        yield operand if isinstance(operand, str | bool | date | Money) else Decimal(operand)
        if isinstance(operand, bool):
            yield not operand
        elif isinstance(operand, Decimal | int):
            yield from (Decimal(operand) + 1, Decimal(operand) - 1)
        elif isinstance(operand, Money):
            yield from (replace(operand, amount=operand.amount + 1), replace(operand, amount=operand.amount - 1))
        elif isinstance(operand, date):
            yield from (operand + timedelta(days=1), operand - timedelta(days=1))


def _deal(clause: OpportunityClause, at: Instant) -> Opportunity:
    """An opportunity that fits a clause, if one can."""
    asked = Became("amount", ((PropertyClause("amount", clause.amount), True),), clause)
    amount = next(_passing(asked, Property(((BEGINNING, Unknown("")),), ""), at), None) if clause.amount else Decimal(1)
    currency = amount.currency if isinstance(amount, Money) else None
    number = amount.amount if isinstance(amount, Money) else amount
    closed = clause.won is True or clause.open is False
    properties = {one.name: _as_asked(one, at) for one in clause.where}
    return Opportunity(
        id="supposed",
        created_at=at,
        closed_at=at if closed else None,
        won=clause.won is True,
        stage="",
        amount=number if isinstance(number, Decimal) else None,
        amount_at=None,
        close_date=None,
        close_date_by_sales=True,
        currency=currency,
        properties=properties,
    )


def _as_asked(clause: PropertyClause, at: Instant) -> Property:
    """A property of a deal that passes its tests, if one can."""
    asked = Became(clause.name, ((clause, True),), clause)
    value = next(_passing(asked, Property(((BEGINNING, Unknown("")),), ""), at), Unknown("nothing would do"))
    return Property(((BEGINNING, value),), clause.name)
