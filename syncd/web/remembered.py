"""Answers that take longer than a page may: kept until the store or the files say something new."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Generic, TypeVar, cast

from syncd.model.nouns import dataclass

MOST = 64
"""Answers that are kept."""
PATIENCE_SECONDS = 0.1
"""So long a page waits for a newer answer while it has an older one to show."""
FIRST_SECONDS = 0.15
"""So long it waits while it has none; then it says that it counts, and comes again by itself."""

T = TypeVar("T")


class StillCounting(Exception):
    """There is no answer yet. It is being made, and will be there in a moment."""


@dataclass(slots=True)
class _Kept(Generic[T]):
    """An answer with the state that it is an answer of, and the next one while it is made."""

    state: Hashable = None
    answer: Future[T] | None = None
    next_state: Hashable = None
    next_answer: Future[T] | None = None


class Remembered:
    """Keeps answers by their question. A new state has one made beside; until it is there, the older one is given."""

    def __init__(self) -> None:
        """One answer is made at a time: there is a cycle that needs the processor more. The threads that make them are
        daemons: nobody waits for an answer when the process is to end.
        """
        self._kept: OrderedDict[Hashable, _Kept[object]] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def get(self, question: Hashable, state: Hashable, make: Callable[[], T], patience: float = FIRST_SECONDS) -> T:
        """The answer to a question about a state; `make` is called for one that is not known.

        Raises as it does, and StillCounting where there is no older answer and none comes within so many seconds.
        """
        with self._lock:
            kept = self._kept.setdefault(question, _Kept())
            self._kept.move_to_end(question)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
            self._settle(kept)
            if kept.answer is not None and kept.state == state:
                return cast("T", kept.answer.result())
            if kept.next_answer is None:
                kept.next_state, kept.next_answer = state, self._begin(make)
            older, newer = kept.answer, kept.next_answer
        try:
            return cast("T", newer.result(patience if older is None else min(PATIENCE_SECONDS, patience)))
        except NotYet:
            if older is None:
                raise StillCounting from None
            return cast("T", older.result())

    def _begin(self, make: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()

        def work() -> None:
            with self._turn:
                try:
                    future.set_result(make())
                except Exception as error:  # noqa: BLE001 - it is raised where the answer is asked for
                    future.set_exception(error)

        threading.Thread(target=work, name="syncd-web-answer", daemon=True).start()
        return future

    def _settle(self, kept: _Kept[object]) -> None:
        """Take over the next answer once it is made. One that failed is asked for again."""
        if kept.next_answer is not None and kept.next_answer.done():
            if kept.next_answer.exception() is None:
                kept.state, kept.answer = kept.next_state, kept.next_answer
            kept.next_answer = None
