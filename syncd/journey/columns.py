"""Units side by side, ready to be split: those that are alike are counted together, and every split is a walk along
columns. Pure.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, repeat
from typing import TypeAlias

from syncd.journey.alike import ARRIVED, CUMULATIVE, GONE, LATEST, WAITING, AlikeUnit, Asking, Kind, Measure, lengths
from syncd.journey.flow import Fall, StageTime, Stand, falls, stage_times
from syncd.journey.funnel import Numbers, numbers
from syncd.journey.units import Shape, Unit
from syncd.journey.velocity import Velocity, velocity
from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.store.courses import Course

Dated: TypeAlias = "Callable[[Unit, Sequence[Instant] | None, int], Sequence[str]]"
"""The value of so many units of which one is given, by when they entered the first stage of the chain (None: never)."""
Bucket: TypeAlias = "Callable[[Instant], str]"


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
    lengths: dict[Measure, list[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Columns:
    """The units of a report: the kind of each, its lengths, and its value of each name.

    `dated` give values of units by their entries, and those of `kept` are counted only where it is that value.
    `buckets` give the value of an instant: with these, entries are counted where they fall, as if each bucket were a
    period of its own.
    """

    asking: Asking
    order: Sequence[Stage]
    dated: Mapping[str, Dated] = field(default_factory=dict)
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    kept: Sequence[tuple[Dated, str]] = ()
    odd: list[tuple[PersonId, int, Course]] = field(default_factory=list)
    """(person, cycle, course) of units in which something is out of order."""
    _people: int = 0
    _units: dict[tuple[str, tuple[int, ...]], list[AlikeUnit]] = field(default_factory=dict)
    _kinds: dict[Kind, int] = field(default_factory=dict)
    _kind: list[int] = field(default_factory=list)
    _row: list[int] = field(default_factory=list)
    _said: dict[str, list[str]] = field(default_factory=dict)
    _lengths: dict[Measure, tuple[array[int], array[int]]] = field(default_factory=dict)
    _timed: dict[tuple[str, str], _Some] = field(default_factory=dict)
    _in_order: dict[Measure, tuple[list[int], list[int]]] = field(default_factory=dict)

    def add(self, people: Sequence[PersonId], courses: Sequence[Course], said: Mapping[str, Sequence[str]]) -> None:
        """Take in people with their courses, and the value of each by name."""
        for name, values in said.items():
            self._said.setdefault(name, []).extend(values)
        by_path: dict[str, list[int]] = {}
        for index, (path, _) in enumerate(courses):
            by_path.setdefault(path, []).append(index)
        for path, some in by_path.items():
            times = list(zip(*[courses[index].times for index in some], strict=True))
            alike: dict[tuple[int, ...], list[int]] = {}
            for place, mark in enumerate(self.asking.marks(times)):
                alike.setdefault(mark, []).append(place)
            for mark, places in alike.items():
                mine = [some[place] for place in places]
                if (units := self._units.get((path, mark))) is None:
                    units = self._units[path, mark] = self.asking.units(courses[mine[0]])
                columns = times if len(alike) == 1 else [[column[place] for place in places] for column in times]
                self._take(units, mine, columns, people, courses)
        self._people += len(people)

    def _take(
        self,
        units: Iterable[AlikeUnit],
        rows: Sequence[int],
        times: Sequence[Sequence[Instant]],
        people: Sequence[PersonId],
        courses: Sequence[Course],
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
                measure: lengths(measure, spans, columns, self.asking.question.horizon)
                for measure, spans in one.spans.items()
            }
            for measure, some in found.items():
                mine_of_all, whose = self._lengths.setdefault(measure, (array("q"), array("q")))
                mine_of_all.extend(some)
                whose.extend(range(start, start + len(some)))
            for name, bucket in self.buckets.items():
                self._in_time(name, bucket, one, columns, found)
            if one.odd:
                self.odd += [(people[row], one.unit.cycle, courses[row]) for row in mine]

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

    def _in_time(
        self,
        name: str,
        bucket: Bucket,
        one: AlikeUnit,
        times: Sequence[Sequence[Instant]],
        found: Mapping[Measure, Sequence[int]],
    ) -> None:
        """Count units in each bucket in which they entered something, or returned."""
        shape = one.kind.shape
        count = len(times[0])
        nowhere: list[str] = [""] * count
        where = [
            list(map(bucket, times[place])) if way is not None and way.inside and place is not None else nowhere
            for way, place in zip(shape.ways, one.entered, strict=True)
        ]
        where.append(list(map(bucket, times[one.back])) if shape.returned and one.back is not None else nowhere)
        for there, n in Counter(zip(*where, strict=True)).items():
            for value in {each for each in there if each}:
                ways = tuple(way and way._replace(inside=there[i] == value) for i, way in enumerate(shape.ways))
                here = shape._replace(ways=ways, returned=there[-1] == value)
                self._timed.setdefault((name, value), _Some()).kinds[Kind(here, ())] += n
        for measure, some in found.items():
            if measure[0] in (ARRIVED, GONE, WAITING) and isinstance(measure[1], int):
                for value, length in zip(where[measure[1]], some, strict=True):
                    self._timed[name, value].lengths.setdefault(measure, []).append(length)

    def whole(self) -> Group:
        """All units."""
        every = _Some(self._counted(Counter(self._kind)))
        every.lengths = {measure: some for measure, (some, _) in self._sorted().items()}
        return self._group("", "", every)

    def groups(self, name: str) -> list[Group]:
        """The units of each value of a name: those of times in order, else the most frequent first."""
        if name in self.buckets:
            found = {value: some for (of, value), some in sorted(self._timed.items()) if of == name}
            for some in found.values():
                some.lengths = {measure: sorted(mine) for measure, mine in some.lengths.items()}
            return [self._group(name, value, some) for value, some in found.items()]
        values = self._values(name)
        places = {value: place for place, value in enumerate(dict.fromkeys(values))}
        groups = [_Some() for _ in places]
        kinds = list(self._kinds)
        where = list(map(places.__getitem__, values))
        for (place, kind), n in Counter(zip(where, self._kind, strict=True)).items():
            groups[place].kinds[kinds[kind]] = n
        for measure, (every, whose) in self._sorted().items():
            keep = [some.lengths.setdefault(measure, []).append for some in groups]
            for length, place in zip(every, map(where.__getitem__, whose), strict=True):
                keep[place](length)
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

    def _sorted(self) -> Mapping[Measure, tuple[list[int], list[int]]]:
        """Lengths in order, each with its unit. Sorted once for all groups, as floats: exact, and fast to sort."""
        for measure, (some, whose) in self._lengths.items():
            order = sorted(range(len(some)), key=list(map(float, some)).__getitem__)
            self._in_order[measure] = [some[place] for place in order], [whose[place] for place in order]
        self._lengths.clear()
        return self._in_order

    def _group(self, name: str, value: str, some: _Some) -> Group:
        question = self.asking.question
        shapes: Counter[Shape] = Counter()
        stands: Counter[Stand] = Counter()
        for kind, n in some.kinds.items():
            shapes[kind.shape] += n
            for stand in kind.stands:
                stands[stand] += n
        velocities = [
            velocity(before, after, *(some.lengths.get((how, index), ()) for how in (ARRIVED, GONE, WAITING)))
            for index, (before, after) in enumerate(pairwise(question.chain))
        ]
        latest, cumulative = (_by_stage(some.lengths, of) for of in (LATEST, CUMULATIVE))
        return Group(
            name,
            value,
            numbers(shapes, question, self.order),
            velocities,
            stage_times(latest, cumulative, self.order),
            falls(stands, self.order),
        )


DATED = " "
"""After a name whose values are by unit, and not by person."""


def _by_stage(found: Mapping[Measure, Sequence[int]], of: str) -> dict[Stage, Sequence[int]]:
    return {stage: some for (how, stage), some in found.items() if how == of and isinstance(stage, Stage) and some}
