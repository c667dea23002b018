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
    oldest = len(table)
    total = 0
    for at, points in touches:
        age = (instant - at) // DAY
        if 0 <= age < oldest:
            total += points * table[age]
    return total


def at_least(touches: Scored, half_life: int | None, threshold: int) -> list[Interval]:
    """The intervals in which the score is at least a threshold in micro-points, sorted."""
    if threshold > 0 and sum(points for _, points in touches if points > 0) * MICRO < threshold:
        return []
    if threshold <= 0 or half_life is None or any(points < 0 for _, points in touches):
        return _summed(touches, half_life, threshold)
    found: list[Interval] = []
    gained = 0
    for index, ((start, points), (end, _)) in enumerate(pairwise((*touches, (int(NEVER), 0)))):
        gained += points * MICRO
        if start < end and gained >= threshold and score_at(touches, half_life, start) >= threshold:
            found.append((start, _first_below(touches[: index + 1], half_life, threshold, (start, end))))
    return found


def _summed(touches: Scored, half_life: int | None, threshold: int) -> list[Interval]:
    """The intervals of a score that both rises and falls: by adding up all its steps."""
    table = decay_table(half_life)
    steps: Counter[int] = Counter()
    for at, points in touches:
        before = 0
        for age, weight in enumerate(table if half_life is None else (*table, 0)):
            steps[at + age * DAY] += points * (weight - before)
            before = weight
    found: list[Interval] = []
    score, start = 0, int(BEGINNING)
    for instant in sorted(steps):
        if score >= threshold:
            found.append((start, instant))
        score, start = score + steps[instant], instant
    return [*found, (start, NEVER)] if score >= threshold else found


def _first_below(touches: Scored, half_life: int, threshold: int, between: Interval) -> int:
    """The first instant at which the score of touches, all from before, is below a threshold that it had, or the end.

    It falls at whole 24-hour periods after each touch: first the day is searched, then the step within it.
    """

    def below(instant: int) -> bool:
        return score_at(touches, half_life, instant) < threshold

    start, end = between
    if end < NEVER and not below(end - 1):
        return end
    days = range(start, start + (len(decay_table(half_life)) + 1) * DAY, DAY)
    before = days[bisect_left(days, x=True, key=below) - 1]
    steps = sorted(before + ((at - before) % DAY or DAY) for at, _ in touches)
    return min(steps[bisect_left(steps, x=True, key=below)], end)
