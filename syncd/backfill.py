"""The history of both CRMs, slice by slice: the writer's lock is held for one slice, then others have their turn.

Nobody is judged before all is read, so that every stage gets its true date; a cycle at the end does that, which lets
others write between two lots of people and between two calls. Cycles in between leave to it whom it has read of, but
for those to whom something happens meanwhile: these it leaves to them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import field, replace
from typing import TYPE_CHECKING

from connectors.records import Window
from syncd.brakes.budget import keep_back
from syncd.cycle import note_turn, read_slice, run_cycle
from syncd.foreseen import Forecast, foresee, lines
from syncd.journey.state import note_of
from syncd.model.instant import SECOND, Instant, datetime_of, instant_of
from syncd.model.nouns import dataclass
from syncd.pull import is_unread, key_of
from syncd.store import streams
from syncd.store.database import get_meta, set_meta

if TYPE_CHECKING:
    from syncd.desk import Desk, Order, Outcome, Progress, Run
    from syncd.streams import Stream

SLICE = 300.0
"""Seconds for which a slice reads at most. It ends after the page in hand where somebody waits to write; each end costs
the calls for what was looked at ahead, since another's writing may change what of it is new.
"""
TURN = 0.15
"""Seconds for which nobody holds the lock: those who wait for it look more often than that."""
READING = "reading the history"
ENDED = ""


@dataclass(slots=True)
class _Told:
    """What was read of all, told to somebody who watches: by stream, and together of what the forecast knows."""

    watcher: Progress
    of: int
    before: Counter[str] = field(default_factory=Counter)
    now: dict[str, int] = field(default_factory=dict)

    def step(self, text: str) -> None:
        self.watcher.step(text)

    def count(self, what: str, done: int, of: int | None = None) -> None:
        if of is not None:
            self.watcher.count(what, done, of)
            return
        self.now[what] = done
        total = self.before.total() + sum(self.now.values())
        self.watcher.count(READING, total, max(self.of, total))

    def next_slice(self) -> None:
        self.before.update(self.now)
        self.now.clear()


def forecast(desk: Desk, order: Order) -> Forecast:
    """What is still to be read, of a backfill that was left off or of a new one, and what that costs."""
    keep_back(desk.config.service.budgets, desk.hubspot, desk.salesforce)
    with desk.store.reading() as tx:
        begun = get_meta(tx, note_of(order.since, order.until))
    order = replace(order, begun=Instant(int(begun)) if begun else None)
    return foresee(desk, list(_unread(desk, order)))


def backfill(
    desk: Desk,
    order: Order,
    wait: float,
    *,
    ready: Callable[[Desk], None],
    slice_seconds: float = SLICE,
    clock: Callable[[], float] = time.monotonic,
) -> Outcome:
    """Read everything since `order.since`, in slices, then decide and write as a cycle does, but for the turns that
    others have in between.

    A backfill that was killed goes on where it was. `ready` makes the desk ready as the writer. `wait` is how many
    seconds each turn waits for the lock. Raises as `run_cycle`, and StoreBusy; what was done by then stays done.
    """

    @contextmanager
    def turn() -> Iterator[None]:
        with desk.store.writer(wait):
            ready(desk)
            yield

    with turn():
        order = _begin(desk, order)
    expected = forecast(desk, order)
    for line in lines(expected):
        desk.progress.step(line)
    told = _Told(desk.progress, expected.records)
    runs: list[Run] = []
    with desk.store.backfilling():
        whole = False
        while not whole:
            with turn():
                desk.turn_over, desk.progress = _over(desk, clock, clock() + slice_seconds), told
                run, whole = read_slice(desk, order)
            runs.append(run)
            told.next_slice()
            desk.sleep(TURN)
        desk.turn_over, desk.progress = (lambda: False), told.watcher
        return _with_all(_decide(desk, order, turn), runs)


def _decide(desk: Desk, order: Order, turn: Callable[[], AbstractContextManager[None]]) -> Outcome:
    """Decide and write, in one run. The lock is held but for the turns of those who wait when the desk may give way."""
    with ExitStack() as held:

        def give_way() -> None:
            if desk.store.is_waited_for():
                note_turn(desk, order)
                held.close()
                desk.sleep(TURN)
                held.enter_context(turn())

        held.enter_context(turn())
        desk.give_way = give_way
        try:
            outcome = run_cycle(desk, order)
            with desk.store.transaction() as tx:
                set_meta(tx, note_of(order.since, order.until), ENDED)
        finally:
            desk.give_way = lambda: None
        return outcome


def _over(desk: Desk, clock: Callable[[], float], ends: float) -> Callable[[], bool]:
    return lambda: clock() >= ends or desk.store.is_waited_for()


def _begin(desk: Desk, order: Order) -> Order:
    """The order, with when its backfill began: now, unless one was left off. Whom the desk reads of is kept."""
    desk.keeps = True
    with desk.store.transaction() as tx:
        begun = get_meta(tx, note_of(order.since, order.until)) or str(desk.clock())
        set_meta(tx, note_of(order.since, order.until), begun)
    return replace(order, begun=Instant(int(begun)))


def _unread(desk: Desk, order: Order) -> Iterator[tuple[Stream, Window]]:
    """The streams that are not read to their end yet, and what is left of each."""
    for stream in desk.streams:
        if not is_unread(desk, order, stream):
            continue
        with desk.store.reading() as tx:
            state = streams.get(tx, stream.system, key_of(order, stream))
        now = Instant(instant_of(desk.crm(stream.system).now()) + SECOND)
        until = state.until or (now if order.until is None else min(order.until, now))
        since = state.since if state.until is not None else order.since
        yield stream, Window(None if since is None else datetime_of(since), datetime_of(until), state.after_id)


def _with_all(outcome: Outcome, runs: Sequence[Run]) -> Outcome:
    """The outcome, with what all slices read and what they could not read."""
    run = outcome.run
    pulled = Counter(run.pulled)
    for one in runs:
        pulled.update(one.pulled)
        run.gaps = one.gaps | run.gaps
    run.pulled = dict(pulled)
    return outcome
