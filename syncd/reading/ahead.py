"""Ask for the next pages, and look at them, while the present one is being kept."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Semaphore
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.records import Page

Read = TypeVar("Read")

LOOKED_AT = 2
"""Pages that are looked at ahead. While the last calls of one are on their way, those of the next must go out, or part
of what a limit allows is lost for ever.
"""


def ahead(pages: Iterator[Page], look: Callable[[Page], Read]) -> Iterator[Read]:
    """What `look` says of each page, in their order; other threads fetch the next pages and look at them, never more
    than two, while one is used.

    What goes wrong is raised in its place. Who stops half way waits for nothing: the pages under way are read by
    nobody, and as they were never kept, the next reading asks for them again.
    """
    first = next(pages, None)  # most streams have none, or no other: a thread would cost more than it saves
    if first is None:
        return
    found = look(first)
    wanted, answered = Semaphore(LOOKED_AT), SimpleQueue[Future[Read] | None]()
    pool = ThreadPoolExecutor(1 + LOOKED_AT, "ahead")
    over = False

    def fetch() -> None:
        try:
            while wanted.acquire() and not over and (page := next(pages, None)) is not None:
                answered.put(pool.submit(look, page))
            answered.put(None)
        except BaseException as error:  # noqa: BLE001  raised again where the page is waited for
            failed: Future[Read] = Future()
            failed.set_exception(error)
            answered.put(failed)

    pool.submit(fetch)
    try:
        yield found
        while (following := answered.get()) is not None:
            found = following.result()
            wanted.release()
            yield found
    finally:
        over = True
        wanted.release()
        pool.shutdown(wait=False, cancel_futures=True)
