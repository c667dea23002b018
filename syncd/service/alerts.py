"""What is wrong, as people are told of it: each thing once, from the state of jobs, streams, people and files. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.brakes.budget import label, said
from syncd.files.jobs import CYCLE, RECONCILE
from syncd.model.instant import DAY, HOUR, MINUTE, Instant, datetime_of, instant_of, iso
from syncd.model.nouns import dataclass
from syncd.model.said import counted
from syncd.plan.calendar import is_working_day

if TYPE_CHECKING:
    from syncd.brakes.budget import Pace
    from syncd.files.service_file import ServiceFile
    from syncd.store.jobs import JobRow
    from syncd.store.streams import StreamState

REFUSED, UNREACHABLE, FAILING, LAG = "refused", "unreachable", "failing", "lag"
QUARANTINE, GUARD, SILENCE, BUDGET = "quarantine", "guard", "silence", "budget"
CONFIG, CHECKPOINT, OVERRUN = "config", "checkpoint", "overrun"
LATE, UNSUMMED, ENDING = "late", "unsummed", "ending"
KINDS: Mapping[str, str] = {
    REFUSED: "a CRM rejects our credentials, or what we may do or need there",
    UNREACHABLE: "a CRM or the store did not answer three cycles in a row",
    FAILING: "a job ends with an error of another kind",
    LAG: "contacts or leads were not read for a quarter of an hour, or five cycles where these are longer",
    QUARANTINE: "more rows were set aside within a day than `guards: at_least`",
    GUARD: "a guard or the canary keeps a plan from being written",
    SILENCE: "nobody became an MQL for so many working days that it is no chance",
    BUDGET: "the calls of the day will not last, or are used up",
    CONFIG: "changed files are broken, and the last good ones stay in force",
    CHECKPOINT: "the last checkpoint of the ledger did not reach one of `audit: send_to`",
    OVERRUN: "a job was still under way when it should have started again, within the last hour",
    LATE: "sales did not answer people in the time that an escalation tells alerts of",
    UNSUMMED: "what a CRM counts of the last MQLs is not what is known here, as the nightly comparison found",
    ENDING: "a version of a CRM's API that is spoken here ends within 120 days, or has ended",
}
"""Every kind of alert, and when it is open."""

NEEDED = {("hubspot", "contact"), ("salesforce", "lead"), ("salesforce", "contact")}
"""Streams that people come from."""
CODES = {
    REFUSED: {"AuthFailed", "Forbidden", "Missing", "Unserved", "Refused", "setup", "settings"},
    UNREACHABLE: {"Unreachable", "store_unreachable", "store_busy"},
    BUDGET: {"LimitReached"},
}
"""What a failed cycle is noted with, by the alert that it is."""
PATIENCE = 3
"""Cycles that may fail for want of an answer before anybody is told."""
QUIET_LAG, CYCLES_LATE = 15 * MINUTE, 5
LOOKED_BACK = timedelta(days=28)
"""What is usual is learned from so many days."""
EXPECTED = 7
"""None where so many are usual is no chance: one in a thousand, were they independent."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is wrong: of which kind, what, and what to do."""

    about: str
    said: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What alerts are decided by. `mqls` are the entries into MQL of some weeks, `set_aside` the rows that came into
    quarantine within a day and are still there, `late` how many people wait by the clock that has run out,
    `undelivered` where the last checkpoint did not arrive, "" if it did, `ending` what there is to tell of the end of
    an API's version.
    """

    now: Instant
    service: ServiceFile
    broken: str
    jobs: Mapping[str, JobRow]
    streams: Sequence[StreamState]
    pace: Pace
    set_aside: int
    mqls: Sequence[Instant]
    undelivered: str = ""
    ending: str = ""
    late: Mapping[str, int] = field(default_factory=dict)


def alerts(seen: Seen) -> list[Alert]:
    """Everything that is wrong, at most one of a kind."""
    found = [
        *_failed(seen),
        *_lag(seen),
        *_aside(seen),
        *_held(seen),
        *_silence(seen),
        *_budget(seen),
        *_config(seen),
        *_checkpoint(seen),
        *_overruns(seen),
        *_unsummed(seen),
        *_late(seen),
        *_ending(seen),
    ]
    return list({one.about: one for one in reversed(found)}.values())[::-1]


def _late(seen: Seen) -> Iterator[Alert]:
    if seen.late:
        told = ", ".join(f"{count} ({name})" for name, count in seen.late.items())
        yield Alert(LATE, f"people wait for sales: {told}", "look at `syncd sla` for whom, and whose they are")


def _failed(seen: Seen) -> Iterator[Alert]:
    for job in seen.jobs.values():
        if not job.failures or job.code in CODES[BUDGET]:
            continue
        about = next((kind for kind, codes in CODES.items() if job.code in codes), FAILING)
        if about == UNREACHABLE and job.failures < PATIENCE:
            continue
        what, _, step = job.said.partition(" Next: ")
        since = iso(job.failing_since or job.started_at)
        yield Alert(about, f"{job.name} fails since {since}: {what}", step or "look at the journal of the service")


def _lag(seen: Seen) -> Iterator[Alert]:
    most = max(QUIET_LAG, CYCLES_LATE * (seen.pace.every or 0))
    late = {
        f"{one.system}.{one.kind}": seen.now - one.watermark
        for one in seen.streams
        if (one.system, one.kind) in NEEDED and one.watermark is not None and seen.now - one.watermark > most
    }
    if late:
        name = max(late, key=lambda one: late[one])
        since = late[name] // MINUTE
        yield Alert(LAG, f"{name} was not read for {since:,} minutes", "look at `syncd status` for what holds it up")


def _aside(seen: Seen) -> Iterator[Alert]:
    if seen.set_aside >= max(1, seen.service.guards.at_least):
        yield Alert(
            QUARANTINE,
            f"{counted(seen.set_aside, 'row was', 'rows were')} set aside within a day",
            "look at `syncd quarantine list` for their reasons",
        )


def _held(seen: Seen) -> Iterator[Alert]:
    job = seen.jobs.get(CYCLE)
    if job is not None and job.outcome == "held" and job.code in ("guard", "canary"):
        yield Alert(GUARD, f"a plan waits for a person: {job.said}", "look at `syncd plan`, then run `syncd apply`")


def _silence(seen: Seen) -> Iterator[Alert]:
    """Nobody became an MQL for working days in which many usually do."""
    if not seen.mqls:
        return
    zone = ZoneInfo(seen.service.time_zone)
    today, last = (datetime_of(at).astimezone(zone).date() for at in (seen.now, max(seen.mqls)))
    begins = instant_of(datetime.combine(last - LOOKED_BACK + timedelta(days=1), time.min, zone))
    usual = sum(at >= begins for at in seen.mqls)
    each = usual / max(1, _working_days(last - LOOKED_BACK, last, seen.service))
    quiet = _working_days(last, today - timedelta(days=1), seen.service)
    if each * quiet >= EXPECTED:
        said = f"nobody became an MQL since {last}, in {quiet} working days; {each:.1f} on each are usual"
        yield Alert(
            SILENCE, said, "check tracking and forms in HubSpot, and `syncd explain` of somebody who should be one"
        )


def _working_days(after: date, until: date, service: ServiceFile) -> int:
    """Working days after one day, up to and with another."""
    days = (after + timedelta(days=one) for one in range(1, (until - after).days + 1))
    return sum(is_working_day(day, service.hours) for day in days)


def _budget(seen: Seen) -> Iterator[Alert]:
    for job in seen.jobs.values():
        if job.failures and job.code in CODES[BUDGET]:
            what, _, step = job.said.partition(" Next: ")
            yield Alert(BUDGET, what, step or "wait for the time that it tells")
    if seen.pace.why is not None:
        step = f"raise `budgets` in syncd.yaml, or find who else uses the calls of {label(seen.pace.why)}"
        yield Alert(BUDGET, said(seen.pace), step)


def _config(seen: Seen) -> Iterator[Alert]:
    if seen.broken:
        yield Alert(CONFIG, seen.broken, "mend these lines, then run `syncd check`")


def _checkpoint(seen: Seen) -> Iterator[Alert]:
    if seen.undelivered:
        said = f"the last checkpoint of the ledger did not reach {seen.undelivered}"
        yield Alert(CHECKPOINT, said, "look at `audit: send_to` in syncd.yaml")


def _overruns(seen: Seen) -> Iterator[Alert]:
    for job in seen.jobs.values():
        if job.overran_at is not None and seen.now - job.overran_at < HOUR:
            said = (
                f"{job.name} was still under way when it should have started again; {job.overruns:,} starts were missed"
            )
            yield Alert(
                OVERRUN, said, f"start it less often (`jobs: {job.name}` in syncd.yaml), or look at what is slow"
            )


def _unsummed(seen: Seen) -> Iterator[Alert]:
    job = seen.jobs.get(RECONCILE)
    if job is not None and job.outcome == "held":
        yield Alert(UNSUMMED, job.said, "run `syncd reconcile` for who they are")


def _ending(seen: Seen) -> Iterator[Alert]:
    if seen.ending:
        step = "change `SYNCD_HUBSPOT__API_VERSION` where it says which to use, else look for a newer syncd"
        yield Alert(ENDING, seen.ending, step)


def lately(now: Instant) -> Instant:
    """From when on entries into MQL are looked at: what is usual, and a silence of as long."""
    return Instant(now - 2 * LOOKED_BACK.days * DAY)
