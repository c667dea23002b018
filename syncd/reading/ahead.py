"""Ask for the next pages, and look at them, while the present one is being kept."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from threading import Semaphore
from typing import TYPE_CHECKING, TypeVar

from connectors.records import System
from syncd.desk import TurnOver
from syncd.facts.references import OF_CONTACTS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from connectors.records import Page
    from syncd.desk import Order
    from syncd.reading.take import Read
    from syncd.streams import Stream

Seen = TypeVar("Seen")

LOOK_SECONDS = 0.2
"""How often who waits for a page looks whether it is still wanted: a full window of a limit may take seconds."""
LOOKED_AT, LOOKED_AT_IN_HISTORY = 2, 4
"""Pages that are looked at ahead. While the last calls of one are on their way, those of the next must go out, or part
of what a limit allows is lost for ever. A page of a history is most often ten calls.
"""
BEGINS, APART = 12, 3
"""Pages of a long stream in a backfill after which the first of those that follow is asked for, and between them: all
at once would take the searches of a second and more from it, while the reading of histories waits for these; and what
the first seconds leave unused is missing at the end, since limits roll.
"""
AFTER_CONTACTS = ("unseen_contact", *OF_CONTACTS)
"""Kinds that are asked for by what contacts were read."""


def in_order(
    order: Order, pages: Iterator[Page], look: Callable[[Page], Read], over: Callable[[], bool], *, paced: bool
) -> Generator[Read, None, None]:
    """What `look` says of each page of a stream, in their order.

    With `paced`, a limit of the CRM sets when the next page comes, whoever asks: to ask ahead saves no second there,
    and to hand pages from thread to thread costs a fifth of a pull. So nobody does before a page costs calls of its
    own, but a backfill, most of whose pages do.
    """
    if paced and not order.is_history:
        for page in pages:
            found = look(page)
            yield found
            if found.cost_calls:
                break
    yield from ahead(pages, look, over, LOOKED_AT_IN_HISTORY if order.is_history else LOOKED_AT)


def ahead(
    pages: Iterator[Page], look: Callable[[Page], Seen], over: Callable[[], bool] = lambda: False, most: int = LOOKED_AT
) -> Generator[Seen, None, None]:
    """What `look` says of each page, in their order; other threads fetch the next pages and look at them, never more
    than `most`, while one is used.

    What goes wrong is raised in its place, and TurnOver as soon as a page after the first has to be waited for and
    `over` says so. Who stops half way waits for nothing: the pages under way are read by nobody, and as they were never
    kept, the next reading asks for them again.
    """
    first = next(pages, None)  # most streams have none, or no other: a thread would cost more than it saves
    if first is None:
        return
    wanted, answered = Semaphore(most), SimpleQueue[Future[Seen] | None]()
    pool = ThreadPoolExecutor(1 + most, "ahead")
    stopped = False

    def fetch() -> None:
        try:
            while wanted.acquire() and not stopped and (page := next(pages, None)) is not None:
                answered.put(pool.submit(look, page))
            answered.put(None)
        except BaseException as error:  # noqa: BLE001  raised again where the page is waited for
            failed: Future[Seen] = Future()
            failed.set_exception(error)
            answered.put(failed)

    pool.submit(fetch)
    try:
        yield look(first)
        while (following := _got(answered, over)) is not None:
            found = following.result()
            wanted.release()
            yield found
    finally:
        stopped = True
        wanted.release()
        pool.shutdown(wait=False, cancel_futures=True)


def _got(answered: SimpleQueue[Future[Seen] | None], over: Callable[[], bool]) -> Future[Seen] | None:
    """The next page once it is looked at, None after the last. Raises TurnOver where it is not wanted any more."""
    while True:
        try:
            following = answered.get(timeout=LOOK_SECONDS)
            break
        except Empty:
            may_go_on(over)
    while following is not None and not wait((following,), LOOK_SECONDS).done:
        may_go_on(over)
    return following


def may_go_ahead(stream: Stream) -> bool:
    """Whether a stream may be asked for before its turn. Salesforce has limits of its own."""
    return stream.system is System.HUBSPOT and stream.kind not in AFTER_CONTACTS


def may_go_on(over: Callable[[], bool]) -> None:
    """Raise TurnOver where `over` says so."""
    if over():
        raise TurnOver
