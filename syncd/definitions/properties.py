"""Properties over time: when a value passed its tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeVar, cast

from syncd.definitions.context import Context, Judge
from syncd.definitions.intervals import ALWAYS, FALSE, TRUE, UNKNOWN, Line, all_of, from_intervals, normal, truth_at
from syncd.definitions.language import Operator, Test
from syncd.definitions.values import TIMED, passes, typed
from syncd.model.instant import BEGINNING, NEVER, Instant, midnight_of
from syncd.model.person import Property, Unknown, Value

Key = TypeVar("Key")

REMEMBERED = 4096
"""Texts whose truth is kept: people share their titles and countries, touches their addresses and forms."""


class Asked:
    """All that a version asks of one property: what a value says to every clause is looked up once for them all."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._clauses: list[Sequence[Test]] = []
        self._truths = _Truths(self._clauses)
        self._timed = False

    def judge(self, tests: Sequence[Test]) -> Judge:
        """When the property passes all of some tests, for whoever it is asked."""
        place = len(self._clauses)
        self._clauses.append(tests)
        self._timed = self._timed or any(test.operator in TIMED for test in tests)

        def judge(context: Context) -> Line:
            lines = context.said.get(self)
            if lines is None:
                lines = context.said[self] = self._lines(context)
            return lines[place]

        return judge

    def _lines(self, context: Context) -> Sequence[Line]:
        facts = context.facts
        known = facts.properties.get(self.name)
        if known is None:
            return [ALWAYS[UNKNOWN]] * len(self._clauses)
        at, value = known.timeline[-1]
        if self._timed:
            lines: Sequence[Line] = [over_time(tests)(known, facts.born) for tests in self._clauses]
        elif at <= facts.born:
            lines = self._truths.constant(value)
        else:
            lines = [self._line(known, place, facts.born) for place in range(len(self._clauses))]
        if context.cautious and known.assumed_until > BEGINNING:
            return [_certain(line, known) for line in lines]
        return lines

    def _line(self, known: Property, place: int, since: Instant) -> Line:
        return value_line(known, lambda value: self._truths.constant(value)[place][0][1], since)


def _certain(line: Line, known: Property) -> Line:
    """The line of a value without history, certain only from the record's last change on."""
    later = [point for point in line if point[0] > known.assumed_until]
    first = int(truth_at(line, known.assumed_until))
    return normal([(int(BEGINNING), UNKNOWN), (int(known.assumed_until), first), *later])


def over_time(tests: Sequence[Test]) -> Callable[[Property, Instant], Line]:
    """When a property passes all tests, from an instant on."""
    if any(test.operator in TIMED for test in tests):
        return lambda known, since: all_of(_tested(known, test, since) for test in tests)
    return lambda known, since: value_line(known, partial(_truth, tests), since)


def value_line(known: Property, truth: Callable[[Value], int], since: Instant) -> Line:
    """When a property had values of which something is true. Before `since`, when the person came to be known, nobody
    asks: what was said by then counts as said from the beginning, so that most lines are constant.
    """
    timeline = known.timeline
    later = [(int(start), truth(value)) for start, value in timeline if start > since]
    before = timeline[max(len(timeline) - len(later) - 1, 0)][1]
    return normal([(int(BEGINNING), truth(before)), *later])


def _truth(tests: Sequence[Test], value: Value) -> int:
    return min([int(passes(value, test)) for test in tests], default=TRUE)


class _Truths:
    """The constant lines of a property that always had one value, one for each clause: worked out for the first who
    says it and kept for the next.
    """

    def __init__(self, clauses: Sequence[Sequence[Test]]) -> None:
        self._clauses = clauses
        self._texts: dict[str, Sequence[Line]] = {}
        self._numbers: dict[Decimal, Sequence[Line]] = {}
        self._missing: dict[bool, Sequence[Line]] = {}

    def constant(self, value: Value) -> Sequence[Line]:
        """The lines, in the order of the clauses."""
        if type(value) is str:
            return self._texts.get(value) or self._kept(self._texts, value, value)
        if type(value) is Decimal:
            return self._numbers.get(value) or self._kept(self._numbers, value, value)
        if type(value) is Unknown:  # why it is missing makes no difference
            return self._missing.get(value.readable) or self._kept(self._missing, value.readable, value)
        return self._told(value)

    def _kept(self, known: dict[Key, Sequence[Line]], key: Key, value: Value) -> Sequence[Line]:
        if len(known) >= REMEMBERED:
            known.clear()
        lines = known[key] = self._told(value)
        return lines

    def _told(self, value: Value) -> Sequence[Line]:
        return [ALWAYS[_truth(tests, value)] for tests in self._clauses]


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
