"""Truth over time: piecewise constant lines, and how they combine.

A line is a tuple of (instant, truth), the first at BEGINNING, each truth holding until the next instant. Two
neighbours never have the same truth.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from syncd.model.instant import BEGINNING, NEVER, Instant
from syncd.model.truth import Truth

Line: TypeAlias = "tuple[tuple[int, int], ...]"
Interval: TypeAlias = "tuple[int, int]"
"""From an instant (included) to another (not included)."""

FALSE, UNKNOWN, TRUE = int(Truth.FALSE), int(Truth.UNKNOWN), int(Truth.TRUE)

ALWAYS: dict[int, Line] = {truth: ((BEGINNING, truth),) for truth in (FALSE, UNKNOWN, TRUE)}
"""The three constant lines."""

_TRUTHS = (Truth.FALSE, Truth.UNKNOWN, Truth.TRUE)
_AFTER_ALL = TRUE + 1
"""Sorts after every truth: (instant, _AFTER_ALL) finds what begins at an instant or before."""


def truth_at(line: Line, instant: int) -> Truth:
    """The truth of a line at an instant."""
    return _TRUTHS[line[bisect_right(line, (instant, _AFTER_ALL)) - 1 if len(line) > 1 else 0][1]]


def first_of(truth: int, line: Line, since: int) -> Instant:
    """The first instant at or after `since` at which a line has a truth, NEVER where it does not."""
    last = len(line) - 1
    for index, (start, found) in enumerate(line):
        if found == truth and (index == last or line[index + 1][0] > since):
            return Instant(max(start, since))
    return NEVER


def true_from(line: Line, after: int) -> list[Interval]:
    """The intervals in which a line is TRUE and that begin after an instant."""
    return [interval for interval in true_intervals(line) if interval[0] > after]


def true_intervals(line: Line) -> list[Interval]:
    """The intervals in which a line is TRUE, in order."""
    ends = [*(start for start, _ in line[1:]), NEVER]
    return [(start, end) for (start, truth), end in zip(line, ends, strict=True) if truth == TRUE]


def next_change(line: Line, after: int) -> Instant:
    """The first instant after another at which a line changes, NEVER where it does not."""
    index = bisect_right(line, (after, _AFTER_ALL))
    return Instant(line[index][0]) if index < len(line) else NEVER


def normal(points: Iterable[tuple[int, int]]) -> Line:
    """A line out of points in order of time; of several at one instant the last counts."""
    line: list[tuple[int, int]] = []
    for instant, truth in points:
        if line and line[-1][0] == instant:
            line.pop()
        if not line or line[-1][1] != truth:
            line.append((instant, truth))
    return _plain(line)


def _plain(line: list[tuple[int, int]]) -> Line:
    """A line as a tuple; a constant one is always the same, so that `is` tells it."""
    return tuple(line) if len(line) > 1 else ALWAYS[line[0][1]]


def from_intervals(intervals: Sequence[Interval], inside: int, outside: int) -> Line:
    """The line that has one truth in some intervals, sorted by start, and another outside of them."""
    if not intervals:
        return ALWAYS[outside]
    line: list[tuple[int, int]] = [(int(BEGINNING), outside)]
    until: int = BEGINNING
    for start, end in intervals:
        if end <= max(start, until):
            continue
        if start > until:
            line.append((start, inside))
        elif until > BEGINNING:
            line.pop()  # the interval before does not end where it did
        else:
            line = [(int(BEGINNING), inside)]
        line.append((end, outside))
        until = end
    if line[-1][0] == NEVER:
        line.pop()
    return _plain(line)


def negation(line: Line) -> Line:
    """The line of `not`."""
    return tuple((start, TRUE - truth) for start, truth in line) if len(line) > 1 else ALWAYS[TRUE - line[0][1]]


def all_of(lines: Iterable[Line]) -> Line:
    """The least of some lines at each instant. Asks for no more lines than it takes to tell."""
    return _extreme(lines, min, FALSE, TRUE)


def any_of(lines: Iterable[Line]) -> Line:
    """The greatest of some lines at each instant. Asks for no more lines than it takes to tell."""
    return _extreme(lines, max, TRUE, FALSE)


def at_least_of(count: int, lines: Sequence[Line]) -> Line:
    """TRUE where at least so many lines are, UNKNOWN where that many might be."""
    if not 0 < count <= len(lines):
        return ALWAYS[FALSE if count > 0 else TRUE]
    return combine(lines, lambda truths: sorted(truths)[-count])


def combine(lines: Sequence[Line], rule: Callable[[list[int]], int]) -> Line:
    """The line whose truth at each instant is a rule's of the truths of some lines, in their order."""
    now = [line[0][1] for line in lines]
    last = rule(now)
    events = [(start, index, truth) for index, line in enumerate(lines) if len(line) > 1 for start, truth in line[1:]]
    if not events:
        return ALWAYS[last]
    points = [(int(BEGINNING), last)]
    events.sort()
    at = events[0][0]
    for start, index, truth in events:
        if start != at:
            if (found := rule(now)) != last:
                points.append((at, found))
                last = found
            at = start
        now[index] = truth
    if (found := rule(now)) != last:
        points.append((at, found))
    return _plain(points)


def _extreme(lines: Iterable[Line], rule: Callable[[list[int]], int], decides: int, idle: int) -> Line:
    live = []
    for line in lines:
        if len(line) > 1:
            live.append(line)
        elif line[0][1] == decides:
            return line
        elif line[0][1] != idle:
            live.append(line)
    if not live:
        return ALWAYS[idle]
    return live[0] if len(live) == 1 else combine(live, rule)
