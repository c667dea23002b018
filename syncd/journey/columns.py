"""Units side by side, ready to be split: those that are alike are counted together, and every split is a walk along
columns. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, repeat
from operator import add, mul
from typing import TypeAlias

from syncd.journey.alike import AlikeUnit, Asking, Kind, lengths
from syncd.journey.flow import Fall, StageTime, Stand, falls, stage_times
from syncd.journey.funnel import Numbers, numbers
from syncd.journey.in_time import InTime
from syncd.journey.lengths import ARRIVED, CUMULATIVE, GONE, LATEST, WAITING, Lengths, Measured
from syncd.journey.units import Shape, Unit
from syncd.journey.velocity import Velocity, velocity
from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.store.courses import Course, Courses

Dated: TypeAlias = "Callable[[Unit, Sequence[Instant] | None, int], Sequence[str]]"
"""The value of so many units of which one is given, by when they entered the first stage of the chain (None: never)."""


@dataclass(frozen=True, slots=True)
class Group:
    """What is counted of some units: all, or those of one value of a name. `times` and `falls` say how long they were
    in each stage and where they stood, where that was asked.
    """

    name: str
    value: str
    numbers: Numbers
    velocities: Sequence[Velocity]
    times: Sequence[StageTime] = ()
    falls: Sequence[Fall] = ()


@dataclass(slots=True)
class _Some:
    """What was found of some units: how many of each kind, and their lengths by what is measured."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    lengths: Measured = field(default_factory=Measured)


