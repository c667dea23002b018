"""A funnel and the answers of sales as single figures, each with its name: what other tools take. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from syncd.journey.columns import Group
from syncd.journey.counted import Funnel
from syncd.journey.deals import DealNumbers
from syncd.journey.funnel import Conversion, Numbers
from syncd.journey.handovers import Report
from syncd.journey.sla import Sla
from syncd.journey.velocity import Velocity
from syncd.model.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: of which query and metric, about which stages, of which group, and its number (`n`, of `of` for a
    rate), its length in seconds or its amount.
    """

    query: str
    metric: str
    stage: str | None = None
    to: str | None = None
    detail: str | None = None
    name: str | None = None
    value: str | None = None
    n: int | None = None
    of: int | None = None
    seconds: Decimal | None = None
    amount: Decimal | None = None


def figures_of(found: Funnel) -> Iterator[Figure]:
    """Every figure of a funnel: of everybody, then of each group, then of the deals in the same way."""
    for group in (found.whole, *found.groups):
        yield from _of_group(group)
    yield from _of_deals(found.deals, None, None)
    for (name, value), deals in found.deals_by.items():
        yield from _of_deals(deals, name, value)


def _of_deals(deals: DealNumbers, name: str | None, value: str | None) -> Iterator[Figure]:
    """Win rates, and what comes to a pipeline's velocity by currency, which is the detail."""
    for metric, rate in (("win_rate_period", deals.period), ("win_rate_cohort", deals.cohort)):
        yield Figure("funnel", metric, name=name, value=value, n=rate.n, of=rate.of)
    yield Figure("funnel", "deals_open", name=name, value=value, n=deals.open, of=deals.cohort.of)
    for one in deals.pipelines:
        for metric, amount in (("pipeline_velocity_a_day", one.a_day), ("average_deal", one.average)):
            yield Figure("funnel", metric, None, None, one.currency, name, value, one.qualified, amount=amount)


def _of_group(group: Group) -> Iterator[Figure]:
    name, value = (group.name, group.value) if group.name else (None, None)
    for metric, stage, to, detail, n, of in _counts(group.numbers):
        yield Figure("funnel", metric, stage, to, detail, name, value, n, of)
    for speed in group.velocities:
        for metric, n, length in _lengths(speed):
            yield Figure("funnel", metric, speed.before, speed.after, None, name, value, n, None, _seconds(length))
    for metric, stage, to, detail, n, length in _where_they_stand(group):
        yield Figure("funnel", metric, stage, to, detail, name, value, n, None, _seconds(length))


def _where_they_stand(group: Group) -> Iterator[tuple[str, str, str | None, str | None, int, int | None]]:
    for fall in group.falls:
        yield "waterfall_start", fall.stage, None, None, fall.start, None
        yield "census", fall.stage, None, None, fall.end, None
        for came, n in fall.came.items():
            yield "waterfall_came", fall.stage, None, came or "(new)", n, None
        for went, n in fall.went.items():
            yield "waterfall_went", fall.stage, went, None, n, None
    for one in group.times:
        for name, lengths in (("latest", one.latest), ("cumulative", one.cumulative)):
            yield f"time_in_stage_{name}_median", one.stage, None, None, lengths.n, lengths.median
            yield f"time_in_stage_{name}_p90", one.stage, None, None, lengths.n, lengths.p90
        yield "time_in_stage_inside", one.stage, None, None, one.inside, None


def _counts(counted: Numbers) -> Iterator[tuple[str, str | None, str | None, str | None, int, int | None]]:
    yield "units", None, None, None, counted.units, None
    for step in counted.steps:
        yield "volume", step.stage, None, None, step.n, None
        yield "rate_to_this_stage", step.stage, None, None, step.rate.n, step.rate.of
        yield "rate_of_first_stage", step.stage, None, None, step.of_first.n, step.of_first.of
    for stage, n in counted.returns.items():
        yield "returned", stage, None, None, n, None
    for one in counted.conversions:
        for metric, detail, n, of in _of_conversion(one):
            yield metric, one.before, one.after, detail, n, of
    taken = counted.acceptance
    if taken is not None:
        yield "acceptance", taken.before, taken.after, None, taken.rate.n, taken.rate.of
        yield "accepted_by_silence", taken.before, taken.after, None, taken.silent, None
        for outcome, reasons in taken.by_reason.items():
            for reason, n in reasons.items():
                yield "rejected", taken.before, taken.after, f"{outcome}: {reason}", n, taken.handed_over
    yield "requalified", None, None, None, counted.requalified.n, counted.requalified.of


def _of_conversion(one: Conversion) -> Iterator[tuple[str, str | None, int, int]]:
    yield "conversion_cohort", None, one.cohort.n, one.cohort.of
    yield "conversion_period", None, one.period.n, one.period.of
    yield "open", None, one.open.n, one.open.of
    yield "leaked", None, one.leaked.n, one.leaked.of
    if one.within is not None:
        yield "conversion_within", None, one.within.n, one.within.of
    for outcome, n in one.outcomes.items():
        yield "outcome", outcome, n, one.cohort.of
    for outcome, reasons in one.reasons.items():
        for reason, n in reasons.items():
            yield "reason", f"{outcome}: {reason}", n, one.cohort.of


def _lengths(speed: Velocity) -> Iterator[tuple[str, int, int | None]]:
    yield "velocity_median", speed.arrived.n, speed.arrived.median
    yield "velocity_p90", speed.arrived.n, speed.arrived.p90
    yield "velocity_p95", speed.arrived.n, speed.arrived.p95
    yield "velocity_survival_median", speed.entered, speed.survival


def _seconds(length: int | None) -> Decimal | None:
    return None if length is None else Decimal(length) / 1000


def sla_figures(found: Report) -> Iterator[Figure]:
    """Every figure of how sales answered: of everybody, by hour of the week, and of each group that was asked for."""
    hours = {f"{day} {hour:02d}": one for (day, hour), one in found.by_hour.items()}
    groups = {"hour": hours, **found.by}
    split = [(name, value, one) for name, some in groups.items() for value, one in some.items()]
    for name, value, one in ((None, None, found.whole), *split):
        for metric, detail, n, of in _answers(one):
            yield Figure("sla", metric, found.stage, None, detail, name, value, n, of)
        for metric, n, length in _clocks(one):
            yield Figure("sla", metric, found.stage, None, None, name, value, n, None, _seconds(length))


def _answers(one: Sla) -> Iterator[tuple[str, str | None, int, int | None]]:
    clocks = one.attainment
    yield "handed_over", None, one.n, None
    yield "attainment", None, clocks.rate.n, clocks.rate.of
    for state in ("met", "late", "overdue", "running", "unassigned"):
        yield "clocks", state, getattr(clocks, state), one.n
    for band, n in one.bands.items():
        yield "band", band, n, one.n


def _clocks(one: Sla) -> Iterator[tuple[str, int, int | None]]:
    for name, spread in (
        ("speed_to_lead", one.speed),
        ("system_delay", one.system),
        ("human_delay", one.human),
        ("pick_up_working", one.working),
        ("to_contacted", one.contacted),
        ("to_qualified", one.qualified),
        ("assigned_to_contacted", one.to_contact),
        ("assigned_to_qualified", one.to_stage),
    ):
        for share, length in (("median", spread.median), ("p90", spread.p90), ("p95", spread.p95)):
            yield f"{name}_{share}", spread.n, length
