"""A funnel as `--json` prints it, and what its numbers count in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from syncd.journey.behind import Counted
from syncd.journey.columns import Group
from syncd.journey.counted import Funnel
from syncd.journey.deals import DealNumbers
from syncd.journey.flow import Fall, StageTime
from syncd.journey.funnel import Acceptance, Conversion, Rate, Step
from syncd.journey.population import Asked, Scope
from syncd.journey.stood import Stay
from syncd.journey.units import Question
from syncd.journey.velocity import Spread, Velocity
from syncd.model.instant import Instant, iso
from syncd.model.said import period_said, said


def basis_of(question: Question) -> str:
    """What the numbers count, in words."""
    period = period_said(question.since, question.until)
    how = said("passed all stages in order") if question.strict else said("had the stage, in any order")
    if question.basis == "period":
        return said(
            "entries into each stage{period} of people in each cycle, who {how}; rates set entries against entries: "
            "other people may be above than below, so that one may be more than 100 %",
            period=period or said(" at any time"),
            how=how,
        )
    who: str = said("each person in each cycle")
    if question.chain and period:
        who = said("each person in each cycle that entered {stage}{period}", stage=question.chain[0], period=period)
    return said(
        "{who}; counted where they {how}; rates are of those that had the stage before, and the first one",
        who=who,
        how=how,
    )


def query_of(
    name: str, asked: Asked, scope: Scope, definitions: str, time_zone: str, cut_off: Instant | None
) -> dict[str, Any]:
    """What every figure of a report carries: the query's name, its filter, by what and up to when it was counted."""
    return {
        "name": name,
        "filter": {
            "from": at_data(asked.since),
            "to": at_data(asked.until),
            "basis": asked.basis,
            "order": "strict" if asked.strict else "any",
            "within_seconds": None if asked.within is None else asked.within // 1000,
            "where": dict(asked.where),
            "at": iso(scope.at),
            "as_of": at_data(scope.as_of),
            "as_defined": "now" if scope.as_defined_now else "then",
        },
        "definitions": definitions,
        "time_zone": time_zone,
        "cut_off": at_data(cut_off),
    }


def as_data(found: Funnel) -> dict[str, Any]:
    """A funnel as `--json` prints it. Lengths of time are seconds."""
    return {
        "query": query_of("funnel", found.asked, found.scope, found.definitions, found.time_zone, found.cut_off),
        "basis": basis_of(found.question),
        "order": "strict" if found.question.strict else "any",
        **_group_data(found.whole),
        "deals": _deals_data(found.deals),
        "by": [{"name": group.name, "value": group.value, **_group_data(group)} for group in found.groups],
        "deals_by": [
            {"name": name, "value": value, **_deals_data(one)} for (name, value), one in found.deals_by.items()
        ],
        "anomalies": [
            {
                "person": one.person,
                "cycle": one.cycle,
                "kind": one.anomaly.kind,
                "at": iso(one.anomaly.at),
                "says": one.anomaly.says,
            }
            for one in found.odd
        ],
    }


def person_data(one: Counted) -> dict[str, Any]:
    """One unit behind a number, as `--json` prints it."""
    return {
        "person": one.person,
        "cycle": one.cycle,
        "entered_at": iso(one.at),
        "source": one.source,
        "why": one.why,
        "became": one.became,
        "reason": one.reason,
    }


def stay_data(one: Stay) -> dict[str, Any]:
    """One stay behind a number of a waterfall, as `--json` prints it."""
    return {
        "person": one.person,
        "cycle": one.cycle,
        "entered_at": iso(one.since),
        "left_at": at_data(one.until),
        "came_from": one.came_from,
        "went_to": one.went_to,
        "source": one.source,
        "why": one.why,
    }


def at_data(at: Instant | None) -> str | None:
    """An instant as ISO in UTC."""
    return None if at is None else iso(at)


def seconds(length: int | None) -> float | None:
    """Milliseconds as seconds."""
    return None if length is None else length / 1000


def spread_data(found: Spread) -> dict[str, Any]:
    """How lengths lie, in seconds."""
    return {
        "n": found.n,
        "median_seconds": seconds(found.median),
        "p90_seconds": seconds(found.p90),
        "p95_seconds": seconds(found.p95),
    }


def _group_data(group: Group) -> dict[str, Any]:
    counted = group.numbers
    return {
        "units": counted.units,
        "stages": _steps_data(counted.steps),
        "returns": [{"stage": stage, "n": n} for stage, n in counted.returns.items()],
        "conversions": [
            _conversion_data(one, speed) for one, speed in zip(counted.conversions, group.velocities, strict=True)
        ],
        "acceptance": None if counted.acceptance is None else _acceptance_data(counted.acceptance),
        "requalified": asdict(counted.requalified),
        "time_in_stage": [_time_data(one) for one in group.times],
        "waterfall": [_fall_data(one) for one in group.falls],
    }


def _steps_data(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [
        {"stage": step.stage, "n": step.n, "rate": asdict(step.rate), "of_first": asdict(step.of_first)}
        for step in steps
    ]


def _conversion_data(one: Conversion, speed: Velocity) -> dict[str, Any]:
    return {
        "from": one.before,
        "to": one.after,
        "cohort": asdict(one.cohort),
        "open": asdict(one.open),
        "leaked": asdict(one.leaked),
        "period": asdict(one.period),
        "within": None if one.within is None else asdict(one.within),
        "outcomes": dict(one.outcomes),
        "reasons": _reasons_data(one.reasons, one.cohort.of),
        "velocity": {
            **spread_data(speed.arrived),
            "waiting": speed.waiting,
            "survival_median_seconds": seconds(speed.survival),
            "read": "survival" if speed.many_wait else "median",
        },
    }


def _reasons_data(reasons: Mapping[str, Mapping[str, int]], of: int) -> list[dict[str, Any]]:
    return [
        {"outcome": outcome, "reason": reason, "rate": asdict(Rate(n, of))}
        for outcome, found in reasons.items()
        for reason, n in found.items()
    ]


def _acceptance_data(one: Acceptance) -> dict[str, Any]:
    return {
        "from": one.before,
        "to": one.after,
        "rate": asdict(one.rate),
        "accepted": one.accepted,
        "accepted_by_silence": one.silent,
        "rejected": one.rejected,
        "handed_over": one.handed_over,
        "reasons": _reasons_data(one.by_reason, one.handed_over),
    }


def _time_data(one: StageTime) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "inside": one.inside,
        "latest": spread_data(one.latest),
        "cumulative": spread_data(one.cumulative),
    }


def _fall_data(one: Fall) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "start": one.start,
        "came": [{"from": stage, "n": n} for stage, n in one.came.items()],
        "went": [{"to": stage, "n": n} for stage, n in one.went.items()],
        "end": one.end,
    }


def _deals_data(one: DealNumbers) -> dict[str, Any]:
    return {
        "win_rate": {"period": asdict(one.period), "cohort": asdict(one.cohort), "open": one.open},
        "pipeline": [
            {
                "currency": each.currency,
                "qualified": each.qualified,
                "win_rate": asdict(each.win_rate),
                "average": each.average,
                "days": each.days,
                "a_day": each.a_day,
            }
            for each in one.pipelines
        ],
    }
