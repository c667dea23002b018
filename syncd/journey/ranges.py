"""Everybody in the store, by ranges of persons: in processes side by side where there are many.

The work on a range is a function of a module: given a look at the store, the range and what is asked, it gives
something small, for that travels between processes. Each range is read at one moment, and a person is in one range
only; what is asked travels once to each process. Partitions of another engine can call the same functions.
"""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import current_process, get_context
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from syncd.store import everybody, people
from syncd.store.database import SWEEP_KIBIBYTES, Store, open_store
from syncd.store.everybody import Span

if TYPE_CHECKING:
    from sqlalchemy import Connection

Asked = TypeVar("Asked")
Found = TypeVar("Found")
Work: TypeAlias = "Callable[[Connection, Span, Asked], Found]"

RANGE = 5_000
"""People in one range."""
MANY = 20_000
"""People for whom it pays to start processes, which takes about a second."""


def by_ranges(
    store: Store, work: Work[Asked, Found], asked: Asked, *, many: int = MANY, size: int = RANGE
) -> Iterator[Found]:
    """What the work found for each range of persons, in their order.

    With `many` people or more each of the machine's processors works on a range, unless this process may have no
    children; memory is constant either way. Raises what the work raises.
    """
    with store.reading() as tx:
        count = people.count(tx)
        spans = everybody.spans(tx, size) if count else []
    processes = min(len(spans), len(os.sched_getaffinity(0)))
    if count < many or processes < 2 or current_process().daemon:
        for span in spans:
            with store.reading() as tx:
                yield work(tx, span, asked)
        return
    yield from _side_by_side(store.url, work, asked, spans, processes)


def _side_by_side(
    url: str, work: Work[Asked, Found], asked: Asked, spans: list[Span], processes: int
) -> Iterator[Found]:
    # Started anew and not forked: a thread of ours may hold a lock, and no connection survives a fork.
    context = get_context("spawn")
    waiting: deque[Future[Any]] = deque()
    with ProcessPoolExecutor(processes, context, _begin, (url, work, asked)) as pool:
        try:
            for span in spans:
                waiting.append(pool.submit(_work, span))
                if len(waiting) > 2 * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_at_work: tuple[Store, Callable[..., Any], Any] | None = None
"""In a process that works on ranges: the store, the work, and what is asked."""


def _begin(url: str, work: Callable[..., Any], asked: object) -> None:
    global _at_work  # noqa: PLW0603 - a process of a pool has no other place to keep what it was started with
    gc.freeze()
    gc.disable()
    _at_work = open_store(url, read_only=True, cache=SWEEP_KIBIBYTES), work, asked


def _work(span: Span) -> object:
    if _at_work is None:
        message = "a process began without being told what to do"
        raise RuntimeError(message)
    store, work, asked = _at_work
    try:
        with store.reading() as tx:
            return work(tx, span, asked)
    finally:
        # Of the millions of small objects of a range nearly none is in a cycle: looking for these once is enough.
        gc.collect()
