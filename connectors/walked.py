"""The pages of a stream, for who may leave them off half way and go on later."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.records import Page


class Pages:
    """Gives the pages of a stream; one that was given and not kept comes again.

    Threads may share it; the calls of one are waited for by the others. What went wrong once is raised in its place at
    each walk: a stream ends by it, and to go on would look as if nothing were left.
    """

    def __init__(self, pages: Iterator[Page]) -> None:
        self._pages = pages
        self._lock = Lock()
        self._first: Future[Page | None] | None = None
        self._given: deque[Page] = deque()
        self._again: deque[Page] = deque()
        self._walk = 0
        self._failed: BaseException | None = None

    def hurry(self) -> None:
        """Have the first page asked for now, by another thread."""
        pool = ThreadPoolExecutor(1, "hurried")
        self._first = pool.submit(next, self._pages, None)
        pool.shutdown(wait=False)

    def walk(self) -> Iterator[Page]:
        """The pages after the last one that was kept. An earlier walk ends by it."""
        with self._lock:
            self._walk = walk = self._walk + 1
            self._again.extendleft(reversed(self._given))
            self._given.clear()
        while (page := self._next(walk)) is not None:
            yield page

    def keep(self) -> None:
        """The first page that was given and not kept is kept now."""
        self._given.popleft()

    def _next(self, walk: int) -> Page | None:
        with self._lock:
            if walk != self._walk:
                return None
            if self._again:
                page: Page | None = self._again.popleft()
            else:
                page = self._asked()
            if page is not None:
                self._given.append(page)
            return page

    def _asked(self) -> Page | None:
        if self._failed is not None:
            raise self._failed
        first, self._first = self._first, None
        try:
            return next(self._pages, None) if first is None else first.result()
        except BaseException as error:
            self._failed = error
            raise
