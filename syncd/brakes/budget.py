"""Calls of the day: what was used, what the day will come to, and how far apart cycles must be for it to fit.

Pure but for what `noted` and `resume` look at. The figures are kept with each run, so that a restart and other
commands go on counting where the last one stopped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from connectors.limits import day_name, midnight
from connectors.records import Source, System
from syncd.model.instant import HOUR, SECOND, Instant, datetime_of, instant_of, iso, parse_iso
from syncd.model.nouns import dataclass
from syncd.plan.lane import Bounds

if TYPE_CHECKING:
    from connectors.limits import Use
    from syncd.files.service_file import Budgets
    from syncd.store.runs import RunRow

LIMITS = "limits"
"""Where a run's summary keeps them: by CRM, the fields of `Use`."""
CYCLES = ("run", "sync")
"""Commands whose runs are cycles like those to come."""
WAITING = "waiting_for_calls"
"""Where the store keeps until when the service waits: a CRM and an instant."""
RECENT, FEWEST = 20, 3
"""So many cycles are looked at, and fewer than so many say nothing about the next ones."""
MANY = 0.1
"""The part of a burst that is worth telling the next turn of: an idle cycle makes fewer calls."""
FARTHEST = HOUR
"""Cycles are never stretched to more than this: people wait for tasks."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """One CRM's day: our calls so far, those that the whole day comes to at the pace that the file says (None: too
    early to say), those that we may make (None: no limit is known), all programs' calls and the limit as the CRM told
    them, and the time between cycles, in milliseconds, at which our part is enough.
    """

    system: System
    day: str
    today: int
    forecast: int | None
    goal: int | None
    used: int | None
    total: int | None
    every: int

    @property
    def share(self) -> float | None:
        """The forecast as a part of all calls that the CRM allows in a day."""
        return None if self.forecast is None or not self.total else self.forecast / self.total


@dataclass(frozen=True, slots=True)
class Pace:
    """The time between two cycles, in milliseconds: as the file says (None: a cron line), and in force. `why` is the
    CRM whose limit stretches it. `outlooks` has what is known of each CRM.
    """

    configured: int | None
    every: int | None
    why: System | None
    outlooks: tuple[Outlook, ...]


def noted(*sources: Source) -> dict[str, Any]:
    """What a run keeps of the calls of the day, by CRM, and of those of the last seconds where they are many: who has
    the next turn, which may be another process, counts them to its own burst.
    """
    return {source.system.value: _as_data(source.limiter.day.use(source.now())) | _lately(source) for source in sources}


def resume(summary: Mapping[str, Any], *sources: Source) -> None:
    """Go on counting the day's calls, and those of the last seconds, where the last run stopped."""
    for source in sources:
        last = summary.get(LIMITS, {}).get(source.system.value)
        if last:
            day, now = source.limiter.day, source.now()
            day.settle(last["zone"], now)
            day.resume(last["day"], last["ours"], now)
            limiter = source.limiter
            if last.get("lately") and last["by"] != limiter.name:
                limiter.burst.join([(instant_of(now) - at) / SECOND for at in last["lately"]], limiter.clock())


def keep_to(budgets: Budgets, hubspot: Source, salesforce: Source) -> None:
    """Lower both CRMs' limits to what the file says."""
    share = float(1 - budgets.share_for_others)
    near, far = budgets.hubspot, budgets.salesforce
    hubspot.limiter.lower(
        share=share, burst=near.calls_per_10_seconds, a_day=near.calls_a_day, at_once=near.calls_at_once
    )
    for rate in hubspot.limiter.by_ending.values():
        rate.lower(at_most=near.searches_per_second)
    salesforce.limiter.lower(share=share, a_day=far.calls_a_day, at_once=far.calls_at_once)


def keep_back(budgets: Budgets, *sources: Source) -> None:
    """Leave the live cycle its share of the day's calls: a backfill stops for the day before all of ours are used."""
    share = float(budgets.backfill)
    for source in sources:
        own = budgets.hubspot if source.system is System.HUBSPOT else budgets.salesforce
        most = None if own.calls_a_day is None else max(1, int(own.calls_a_day * share))
        source.limiter.day.lower(share=float(1 - budgets.share_for_others) * share, at_most=most)


def bounds_of(budgets: Budgets, source: Source) -> Bounds:
    """How many calls this run may make to a CRM: a part of the day's is kept for the hottest."""
    own = budgets.hubspot if source.system is System.HUBSPOT else budgets.salesforce
    now, day = source.now(), source.limiter.day
    left = day.left(now)
    if left is None:
        return Bounds(own.calls_a_run, None)
    kept = math.ceil(budgets.hottest * (left + day.use(now).ours))
    free = max(0, left - kept)
    return Bounds(free if own.calls_a_run is None else min(free, own.calls_a_run), left)


def pace(rows: Sequence[RunRow], budgets: Budgets, every: int | None, now: Instant) -> Pace:
    """The pace of the cycles, from the last runs (newest first; `RECENT` + 1 of them are enough).

    Nobody's pace is raised: `every`, the file's own, is the least. A cron line keeps its times.
    """
    outlooks = tuple(found for system in System if (found := _outlook(system, rows, budgets, every, now)))
    if every is None:
        return Pace(None, None, None, outlooks)
    slowest = max(outlooks, key=lambda one: one.every, default=None)
    if slowest is None or slowest.every <= every:
        return Pace(every, every, None, outlooks)
    return Pace(every, slowest.every, slowest.system, outlooks)


def said(found: Pace) -> str:
    """Why cycles start as far apart as they do, in a sentence."""
    if found.why is None or found.every is None:
        return "cycles start as often as syncd.yaml says"
    tight = next(one for one in found.outlooks if one.system is found.why)
    return (
        f"cycles start every {found.every // SECOND:,} s instead of every {(found.configured or 0) // SECOND:,} s:"
        f" {label(tight.system)} would get {tight.forecast or 0:,} calls today, and {tight.goal or 0:,} are ours"
    )


