"""People who are alike: the same course, with times that fall on the same sides of every instant that is asked about.

Whatever is counted of one of them is counted of all, so it is worked out once: what a unit did, where it stood, and
between which of its times each length lies. Only the lengths differ. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations
from operator import add, sub
from typing import NamedTuple, TypeAlias

from syncd.journey.anomalies import out_of_order
from syncd.journey.flow import Stand, Visit, stands_of, visits_of
from syncd.journey.units import Question, Shape, Unit, return_of, shape_of, units_of
from syncd.journey.velocity import waits_of
from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.store.courses import Course, entries_of

ARRIVED, GONE, WAITING, LATEST, CUMULATIVE = "arrived", "gone", "waiting", "latest", "cumulative"
Measure: TypeAlias = "tuple[str, int | Stage]"
"""What is measured: a wait at a stage of the chain, by its place and how it ended, or a time in a stage."""
Span: TypeAlias = "tuple[int, int | None]"
"""From one of a course's times to another, by their places; None is the end of the data."""
SOMEBODY = PersonId("")


class Kind(NamedTuple):
    """What is counted of a unit."""

    shape: Shape
    stands: tuple[Stand, ...]


@dataclass(frozen=True, slots=True)
class AlikeUnit:
    """One cycle of people who are alike: `unit` is that of one of them, `spans` the times between which each length
    lies (several are added up), `entered` the places of the entries into the stages of the chain, `back` that of its
    return. `odd` says that something is out of order.
    """

    unit: Unit
    kind: Kind
    spans: Mapping[Measure, Sequence[Span]]
    entered: Sequence[int | None]
    back: int | None
    odd: bool


@dataclass(frozen=True)
class Asking:
    """What divides people: the question, how far each stage is, and, where it is asked who stood where, the start
    (None: before anybody was known) and the end between which.
    """

    question: Question
    ranks: Mapping[Stage, int]
    start: Instant | None = None
    end: Instant | None = None

    @cached_property
    def _limits(self) -> list[int]:
        """Every comparison of a time with a fixed instant is whether it is before one of these."""
        one = self.question
        found: list[int] = [at for at in (one.since, one.until) if at is not None]
        found.append(one.horizon - one.stalled)
        found += [] if one.within is None else [one.horizon - one.within + 1]
        found += [at + 1 for at in (self.start, self.end) if at is not None]
        return sorted(found)

    def marks(self, times: Sequence[Sequence[Instant]]) -> list[tuple[int, ...]]:
        """By what people of one course differ, for each of them: the places of their times among the limits, and which
        of those are nearer to each other than the time asked about. `times` has the times of all by their place.
        """
        columns = [list(map(partial(bisect_right, self._limits), column)) for column in times]
        if self.question.within is not None:
            near = self.question.within
            columns += [
                [int(b - a < near) for a, b in zip(early, late, strict=True)] for early, late in combinations(times, 2)
            ]
        return list(zip(*columns, strict=True))

    def units(self, course: Course) -> list[AlikeUnit]:
        """What is counted of everybody who has this course and the same marks."""
        entries = entries_of(course)
        visits = visits_of(entries, self.ranks) if self.end is not None else []
        stands = stands_of(visits, self.start, self.end) if self.end is not None else []
        place = {at: index for index, at in enumerate(course.times)}
        chain = self.question.chain
        return [
            self._unit(unit, visits, stands, place) for unit in units_of(SOMEBODY, entries, chain[0] if chain else None)
        ]

    def _unit(
        self, unit: Unit, visits: Sequence[Visit], stands: Sequence[tuple[int, Stand]], place: Mapping[Instant, int]
    ) -> AlikeUnit:
        question = self.question
        shape = shape_of(unit, question)
        back = return_of(unit)
        mine = [visit for visit in visits if visit.cycle == unit.cycle]
        return AlikeUnit(
            unit,
            Kind(shape, tuple(stand for cycle, stand in stands if cycle == unit.cycle)),
            {**dict(_waits(unit, shape, question, place)), **_stays(mine, place)},
            [None if stage not in unit.first else place[unit.first[stage]] for stage in question.chain],
            None if back is None else place[back.at],
            odd=(shape.cohort or question.basis == "period") and bool(out_of_order(unit.entries, question.chain)),
        )


def lengths(measure: Measure, spans: Sequence[Span], times: Sequence[Sequence[Instant]], end: Instant) -> list[int]:
    """What is measured, in milliseconds, of each of those whose times are given by place. Only an arrival can come
    before its beginning, where stages may come in any order.
    """
    found: list[int] = []
    for since, until in spans:
        some = [end - at for at in times[since]] if until is None else list(map(sub, times[until], times[since]))
        if measure[0] != ARRIVED:
            some = [max(0, one) for one in some]
        found = list(map(add, found, some)) if found else some
    return found


def _waits(
    unit: Unit, shape: Shape, question: Question, place: Mapping[Instant, int]
) -> Iterator[tuple[Measure, list[Span]]]:
    for index, wait in enumerate(waits_of(unit, shape, question)):
        if wait is not None:
            how = ARRIVED if wait.arrived else WAITING if wait.until is None else GONE
            yield (how, index), [(place[wait.since], None if wait.until is None else place[wait.until])]


def _stays(visits: Sequence[Visit], place: Mapping[Instant, int]) -> dict[Measure, list[Span]]:
    """The visits of one cycle: of each stage all of them, and the last one where it was left."""
    found: dict[Measure, list[Span]] = {}
    for visit in visits:
        span = place[visit.since], None if visit.until is None else place[visit.until]
        found.setdefault((CUMULATIVE, visit.stage), []).append(span)
        found[LATEST, visit.stage] = [span]
    return {measure: spans for measure, spans in found.items() if measure[0] != LATEST or spans[0][1] is not None}
