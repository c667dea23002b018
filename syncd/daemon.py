"""The service: a scheduler drives the cycle; signals end it at the next good place.

A cycle that fails is told and tried again at the next tick: a service stays up where a command would exit. When a CRM
has no calls left for us, nothing is tried before the time that it told. The store's writer lock is held for one cycle
at a time, so that commands get their turn (design 3).
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from connectors.errors import LimitReached
from connectors.limits import LOOK_AGAIN
from syncd.apply import Stopped
from syncd.budget import RECENT, WAITING, Pace, keep_to, pace, said, wait_noted
from syncd.cycle import run_cycle
from syncd.desk import Desk, Order, Progress
from syncd.files.load import Config, load_config
from syncd.files.problem import ConfigProblems
from syncd.model.instant import HOUR, Instant, datetime_of, instant_of
from syncd.notify import notify
from syncd.store import runs
from syncd.store.database import Store, get_meta, open_store, set_meta
from syncd.wiring import connect, go_on_counting, introduce, present

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

    from syncd.desk import Outcome
    from syncd.settings import Settings

CYCLE = "cycle"
WAIT_SECONDS = 60.0
"""How long a cycle waits for a command that is writing."""
WATCH_SECONDS = 1.0
STALLED_SECONDS = 600.0
"""A cycle from which nothing was heard for so long hangs: systemd is no longer told that all is well."""

LONGEST_WAIT = 25 * HOUR
"""The longest day there is; whatever a CRM tells, it is asked again then."""


class _Heard:
    """Passes progress on, and remembers when something was last heard of a cycle. None: no cycle is under way."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.last: float | None = None

    def step(self, text: str) -> None:
        self.last = time.monotonic()
        self._progress.step(text)

    def count(self, what: str, done: int, of: int | None = None) -> None:
        self.last = time.monotonic()
        self._progress.count(what, done, of)

    def is_well(self) -> bool:
        return self.last is None or time.monotonic() - self.last < STALLED_SECONDS