def label(system: System) -> str:
    """A CRM's name as people write it."""
    return "HubSpot" if system is System.HUBSPOT else "Salesforce"


def wait_noted(system: System, until: Instant) -> str:
    """What the store keeps while a CRM has no calls left for us."""
    return f"{system.value} {iso(until)}"


def waits(noted: str | None, now: Instant) -> tuple[System, Instant] | None:
    """The CRM that the service waits for, and until when; None when it does not wait."""
    if not noted:
        return None
    system, _, until = noted.partition(" ")
    return (System(system), parse_iso(until)) if parse_iso(until) > now else None


def as_data(found: Pace, waiting: tuple[System, Instant] | None) -> dict[str, Any]:
    """The pace and the calls of the day as `syncd status --json` prints them."""
    return {
        "every_seconds": None if found.configured is None else found.configured // SECOND,
        "in_force_seconds": None if found.every is None else found.every // SECOND,
        "stretched_by": None if found.why is None else found.why.value,
        "why": said(found) if found.why else None,
        "waits_for": None if waiting is None else {"system": waiting[0].value, "until": iso(waiting[1])},
        "calls": {
            one.system.value: {
                "day": one.day,
                "today": one.today,
                "forecast": one.forecast,
                "forecast_share": None if one.share is None else round(one.share, 4),
                "ours": one.goal,
                "used_by_all": one.used,
                "limit": one.total,
            }
            for one in found.outlooks
        },
    }


def usual(calls: Sequence[int]) -> float | None:
    """The calls that a cycle usually makes: their mean without the fifth that made the most, such as a first load.
    None when there are too few to tell.
    """
    if len(calls) < FEWEST:
        return None
    kept = sorted(calls)[: len(calls) - math.ceil(len(calls) / 5)]
    return sum(kept) / len(kept)


def forecast(today: int, each: float, left: int, every: int) -> int:
    """The day's calls when cycles of so many calls each go on every so many milliseconds for the time left."""
    return today + math.ceil(each * left / every)


def fitting(today: int, each: float, left: int, goal: int, every: int) -> int:
    """The time between cycles at which the day's calls come to the goal: whole seconds, never less than `every`, and
    not more than `FARTHEST` unless that is.
    """
    room = goal - today
    if forecast(today, each, left, every) <= goal:
        return every
    needed = math.ceil(each * left / room / SECOND) * SECOND if room > 0 else FARTHEST
    return max(every, min(needed, FARTHEST))


def _outlook(
    system: System, rows: Sequence[RunRow], budgets: Budgets, every: int | None, now: Instant
) -> Outlook | None:
    last = next((one for row in rows if (one := _kept(row, system))), None)
    if last is None:
        return None
    here = datetime_of(now)
    is_today = last["day"] == day_name(here, last["zone"])
    today = last["ours"] if is_today else 0
    used = last["used"] if is_today or system is System.SALESFORCE else None
    others = max(0, used - last["ours"]) if used is not None else 0
    goal = _goal(system, budgets, last["total"], others)
    each, step = usual(_calls(rows, system)), every or _spacing(rows)
    if each is None or step is None:
        return Outlook(system, day_name(here, last["zone"]), today, None, goal, used, last["total"], step or 0)
    left = instant_of(midnight(here, last["zone"])) - now
    ahead = forecast(today, each, left, step)
    stretched = step if goal is None else fitting(today, each, left, goal, step)
    return Outlook(system, day_name(here, last["zone"]), today, ahead, goal, used, last["total"], stretched)


def _kept(row: RunRow, system: System) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = row.summary.get(LIMITS, {}).get(system.value)
    return found


def _goal(system: System, budgets: Budgets, total: int | None, others: int) -> int | None:
    """The calls that we may make in a day: our share, what others leave us, and what the file allows."""
    bounds = []
    if total is not None:
        bounds.append(math.floor(total * (1 - budgets.share_for_others)) - others)
        if system is System.SALESFORCE:
            bounds.append(math.floor(total * budgets.salesforce.share_of_day))
    own = (budgets.hubspot if system is System.HUBSPOT else budgets.salesforce).calls_a_day
    if own is not None:
        bounds.append(own)
    return max(0, min(bounds)) if bounds else None


def _calls(rows: Sequence[RunRow], system: System) -> list[int]:
    """The calls of each of the last cycles, from counts that go on from run to run and begin anew each day."""
    kept = [(row.command, one) for row in rows if (one := _kept(row, system))]
    steps = [
        new["ours"] - (old["ours"] if new["day"] == old["day"] else 0)
        for (command, new), (_, old) in pairwise(kept)
        if command in CYCLES
    ]
    return [max(0, step) for step in steps][:RECENT]


def _spacing(rows: Sequence[RunRow]) -> int | None:
    """The usual time between two runs, for cycles at the times of a cron line."""
    starts = [row.started_at for row in rows[:RECENT]]
    return (starts[0] - starts[-1]) // (len(starts) - 1) or None if len(starts) >= FEWEST else None


def _lately(source: Source) -> dict[str, Any]:
    """When our calls of the last seconds went out, by the CRM's clock; nothing where they are few."""
    limiter, now = source.limiter, instant_of(source.now())
    ago = limiter.burst.lately(limiter.clock())
    if len(ago) < limiter.burst.calls * MANY:
        return {}
    return {"by": limiter.name, "lately": [now - round(one * SECOND) for one in ago]}


def _as_data(use: Use) -> dict[str, Any]:
    return {"day": use.day, "zone": use.zone, "ours": use.ours, "used": use.used, "total": use.total}
