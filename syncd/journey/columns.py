"""Units side by side, ready to be split: each is read once, and every split is a walk along columns. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from syncd.journey.funnel import Numbers, Shapes, numbers
from syncd.journey.units import Question, Shape, Unit, return_of, shape_of
from syncd.journey.velocity import Velocity, velocity, waits_of
from syncd.model.instant import Instant
from syncd.model.stage import Stage

Label: TypeAlias = "Callable[[Unit], str]"
Bucket: TypeAlias = "Callable[[Instant], str]"


@dataclass(frozen=True, slots=True)
class Group:
    """What is counted of some units: all, or those of one value of a name."""

    name: str
    value: str
    numbers: Numbers
    velocities: Sequence[Velocity]


@dataclass(slots=True)
class _Timed:
    """Entries by the month or week in which they fall: a unit is in each of those in which it entered something."""

    shapes: dict[str, Counter[Shape]] = field(default_factory=dict)
    waits: dict[str, dict[int, list[int]]] = field(default_factory=dict)


@dataclass(slots=True)
class Columns:
    """The units of a report: the shape of each, how long it waited at each stage, and its value of each name.

    `labels` give the value of a unit by name. `buckets` give the value of an instant: with these, entries are counted
    where they fall, as if each bucket were a period of its own.
    """

    question: Question
    order: Sequence[Stage]
    labels: Mapping[str, Label] = field(default_factory=dict)
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    _shapes: dict[Shape, int] = field(default_factory=dict)
    _shape: list[int] = field(default_factory=list)
    _values: dict[str, list[str]] = field(default_factory=dict)
    _keeping: list[tuple[Label, Callable[[str], None]]] = field(default_factory=list)
    _waits: list[list[tuple[int, int]]] = field(default_factory=list)
    _timed: dict[str, _Timed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make a column for each name, and the ways to fill them: these are walked for every unit."""
        self._values = {name: [] for name in self.labels}
        self._keeping = [(label, self._values[name].append) for name, label in self.labels.items()]
        self._waits = [[] for _ in self.question.chain[1:]]

    def add(self, unit: Unit) -> Shape:
        """Take in a unit. Returns its shape."""
        shape = shape_of(unit, self.question)
        row = len(self._shape)
        self._shape.append(self._shapes.setdefault(shape, len(self._shapes)))
        for label, keep in self._keeping:
            keep(label(unit))
        waits = waits_of(unit, shape, self.question)
        for mine, wait in zip(self._waits, waits, strict=True):
            if wait is not None:
                mine.append((wait, row))
        for name, bucket in self.buckets.items():
            self._add_in_time(self._timed.setdefault(name, _Timed()), bucket, unit, shape, waits)
        return shape

    def _add_in_time(
        self, timed: _Timed, bucket: Bucket, unit: Unit, shape: Shape, waits: Sequence[int | None]
    ) -> None:
        chain = self.question.chain
        where = [
            None if way is None or not way.inside else bucket(unit.first[chain[index]])
            for index, way in enumerate(shape.ways)
        ]
        back = return_of(unit) if shape.returned else None
        there = None if back is None else bucket(back.at)
        for value in {each for each in (*where, there) if each is not None}:
            ways = tuple(way and way._replace(inside=where[index] == value) for index, way in enumerate(shape.ways))
            here = shape._replace(ways=ways, returned=there == value)
            timed.shapes.setdefault(value, Counter())[here] += 1
            mine = timed.waits.setdefault(value, {})
            for index, wait in enumerate(waits):
                if wait is not None and where[index] == value:
                    mine.setdefault(index, []).append(wait)

    def whole(self) -> Group:
        """All units."""
        known = list(self._shapes)
        shapes = {known[shape]: n for shape, n in Counter(self._shape).items()}
        return self._group("", "", shapes, {index: [one for one, _ in waits] for index, waits in self._sorted()})

    def groups(self, name: str) -> list[Group]:
        """The units of each value of a name: those of times in order, else the most frequent first."""
        if name in self.buckets:
            timed = self._timed.get(name, _Timed())
            return [
                self._group(name, value, timed.shapes[value], {i: sorted(w) for i, w in timed.waits[value].items()})
                for value in sorted(timed.shapes)
            ]
        values, known = self._values.get(name, []), list(self._shapes)
        shapes: dict[str, dict[Shape, int]] = {}
        for (value, shape), n in Counter(zip(values, self._shape, strict=True)).items():
            shapes.setdefault(value, {})[known[shape]] = n
        waits: dict[str, dict[int, list[int]]] = {value: {} for value in shapes}
        for index, mine in self._sorted():
            for wait, row in mine:
                waits[values[row]].setdefault(index, []).append(wait)
        groups = [self._group(name, value, shapes[value], waits[value]) for value in shapes]
        return sorted(groups, key=lambda group: (-group.numbers.units, group.value))

    def _sorted(self) -> list[tuple[int, list[tuple[int, int]]]]:
        """Waits of each stage in order, each with its row. Sorted once for all groups: sorting again costs nothing."""
        for waits in self._waits:
            waits.sort()
        return list(enumerate(self._waits))

    def _group(self, name: str, value: str, shapes: Shapes, waits: Mapping[int, Sequence[int]]) -> Group:
        velocities = [
            velocity(before, after, waits.get(index, ()))
            for index, (before, after) in enumerate(pairwise(self.question.chain))
        ]
        return Group(name, value, numbers(shapes, self.question, self.order), velocities)
