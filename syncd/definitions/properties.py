"""Properties over time: when a value passed its tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar, cast

from syncd.definitions.context import Context, Judge
from syncd.definitions.intervals import ALWAYS, FALSE, TRUE, UNKNOWN, Line, all_of, from_intervals, normal, truth_at
from syncd.definitions.language import Operator, PropertyClause, Test
from syncd.definitions.values import TIMED, passes, typed
from syncd.model.instant import BEGINNING, NEVER, Instant, midnight_of
from syncd.model.person import Property, Unknown, Value

Kept = TypeVar("Kept", str, Decimal)

REMEMBERED = 4096
"""Texts whose truth is kept: people share their titles and countries, touches their addresses and forms."""


def property_judge(clause: PropertyClause) -> Judge:
    """When a property passes all tests of a clause, for whoever it is asked."""
    name, passing = clause.name, over_time(clause.tests)

    def judge(context: Context) -> Line:
        facts = context.facts
        known = facts.properties.get(name)
        if known is None:
            return ALWAYS[UNKNOWN]
        line = passing(known, facts.born)
        return _certain(line, known) if context.cautious and known.assumed_until > BEGINNING else line

    return judge


def _certain(line: Line, known: Property) -> Line:
    """The line of a value without history, certain only from the record's last change on."""
    later = [point for point in line if point[0] > known.assumed_until]
    first = int(truth_at(line, known.assumed_until))
    return normal([(int(BEGINNING), UNKNOWN), (int(known.assumed_until), first), *later])


def over_time(tests: Sequence[Test]) -> Callable[[Property, Instant], Line]:
    """When a property passes all tests, from an instant on."""
    if any(test.operator in TIMED for test in tests):
        return lambda known, since: all_of(_tested(known, test, since) for test in tests)
    truth = truth_of(tests)

    def passing(known: Property, since: Instant) -> Line:
        at, value = known.timeline[-1]
        return ALWAYS[truth(value)] if at <= since else value_line(known, truth, since)

    return passing


def value_line(known: Property, truth: Callable[[Value], int], since: Instant) -> Line:
    """When a property had values of which something is true. Before `since`, when the person came to be known, nobody
    asks: what was said by then counts as said from the beginning, so that most lines are constant.
    """
    timeline = known.timeline
    later = [(int(start), truth(value)) for start, value in timeline if start > since]
    before = timeline[max(len(timeline) - len(later) - 1, 0)][1]
    return normal([(int(BEGINNING), truth(before)), *later])


class _Truths(dict[Kept, int]):
    """The truth of each value, worked out for the first who says it and kept for the next."""

    def __init__(self, asked: Callable[[Kept], int]) -> None:
        super().__init__()
        self._asked: Callable[[Kept], int] = asked

    def __missing__(self, value: Kept) -> int:
        if len(self) >= REMEMBERED:
            self.clear()
        truth = self[value] = self._asked(value)
        return truth


def truth_of(tests: Sequence[Test]) -> Callable[[Value], int]:
    """Whether a value passes all tests, none of which depends on time."""
    only = tests[0] if len(tests) == 1 else None

    def asked(value: Value) -> int:
        if only is not None:
            return int(passes(value, only))
        return min([int(passes(value, test)) for test in tests], default=TRUE)

    texts: _Truths[str] = _Truths(asked)
    numbers: _Truths[Decimal] = _Truths(asked)
    empty, closed = asked(Unknown("")), asked(Unknown("", readable=False))

    def truth(value: Value) -> int:
        if type(value) is str:
            return texts[value]
        if type(value) is Unknown:
            return empty if value.readable else closed
        return numbers[value] if type(value) is Decimal else asked(value)

    return truth


def truths_of_texts(tests: Sequence[Test]) -> Callable[[Sequence[str | None]], list[int]]:
    """Which texts, such as a field of touches, pass all tests once typed as each of them asks; a missing one may."""
    known: dict[str | None, int] = {None: UNKNOWN}

    def truths(column: Sequence[str | None]) -> list[int]:
        found = list(map(known.get, column))
        if None not in found:
            return cast("list[int]", found)
        if len(known) >= REMEMBERED:
            known.clear()
            known[None] = UNKNOWN
        for text in column:
            if text not in known and text is not None:
                known[text] = min([int(passes(typed(text, test), test)) for test in tests], default=TRUE)
        return [known[text] for text in column]

    return truths


def _tested(known: Property, test: Test, since: Instant) -> Line:
    if test.operator is Operator.CHANGED_WITHIN:
        return _changed_within(known, test)
    if test.operator is Operator.OLDER_THAN:
        return _older_than(known, test)
    return value_line(known, lambda value: int(passes(value, test)), since)


def _changed_within(known: Property, test: Test) -> Line:
    """TRUE for a while after each change; of what may not be read nobody can tell."""
    now = known.timeline[-1][1]
    if isinstance(now, Unknown) and not now.readable:
        return ALWAYS[UNKNOWN]
    span = _milliseconds(test)
    changes = [(int(start), start + span) for start, _ in known.timeline[1:]]
    return from_intervals(changes, TRUE, FALSE)


def _older_than(known: Property, test: Test) -> Line:
    span = _milliseconds(test)
    points: list[tuple[int, int]] = []
    ends = [*(start for start, _ in known.timeline[1:]), NEVER]
    for (start, value), end in zip(known.timeline, ends, strict=True):
        if isinstance(value, Decimal):
            turn = int(value) + span
        elif isinstance(value, date):
            turn = midnight_of(value) + span
        else:
            points.append((start, UNKNOWN))
            continue
        points.append((start, TRUE if turn <= start else FALSE))
        if start < turn < end:
            points.append((turn, TRUE))
    return normal(points)


def _milliseconds(test: Test) -> int:
    if not isinstance(test.operand, int):
        message = f"{test.operator} needs a duration"
        raise TypeError(message)
    return test.operand
