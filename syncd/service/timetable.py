"""When jobs run: each at its own times, one after the other, and once for all starts that it missed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from structlog.contextvars import bound_contextvars

from syncd.model.instant import SECOND, Instant, datetime_of, instant_of
from syncd.model.nouns import dataclass
from syncd.plan.calendar import is_working_day
from syncd.store import jobs
from syncd.store.errors import StoreError
from syncd.store.jobs import Ending, JobRow

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

    from syncd.files.jobs import Job
    from syncd.files.service_file import ServiceFile
    from syncd.service.heart import Heart
    from syncd.store.database import Store

ENDED = EVENT_JOB_EXECUTED | EVENT_JOB_ERROR


@dataclass(frozen=True, slots=True)
class Done:
    """How a job ended. `not_before` is when it may start again at the earliest, None: at its next time. `news` says
    that something was learned, written or set aside by it.
    """

    outcome: Ending
    said: str
    code: str | None = None
    not_before: Instant | None = None
    news: bool = True


class Timetable:
    """Runs jobs until it is stopped. `work` gives None where there was nothing to do, which is not noted.

    One thread runs all of them: they write to one store and to one Salesforce, and what one decides the next must see.
    """

    def __init__(
        self,
        store: Store,
        work: Mapping[str, Callable[[], Done | None]],
        service: Callable[[], ServiceFile],
        clock: Callable[[], Instant],
        heart: Heart,
        ended: Callable[[JobRow, Done], None] = lambda _row, _done: None,
    ) -> None:
        """`ended` is told of each end; one that differs from the job's last is news."""
        self._store, self._work, self._service, self._clock, self._heart = store, work, service, clock, heart
        self._ended = ended
        self._scheduler: BackgroundScheduler | None = None
        self._missed: dict[str, int] = {}
        # Starts that somebody asked for, and those of them that met the job under way.
        self._hurried: set[str] = set()
        self._again: set[str] = set()
        self._held: dict[str, Instant] = {}
        self._known: dict[str, tuple[Job, str]] = {}
        self._following = Lock()
        self.last: dict[str, JobRow] = {}

    def start(self) -> None:
        """Begin, with what was missed since the jobs last ran. Raises StoreError."""
        with self._store.reading() as tx:
            self.last = jobs.all(tx)
        for noted in (self._missed, self._hurried, self._again):
            noted.clear()
        self._held.clear()
        self._known = {}
        self._scheduler = BackgroundScheduler(
            timezone=ZoneInfo("UTC"),
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(lambda event: self._miss(event.job_id), EVENT_JOB_MAX_INSTANCES)
        self._scheduler.add_listener(lambda event: self._start_again(event.job_id), ENDED)
        self.follow()
        self._scheduler.start()

    def follow(self) -> None:
        """Go by the times that the files in force say."""
        with self._following:
            self._follow()

    def _follow(self) -> None:
        if self._scheduler is None:
            return
        service = self._service()
        for name in self._work:
            job = service.jobs.get(name)
            wanted = (job, service.time_zone) if job is not None and not job.never else None
            if wanted == self._known.get(name):
                continue
            if name in self._known:
                self._scheduler.remove_job(name)
                del self._known[name]
            if wanted is not None:
                self._known[name] = wanted
                first = _first(name, wanted[0], service, self.last.get(name), self._clock())
                trigger = trigger_of(wanted[0], service)
                self._scheduler.add_job(self._run, trigger, [name], id=name, next_run_time=first)

    def next_times(self) -> dict[str, Instant]:
        """When each job starts next."""
        if self._scheduler is None:
            return {}
        return {job.id: instant_of(job.next_run_time) for job in self._scheduler.get_jobs() if job.next_run_time}

    def hurry(self, name: str, at: Instant | None = None) -> None:
        """Start a job now, or then, where it would not start earlier; one that has to wait goes on waiting, one that is
        under way is started once more after it.
        """
        self._hurried.add(name)
        self._move(name, datetime_of(max(at or self._clock(), self._held.get(name, Instant(0)))), earlier=True)

    def free(self) -> None:
        """Let jobs that have to wait start at their own times again: why they wait may be no more."""
        held = [name for name, until in self._held.items() if until > self._clock()]
        self._held.clear()
        for name in held:
            self.hurry(name)

    def is_running(self) -> bool:
        """Whether somebody looks at the clock."""
        return self._scheduler is None or bool(self._scheduler._thread.is_alive())  # noqa: SLF001  no other way to ask

    def stop(self) -> None:
        """Start no other job. The one under way goes on to its end."""
        if self._scheduler is not None:
            scheduler, self._scheduler = self._scheduler, None
            scheduler.shutdown(wait=False)

    def _move(self, name: str, to: datetime, *, earlier: bool) -> None:
        """Move a job's next start, if that makes it earlier, or later; a job that has none is let be."""
        scheduler = self._scheduler
        found = None if scheduler is None else scheduler.get_job(name)
        if found is not None and found.next_run_time is not None and (found.next_run_time > to) == earlier:
            with suppress(JobLookupError):
                found.modify(next_run_time=to)

    def _miss(self, name: str) -> None:
        if name in self._hurried:  # somebody asked for this start: no time of the job's own was missed
            self._hurried.discard(name)
            self._again.add(name)
        else:
            self._missed[name] = self._missed.get(name, 0) + 1

    def _start_again(self, name: str) -> None:
        """Start a job that has just ended, if somebody asked for it meanwhile. Not before: it would meet itself."""
        if name in self._again:
            self._again.discard(name)
            self.hurry(name)

    def _run(self, name: str) -> None:
        service = self._service()
        job, started = service.jobs.get(name), self._clock()
        if self._scheduler is None or (job is not None and job.in_hours and not _in_hours(started, service)):
            return
        self._hurried.discard(name)
        self._heart.begin(name)
        try:
            with bound_contextvars(job=name):
                done = self._work[name]()
        finally:
            self._heart.end()
        self.follow()
        if done is not None:
            self._end(name, started, done)

    def _end(self, name: str, started: Instant, done: Done) -> None:
        """Keep how a job ended, and catch up at once on starts that were missed meanwhile."""
        missed = self._missed.pop(name, 0)
        before = self.last.get(name)
        self.last[name] = row = _row(name, started, self._clock(), done, before, missed)
        try:
            with self._store.transaction() as tx:
                jobs.ended(tx, row)
        except StoreError as error:
            self._heart.step(f"how {name} ended could not be kept: {error}")
        self._ended(row, done if before and before.outcome == row.outcome else replace(done, news=True))
        self._held[name] = done.not_before or Instant(0)
        if done.not_before is not None:
            self._move(name, datetime_of(done.not_before), earlier=False)
        elif missed:
            self.hurry(name)


def trigger_of(job: Job, service: ServiceFile) -> BaseTrigger:
    """When a job runs: at the times of a cron line in the file's zone, or every so often; give or take its jitter."""
    jitter = None if job.jitter is None else max(job.jitter // SECOND, 1)
    if job.cron is not None:
        trigger = CronTrigger.from_crontab(job.cron, timezone=ZoneInfo(service.time_zone))
        trigger.jitter = jitter
        return trigger
    return IntervalTrigger(seconds=max((job.every or 60_000) // SECOND, 1), jitter=jitter)


def _first(name: str, job: Job, service: ServiceFile, last: JobRow | None, now: Instant) -> datetime:
    """When a job starts first: at once where it was missed, or never ran and does so every so often."""
    here = datetime_of(now)
    if job.cron is None:
        length = timedelta(milliseconds=job.every or 0)
        due = here if last is None or name == "cycle" else datetime_of(last.started_at) + length
    else:
        trigger = CronTrigger.from_crontab(job.cron, timezone=ZoneInfo(service.time_zone))
        since = here if last is None else datetime_of(last.started_at) + timedelta(seconds=1)
        due = trigger.get_next_fire_time(None, since) or here
    return max(due, here)


def _in_hours(now: Instant, service: ServiceFile) -> bool:
    local = datetime_of(now).astimezone(ZoneInfo(service.time_zone))
    return is_working_day(local.date(), service.hours) and service.hours.from_ <= local.time() < service.hours.to


def _row(name: str, started: Instant, ended: Instant, done: Done, last: JobRow | None, missed: int) -> JobRow:
    failed = done.outcome == "failed"
    since = last.failing_since if last is not None and last.failing_since is not None else started
    return JobRow(
        name=name,
        started_at=started,
        ended_at=ended,
        outcome=done.outcome,
        code=done.code,
        said=done.said,
        done_at=(last.done_at if last else None) if failed else ended,
        failures=(last.failures if last else 0) + 1 if failed else 0,
        failing_since=since if failed else None,
        overruns=(last.overruns if last else 0) + missed,
        overran_at=ended if missed else last.overran_at if last else None,
    )