class Service:
    """Runs cycles on schedule until it is asked to stop.

    `tell` gets one line per event; `failure` turns an exception into the sentence that people read.
    """

    def __init__(
        self, settings: Settings, progress: Progress, tell: Callable[[str], None], failure: Callable[[Exception], str]
    ) -> None:
        self._settings = settings
        self._tell = tell
        self._failure = failure
        self._stop = threading.Event()
        self._config = load_config(settings.config_dir)
        self._broken = ""
        self._good: Config | None = None
        self._known = False
        self._store: Store = open_store(settings.store_url.get_secret_value())
        hubspot, salesforce = connect(settings)
        keep_to(self._config.service.budgets, hubspot, salesforce)
        self._scheduler = BackgroundScheduler()
        self._pace: Pace | None = None
        self._heard = _Heard(progress)
        self._desk = Desk(
            self._store, hubspot, salesforce, self._config, present, time.sleep, self._heard, self._stop.is_set
        )

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. The batch in hand is finished, and the rest left to the next start."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        self._scheduler.add_job(
            self._tick,
            trigger_of(self._config),
            id=CYCLE,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime_of(present()),
        )
        self._scheduler.start()
        notify(READY="1", STATUS="waiting for the first cycle")
        self._tell("syncd is up")
        while not self._stop.wait(WATCH_SECONDS):
            if self._heard.is_well():
                notify(WATCHDOG="1")
        notify(STOPPING="1")
        self._tell("finishing the batch in hand")
        self._scheduler.shutdown(wait=True)
        self._store.close()
        self._tell("syncd has stopped")

    def stop(self) -> None:
        """Ask the service to end at the next good place."""
        self._stop.set()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.stop()

    def _tick(self) -> None:
        """One cycle. Nothing that it raises ends the service."""
        self._reload()
        started = present()
        self._heard.last = time.monotonic()
        try:
            with self._store.writer(WAIT_SECONDS):
                outcome = self._cycle()
            self._keep_pace(started)
        except Stopped as stopped:
            self._tell(stopped.message)
        except Exception as error:  # noqa: BLE001  a service outlives its cycles; what went wrong is told
            self._known = False
            if isinstance(error, LimitReached):
                self._put_off(_goes_on(error))
            self._tell(self._failure(error))
            notify(STATUS=self._failure(error).splitlines()[0][:200])
        else:
            self._tell(line_of(outcome))
            notify(STATUS=line_of(outcome))
        finally:
            self._heard.last = None

    def _cycle(self) -> Outcome:
        """One cycle, by the store's writer; until when a CRM lets us wait is kept for status."""
        go_on_counting(self._desk)
        try:
            if not self._known:
                self._introduce()
                self._known = True
            outcome = run_cycle(self._desk, Order("run"))
        except LimitReached as error:
            self._note(wait_noted(error.system, _goes_on(error)))
            raise
        self._note("")
        return outcome

    def _note(self, waiting: str) -> None:
        with self._store.reading() as tx:
            known = get_meta(tx, WAITING) or ""
        if known != waiting:
            with self._store.transaction() as tx:
                set_meta(tx, WAITING, waiting)

    def _keep_pace(self, started: Instant) -> None:
        """Start the next cycle later than the file says where the day's calls would not last."""
        config = self._desk.config.service
        with self._store.reading() as tx:
            found = pace(runs.recent(tx, RECENT + 1), config.budgets, config.jobs[CYCLE].every, present())
        if found.why is not None and found.every is not None:
            self._put_off(Instant(started + found.every))
        if (found.why is None) != (self._pace is None or self._pace.why is None):
            self._tell(said(found))
        self._pace = found

    def _put_off(self, until: Instant) -> None:
        """Start no cycle before then."""
        job = self._scheduler.get_job(CYCLE)
        if job is not None and job.next_run_time < datetime_of(until):
            job.modify(next_run_time=datetime_of(until))

    def _introduce(self) -> None:
        """Meet both CRMs. Files that name what these do not have are as broken as any: the last good ones stay."""
        try:
            introduce(self._desk)
        except ConfigProblems as error:
            if self._good is None:
                raise
            self._tell(f"the files in config do not fit the CRMs, the last good ones stay in force: {error}")
            self._desk.config = self._good
            keep_to(self._good.service.budgets, self._desk.hubspot, self._desk.salesforce)
            introduce(self._desk)
        self._good = self._desk.config

    def _reload(self) -> None:
        """Take changed files. Broken ones are told once, and the last good ones stay in force."""
        try:
            config = load_config(self._settings.config_dir)
        except ConfigProblems as error:
            if str(error) != self._broken:
                self._broken = str(error)
                self._tell(f"the files in config are broken, the last good ones stay in force: {error}")
            return
        self._broken = ""
        if config.hash != self._config.hash:
            self._tell("taking the changed files in config")
            if config.service.jobs != self._config.service.jobs:
                self._scheduler.reschedule_job(CYCLE, trigger=trigger_of(config))
            keep_to(config.service.budgets, self._desk.hubspot, self._desk.salesforce)
            self._config = self._desk.config = config
            self._known = False


def trigger_of(config: Config) -> BaseTrigger:
    """When the cycle runs: at the times of a cron line in the config's zone, or every so often."""
    job = config.service.jobs[CYCLE]
    if job.cron is not None:
        return CronTrigger.from_crontab(job.cron, timezone=ZoneInfo(config.service.time_zone))
    return IntervalTrigger(seconds=max((job.every or 60_000) // 1000, 1))


def _goes_on(error: LimitReached) -> Instant:
    """When a CRM that has no calls left for us is asked again."""
    now = present()
    told = instant_of(error.resets_at or datetime_of(now) + LOOK_AGAIN)
    return min(max(told, now), Instant(now + LONGEST_WAIT))


def line_of(outcome: Outcome) -> str:
    """One line on what a cycle did, for the journal."""
    run = outcome.run
    news = sum(run.pulled.values())
    written = ", ".join(f"{count} {purpose}" for purpose, count in sorted(run.applied.items())) or "nothing written"
    stopped = f", held by {outcome.stop.by}: {outcome.stop.next_step}" if outcome.stop else ""
    aside = f", {run.quarantined} set aside" if run.quarantined else ""
    return f"run {run.id}: {news} records read, {written}{aside}{stopped}"
