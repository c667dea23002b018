"""Properties over time: when a value passed its tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from syncd.definitions.context import Context, Judge
from syncd.definitions.intervals import ALWAYS, FALSE, TRUE, UNKNOWN, Line, all_of, from_intervals, normal, truth_at
from syncd.definitions.language import Operator, PropertyClause, Test
from syncd.definitions.values import TIMED, passes, typed
from syncd.model.instant import BEGINNING, NEVER, midnight_of
from syncd.model.person import Property, Unknown, Value

REMEMBERED = 4096
"""Texts whose truth is kept: people share their titles and countries, touches their addresses and forms."""


def property_judge(clause: PropertyClause) -> Judge:
    """When a property passes all tests of a clause, for whoever it is asked."""
    name = clause.name
    passing = over_time(clause.tests)

    def judge(context: Context) -> Line:
        known = context.facts.properties.get(name)
        if known is None:
            return ALWAYS[UNKNOWN]
        line = passing(known)
        return _certain(line, known) if context.cautious and known.assumed_until > BEGINNING else line

    return judge


def _certain(line: Line, known: Property) -> Line:
    """The line of a value without history, certain only from the record's last change on."""
    later = [point for point in line if point[0] > known.assumed_until]
    first = int(truth_at(line, known.assumed_until))
    return normal([(int(BEGINNING), UNKNOWN), (int(known.assumed_until), first), *later])


def over_time(tests: Sequence[Test]) -> Callable[[Property], Line]:
    """When a property passes all tests."""
    timed = [test for test in tests if test.operator in TIMED]
    if timed:
        return lambda known: all_of(_tested(known, test) for test in tests)
    truth = truth_of(tests)
    return lambda known: value_line(known, truth)


def value_line(known: Property, truth: Callable[[Value], int]) -> Line:
    """When a property had values of which something is true."""
    timeline = known.timeline
    if len(timeline) == 1:
        return ALWAYS[truth(timeline[0][1])]
    return normal([(int(start), truth(value)) for start, value in timeline])


def truth_of(tests: Sequence[Test]) -> Callable[[Value], int]:
    """Whether a value passes all tests, none of which depends on time."""
    texts: dict[str, int] = {}
    empty, closed = (
        min((int(passes(Unknown("", readable=told), test)) for test in tests), default=TRUE) for told in (True, False)
    )

    def truth(value: Value) -> int:
        if type(value) is str:
            found = texts.get(value)
            if found is None:
                if len(texts) >= REMEMBERED:
                    texts.clear()
                found = texts[value] = min([int(passes(value, test)) for test in tests], default=TRUE)
            return found
        if type(value) is Unknown:
            return empty if value.readable else closed
        return min([int(passes(value, test)) for test in tests], default=TRUE)

    return truth


def truth_of_text(tests: Sequence[Test]) -> Callable[[str], int]:
    """Whether a text, such as a field of a touch, passes all tests once it is typed as each of them asks."""
    texts: dict[str, int] = {}

    def truth(text: str) -> int:
        found = texts.get(text)
        if found is None:
            if len(texts) >= REMEMBERED:
                texts.clear()
            found = texts[text] = min([int(passes(typed(text, test), test)) for test in tests], default=TRUE)
        return found

    return truth


def _tested(known: Property, test: Test) -> Line:
    if test.operator is Operator.CHANGED_WITHIN:
        return _changed_within(known, test)
    if test.operator is Operator.OLDER_THAN:
        return _older_than(known, test)
    return value_line(known, lambda value: int(passes(value, test)))


def _changed_within(known: Property, test: Test) -> Line:
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
