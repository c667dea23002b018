"""Units side by side, ready to be split: those that are alike are counted together, and every split is a walk along
columns. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from itertools import pairwise

from syncd.journey.alike import AlikeUnit, Asking, Kind, lengths
from syncd.journey.coded import Codes, Dated, those_at
from syncd.journey.flow import Fall, StageTime, Stand, falls, stage_times
from syncd.journey.funnel import Numbers, numbers
from syncd.journey.in_time import InTime
from syncd.journey.lengths import ARRIVED, CUMULATIVE, GONE, LATEST, WAITING, Lengths, Measured
from syncd.journey.units import Shape
from syncd.journey.velocity import Velocity, velocity
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.store.courses import Course, Courses


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
class _Split:
    """Units by the values of one name: the code of each, and how many of each code there are of each kind."""

    codes: list[int] = field(default_factory=list)
    counted: dict[int, Counter[int]] = field(default_factory=dict)

    def add(self, kind: int, codes: Sequence[int]) -> None:
        """Take in units of a kind."""
        self.codes.extend(codes)
        self.counted.setdefault(kind, Counter()).update(codes)


@dataclass(slots=True)
class Columns:
    """The units of a report: how many of each kind, their lengths, and the value of each by name.

    `codes` name the values of people by which they are split. `dated` give values of units by their entries, and those
    of `kept` are counted only where it is that value. With `buckets`, entries are counted where they fall.
    """

    asking: Asking
    order: Sequence[Stage]
    codes: Mapping[str, Codes] = field(default_factory=dict)
    dated: Mapping[str, Dated] = field(default_factory=dict)
    buckets: Mapping[str, InTime] = field(default_factory=dict)
    kept: Sequence[tuple[Dated, str]] = ()
    odd: list[tuple[PersonId, int, Course]] = field(default_factory=list)
    """(person, cycle, course) of units in which something is out of order."""
    _units: int = 0
    _alike: dict[tuple[str, tuple[int, ...]], list[AlikeUnit]] = field(default_factory=dict)
    _kinds: dict[Kind, int] = field(default_factory=dict)
    _counted: Counter[int] = field(default_factory=Counter)
    _split: defaultdict[str, _Split] = field(default_factory=lambda: defaultdict(_Split))
    _lengths: Lengths = field(default_factory=Lengths)

    def add(self, courses: Courses, said: Mapping[str, Sequence[int]]) -> None:
        """Take in people with their courses, and the codes of their values by name."""
        by_path: defaultdict[str, list[int]] = defaultdict(list)
        for row, path in enumerate(courses.paths):
            by_path[path].append(row)
        for path, rows in by_path.items():
            times = list(zip(*those_at(rows)(courses.times), strict=True))
            alike: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
            for place, mark in enumerate(self.asking.marks(times)):
                alike[mark].append(place)
            for mark, places in alike.items():
                mine, columns = (rows, times) if len(alike) == 1 else _those(rows, times, places)
                if (units := self._alike.get((path, mark))) is None:
                    units = self._alike[path, mark] = self.asking.units(Course(path, courses.times[mine[0]]))
                for one in units:
                    self._take(one, *self._those_kept(one, mine, columns), courses, said)

    def _take(
        self,
        one: AlikeUnit,
        rows: Sequence[int],
        times: Sequence[Sequence[Instant]],
        courses: Courses,
        said: Mapping[str, Sequence[int]],
    ) -> None:
        """Take in the units of people who are alike."""
        if not rows:
            return
        kind = self._kinds.setdefault(one.kind, len(self._kinds))
        start = self._units
        self._units += len(rows)
        self._counted[kind] += len(rows)
        mine = those_at(rows)
        for name, codes in said.items():
            self._split[name].add(kind, mine(codes))
        for name, dated in self.dated.items():
            self._split[name].add(kind, _of(dated, one, times, len(rows)))
        found = {measures: lengths(spans, times, self.asking.question.horizon) for measures, spans in one.spans.items()}
        for measures, some in found.items():
            self._lengths.add(measures, some, start)
        for in_time in self.buckets.values():
            in_time.add(one, times, found)
        if one.odd:
            paths, times_of = courses.paths, courses.times
            self.odd += [(courses.persons[row], one.unit.cycle, Course(paths[row], times_of[row])) for row in rows]

    def _those_kept(
        self, one: AlikeUnit, rows: Sequence[int], times: Sequence[Sequence[Instant]]
    ) -> tuple[Sequence[int], Sequence[Sequence[Instant]]]:
        for dated, value in self.kept:
            wanted = dated.codes[value]
            places = [place for place, code in enumerate(_of(dated, one, times, len(rows))) if code == wanted]
            if len(places) < len(rows):
                rows, times = _those(rows, times, places)
        return rows, times

    def whole(self) -> Group:
        """All units."""
        return self._group("", "", self._all(), self._lengths.whole())

    def journeys(self) -> Counter[frozenset[Stage]]:
        """How many of all units had which stages."""
        found: Counter[frozenset[Stage]] = Counter()
        for (shape, _), n in self._all():
            had = (stage for stage, way in zip(self.asking.question.chain, shape.ways, strict=True) if way is not None)
            found[frozenset((*had, *shape.beside))] += n
        return found

    def groups(self, name: str) -> list[Group]:
        """The units of each value of a name: those of times in order, else the most frequent first."""
        if name in self.buckets:
            return [
                self._group(name, value, one.kinds.items(), one.measured(), fallen)
                for value, one, fallen in self.buckets[name].in_turn(self._start(), self.order)
            ]
        values = list(self.dated[name].codes if name in self.dated else self.codes[name])
        split, kinds = self._split[name], list(self._kinds)
        counted: list[list[tuple[Kind, int]]] = [[] for _ in values]
        for kind, some in split.counted.items():
            for code, n in some.items():
                counted[code].append((kinds[kind], n))
        found = zip(values, counted, self._lengths.split(split.codes, len(values)), strict=True)
        made = [self._group(name, value, some, mine) for value, some, mine in found if some]
        return sorted(made, key=lambda group: (-group.numbers.units, group.value))

    def _all(self) -> list[tuple[Kind, int]]:
        """The kinds of all units, and how many there are of each."""
        return list(zip(self._kinds, self._counted.values(), strict=True))

    def _start(self) -> Counter[Stage]:
        """How many stood in each stage at the start."""
        found: Counter[Stage] = Counter()
        for kind, n in self._all():
            for stand in kind.stands:
                found[stand.stage] += n if stand.at_start else 0
        return found

    def _group(
        self, name: str, value: str, kinds: Iterable[tuple[Kind, int]], measured: Measured, fallen: Sequence[Fall] = ()
    ) -> Group:
        question = self.asking.question
        shapes: Counter[Shape] = Counter()
        stands: Counter[Stand] = Counter()
        for kind, n in kinds:
            shapes[kind.shape] += n
            for stand in kind.stands:
                stands[stand] += n
        velocities = [
            velocity(
                before,
                after,
                measured.of((ARRIVED, index)),
                measured.of((GONE, index), (WAITING, index)),
                measured.count((WAITING, index)),
            )
            for index, (before, after) in enumerate(pairwise(question.chain))
        ]
        latest, cumulative = (measured.by_stage(how) for how in (LATEST, CUMULATIVE))
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


def _of(dated: Dated, one: AlikeUnit, times: Sequence[Sequence[Instant]], count: int) -> Sequence[int]:
    first = one.entered[0] if one.entered else None
    return dated.of(one.unit, None if first is None else times[first], count)


def _those(
    rows: Sequence[int], times: Sequence[Sequence[Instant]], places: Sequence[int]
) -> tuple[Sequence[int], Sequence[Sequence[Instant]]]:
    """Rows and times of those at some places."""
    mine = those_at(places)
    return mine(rows), [mine(column) for column in times]
