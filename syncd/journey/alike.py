"""People who are alike: the same course, with times that fall on the same sides of every instant that is asked about.

Whatever is counted of one of them is counted of all, so it is worked out once: what a unit did, where it stood, and
between which of its times each length lies. Only the lengths differ. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import combinations
from operator import add, sub
from typing import NamedTuple, TypeAlias

from syncd.journey.anomalies import out_of_order
from syncd.journey.flow import Stand, Visit, stands_of, visits_of
from syncd.journey.lengths import ARRIVED, CUMULATIVE, GONE, LATEST, WAITING, Measure, Measures
from syncd.journey.units import Question, Shape, Unit, return_of, shape_of, units_of
from syncd.journey.velocity import waits_of
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.store.courses import Course, entries_of

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
    return, `stays` its stays with the places of their begin and end. `odd` says that something is out of order.
    """

    unit: Unit
    kind: Kind
    spans: Mapping[Measures, Sequence[Span]]
    entered: Sequence[int | None]
    back: int | None
    stays: Sequence[tuple[Stand, int, int | None]]
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
        self, unit: Unit, visits: Sequence[Visit], stands: Sequence[tuple[Visit, Stand]], place: Mapping[Instant, int]
    ) -> AlikeUnit:
        question = self.question
        shape = shape_of(unit, question)
        back = return_of(unit)
        mine = [visit for visit in visits if visit.cycle == unit.cycle]
        stood = [(visit, stand) for visit, stand in stands if visit.cycle == unit.cycle]
        return AlikeUnit(
            unit,
            Kind(shape, tuple(stand for _, stand in stood)),
            _together({**dict(_waits(unit, shape, question, place)), **_stays(mine, shape, question, place)}),
            [None if stage not in unit.first else place[unit.first[stage]] for stage in question.chain],
            None if back is None else place[back.at],
            [(stand, place[one.since], None if one.until is None else place[one.until]) for one, stand in stood],
            odd=(shape.cohort or question.basis == "period") and bool(out_of_order(unit.entries, question.chain)),
        )


def lengths(spans: Sequence[Span], times: Sequence[Sequence[Instant]], end: Instant) -> list[int]:
    """How long spans are together, in milliseconds, for each of those whose times are given by place."""
    found: list[int] = []
    for since, until in spans:
        some = (
            [end - at if at < end else 0 for at in times[since]]
            if until is None
            else list(map(sub, times[until], times[since]))
        )
        found = list(map(add, found, some)) if found else some
    return found


def _together(found: Mapping[Measure, Sequence[Span]]) -> dict[Measures, Sequence[Span]]:
    """The spans by all that they are a measure of."""
    same: dict[tuple[Span, ...], list[Measure]] = {}
    for measure, spans in found.items():
        same.setdefault(tuple(spans), []).append(measure)
    return {tuple(measures): spans for spans, measures in same.items()}


def _waits(
    unit: Unit, shape: Shape, question: Question, place: Mapping[Instant, int]
) -> Iterator[tuple[Measure, list[Span]]]:
    """The waits for each stage of the chain. Only an arrival can come before its beginning, in any order of stages."""
    for index, wait in enumerate(waits_of(unit, shape, question)):
        if wait is None:
            continue
        since = place[wait.since]
        if wait.until is None:
            yield (WAITING, index), [(since, None)]
        elif wait.arrived:
            yield (ARRIVED, index), [(since, place[wait.until])]
        else:
            yield (GONE, index), [(since, max(since, place[wait.until]))]


def _stays(
    visits: Sequence[Visit], shape: Shape, question: Question, place: Mapping[Instant, int]
) -> dict[Measure, list[Span]]:
    """The visits of one cycle: of each stage all of them, and the last one where it was left. With the basis `cohort`
    only of the cohort, with `period` only where that was in the period.
    """
    by_stage: dict[Stage, list[Visit]] = {}
    for visit in visits if shape.cohort or question.basis == "period" else ():
        by_stage.setdefault(visit.stage, []).append(visit)
    found: dict[Measure, list[Span]] = {}
    for stage, mine in by_stage.items():
        spans: list[Span] = [(place[one.since], None if one.until is None else place[one.until]) for one in mine]
        left = mine[-1].until
        if question.basis == "cohort" or question.covers(left):
            found[CUMULATIVE, stage] = spans
            found |= {} if left is None else {(LATEST, stage): spans[-1:]}
    return found
