"""Scores as exact sums of whole micro-points, so that they are free of order and equal on every machine."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal, localcontext
from functools import lru_cache

from syncd.definitions.intervals import Interval
from syncd.model.instant import BEGINNING, DAY, NEVER

MICRO = 1_000_000
"""Micro-points in a point."""


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


def score_at(touches: Sequence[tuple[int, int]], half_life: int | None, instant: int) -> int:
    """The micro-points of touches (instant, points) that have happened by an instant."""
    table = decay_table(half_life)
    if half_life is None:
        return sum(points for at, points in touches if at <= instant) * MICRO
    total = 0
    for at, points in touches:
        age = (instant - at) // DAY
        if 0 <= age < len(table):
            total += points * table[age]
    return total


def at_least(touches: Sequence[tuple[int, int]], half_life: int | None, threshold: int) -> list[Interval]:
    """The intervals in which the score is at least a threshold in micro-points. Touches are sorted by instant."""
    if threshold > 0 and sum(points for _, points in touches if points > 0) * MICRO < threshold:
        return []
    turns = _turns(touches, half_life)
    falls = half_life is not None and all(points >= 0 for _, points in touches)
    found: list[Interval] = [(BEGINNING, turns[0] if turns else NEVER)] if threshold <= 0 else []
    for index, start in enumerate(turns):
        end = turns[index + 1] if index + 1 < len(turns) else NEVER
        if score_at(touches, half_life, start) >= threshold:
            until = _first_below(touches, half_life, threshold, (start, end)) if falls else end
            found.append((start, until))
    return found


def _turns(touches: Sequence[tuple[int, int]], half_life: int | None) -> list[int]:
    """The instants between which the score is searched: all its steps where it can both rise and fall."""
    if half_life is None or all(points >= 0 for _, points in touches):
        return sorted({at for at, _ in touches})
    return sorted({at + age * DAY for at, _ in touches for age in range(len(decay_table(half_life)) + 1)})


def _first_below(
    touches: Sequence[tuple[int, int]], half_life: int | None, threshold: int, between: tuple[int, int]
) -> int:
    """The first instant in an interval at which a score that only falls there is below the threshold."""
    start, end = between
    if threshold <= 0:
        return end
    last = min(end, start + (len(decay_table(half_life)) + 1) * DAY)
    below = bisect_right(range(start, last), -threshold, key=lambda instant: -score_at(touches, half_life, instant))
    return min(start + below, end)
