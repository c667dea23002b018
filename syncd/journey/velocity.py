"""How long it takes: from stage to stage for those who arrived, and for those who still wait (facts: market 4). Pure.

All lengths are milliseconds. Quantiles interpolate between the two nearest values, as most spreadsheets do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, compress, count, repeat
from math import prod
from operator import mul, sub
from typing import NamedTuple

from syncd.journey.units import OPEN, STALLED, Question, Shape, Unit, ended_at
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage

MANY_WAIT = 0.2
"""With a larger share still waiting, the median of those who arrived says too little (facts: market 4)."""
BLOCK = 50
"""So many arrivals are first looked at together: where far fewer than half arrive, one by one would say no more."""
_EXACT = 1e-12
"""How far apart a share and one half may be and still be the same."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How some lengths lie: how many, and their median, 90th and 95th percentile; None of nothing."""

    n: int
    median: int | None
    p90: int | None
    p95: int | None


@dataclass(frozen=True, slots=True)
class Velocity:
    """From one stage to the next: those who arrived, how many still wait, and the median by survival: the time after
    which half of all who entered have the next stage, those taken into account who may still get it (Kaplan and
    Meier); None where fewer than half ever do.
    """

    before: Stage
    after: Stage
    arrived: Spread
    waiting: int
    entered: int
    survival: int | None

    @property
    def many_wait(self) -> bool:
        """Whether so many still wait that the survival median is the one to read."""
        return self.entered > 0 and self.waiting / self.entered > MANY_WAIT


def quantile(ordered: Sequence[float], share: float) -> int | None:
    """The value below which a share of some ordered lengths lie; None of nothing."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def spread(lengths: Iterable[int]) -> Spread:
    """How some lengths lie."""
    return spread_of(sorted(lengths))


def spread_of(ordered: Sequence[float]) -> Spread:
    """How lengths lie that are in order."""
    return Spread(len(ordered), quantile(ordered, 0.5), quantile(ordered, 0.9), quantile(ordered, 0.95))


class Wait(NamedTuple):
    """From when on somebody waited for the next stage, until when they had it, or were seen to be without it (None:
    they still are), and whether they arrived.
    """

    since: Instant
    until: Instant | None
    arrived: bool


def waits_of(unit: Unit, shape: Shape, question: Question) -> list[Wait | None]:
    """The wait of a unit from each stage of the chain to the next; None where it did not enter one in the period."""
    found: list[Wait | None] = []
    for index, way in enumerate(shape.ways[:-1]):
        if way is None or not way.inside:
            found.append(None)
            continue
        at = unit.first[question.chain[index]]
        if shape.ways[index + 1] is not None:
            found.append(Wait(at, unit.first[question.chain[index + 1]], arrived=True))
        elif way.became in (OPEN, STALLED):
            found.append(Wait(at, None, arrived=False))
        else:
            found.append(Wait(at, ended_at(unit, question, index) or at, arrived=False))
    return found


def velocity(before: Stage, after: Stage, arrived: Sequence[float], lost: Sequence[float], waiting: int) -> Velocity:
    """What waits come to: how long those took who arrived, and how long the others were seen to be without the next
    stage, so many of them until now. Each in order.
    """
    return Velocity(
        before,
        after,
        arrived=spread_of(arrived),
        waiting=waiting,
        entered=len(arrived) + len(lost),
        survival=survival_median(arrived, lost),
    )


def survival_median(arrived: Sequence[float], lost: Sequence[float]) -> int | None:
    """The time after which half have arrived (Kaplan and Meier), of those who arrived and those who were lost from
    sight after so long, both in order.

    Of the same length, those who arrived did so before the others were lost from sight: they share the number of those
    who are still seen, so that taking one after the other comes to the same as all at once.
    """
    if _never_half(arrived, lost):
        return None
    left = map(sub, count(len(arrived) + len(lost), -1), map(bisect_left, repeat(lost), arrived))
    shares = accumulate((1 - 1 / each for each in left), mul)
    half = next(compress(arrived, map((0.5 + _EXACT).__ge__, shares)), None)
    return None if half is None else int(half)


def _never_half(arrived: Sequence[float], lost: Sequence[float]) -> bool:
    """Whether half cannot have arrived: even with so many seen at each arrival as at the last one of its block, more
    than half are left.
    """
    last, entered = len(arrived) - 1, len(arrived) + len(lost)
    ends = [min(place + BLOCK - 1, last) for place in range(0, len(arrived), BLOCK)]
    left = [entered - place - bisect_left(lost, arrived[place]) for place in ends]
    return prod((1 - 1 / each) ** BLOCK for each in left) > 0.5 + 2 * _EXACT
