"""Signs of life: whatever moves while a job is under way, for the watchdog and for who asks about our health."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from syncd.service.journal import Journal

WATCHDOGS = 5
"""A job from which nothing was heard for so many times the watchdog's own limit hangs."""
USUAL_SECONDS = 120.0
"""The watchdog's limit where there is no watchdog."""


def watchdog_seconds() -> float | None:
    """The limit that systemd set for our pings, None where it wants none."""
    told = os.environ.get("WATCHDOG_USEC", "")
    pid = os.environ.get("WATCHDOG_PID", "")
    meant = not pid or pid == str(os.getpid())
    return int(told) / 1_000_000 if meant and told.isdigit() and int(told) > 0 else None


class Heart:
    """Watches long work (it is a Progress), and knows when something last moved.

    A step in words, a count, and every call to a CRM are signs of life. Nothing under way is well too.
    """

    def __init__(self, journal: Journal, calls: Callable[[], int]) -> None:
        self._journal = journal
        self._calls = calls
        self._seen = 0
        self._last: float | None = None
        self._limit = WATCHDOGS * (watchdog_seconds() or USUAL_SECONDS)
        self.doing: str | None = None

    def begin(self, job: str) -> None:
        """A job is under way."""
        self.doing = job
        self._last = time.monotonic()

    def end(self) -> None:
        """Nothing is under way."""
        self.doing = self._last = None

    def step(self, text: str) -> None:
        """Something worth telling."""
        self._last = time.monotonic()
        self._journal.info(text)

    def count(self, what: str, done: int, of: int | None = None) -> None:
        """Something worth counting, which a journal would be full of."""
        del what, done, of
        self._last = time.monotonic()

    def is_well(self) -> bool:
        """Whether nothing hangs."""
        last = self._last
        if last is None:
            return True
        calls = self._calls()
        if calls != self._seen:
            self._seen = calls
            self._last = last = time.monotonic()
        return time.monotonic() - last < self._limit
