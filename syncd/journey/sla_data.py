"""An SLA report as `--json` prints it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from syncd.files.scalars import WorkingDuration
from syncd.journey.funnel_data import at_data, query_of, seconds, spread_data
from syncd.journey.handovers import Report
from syncd.journey.sla import Answer, Sla
from syncd.journey.timeline import SYNCD, Event
from syncd.model.instant import HOUR, MINUTE, Instant, iso
from syncd.model.said import Count, Span, When, marked, period_said, said


def basis_of(found: Report) -> str:
    """What is measured, in words."""
    return said(
        "each person in each cycle that entered {stage}{period}; speed to lead from what they did to the first call, "
        "meeting or e-mail of sales; in time within {allowed} of having somebody of sales",
        stage=found.stage,
        period=period_said(found.asked.since, found.asked.until),
        allowed=allowed_in_words(found.allowed),
    )


def allowed_in_words(allowed: WorkingDuration) -> str:
    """How long sales has: 1 working day, 4 working hours, 30 minutes."""
    if not allowed.days and not allowed.working:
        return said("{span}", span=Span(allowed.milliseconds))
    if allowed.days:
        n, one, many = allowed.days, marked("{n} working day"), marked("{n} working days")
    elif allowed.milliseconds % HOUR == 0:
        n, one, many = allowed.milliseconds // HOUR, marked("{n} working hour"), marked("{n} working hours")
    else:
        n, one, many = allowed.milliseconds // MINUTE, marked("{n} working minute"), marked("{n} working minutes")
    return said(one if n == 1 else many, n=Count(n))


def as_data(found: Report) -> dict[str, Any]:
    """An SLA report as `--json` prints it. Lengths of time are seconds; `working` are those of working hours."""
    return {
        "query": query_of("sla", found.asked, found.scope, found.definitions, found.time_zone, found.cut_off),
        "basis": basis_of(found),
        "stage": found.stage,
        "allowed": allowed_in_words(found.allowed),
        **sla_data(found.whole),
        "by_owner": [{"owner": owner, **sla_data(one)} for owner, one in found.by_owner.items()],
        "by_hour": [{"day": day, "hour": hour, **sla_data(one)} for (day, hour), one in found.by_hour.items()],
        "by": [
            {"name": name, "value": value, **sla_data(one)}
            for name, groups in found.by.items()
            for value, one in groups.items()
        ],
    }


def sla_data(one: Sla) -> dict[str, Any]:
    """What some answers come to."""
    return {
        "n": one.n,
        "speed_to_lead": spread_data(one.speed),
        "system_delay": spread_data(one.system),
        "human_delay": spread_data(one.human),
        "to_contacted": spread_data(one.contacted),
        "to_qualified": spread_data(one.qualified),
        "assigned_to_contacted": spread_data(one.to_contact),
        "assigned_to_qualified": spread_data(one.to_stage),
        "pick_up_working": spread_data(one.working),
        "attainment": {**asdict(one.attainment), "rate": asdict(one.attainment.rate)},
        "bands": dict(one.bands),
    }


def answer_data(one: Answer) -> dict[str, Any]:
    """One handover, as `--json` prints it."""
    return {
        "person": one.handover.person,
        "cycle": one.handover.cycle,
        "entered_at": iso(one.handover.entered_at),
        "engaged_at": iso(one.handover.engaged_at),
        "assigned_at": at_data(None if one.pick_up is None else one.pick_up.started_at),
        "owner": one.handover.owner,
        "touched_at": at_data(None if one.pick_up is None else one.pick_up.stopped_at),
        "due_at": at_data(None if one.pick_up is None else one.pick_up.due_at),
        "state": None if one.pick_up is None else one.pick_up.state,
        "speed_seconds": seconds(one.speed),
        "system_seconds": seconds(one.system),
        "human_seconds": seconds(one.human),
        "contacted_at": at_data(None if one.contacted is None else one.handover.contacted_at),
        "contacted_seconds": seconds(one.contacted),
        "qualified_seconds": seconds(one.qualified),
        "working_seconds": seconds(None if one.pick_up is None else one.pick_up.working),
    }


def clock_events(answers: Sequence[Answer], now: Instant) -> Iterator[Event]:
    """What the clocks of one person add to the journey: handed over to whom, answered or not, and in time or not."""
    for one in answers:
        clock = one.pick_up
        if clock is None:
            continue
        handover = one.handover
        who = handover.owner or said("somebody of sales")
        source = f"handover:{handover.cycle}"
        says = said("handed over to {who}; to be answered by {due}", who=who, due=When(clock.due_at))
        yield Event(clock.started_at, clock.started_at, SYNCD, "handed_over", source, says)
        if handover.contacted_at is not None and one.contacted is not None:
            minutes = Count(round(one.contacted / MINUTE))
            says = said("first two-way contact: {n} minutes after the engagement", n=minutes)
            yield Event(handover.contacted_at, handover.contacted_at, SYNCD, "in_contact", source, says)
        if clock.stopped_at is not None:
            minutes = Count(round(clock.working / MINUTE))
            says = (
                said("sales reached out, late: after {n} working minutes", n=minutes)
                if clock.breached
                else said("sales reached out, in time: after {n} working minutes", n=minutes)
            )
            yield Event(clock.stopped_at, clock.stopped_at, SYNCD, "answered", source, says)
        elif clock.breached and clock.due_at <= now:
            says = said("{who} has not reached out in time", who=who)
            yield Event(clock.due_at, clock.due_at, SYNCD, "overdue", source, says)
