"""A simulation as `--json` prints it and as rows of a table for other tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncd.journey.simulated.compare import FATES, Difference, Fate, Kind, fates_after
from syncd.journey.simulated.tally import SIDES, Counts, Fates, Side, Simulation
from syncd.model.instant import HOUR, Instant, iso
from syncd.model.stage import Stage

REASONS = 10
"""Reasons for what could not be judged that are given, the commonest first."""

NAMES: Mapping[Side, str] = {"old": "in_force", "new": "new"}
"""What the two versions are called."""

HEADINGS = (
    "person", "stage", "cycle", "change", "in_force_at", "new_at", "hours", "segment",
    *(f"later_{fate}_at" for fate in FATES), "worked", "why",
)  # fmt: skip
_STEERS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would take for a formula."""


def as_data(found: Simulation, versions: Mapping[Side, str]) -> dict[str, Any]:
    """A simulation as JSON. `versions` are the hashes of both."""
    period = found.question.period
    return {
        "in_force": versions["old"],
        "new": versions["new"],
        "from": iso(period.since),
        "to": iso(period.until),
        "followed_to": iso(period.now),
        "people": found.people,
        "stages": _stages_data(found, found.stages),
        "by": [
            {"value": value, "stages": _stages_data(found, found.segments[value])} for value in segments_in_order(found)
        ],
        "judged": found.question.judged,
        "quality": {NAMES[side]: quality(found, side) for side in SIDES},
        "tasks": {NAMES[side]: tasks(found, side) for side in SIDES},
        "unknown": {NAMES[side]: unknown(found, side) for side in SIDES},
        "at_once": [{"stage": stage, "n": n} for stage in found.question.order if (n := found.at_once[stage])],
    }


def segments_in_order(found: Simulation) -> list[str]:
    """The values by which the numbers are split, those first whose people enter the judged stage most, by either."""

    def size(value: str) -> tuple[int, int]:
        stages = found.segments[value]
        mine = stages.get(found.question.judged, Counts()).kinds.total()
        return mine, sum(each.kinds.total() for each in stages.values())

    return sorted(sorted(found.segments), key=size, reverse=True)


def quality(found: Simulation, side: Side) -> dict[str, Any]:
    """How good the judged stage is by one version. Precision: of those who entered it in the period, how many came
    further; recall: of those who came so far in the period, how many it had found by then. Each with how many of them
    sales had already.
    """
    mine = found.stages.get(found.question.judged, Counts()).fates.get(side, Fates())
    rates: dict[str, Any] = {}
    for fate in ("sql", "won"):
        there = found.found.get(fate)
        rates[fate] = {
            "precision": {"n": mine.became[fate], "of": mine.n, "worked": mine.worked[fate]},
            "recall": {"n": there.found[side] if there else 0, "of": there.of if there else 0,
                       "worked": there.worked if there else 0},
        }  # fmt: skip
    return rates


def tasks(found: Simulation, side: Side) -> dict[str, Any]:
    """How many tasks for sales one version makes in the period, a day of the calendar on average, and the most."""
    days = found.days[side]
    busiest = min(days, key=lambda day: (-days[day], day), default=None)
    return {
        "n": days.total(),
        "mean": round(days.total() / found.length, 2),
        "max": days[busiest] if busiest else 0,
        "on": busiest.isoformat() if busiest else None,
    }


def unknown(found: Simulation, side: Side) -> dict[str, Any]:
    """About how many people one version cannot tell everything now, and the commonest reasons."""
    doubt = found.doubt[side]
    reasons = sorted(doubt.reasons.items(), key=lambda item: (-item[1], item[0]))
    return {
        "n": doubt.people,
        "of": found.people,
        "reasons": [{"reason": reason, "n": n} for reason, n in reasons[:REASONS]],
    }


def span(minutes: int) -> str:
    """A span of time as people say it: 5 minutes, 12.5 hours, 3.1 days."""
    for unit, size in (("days", 24 * 60), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes / size:.1f} {unit}"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def difference_data(one: Difference) -> dict[str, Any]:
    """One entry that was compared, as JSON."""
    return {
        "person": one.person,
        "stage": one.stage,
        "cycle": one.cycle,
        "change": one.kind,
        "in_force_at": _at(one.old),
        "new_at": _at(one.new),
        "segment": one.segment,
        "became": {fate: iso(one.became.at[fate]) for fate in FATES if fate in one.became.at},
        "worked": sorted(one.became.worked),
        "why": one.why,
    }


def row_of(one: Difference) -> list[object]:
    """One entry that was compared, under HEADINGS. A text that a spreadsheet would run begins with an apostrophe."""
    hours = None if one.old is None or one.new is None else round((one.new - one.old) / HOUR, 2)
    became = [iso(one.became.at[fate]) if fate in one.became.at else None for fate in FATES]
    worked = " ".join(fate for fate in FATES if fate in one.became.worked)
    texts = (one.person, one.stage, one.cycle, one.kind, _at(one.old), _at(one.new), hours, one.segment)
    return [_harmless(cell) for cell in (*texts, *became, worked, one.why)]


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_STEERS) else cell


def _at(at: Instant | None) -> str | None:
    return None if at is None else iso(at)


def _stages_data(found: Simulation, stages: Mapping[Stage, Counts]) -> list[dict[str, Any]]:
    return [
        _stage_data(stage, stages[stage], fates_after(stage, found.question.order))
        for stage in found.question.order
        if stage in stages
    ]


def _stage_data(stage: Stage, counts: Counts, ahead: Sequence[Fate]) -> dict[str, Any]:
    kinds: Sequence[Kind] = ("gained", "lost", "earlier", "later", "same")
    shifts: Sequence[Kind] = ("earlier", "later")
    return {
        "stage": stage,
        "in_force": counts.old,
        "new": counts.new,
        **{kind: counts.kinds[kind] for kind in kinds},
        "median_minutes": {kind: counts.median_shift(kind) for kind in shifts},
        "became": {NAMES.get(group, group): _fates_data(fates, ahead) for group, fates in _named(counts)},
    }


def _named(counts: Counts) -> list[tuple[Any, Fates]]:
    return [(group, counts.fates[group]) for group in ("old", "new", "gained", "lost") if group in counts.fates]


def _fates_data(fates: Fates, ahead: Sequence[Fate]) -> dict[str, Any]:
    return {"n": fates.n, **{fate: {"n": fates.became[fate], "worked": fates.worked[fate]} for fate in ahead}}
