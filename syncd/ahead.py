"""Ask for the next page while the present one is being kept."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Read = TypeVar("Read")
MORE, ENOUGH = "more", "enough"


def ahead(pages: Iterator[Read]) -> Iterator[Read]:
    """The same pages, each fetched by another thread while the one before is used; never more than one.

    What goes wrong is raised in the place of the page that was asked for. Who stops half way waits for nothing: the
    page under way is read by nobody, and as it was never kept, the next reading asks for it again.
    """
    first = next(pages, None)  # most streams have none, or no other: a thread would cost more than it saves
    if first is None:
        return
    asked: SimpleQueue[str] = SimpleQueue()
    answered: SimpleQueue[Read | BaseException | None] = SimpleQueue()

    def fetch() -> None:
        while asked.get() == MORE:
            try:
                answered.put(next(pages, None))
            except BaseException as error:  # noqa: BLE001  raised again where the page is waited for
                answered.put(error)

    Thread(target=fetch, name="ahead", daemon=True).start()
    try:
        asked.put(MORE)
        yield first
        while (page := answered.get()) is not None:
            if isinstance(page, BaseException):
                raise page
            asked.put(MORE)
            yield page
    finally:
        asked.put(ENOUGH)
