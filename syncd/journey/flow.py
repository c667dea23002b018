"""Where people stand over time: visits of stages, the census of a day, and the waterfall between two. Pure.

A person stands in one stage at a time: the furthest of the last cycle that was not left. From that follow all numbers
here, so a census is always what went in less what went out, and every waterfall closes (facts: market 4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from syncd.journey.units import Entered
from syncd.journey.velocity import Spread, spread_of
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.stage import SIDE_STAGES, Stage


class Visit(NamedTuple):
    """One stay in a stage: in which cycle, from when on, and until before when (None: still)."""

    stage: Stage
    cycle: int
    since: Instant
    until: Instant | None


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long units stayed in a stage: at the latest visit, for those who left it, and over all visits together,
    where a visit that goes on counts up to the end of the data. `inside` are those in it then. With the basis `period`
    both are of those who left it in the period, and `inside` are those in it at its end.
    """

    stage: Stage
    latest: Spread
    cumulative: Spread
    inside: int


@dataclass(frozen=True, slots=True)
class Fall:
    """One stage between two instants: who stood in it at the start, who came from where (None: was not known before),
    who went where, and who stands in it at the end. start + sum of `came` - sum of `went` = end.
    """

    stage: Stage
    start: int
    came: Mapping[Stage | None, int]
    went: Mapping[Stage, int]
    end: int


def ranks_of(order: Sequence[Stage]) -> dict[Stage, int]:
    """How far each stage is; those out of the funnel end a cycle, whatever it had."""
    return {stage: index for index, stage in enumerate((*order, *SIDE_STAGES))}


def visits_of(entries: Sequence[Entered], ranks: Mapping[Stage, int]) -> list[Visit]:
    """The stays of one person in order of time, without a gap from the first entry on. `entries` are by time."""
    if len(entries) == 1 and entries[0].left_at is None:
        return [Visit(entries[0].stage, entries[0].cycle, entries[0].at, None)]
    if any(entry.left_at is not None for entry in entries):
        return _runs(_with_leaving(entries, ranks))
    standing: list[tuple[Instant, Stage, int]] = []
    furthest = (-1, -1)
    for entry in entries:
        place = (entry.cycle, ranks.get(entry.stage, -1))
        if place > furthest:
            furthest = place
            standing.append((entry.at, entry.stage, entry.cycle))
    return _runs(standing)


def _with_leaving(entries: Sequence[Entered], ranks: Mapping[Stage, int]) -> list[tuple[Instant, Stage, int]]:
    """Where somebody stood from each instant on at which something was entered or left."""
    instants = {entry.at for entry in entries} | {entry.left_at for entry in entries if entry.left_at is not None}
    standing = []
    for at in sorted(instants):
        known = [entry for entry in entries if entry.at <= at]
        there = [entry for entry in known if entry.left_at is None or entry.left_at > at] or known[:1]
        best = max(there, key=lambda entry: (entry.cycle, ranks.get(entry.stage, -1)))
        standing.append((at, best.stage, best.cycle))
    return standing


def _runs(standing: Sequence[tuple[Instant, Stage, int]]) -> list[Visit]:
    """Stays out of standings: what does not change is one stay, what lasts no time is none."""
    visits: list[Visit] = []
    for index, (at, stage, cycle) in enumerate(standing):
        if index + 1 < len(standing) and standing[index + 1][0] == at:
            continue
        if visits and visits[-1][:2] == (stage, cycle):
            continue
        if visits:
            visits[-1] = visits[-1]._replace(until=at)
        visits.append(Visit(stage, cycle, at, None))
    return visits


class Stand(NamedTuple):
    """One stay, as far as a waterfall between two instants looks at it: in which stage, whether it was there at the
    start and is at the end, and, where that happened in between, from where it came (None: was not known) and to where
    it went.
    """

    stage: Stage
    at_start: bool
    at_end: bool
    came: bool
    came_from: Stage | None
    went_to: Stage | None


def stands_of(visits: Sequence[Visit], since: Instant | None, until: Instant) -> list[tuple[Visit, Stand]]:
    """Each visit of one person between `since` (None: before anybody was known; what happens at it is before) and
    `until`, what happens at it included, and how it stands there. Those of which nothing falls in it are left out.
    """
    found = []
    for index, visit in enumerate(visits):
        entered = visit.since <= until
        left = visit.until is not None and visit.until <= until
        began = since is not None and visit.since <= since
        over = since is not None and visit.until is not None and visit.until <= since
        if entered and not over:
            before = visits[index - 1].stage if index else None
            after = visits[index + 1].stage if left else None
            found.append((visit, Stand(visit.stage, began, not left, not began, None if began else before, after)))
    return found


def falls(stands: Mapping[Stand, int], order: Sequence[Stage]) -> list[Fall]:
    """The waterfall of so many of each stand. Who goes twice counts twice; a new cycle in the same stage is a move."""
    start, end = Counter[Stage](), Counter[Stage]()
    came: dict[Stage, Counter[Stage | None]] = {}
    went: dict[Stage, Counter[Stage]] = {}
    for stand, n in stands.items():
        start[stand.stage] += n if stand.at_start else 0
        end[stand.stage] += n if stand.at_end else 0
        if stand.came:
            came.setdefault(stand.stage, Counter())[stand.came_from] += n
        if stand.went_to is not None:
            went.setdefault(stand.stage, Counter())[stand.went_to] += n
    return [
        Fall(stage, start[stage], came.get(stage, Counter()), went.get(stage, Counter()), end[stage])
        for stage in (*order, *SIDE_STAGES)
        if start[stage] or end[stage] or stage in came or stage in went
    ]


def waterfall(
    people: Iterable[Sequence[Visit]], since: Instant | None, until: Instant, order: Sequence[Stage]
) -> list[Fall]:
    """From those who stand in each stage at `since` (None: before anybody was known) to those at `until`."""
    return falls(Counter(stand for visits in people for _, stand in stands_of(visits, since, until)), order)


def stage_times(
    latest: Mapping[Stage, Sequence[float]],
    cumulative: Mapping[Stage, Sequence[float]],
    inside: Mapping[Stage, int],
    order: Sequence[Stage],
) -> list[StageTime]:
    """How long units were in each stage: the last visit of those who left it, and all visits together, each in order;
    and how many are in it.
    """
    return [
        StageTime(
            stage,
            spread_of(latest.get(stage, ())),
            spread_of(cumulative.get(stage, ())),
            inside.get(stage, 0),
        )
        for stage in (*order, *SIDE_STAGES)
        if stage in cumulative or inside.get(stage, 0)
    ]
