"""How long things took, for very many units: each length is kept once, whatever it is a measure of. Pure."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from itertools import chain
from typing import Any, TypeAlias

from syncd.journey.coded import Item, those_at
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage

ARRIVED, GONE, WAITING, LATEST, CUMULATIVE = "arrived", "gone", "waiting", "latest", "cumulative"
Measure: TypeAlias = "tuple[str, int | Stage]"
"""What is measured: a wait at a stage of the chain, by its place and how it ended, or a time in a stage."""
Measures: TypeAlias = "tuple[Measure, ...]"
"""All that one length is a measure of: who went from MQL to SQL arrived there, and left MQL."""
OfEach: TypeAlias = "Callable[[Sequence[Item]], Sequence[Item]]"
"""Takes what belongs to the unit of each length, in the order of lengths, out of that of all units."""


@dataclass(slots=True)
class Measured:
    """The lengths of some units in milliseconds, by what is measured. Floats: exact, and fast to sort."""

    _runs: dict[Measure, list[Sequence[float]]] = field(default_factory=dict)

    def add(self, measures: Measures, lengths: Sequence[float]) -> None:
        """Take in lengths that are in order."""
        for measure in measures if lengths else ():
            self._runs.setdefault(measure, []).append(lengths)

    def of(self, *measures: Measure) -> Sequence[float]:
        """All lengths of these measures together, in order."""
        runs = [run for measure in measures for run in self._runs.get(measure, ())]
        if len(runs) == 1:
            return runs[0]
        every: list[float] = []
        for run in runs:
            every += run
        every.sort()
        return every

    def count(self, measure: Measure) -> int:
        """How many lengths there are."""
        return sum(map(len, self._runs.get(measure, ())))

    def by_stage(self, how: str) -> dict[Stage, Sequence[float]]:
        """The times in each stage in which somebody was, in order."""
        stages = [stage for kind, stage in self._runs if kind == how and isinstance(stage, Stage)]
        return {stage: self.of((how, stage)) for stage in stages}


@dataclass(slots=True)
class Lengths:
    """All lengths of a report, each with the place of its unit."""

    _found: dict[Measures, tuple[list[int], list[range]]] = field(default_factory=dict)
    _in_order: dict[Measures, tuple[list[float], OfEach[Any]]] = field(default_factory=dict)

    def add(self, measures: Measures, lengths: Sequence[int], start: int) -> None:
        """Take in a length of each of the units from a place on. Nothing can be added once it was asked for."""
        every, whose = self._found.setdefault(measures, ([], []))
        every += lengths
        whose.append(range(start, start + len(lengths)))

    def whole(self) -> Measured:
        """Those of all units."""
        found = Measured()
        for measures, lengths, _ in self._sorted():
            found.add(measures, lengths)
        return found

    def split(self, where: Sequence[int], count: int) -> list[Measured]:
        """Those of so many groups, given the group of each unit."""
        found = [Measured() for _ in range(count)]
        groups: list[list[float]] = [[] for _ in range(count)]
        home = those_at(where)(groups)
        for measures, lengths, of_each in self._sorted():
            deque(map(list.append, of_each(home), lengths), maxlen=0)
            for one, mine in zip(found, groups, strict=True):
                one.add(measures, mine.copy())
                mine.clear()
        return found

    def _sorted(self) -> Iterator[tuple[Measures, list[float], OfEach[Any]]]:
        """Lengths in order, and what takes what belongs to the unit of each out of that of all: sorted once for all
        groups. Both come out of an array, where those that are neighbours in order become neighbours in memory: of a
        million people, splitting takes half the time.
        """
        for measures, (every, whose) in self._found.items():
            lengths = array("d", every).tolist()
            in_order = those_at(sorted(range(len(lengths)), key=lengths.__getitem__))
            units = array("q", in_order([*chain.from_iterable(whose)])).tolist()
            self._in_order[measures] = array("d", in_order(lengths)).tolist(), those_at(units)
        self._found.clear()
        for measures, (lengths, of_each) in self._in_order.items():
            yield measures, lengths, of_each
