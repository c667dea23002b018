"""When repeating would do more harm than good: a budget of repeats, and a circuit that opens when a CRM is down.

Each of five tries against a CRM that is down is five times its load just when it can bear it least (facts:
reliability 2.1). One of each per CRM, shared by all threads.
"""

from __future__ import annotations

import threading

REPEATS_AT_ONCE = 20.0
REPEATS_PER_CALL = 0.2
FAILURES_IN_A_ROW = 10
OPEN_SECONDS = 30.0


class Repeats:
    """How often calls may be repeated: a number in reserve, refilled by a part of one for every call."""

    def __init__(self, reserve: float = REPEATS_AT_ONCE, per_call: float = REPEATS_PER_CALL) -> None:
        self._lock = threading.Lock()
        self._most = self._left = reserve
        self._per_call = per_call

    def earn(self) -> None:
        """A new call goes out."""
        with self._lock:
            self._left = min(self._most, self._left + self._per_call)

    def take(self) -> bool:
        """Whether one more repeat may go out. It is counted."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True


class Circuit:
    """Opens after so many failures in a row and closes by itself; times are seconds of one clock.

    After the pause calls go out again; the first that fails opens it anew, the first that does not closes it.
    """

    def __init__(self, failures: int = FAILURES_IN_A_ROW, seconds: float = OPEN_SECONDS) -> None:
        self._lock = threading.Lock()
        self._most, self._seconds = failures, seconds
        self._failures = 0
        self._until = 0.0

    def pause(self, now: float) -> float:
        """Seconds for which nothing is sent any more; 0 while the circuit is closed."""
        return max(0.0, self._until - now) if self._failures >= self._most else 0.0

    def failed(self, now: float) -> None:
        """A call got no usable answer."""
        with self._lock:
            if self.pause(now) > 0:
                return  # it was under way when the circuit opened, and says nothing new
            self._failures += 1
            if self._failures >= self._most:
                self._until = now + self._seconds

    def passed(self) -> None:
        """The CRM answered."""
        if self._failures:
            with self._lock:
                self._failures = 0
