"""Where people stand over time: visits of stages, the census of a day, and the waterfall between two. Pure.

A person stands in one stage at a time: the furthest of the last cycle that was not left. From that follow all numbers
here, so a census is always what went in less what went out, and every waterfall closes (facts: market 4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from syncd.journey.units import Entered
from syncd.journey.velocity import Spread, spread
from syncd.model.instant import Instant
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
    where a visit that goes on counts up to the end of the data. `inside` are those in it then.
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


def standing_at(visits: Sequence[Visit], at: Instant) -> Stage | None:
    """The stage in which somebody stands at an instant; None before anything is known of them."""
    for visit in reversed(visits):
        if visit.since <= at:
            return visit.stage
    return None


def census(people: Iterable[Sequence[Visit]], at: Instant) -> Counter[Stage]:
    """How many stand in each stage at an instant."""
    found = Counter(standing_at(visits, at) for visits in people)
    return Counter({stage: n for stage, n in found.items() if stage is not None})


def moves(
    people: Iterable[Sequence[Visit]], since: Instant | None, until: Instant
) -> Counter[tuple[Stage | None, Stage]]:
    """How many went from which stage (None: was not known) into which, after `since` and up to `until`.

    Who goes twice counts twice. A new cycle in the same stage is a move too.
    """
    found: Counter[tuple[Stage | None, Stage]] = Counter()
    for visits in people:
        before: Stage | None = None
        for visit in visits:
            if visit.since <= until and (since is None or visit.since > since):
                found[before, visit.stage] += 1
            before = visit.stage
    return found


def waterfall(
    people: Sequence[Sequence[Visit]], since: Instant | None, until: Instant, order: Sequence[Stage]
) -> list[Fall]:
    """From those who stand in each stage at `since` (None: before anybody was known) to those at `until`."""
    start = census(people, since) if since is not None else Counter()
    end, moved = census(people, until), moves(people, since, until)
    return [
        Fall(
            stage,
            start[stage],
            {came: n for (came, into), n in moved.items() if into == stage},
            {into: n for (came, into), n in moved.items() if came == stage},
            end[stage],
        )
        for stage in (*order, *SIDE_STAGES)
        if start[stage] or end[stage] or any(stage in pair for pair in moved)
    ]


def stage_times(people: Iterable[Sequence[Visit]], horizon: Instant, order: Sequence[Stage]) -> list[StageTime]:
    """How long people of each cycle were in each stage, as of `horizon`."""
    latest: dict[Stage, list[int]] = {}
    cumulative: dict[Stage, list[int]] = {}
    inside: Counter[Stage] = Counter()
    for visits in people:
        total: dict[tuple[Stage, int], int] = {}
        last: dict[tuple[Stage, int], Visit] = {}
        for visit in visits:
            key = visit[:2]
            total[key] = total.get(key, 0) + max(0, (visit.until or horizon) - visit.since)
            last[key] = visit
        for key, visit in last.items():
            cumulative.setdefault(key[0], []).append(total[key])
            if visit.until is None:
                inside[key[0]] += 1
            else:
                latest.setdefault(key[0], []).append(visit.until - visit.since)
    return [
        StageTime(stage, spread(latest.get(stage, ())), spread(cumulative[stage]), inside[stage])
        for stage in (*order, *SIDE_STAGES)
        if stage in cumulative
    ]
