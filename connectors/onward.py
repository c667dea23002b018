"""That a walk through pages leads somewhere, whatever the other side answers (facts: hubspot A1, E10 to E12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from connectors.errors import Unreachable
from connectors.records import System

MOST_EMPTY = 50
"""So many pages without a row come one after the other in no walk that leads anywhere."""


class Onward:
    """Looks at each page of one walk. What is wrong is raised as Unreachable, with `what` in its text."""

    def __init__(self, system: System, what: str, *begun: str) -> None:
        """`begun` are cursors that the walk began with."""
        self._system, self._what = system, what
        self._cursors: set[str] = set(begun)
        self._empty = 0
        self._last = b""

    def look(self, rows: Sequence[Any], cursor: str | None) -> None:
        """Take note of a page and of the cursor of the next one (None: it is the last). Raises where that cursor came
        before, where the page is the one before it under another cursor, and where page after page is empty.
        """
        if cursor is None:
            return
        self._empty = 0 if rows else self._empty + 1
        # The ends of a page and its length tell it from another; a whole one would cost as much again as reading it.
        page = orjson.dumps([len(rows), *rows[:1], *rows[-1:]]) if rows else b""
        if cursor in self._cursors or (rows and page == self._last):
            raise Unreachable(self._system, f"{self._what} repeats its pages")
        if self._empty > MOST_EMPTY:
            raise Unreachable(self._system, f"{self._what} goes on with empty pages")
        self._cursors.add(cursor)
        self._last = page or self._last