@dataclass(slots=True)
class Columns:
    """The units of a report: the kind of each, its lengths, and its value of each name.

    `dated` give values of units by their entries, and those of `kept` are counted only where it is that value.
    With `buckets`, entries are counted where they fall.
    """

    asking: Asking
    order: Sequence[Stage]
    dated: Mapping[str, Dated] = field(default_factory=dict)
    buckets: Mapping[str, InTime] = field(default_factory=dict)
    kept: Sequence[tuple[Dated, str]] = ()
    odd: list[tuple[PersonId, int, Course]] = field(default_factory=list)
    """(person, cycle, course) of units in which something is out of order."""
    _people: int = 0
    _units: dict[tuple[str, tuple[int, ...]], list[AlikeUnit]] = field(default_factory=dict)
    _kinds: dict[Kind, int] = field(default_factory=dict)
    _kind: list[int] = field(default_factory=list)
    _row: list[int] = field(default_factory=list)
    _said: dict[str, list[str]] = field(default_factory=dict)
    _lengths: Lengths = field(default_factory=Lengths)

    def add(self, courses: Courses, said: Mapping[str, Sequence[str]]) -> None:
        """Take in people with their courses, and the value of each by name."""
        for name, values in said.items():
            self._said.setdefault(name, []).extend(values)
        by_path: dict[str, list[int]] = {}
        for index, path in enumerate(courses.paths):
            by_path.setdefault(path, []).append(index)
        for path, some in by_path.items():
            times = list(zip(*[courses.times[index] for index in some], strict=True))
            alike: dict[tuple[int, ...], list[int]] = {}
            for place, mark in enumerate(self.asking.marks(times)):
                alike.setdefault(mark, []).append(place)
            for mark, places in alike.items():
                mine = [some[place] for place in places]
                if (units := self._units.get((path, mark))) is None:
                    units = self._units[path, mark] = self.asking.units(Course(path, courses.times[mine[0]]))
                columns = times if len(alike) == 1 else [[column[place] for place in places] for column in times]
                self._take(units, mine, columns, courses)
        self._people += len(courses.persons)

    def _take(
        self,
        units: Iterable[AlikeUnit],
        rows: Sequence[int],
        times: Sequence[Sequence[Instant]],
        courses: Courses,
    ) -> None:
        """Take in the units of people who are alike."""
        for one in units:
            mine, columns = self._those_kept(one, rows, times)
            if not mine:
                continue
            start = len(self._kind)
            self._kind.extend(repeat(self._kinds.setdefault(one.kind, len(self._kinds)), len(mine)))
            self._row.extend(mine if not self._people else [self._people + row for row in mine])
            for name, dated in self.dated.items():
                self._said.setdefault(f"{name}{DATED}", []).extend(self._of(dated, one, columns, len(mine)))
            found = {
                measures: lengths(spans, columns, self.asking.question.horizon) for measures, spans in one.spans.items()
            }
            for measures, some in found.items():
                self._lengths.add(measures, some, start)
            for in_time in self.buckets.values():
                in_time.add(one, columns, found)
            if one.odd:
                paths, times_of = courses.paths, courses.times
                self.odd += [(courses.persons[row], one.unit.cycle, Course(paths[row], times_of[row])) for row in mine]

    def _those_kept(
        self, one: AlikeUnit, rows: Sequence[int], times: Sequence[Sequence[Instant]]
    ) -> tuple[Sequence[int], Sequence[Sequence[Instant]]]:
        for dated, wanted in self.kept:
            values = self._of(dated, one, times, len(rows))
            places = [place for place, value in enumerate(values) if value == wanted]
            if len(places) < len(rows):
                rows = [rows[place] for place in places]
                times = [[column[place] for place in places] for column in times]
        return rows, times

    @staticmethod
    def _of(dated: Dated, one: AlikeUnit, times: Sequence[Sequence[Instant]], count: int) -> Sequence[str]:
        first = one.entered[0] if one.entered else None
        return dated(one.unit, None if first is None else times[first], count)

    def whole(self) -> Group:
        """All units."""
        return self._group("", "", _Some(self._counted(Counter(self._kind)), self._lengths.whole()))

    def journeys(self) -> Counter[frozenset[Stage]]:
        """How many of all units had which stages."""
        found: Counter[frozenset[Stage]] = Counter()
        for (shape, _), n in self._counted(Counter(self._kind)).items():
            had = (stage for stage, way in zip(self.asking.question.chain, shape.ways, strict=True) if way is not None)
            found[frozenset((*had, *shape.beside))] += n
        return found

    def groups(self, name: str) -> list[Group]:
        """The units of each value of a name: those of times in order, else the most frequent first."""
        if name in self.buckets:
            return [
                self._group(name, value, _Some(one.kinds, one.measured()), fallen)
                for value, one, fallen in self.buckets[name].in_turn(self._start(), self.order)
            ]
        values = self._values(name)
        places = {value: place for place, value in enumerate(dict.fromkeys(values))}
        kinds = list(self._kinds)
        where = list(map(places.__getitem__, values))
        groups = [_Some(lengths=mine) for mine in self._lengths.split(where, len(places))]
        for both, n in Counter(map(add, map(mul, where, repeat(len(kinds))), self._kind)).items():
            place, kind = divmod(both, len(kinds))
            groups[place].kinds[kinds[kind]] = n
        made = [self._group(name, value, some) for value, some in zip(places, groups, strict=True)]
        return sorted(made, key=lambda group: (-group.numbers.units, group.value))

    def _values(self, name: str) -> Sequence[str]:
        """The value of each unit."""
        if name in self.dated:
            return self._said.get(f"{name}{DATED}", [])
        said = self._said.get(name, [])
        return [said[row] for row in self._row]

    def _counted(self, kinds: Counter[int]) -> Counter[Kind]:
        every = list(self._kinds)
        return Counter({every[kind]: n for kind, n in kinds.items()})

    def _start(self) -> Counter[Stage]:
        """How many stood in each stage at the start."""
        found: Counter[Stage] = Counter()
        for kind, n in self._counted(Counter(self._kind)).items():
            for stand in kind.stands:
                found[stand.stage] += n if stand.at_start else 0
        return found

    def _group(self, name: str, value: str, some: _Some, fallen: Sequence[Fall] = ()) -> Group:
        question = self.asking.question
        shapes: Counter[Shape] = Counter()
        stands: Counter[Stand] = Counter()
        for kind, n in some.kinds.items():
            shapes[kind.shape] += n
            for stand in kind.stands:
                stands[stand] += n
        velocities = [
            velocity(
                before,
                after,
                some.lengths.of((ARRIVED, index)),
                some.lengths.of((GONE, index), (WAITING, index)),
                len(some.lengths.of((WAITING, index))),
            )
            for index, (before, after) in enumerate(pairwise(question.chain))
        ]
        latest, cumulative = (some.lengths.by_stage(how) for how in (LATEST, CUMULATIVE))
        fallen = fallen or falls(stands, self.order)
        inside = {one.stage: one.end for one in fallen}
        if question.basis == "cohort":
            inside = {stage: len(every) - len(latest.get(stage, ())) for stage, every in cumulative.items()}
        return Group(
            name,
            value,
            numbers(shapes, question, self.order),
            velocities,
            stage_times(latest, cumulative, inside, self.order),
            fallen,
        )


DATED = " "
"""After a name whose values are by unit, and not by person."""
