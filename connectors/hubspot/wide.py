"""Several pages of one search on their way at once, where a walk has many before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from connectors.errors import Refused

PAGE = 200
"""The most that one search page holds."""
SHARED = 4
"""Rows that a page has in common with the one before: so many may leave the search between the two calls."""
STEP = PAGE - SHARED
MANY = 1_000
"""Fewer rows than these are walked one page after the other: that takes the fewest calls."""
FARTHEST = 10_000
"""As far as one search can be read (facts: hubspot B5)."""
AT_A_TIME, AHEAD = 3, 4
"""Calls on their way, and pages that are there before anybody wants them: what is read by id meanwhile needs calls
too, and a batch of it is five pages."""


def following(ask: Callable[[int], Sequence[Any]], total: object, reached: int) -> Iterator[Sequence[Any]]:
    """The pages after the first one of a search in ascending order of id, full ones without what was there before.

    `ask` gives the rows from an offset on, `total` is how many there were, `reached` the last id of the first page.
    Ends before a page that begins after the id that was reached: nothing lies between two pages that share a row,
    whatever left the index or came to it meanwhile, and of others nobody knows. The walk goes on from the last id that
    was given then, as it does after the last of these.
    """
    if not isinstance(total, int) or total - PAGE < MANY:
        return
    offsets = iter(range(STEP, min(total - SHARED, FARTHEST - PAGE + 1), STEP))
    pool = ThreadPoolExecutor(AT_A_TIME, "searching")
    asked = deque(pool.submit(ask, each) for each in islice(offsets, AHEAD))
    held: list[Any] = []
    try:
        while asked:
            rows = asked.popleft().result()
            if not rows or int(rows[0]["id"]) > reached:
                break
            asked.extend(pool.submit(ask, each) for each in islice(offsets, 1))
            held += [row for row in rows if int(row["id"]) > reached]
            reached = max(reached, int(rows[-1]["id"]))
            if len(held) >= PAGE:
                yield held[:PAGE]
                held = held[PAGE:]
    except Refused:
        pass  # not every index is read by offsets; by ids every one is
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if held:
        yield held
