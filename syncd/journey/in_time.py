"""Numbers bucket by bucket of time: entries, returns and moves are counted where they fall, as if each month or week
were a period of its own. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import TypeAlias

from syncd.journey.alike import AlikeUnit, Kind
from syncd.journey.flow import Fall
from syncd.journey.lengths import LATEST, Measure, Measured, Measures
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.stage import SIDE_STAGES, Stage

Bucket: TypeAlias = "Callable[[Instant], str]"
NOWHERE = ""


@dataclass(slots=True)
class Fallen:
    """What fell in one bucket: how many of each kind, their lengths by what is measured, and who came from where
    (None: was not known before) and went where.
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    lengths: dict[Measure, list[int]] = field(default_factory=dict)
    came: dict[Stage, Counter[Stage | None]] = field(default_factory=dict)
    went: dict[Stage, Counter[Stage]] = field(default_factory=dict)

    def measured(self) -> Measured:
        """The lengths in order."""
        found = Measured()
        for measure, some in self.lengths.items():
            found.add((measure,), sorted(some))
        return found


@dataclass(slots=True)
class InTime:
    """The buckets of one name; `bucket` gives the value of an instant."""

    bucket: Bucket
    _found: dict[str, Fallen] = field(default_factory=dict)

    def add(
        self, one: AlikeUnit, times: Sequence[Sequence[Instant]], lengths: Mapping[Measures, Sequence[int]]
    ) -> None:
        """Take in the units of people who are alike, whose times are given by their place."""
        of_place = cache(lambda place: list(map(self.bucket, times[place])))
        nowhere = [NOWHERE] * len(times[0])
        shape = one.kind.shape
        entered = [
            of_place(place) if way is not None and way.inside and place is not None else nowhere
            for way, place in zip(shape.ways, one.entered, strict=True)
        ]
        returned = of_place(one.back) if shape.returned and one.back is not None else nowhere
        for there, n in Counter(zip(*entered, returned, strict=True)).items():
            for value in {each for each in there if each}:
                ways = tuple(way and way._replace(inside=there[i] == value) for i, way in enumerate(shape.ways))
                self._in(value).kinds[Kind(shape._replace(ways=ways, returned=there[-1] == value), ())] += n
        self._move(one, of_place)
        left = {of: of_place(spans[-1][1]) for each, spans in one.spans.items() for how, of in each if how == LATEST}
        for measures, some in lengths.items():
            for how, of in measures:
                where = entered[of] if isinstance(of, int) else left.get(of, nowhere)
                for value, length in zip(where, some, strict=True):
                    if value:
                        self._in(value).lengths.setdefault((how, of), []).append(length)

    def _move(self, one: AlikeUnit, of_place: Callable[[int], Sequence[str]]) -> None:
        """Count who came and who went, where that fell."""
        for stand, since, until in one.stays:
            for value, n in Counter(of_place(since) if stand.came else ()).items():
                self._in(value).came.setdefault(stand.stage, Counter())[stand.came_from] += n
            if stand.went_to is not None and until is not None:
                for value, n in Counter(of_place(until)).items():
                    self._in(value).went.setdefault(stand.stage, Counter())[stand.went_to] += n

    def in_turn(self, start: Mapping[Stage, int], order: Sequence[Stage]) -> Iterator[tuple[str, Fallen, list[Fall]]]:
        """(value, what fell in it, its waterfall) of each bucket in order, of whom so many stood in each stage before
        the first.
        """
        standing = Counter(start)
        for value, one in sorted(self._found.items()):
            falls = []
            for stage in (*order, *SIDE_STAGES):
                came, went = one.came.get(stage, Counter()), one.went.get(stage, Counter())
                before, standing[stage] = standing[stage], standing[stage] + came.total() - went.total()
                if before or came or went:
                    falls.append(Fall(stage, before, came, went, standing[stage]))
            yield value, one, falls

    def _in(self, value: str) -> Fallen:
        return self._found.setdefault(value, Fallen())
