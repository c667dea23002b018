"""Scores as exact sums of whole micro-points, so that they are free of order and equal on every machine."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, localcontext
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter, neg
from typing import TypeAlias

from syncd.definitions.intervals import Interval
from syncd.model.instant import BEGINNING, DAY, NEVER

MICRO = 1_000_000
"""Micro-points in a point."""

_POINTS = itemgetter(2)

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


@lru_cache(maxsize=64)
def _weights(half_life: int) -> tuple[int, ...]:
    """The table of a half-life, and behind it nothing, for touches that grow older than it is long: up to twice."""
    table = decay_table(half_life)
    return (*table, *[0] * (len(table) + 1))


def horizon_of(half_life: int | None) -> int | None:
    """The milliseconds after which a touch counts for nothing any more, None where it counts for ever."""
    return None if half_life is None else len(decay_table(half_life)) * DAY


def score_at(touches: Scored, half_life: int | None, instant: int) -> int:
    """The micro-points, at an instant, of the touches that have happened by then."""
    if half_life is None:
        return sum(points for at, points in touches if at <= instant) * MICRO
    table = decay_table(half_life)
    first = bisect_right(touches, (instant - len(table) * DAY, NEVER))
    last = bisect_right(touches, (instant, NEVER))
    return sum([points * table[(instant - at) // DAY] for at, points in touches[first:last]])


def total_at(pots: Sequence[Pot], half_life: int | None, instant: int) -> int:
    """The micro-points of all pots at an instant."""
    sums = ((score_at(touches, half_life, instant), cap) for touches, cap in pots)
    return sum(found if cap is None else min(found, cap * MICRO) for found, cap in sums)


def at_least(pots: Sequence[Pot], half_life: int | None, threshold: int) -> list[Interval]:
    """The intervals in which the score of all pots is at least a threshold in micro-points, sorted."""
    given = [pot for pot in pots if pot[0]]
    if threshold > 0:
        gains = [points for touches, _ in given for _, points in touches if points > 0]
        if sum(gains) * MICRO < threshold:
            return []
        if half_life is not None and len(given) == 1 and given[0][1] is None and len(gains) == len(given[0][0]):
            return _fading(given[0][0], half_life, threshold)
    return _summed(given, half_life, threshold)


def _fading(touches: Scored, half_life: int, threshold: int) -> list[Interval]:
    """The intervals of a score that only touches raise. Between two of them it falls.

    `low` and `high` are bounds of the score, carried from touch to touch: weights multiply but for their rounding,
    which costs less than 2 micro-points a point. Only where they leave it open the touches are added up.
    """
    table = _weights(half_life)
    horizon = len(decay_table(half_life))
    found: list[Interval] = []
    low = high = given = 0
    for seen, ((start, points), (end, _)) in enumerate(pairwise((*touches, (int(NEVER), 0))), 1):
        given += points
        low, high = low + points * MICRO, high + points * MICRO
        if low < threshold <= high:
            low = high = score_at(touches[:seen], half_life, start)
        days = min((end - start) // DAY, horizon)
        fallen = low * table[days + 1] // MICRO - 2 * given
        if low >= threshold and start < end:
            falls = fallen < threshold
            found.append((start, _first_below(touches[:seen], half_life, threshold, (start, end)) if falls else end))
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


def _first_below(touches: Scored, half_life: int, threshold: int, between: Interval) -> int:
    """The first instant at which the score of touches, all from before, is below a threshold that it had, or the end.

    It falls at whole 24-hour periods after each touch: first the day is searched, then the step within it.
    """
    start, end = between
    weights, horizon = _weights(half_life), len(decay_table(half_life))
    fresh = touches[bisect_right(touches, (start - horizon * DAY, NEVER)) :]
    falling = sorted([(DAY - (start - at) % DAY, (start - at) // DAY, points) for at, points in fresh])

    def total(days: int) -> int:
        return sum([points * weights[age + days] for _, age, points in falling])

    # Weights multiply but for their rounding, which shows about where to look, and where nothing has to be added up.
    score, rounding = total(0), 2 * sum(map(_POINTS, falling))
    day = max(bisect_right(weights, -threshold * MICRO // score, 0, horizon, key=neg), 1)
    while (score := total(day - 1)) < threshold:
        day -= 1
    while score * weights[1] // MICRO + rounding >= threshold and (later := total(day)) >= threshold:
        score, day = later, day + 1
    before = start + (day - 1) * DAY
    if before >= end:
        return end
    for step, age, points in falling:
        score -= points * (weights[age + day - 1] - weights[age + day])
        if score < threshold:
            return min(before + step, end)
    return end
