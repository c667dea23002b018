"""How long it takes: from stage to stage for those who arrived, and for those who still wait (facts: market 4). Pure.

All lengths are milliseconds. Quantiles interpolate between the two nearest values, as most spreadsheets do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncd.journey.units import OPEN, STALLED, Question, Shape, Unit, ended_at
from syncd.model.stage import Stage

MANY_WAIT = 0.2
"""With a larger share still waiting, the median of those who arrived says too little (facts: market 4)."""
_EXACT = 1e-12
"""How far apart a share and one half may be and still be the same."""

_ARRIVED, _GONE, _WAITING = 0, 1, 2
_ENDS = 4


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


def quantile(ordered: Sequence[int], share: float) -> int | None:
    """The value below which a share of some ordered lengths lie; None of nothing."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def spread(lengths: Iterable[int]) -> Spread:
    """How some lengths lie."""
    ordered = sorted(lengths)
    return Spread(len(ordered), quantile(ordered, 0.5), quantile(ordered, 0.9), quantile(ordered, 0.95))


def wait(length: int, *, arrived: bool = False, waiting: bool = False) -> int:
    """How long somebody took from one stage to the next, or, where they have not arrived, how long they were seen to
    be without it: up to the end of the data, or until they left another way. One number, which sorts by the length,
    those first who arrived: there are very many.
    """
    return length * _ENDS + (_ARRIVED if arrived else _WAITING if waiting else _GONE)


def waits_of(unit: Unit, shape: Shape, question: Question) -> list[int | None]:
    """The wait of a unit from each stage of the chain to the next; None where it did not enter one in the period."""
    found: list[int | None] = []
    for index, way in enumerate(shape.ways[:-1]):
        if way is None or not way.inside:
            found.append(None)
            continue
        at = unit.first[question.chain[index]]
        if shape.ways[index + 1] is not None:
            found.append(wait(unit.first[question.chain[index + 1]] - at, arrived=True))
        elif way.became in (OPEN, STALLED):
            found.append(wait(max(0, question.horizon - at), waiting=True))
        else:
            found.append(wait(max(0, (ended_at(unit, question, index) or at) - at)))
    return found


def velocity(before: Stage, after: Stage, waits: Sequence[int]) -> Velocity:
    """What some waits come to, which are in order."""
    return Velocity(
        before,
        after,
        arrived=spread(one // _ENDS for one in waits if one % _ENDS == _ARRIVED),
        waiting=sum(one % _ENDS == _WAITING for one in waits),
        entered=len(waits),
        survival=survival_median(waits),
    )


def survival_median(waits: Sequence[int]) -> int | None:
    """The time after which half have arrived (Kaplan and Meier). `waits` are in order.

    Of the same length, those who arrived did so before the others were lost from sight.
    """
    share, index = 1.0, 0
    while index < len(waits):
        if waits[index] % _ENDS != _ARRIVED:
            index += 1
            continue
        arrived = bisect_right(waits, waits[index], index) - index
        share *= 1 - arrived / (len(waits) - index)
        if share <= 0.5 + _EXACT:
            return waits[index] // _ENDS
        index += arrived
    return None
