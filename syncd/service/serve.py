"""The service as a process: put together, told by signals, watched by systemd."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING

from syncd.files.jobs import CYCLE
from syncd.notify import notify
from syncd.service.alerts import Alert, alerts
from syncd.service.crier import Crier, filled
from syncd.service.files import Files
from syncd.service.heart import Heart, watchdog_seconds
from syncd.service.hints import Hints
from syncd.service.metrics import Metrics
from syncd.service.sight import Sight
from syncd.service.timetable import Done, Timetable
from syncd.service.work import Work
from syncd.store.database import Store, open_store
from syncd.store.errors import StoreError
from syncd.web.health import Told, probes
from syncd.web.hints import Sender, hint_route
from syncd.web.serve import PageUnavailable, Serving
from syncd.wiring import present

if TYPE_CHECKING:
    from starlette.routing import Route

    from syncd.files.service_file import ServiceFile
    from syncd.service.journal import Journal
    from syncd.settings import Settings
    from syncd.store.jobs import JobRow
    from syncd.store.locks import Lead

LOOK_SECONDS, LEADS_SECONDS = 5.0, 15.0
"""How often one that stands by tries to lead; and how often one that leads makes sure that it still does. Both look at
the files then, as each job does before it begins.
"""
HINT_SECONDS, POLL_SECONDS = 1.0, 0.05
END_SECONDS = 75.0
"""How long the batch in hand may take after SIGTERM; the unit's TimeoutStopSec is longer."""


