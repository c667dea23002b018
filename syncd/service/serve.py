"""The service as a process: put together, told by signals, watched by systemd."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from syncd.files.jobs import CYCLE
from syncd.notify import notify
from syncd.service.files import Files
from syncd.service.heart import Heart, watchdog_seconds
from syncd.service.timetable import Timetable
from syncd.service.work import Work
from syncd.store.database import Store, open_store
from syncd.store.errors import StoreError
from syncd.wiring import present

if TYPE_CHECKING:
    from syncd.settings import Settings
    from syncd.store.locks import Lead

LOOK_SECONDS, POLL_SECONDS = 1.0, 0.05
LEAD_SECONDS = 5.0
"""How often one that stands by tries to lead, and one that leads makes sure that it still does."""
END_SECONDS = 75.0
"""How long the batch in hand may take after SIGTERM; the unit's TimeoutStopSec is longer."""


class Service:
    """Runs jobs on their times, by the one service of a store that leads, until it is asked to stop.

    `tell` gets one line per event; `failure` turns an exception into the sentence that people read. Raises
    ConfigProblems, SettingsProblems and StoreError for what keeps it from starting.
    """

    def __init__(self, settings: Settings, tell: Callable[[str], None], failure: Callable[[Exception], str]) -> None:
        settings.hubspot.require()
        settings.salesforce.require()
        self._tell, self._failure = tell, failure
        self._stop, self._hung_up = threading.Event(), threading.Event()
        self._files = Files(settings.config_dir, tell)
        self._store: Store = open_store(settings.store_url.get_secret_value())
        self._lead: Lead | None = None
        work = Work(settings, self._store, self._files, self._is_over, tell, failure)
        self._heart = work.heart = Heart(tell, work.calls)
        self._timetable = Timetable(self._store, work.jobs(), lambda: self._files.config.service, present, self._heart)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. The batch in hand is finished, and the rest left to the next start."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._look_who_leads()
        notify(READY="1", STATUS=self._status())
        self._tell("syncd is up")
        self._serve()
        notify(STOPPING="1")
        self._tell("finishing the batch in hand")
        self._end()
        self._tell("syncd has stopped")

    def stop(self) -> None:
        """Ask the service to end at the next good place."""
        self._stop.set()

    @property
    def leads(self) -> bool:
        """Whether this service runs the jobs of its store; others stand by."""
        return self._lead is not None

    def is_well(self) -> bool:
        """Whether nothing hangs: the clock of the jobs runs, and something moves in the one under way."""
        return self._heart.is_well() and self._timetable.is_running()

    def _is_over(self) -> bool:
        return self._stop.is_set() or self._lead is None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        (self._hung_up if number == signal.SIGHUP else self._stop).set()

    def _serve(self) -> None:
        pings = min(LOOK_SECONDS, (watchdog_seconds() or 2 * LOOK_SECONDS) / 2)
        looked = time.monotonic()
        while not self._stop.wait(pings):
            if self._hung_up.is_set():
                self._hung_up.clear()
                self._reload()
            if time.monotonic() - looked >= LEAD_SECONDS:
                looked = time.monotonic()
                self._look_who_leads()
                notify(STATUS=self._status())
            if self.is_well():
                notify(WATCHDOG="1")

    def _reload(self) -> None:
        """Somebody asked for it: look at the files now, and run a cycle by them."""
        notify(RELOADING="1", MONOTONIC_USEC=str(time.monotonic_ns() // 1000))
        self._timetable.hurry(CYCLE)
        notify(READY="1")

    def _look_who_leads(self) -> None:
        """Lead where nobody does, and stop where somebody else may by now."""
        try:
            if self._lead is None and self._heart.doing is None:
                self._lead = self._store.lead()
                if self._lead is not None:
                    self._timetable.start()
                    self._tell("this service leads and runs the jobs")
            elif self._lead is not None and not self._lead.holds():
                self._tell("the store lost sight of this service, which stands by until it may lead again")
                self._step_down()
        except StoreError as error:
            self._tell(self._failure(error))
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
                self._tell(f"what was under way did not end within {END_SECONDS:.0f} s; the next start finishes it")
                os._exit(0)
            notify(WATCHDOG="1")
            time.sleep(POLL_SECONDS)
        self._step_down()
        self._store.close()
