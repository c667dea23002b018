"""Scores as exact sums of whole micro-points, so that they are free of order and equal on every machine."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, localcontext
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from syncd.definitions.intervals import Interval
from syncd.model.instant import BEGINNING, DAY, NEVER

MICRO = 1_000_000
"""Micro-points in a point."""

Scored: TypeAlias = "Sequence[tuple[int, int]]"
"""Touches as (instant, points), sorted by instant."""

Pot: TypeAlias = "tuple[Scored, int | None]"
"""Touches, and how many points they give at most together, if there is a bound."""


@lru_cache(maxsize=64)
def decay_table(half_life: int | None) -> tuple[int, ...]:
    """The weight of a touch, in millionths, by its age in whole 24-hour periods; after the end it is nothing.

    `half_life` is in milliseconds. None means no decay: the one weight stands for ever.
    """
    if half_life is None:
        return (MICRO,)
    weights: list[int] = []
    with localcontext() as context:
        context.prec = 40
        step = Decimal("0.5") ** (Decimal(DAY) / Decimal(half_life))
        weight = Decimal(MICRO)
        while (whole := int(weight.to_integral_value())) > 0:
            weights.append(whole)
            weight *= step
    return tuple(weights)


def horizon_of(half_life: int | None) -> int | None:
    """The milliseconds after which a touch counts for nothing any more, None where it counts for ever."""
    return None if half_life is None else len(decay_table(half_life)) * DAY


def score_at(touches: Scored, half_life: int | None, instant: int) -> int:
    """The micro-points, at an instant, of the touches that have happened by then."""
    if half_life is None:
        return sum(points for at, points in touches if at <= instant) * MICRO
    table = decay_table(half_life)
    oldest = instant - len(table) * DAY
    return sum([points * table[(instant - at) // DAY] for at, points in touches if oldest < at <= instant])


def total_at(pots: Sequence[Pot], half_life: int | None, instant: int) -> int:
    """The micro-points of all pots at an instant."""
    sums = ((score_at(touches, half_life, instant), cap) for touches, cap in pots)
    return sum(found if cap is None else min(found, cap * MICRO) for found, cap in sums)


def at_least(pots: Sequence[Pot], half_life: int | None, threshold: int) -> list[Interval]:
    """The intervals in which the score of all pots is at least a threshold in micro-points, sorted."""
    given = [pot for pot in pots if pot[0]]
    if threshold > 0 and sum(points for touches, _ in given for _, points in touches if points > 0) * MICRO < threshold:
        return []
    if threshold > 0 and half_life is not None and len(given) == 1 and given[0][1] is None:
        touches = given[0][0]
        if all(points > 0 for _, points in touches):
            return _fading(touches, half_life, threshold)
    return _summed(given, half_life, threshold)


def _fading(touches: Scored, half_life: int, threshold: int) -> list[Interval]:
    """The intervals of a score that only touches raise. Between two of them it falls.

    `low` and `high` are bounds of the score, carried from touch to touch: weights multiply but for their rounding,
    which costs less than 2 micro-points a point. Only where they leave it open the touches are added up.
    """
    table = (*decay_table(half_life), 0, 0)
    found: list[Interval] = []
    low = high = given = 0
    for index, ((start, points), (end, _)) in enumerate(pairwise((*touches, (int(NEVER), 0)))):
        seen = touches[: index + 1]
        given += points
        low, high = low + points * MICRO, high + points * MICRO
        if low < threshold <= high:
            low = high = score_at(seen, half_life, start)
        days = min((end - start) // DAY, len(table) - 2)
        fallen = low * table[days + 1] // MICRO - 2 * given
        if low >= threshold and start < end:
            until = end if fallen >= threshold else _first_below(seen, half_life, threshold, (start, end), (low, high))
            found.append((start, until))
        low, high = max(fallen, 0), high * table[days] // MICRO + 2 * given
    return found


def _summed(pots: Sequence[Pot], half_life: int | None, threshold: int) -> list[Interval]:
    """The intervals of a score that both rises and falls, or has caps: by adding up all its steps."""
    steps = [(_steps_of(touches, half_life), cap) for touches, cap in pots]
    found: list[Interval] = []
    sums = [0] * len(pots)
    score, start = 0, int(BEGINNING)
    for instant in sorted({instant for changes, _ in steps for instant in changes}):
        if score >= threshold:
            found.append((start, instant))
        score, start = 0, instant
        for index, (changes, cap) in enumerate(steps):
            sums[index] += changes[instant]
            score += sums[index] if cap is None else min(sums[index], cap * MICRO)
    return [*found, (start, NEVER)] if score >= threshold else found


def _steps_of(touches: Scored, half_life: int | None) -> Counter[int]:
    """By how many micro-points a sum changes, by instant."""
    table = decay_table(half_life)
    steps: Counter[int] = Counter()
    for at, points in touches:
        before = 0
        for age, weight in enumerate(table if half_life is None else (*table, 0)):
            steps[at + age * DAY] += points * (weight - before)
            before = weight
    return steps


def _first_below(touches: Scored, half_life: int, threshold: int, between: Interval, bounds: Interval) -> int:
    """The first instant at which the score of touches, all from before, is below a threshold that it had, or the end.

    It falls at whole 24-hour periods after each touch: first the day is searched, then the step within it. `bounds`
    of the score at the start say without adding up which days are worth a look.
    """

    def below(instant: int) -> bool:
        return score_at(touches, half_life, instant) < threshold

    start, end = between
    if end < NEVER and not below(end - 1):
        return end
    low, high = bounds
    table, slack = (*decay_table(half_life), 0, 0), 2 * sum([points for _, points in touches])
    days = range(len(table) - 1)
    first = bisect_left(days, x=True, key=lambda day: low * table[day + 1] // MICRO - slack < threshold)
    last = bisect_left(days, x=True, key=lambda day: high * table[day] // MICRO + slack < threshold)
    instants = range(start + first * DAY, start + (min(last, len(days) - 1) + 1) * DAY, DAY)
    before = start + (first + bisect_left(instants, x=True, key=below) - 1) * DAY
    steps = sorted([before + ((at - before) % DAY or DAY) for at, _ in touches])
    return min(steps[bisect_left(steps, x=True, key=below)], end)