class Service:
    """Runs jobs on their times, by the one service of a store that leads, until it is asked to stop.

    `failure` turns an exception into the sentence that people read. Raises ConfigProblems, SettingsProblems and
    StoreError for what keeps it from starting.
    """

    def __init__(self, settings: Settings, journal: Journal, failure: Callable[[Exception], str]) -> None:
        settings.hubspot.require()
        settings.salesforce.require()
        settings.web.require()
        self._journal, self._failure = journal, failure
        self._signals: SimpleQueue[int] = SimpleQueue()
        self._ends = False
        self._files = Files(settings.config_dir, journal)
        self._store: Store = open_store(settings.store_url.get_secret_value())
        self._lead: Lead | None = None
        self._hints: Hints | None = None
        self._work = work = Work(settings, self._store, self._files, self._is_over, journal, failure)
        self._heart = work.heart = Heart(journal, lambda: sum(work.calls().values()))
        self._metrics = Metrics(
            self._store, lambda: self._files.config, lambda: self.leads, lambda: bool(self._files.broken), work.calls
        )
        self._timetable = Timetable(self._store, work.jobs(), self._service, present, self._heart, self._ended)
        self._sight, self._secrets = Sight(self._store, settings.hubspot.api_version), settings.alert_secrets()
        self._crier = Crier(self._store, self._wrong, self._addresses, present, journal)
        self._addresses()
        self._page = Serving(
            settings,
            settings.store_url.get_secret_value(),
            settings.config_dir,
            probes(self.health, self.readiness, self._metrics.text, self._hint_routes(settings)),
        )

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. The batch in hand is finished, and the rest left to the next start."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._open_page()
        self._look_who_leads()
        self._crier.start()
        notify(READY="1", STATUS=self._status())
        self._journal.info("syncd is up", page=self._page.url)
        self._serve()
        notify(STOPPING="1")
        self._journal.info("finishing the batch in hand")
        self._end()
        self._journal.info("syncd has stopped")

    @property
    def leads(self) -> bool:
        """Whether this service runs the jobs of its store; others stand by."""
        return self._lead is not None

    def is_well(self) -> bool:
        """Whether nothing hangs: the clock of the jobs runs, and something moves in the one under way."""
        return self._heart.is_well() and self._timetable.is_running()

    def health(self) -> Told:
        """Whether this process is well: what the watchdog goes by."""
        return Told(self.is_well(), {"leads": self.leads, "doing": self._heart.doing})

    def readiness(self) -> Told:
        """Whether the work is done: the last cycle did not fail, or another service leads and the store answers."""
        facts: dict[str, object] = {"leads": self.leads, "config_broken": bool(self._files.broken)}
        try:
            with self._store.reading():
                pass
        except StoreError as error:
            return Told(ok=False, facts=facts | {"why": self._failure(error)})
        if self._ends:
            return Told(ok=False, facts=facts | {"why": "the service ends"})
        last = self._timetable.last.get(CYCLE)
        if not self.leads:
            return Told(ok=True, facts=facts | {"why": "standing by: another service leads"})
        if last is None:
            return Told(ok=False, facts=facts | {"why": "no cycle has ended yet"})
        return Told(last.outcome != "failed", facts | {"why": last.said, "cycle": last.outcome})

    def _hint_routes(self, settings: Settings) -> list[Route]:
        """Where webhooks come in, if the settings have their sender."""
        if (sender := settings.hubspot.webhooks) is None:
            return []
        self._hints = hints = Hints(self._store, lambda: self._timetable.hurry(CYCLE), present, self._journal.warning)
        return [hint_route(Sender(*sender), hints.take, present, hints.refuse)]

    def _service(self) -> ServiceFile:
        return self._files.config.service

    def _ended(self, job: JobRow, done: Done) -> None:
        self._metrics.ended(job)
        if done.news or job.outcome != "ok":  # what time alone does is seen when the crier looks by itself
            self._crier.hurry()

    def _wrong(self) -> Sequence[Alert] | None:
        """What is wrong, None where another service leads."""
        if not self.leads:
            return None
        return alerts(self._sight.see(self._service(), self._files.broken, self._work.pace, present()))

    def _addresses(self) -> list[str]:
        return filled(self._service().alerts, self._secrets)

    def _is_over(self) -> bool:
        return self._ends or self._lead is None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """What may be done wherever the main thread is: a lock that it holds could not be waited for."""
        del frame
        self._ends = self._ends or number != signal.SIGHUP
        self._signals.put(number)

    def _open_page(self) -> None:
        """Serve page and probes; where the address is taken, the jobs run all the same, and it is tried again."""
        try:
            self._page.start()
        except PageUnavailable as error:
            self._journal.error(f"{error.message}; next: {error.next_step}")

    def _open_page_again(self) -> None:
        """Serve them once whoever had the address has left it. Until then nothing more is said."""
        if not self._page.url:
            with suppress(PageUnavailable):
                self._page.start()
                self._journal.info("the page is served now", page=self._page.url)

    def _serve(self) -> None:
        """Look around every few seconds, and at once where somebody asks for something, until the end is asked for."""
        least = min(HINT_SECONDS if self._hints else LEADS_SECONDS, (watchdog_seconds() or 2 * LEADS_SECONDS) / 2)
        looked = time.monotonic()
        while not self._ends:
            every = LEADS_SECONDS if self.leads else LOOK_SECONDS
            if self._heard(min(least, every)) == signal.SIGHUP:
                self._reload()
            if time.monotonic() - looked >= every:
                looked = time.monotonic()
                self._look_who_leads()
                self._look_at_files()
                self._open_page_again()
                notify(STATUS=self._status())
            self._follow_hints()
            if self.is_well():
                notify(WATCHDOG="1")

    def _heard(self, seconds: float) -> int | None:
        """The next signal; None where none came for so long."""
        with suppress(Empty):
            return self._signals.get(timeout=seconds)
        return None

    def _follow_hints(self) -> None:
        if self._hints is not None and self.leads:
            try:
                self._hints.follow()
            except StoreError as error:
                self._journal.error(self._failure(error))

    def _reload(self) -> None:
        """Somebody asked for it: look at the files now, and run a cycle by them."""
        notify(RELOADING="1", MONOTONIC_USEC=str(time.monotonic_ns() // 1000))
        self._journal.info("looking at the files in config")
        self._look_at_files()
        self._open_page_again()
        self._timetable.free()
        self._timetable.hurry(CYCLE)
        notify(READY="1")

    def _look_at_files(self) -> None:
        """Go by changed files, also where they end a wait, as raised budgets do; broken ones are told."""
        before = self._files.broken
        if self._files.look():
            self._timetable.follow()
            self._timetable.free()
        if self._files.broken != before:
            self._crier.hurry()

    def _look_who_leads(self) -> None:
        """Lead where nobody does, and stop where somebody else may by now."""
        try:
            if self._lead is None and self._heart.doing is None:
                self._lead = self._store.lead()
                if self._lead is not None:
                    self._timetable.start()
                    self._journal.info("this service leads and runs the jobs")
            elif self._lead is not None and not self._lead.holds():
                self._journal.warning("the store lost sight of this service, which stands by until it may lead again")
                self._step_down()
        except StoreError as error:
            self._journal.error(self._failure(error))
            self._step_down()

    def _step_down(self) -> None:
        """Let another one lead. A job under way ends at the next good place."""
        lead, self._lead = self._lead, None
        self._timetable.stop()
        if lead is not None:
            lead.let_go()

    def _status(self) -> str:
        """One line for `systemctl status`."""
        if self._lead is None:
            return "standing by: another service leads"
        last = self._timetable.last.get(CYCLE)
        return "waiting for the first cycle" if last is None else last.said.splitlines()[0][:200]

    def _end(self) -> None:
        """Let the job under way end; where it does not within the limit, the next start finishes it as after a kill."""
        self._timetable.stop()
        until = time.monotonic() + END_SECONDS
        while self._heart.doing is not None:
            if time.monotonic() > until:
                self._journal.error(
                    f"the job in hand did not end within {END_SECONDS:.0f} s; the next start finishes it"
                )
                os._exit(0)
            notify(WATCHDOG="1")
            time.sleep(POLL_SECONDS)
        self._crier.stop()
        self._page.stop()
        self._step_down()
        self._store.close()
