"""How fast a CRM may be called."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping


class Rate:
    """At most so many calls in any window of so many seconds, over all threads.

    Both CRMs' burst limits roll, so this remembers the last calls instead of filling a bucket, which would let twice
    the limit through in the first window. `share` leaves room for other apps; `at_most` is the operator's own, lower
    limit; neither is ever raised by what the CRM tells.
    """

    def __init__(self, calls: int, seconds: float, *, share: float = 1.0, at_most: int | None = None) -> None:
        self._lock = threading.Lock()
        self._share = share
        self._at_most = at_most
        self._seconds = seconds
        self._times: deque[float] = deque(maxlen=self._allowed(calls))

    def learn(self, calls: int, seconds: float) -> None:
        """Take over the limit that an answer named."""
        allowed = self._allowed(calls)
        with self._lock:
            if (allowed, seconds) != (self._times.maxlen, self._seconds):
                self._seconds = seconds
                self._times = deque(self._times, maxlen=allowed)

    def reserve(self, now: float) -> float:
        """Take the next free place; returns the seconds to wait for it."""
        with self._lock:
            full = len(self._times) == self._times.maxlen
            place = max(now, self._times[0] + self._seconds) if full else now
            self._times.append(place)
            return place - now

    @property
    def calls(self) -> int:
        """How many calls one window now allows."""
        return self._times.maxlen or 1

    def _allowed(self, calls: int) -> int:
        allowed = int(calls * self._share)
        return max(1, allowed if self._at_most is None else min(allowed, self._at_most))


class Limiter:
    """The burst limit of all calls, and tighter ones for paths by their ending, such as `/search`."""

    def __init__(self, burst: Rate, by_ending: Mapping[str, Rate] | None = None) -> None:
        self.burst = burst
        self._by_ending = dict(by_ending or {})

    def reserve(self, path: str, now: float) -> float:
        """Seconds to wait before a call of this path may go out. The place is taken."""
        rates = [self.burst, *(rate for ending, rate in self._by_ending.items() if path.endswith(ending))]
        return max(rate.reserve(now) for rate in rates)
