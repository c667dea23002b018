"""What the jobs do: cycles, each with its own part of the way, and the care of the store.

A cycle that fails is told and tried again at its next time: a service stays up where a command would exit. When a CRM
has no calls left for us, nothing is tried before the time that it told. The store's writer lock is held for one cycle
at a time, so that commands get their turn (design 3).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.errors import AuthFailed, Forbidden, LimitReached, Missing, Refused, Unserved
from connectors.limits import LOOK_AGAIN
from connectors.records import System
from syncd.brakes.budget import LIMITS, RECENT, WAITING, Pace, keep_to, label, noted, pace, resume, said, wait_noted
from syncd.cycle import run_cycle
from syncd.definitions.order import order_of
from syncd.desk import Desk, Order, Stopped
from syncd.endings import ExitCode, code_of, exit_code_of
from syncd.files.jobs import CLOCKS, CYCLE, RECONCILE, RETENTION, SALES_PULL, SWEEP
from syncd.files.problem import ConfigProblems
from syncd.journey.reconcile import Question
from syncd.journey.reconciled import reconcile_crms
from syncd.model.instant import DAY, HOUR, MINUTE, Instant, datetime_of, instant_of
from syncd.model.said import counted
from syncd.model.stage import Stage
from syncd.service.timetable import Done
from syncd.store import hints, notices, runs
from syncd.store.database import Store, get_meta, set_meta
from syncd.store.errors import StoreError
from syncd.wiring import SetupProblems, connect, go_on_counting, introduce, present

if TYPE_CHECKING:
    from syncd.desk import Outcome
    from syncd.service.files import Files
    from syncd.service.heart import Heart
    from syncd.service.journal import Journal
    from syncd.settings import Settings
    from syncd.store.jobs import Ending

WAIT_SECONDS = 60.0
"""How long a cycle waits for a command that is writing."""
LONGEST_WAIT = 25 * HOUR
"""The longest day there is; whatever a CRM tells, it is asked again then."""
RECONCILED = 30 * DAY
"""How far back both CRMs are compared every night."""
UNSUMMED = "does_not_sum"
"""The code of a comparison that does not sum up."""
KEPT, HINTS_KEPT = 90 * DAY, 3 * DAY
"""How long idle runs and notices are kept, and ids of webhooks, which HubSpot repeats for a day."""
MENDED_OUTSIDE = (AuthFailed, Forbidden, Missing, Refused, Unserved, SetupProblems, ConfigProblems)
"""Failures that somebody mends in a CRM: what we know of it is asked anew."""
ORDERS: Mapping[str, Order] = {
    CYCLE: Order("run"),
    SALES_PULL: Order("run", reads=frozenset({System.SALESFORCE})),
    CLOCKS: Order("clocks", reads=frozenset()),
    SWEEP: Order("run", sweeps=True),
}
"""What each kind of cycle is asked to do."""


class Work:
    """The work of the jobs, at one desk.

    `failure` turns an exception into the sentence that people read; `journal` gets a line for each event. `pace` is
    that of the cycles by the last one, None before it.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        files: Files,
        stopping: Callable[[], bool],
        journal: Journal,
        failure: Callable[[Exception], str],
    ) -> None:
        self._settings, self._store, self._files, self._stopping = settings, store, files, stopping
        self._journal, self._failure = journal, failure
        self._desk: Desk | None = None
        self._known = False
        self.pace: Pace | None = None
        self._cycled: Instant | None = None
        self._made_before = {"hubspot": 0, "salesforce": 0}
        self.heart: Heart

    def jobs(self) -> Mapping[str, Callable[[], Done | None]]:
        """Every job that there is, by name."""
        return {
            CYCLE: self.cycle,
            SALES_PULL: lambda: self._run(ORDERS[SALES_PULL]),
            CLOCKS: self.clocks,
            SWEEP: self.sweep,
            RECONCILE: self.reconcile,
            RETENTION: self.retention,
        }

    def calls(self) -> dict[str, int]:
        """Calls made to each CRM so far."""
        made, desk = dict(self._made_before), self._desk
        if desk is not None:
            made["hubspot"] += desk.hubspot.calls
            made["salesforce"] += desk.salesforce.calls
        return made

    def cycle(self) -> Done:
        """Read, decide, write; and start later next time where the day's calls would not last."""
        own_times = SALES_PULL in self._files.config.service.jobs
        started = present()
        done = self._run(replace(ORDERS[CYCLE], reads=frozenset({System.HUBSPOT})) if own_times else ORDERS[CYCLE])
        if done.outcome == "failed":
            return done
        self._cycled = present()
        try:
            return replace(done, not_before=self._keep_pace(started))
        except StoreError as error:
            return self._failed(error)

    def clocks(self) -> Done | None:
        """Decide by what is known, unless a cycle just did."""
        every = self._files.config.service.jobs[CLOCKS].every or MINUTE
        if self._cycled is None or present() - self._cycled < every:
            return None
        return self._run(ORDERS[CLOCKS])

    def sweep(self) -> Done:
        """A cycle that looks for what is gone, and anew at the fields that the CRMs have."""
        self._known = False
        return self._run(ORDERS[SWEEP])

    def reconcile(self) -> Done | None:
        """Compare what both CRMs count of the last MQLs with what is known here; None where there is no such stage."""
        now, config = present(), self._files.config
        if Stage.MQL not in order_of(config.definitions_at(now)):
            return None
        question = Question(Stage.MQL, Instant(now - RECONCILED))
        try:
            desk = self._at_the_desk()
            with self._store.reading() as tx:
                found = reconcile_crms(
                    tx, config, {System.HUBSPOT: desk.hubspot, System.SALESFORCE: desk.salesforce}, question, now
                )
        except Exception as error:  # noqa: BLE001  as of a cycle
            return self._failed(error)
        of = f"{len(found.placed):,} people who became MQL within 30 days"
        if not found.missing:
            self._journal.info(line := f"what both CRMs count sums up over {of}")
            return Done("ok", line)
        off = " and ".join(f"{label(system)} counts {by:+,} records" for system, by in found.missing.items())
        self._journal.warning(line := f"{off} beside {of}")
        return Done("held", line, UNSUMMED)

    def retention(self) -> Done:
        """Forget what nobody will ask for."""
        now = present()
        try:
            with self._store.writer(WAIT_SECONDS), self._store.transaction() as tx:
                idle = runs.forget(tx, Instant(now - KEPT))
                over = notices.forget(tx, Instant(now - KEPT))
                hints.forget(tx, Instant(now - HINTS_KEPT))
        except StoreError as error:
            return self._failed(error)
        line = f"forgot {counted(idle, 'run')} that wrote nothing and {counted(over, 'notice')} no longer open"
        self._journal.info(line)
        return Done("ok", line)

    def _run(self, order: Order) -> Done:
        """One cycle. Nothing that it raises ends the service."""
        self._files.look()
        try:
            with self._store.writer(WAIT_SECONDS):
                outcome = self._cycle(order)
        except Stopped as stopped:
            self._journal.info(stopped.message)
            return Done("held", stopped.message, stopped.code)
        except Exception as error:  # noqa: BLE001  a service outlives its cycles; what went wrong is told
            return self._failed(error)
        line, stop = line_of(outcome), outcome.stop
        self._journal.info(line, run=outcome.run.id)
        if stop is not None and stop.exit_code:
            return Done("held", line, stop.code)
        run = outcome.run
        return Done("ok", line, news=bool(any(run.pulled.values()) or run.applied or run.quarantined or run.gaps))

    def _failed(self, error: Exception) -> Done:
        if isinstance(error, MENDED_OUTSIDE):
            self._known = False
        sentence = self._failure(error)
        self._journal.error(sentence)
        until = _goes_on(error) if isinstance(error, LimitReached) else None
        # A canary or a pause holds what is written as a guard does, only later.
        ending: Ending = "held" if exit_code_of(error) == ExitCode.HELD else "failed"
        return Done(ending, sentence, code_of(error), until)

    def _cycle(self, order: Order) -> Outcome:
        """One cycle, by the store's writer; until when a CRM lets us wait is kept for status."""
        try:
            desk = self._at_the_desk()
            go_on_counting(desk)
            outcome = run_cycle(desk, order)
        except LimitReached as error:
            self._note(wait_noted(error.system, _goes_on(error)))
            raise
        self._note("")
        return outcome

    def _at_the_desk(self) -> Desk:
        """The desk by the files in force, once both CRMs are met."""
        if not self._known or self._desk is None or self._desk.config.hash != self._files.config.hash:
            self._known = False  # so that a desk that could not be made ready is not worked at
            self._desk = self._meet()
            self._known = True
        return self._desk

    def _meet(self) -> Desk:
        """Meet both CRMs afresh. Files that name what they do not have are broken: the last good ones stay."""
        before, config = self._desk, self._files.config
        hubspot, salesforce = connect(self._settings)
        if before is not None:
            self._made_before = self.calls()
            resume({LIMITS: noted(before.hubspot, before.salesforce)}, hubspot, salesforce)
        desk = Desk(self._store, hubspot, salesforce, config, present, time.sleep, self.heart, self._stopping)
        desk.signing_key = self._settings.signing_key
        self._desk = desk
        keep_to(config.service.budgets, hubspot, salesforce)
        go_on_counting(desk)
        try:
            introduce(desk)
        except ConfigProblems as error:
            self._files.do_not_fit(error)
            desk.config = self._files.config
            keep_to(desk.config.service.budgets, hubspot, salesforce)
            introduce(desk)
        self._files.fit(desk.config)
        return desk

    def _note(self, waiting: str) -> None:
        with self._store.reading() as tx:
            known = get_meta(tx, WAITING) or ""
        if known != waiting:
            with self._store.transaction() as tx:
                set_meta(tx, WAITING, waiting)

    def _keep_pace(self, started: Instant) -> Instant | None:
        """When the next cycle starts at the earliest, where the day's calls would not last at the file's own pace."""
        service = self._files.config.service
        with self._store.reading() as tx:
            found = pace(runs.recent(tx, RECENT + 1), service.budgets, service.jobs[CYCLE].every, present())
        if (found.why is None) != (self.pace is None or self.pace.why is None):
            self._journal.warning(said(found))
        self.pace = found
        return None if found.why is None or found.every is None else Instant(started + found.every)


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
    aside += f", {run.waiting} wait for calls" if run.waiting else ""
    return f"run {run.id}: {news} records read, {written}{aside}{stopped}"
