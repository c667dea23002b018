"""A clock that moves only while everybody waits: what is computed takes no time, what is waited for takes its own."""

from __future__ import annotations

import heapq
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

LOOKS, PAUSE = 3, 0.0003
"""So often in a row all threads must be found waiting, so many real seconds apart: one of them may just have had to
wait for another's turn in the interpreter.
"""


class Time:
    """Virtual seconds for all threads of this process. Whoever waits wakes up when all others wait as well."""

    def __init__(self) -> None:
        self._now, self._count = 0.0, 0
        self._began = datetime.now(UTC)
        self._lock, self._over = threading.Lock(), threading.Event()
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._thread = threading.Thread(target=self._tick, name="virtual-time", daemon=True)

    def clock(self) -> float:
        return self._now

    def wall(self) -> datetime:
        return self._began + timedelta(seconds=self._now)

    def sleep(self, seconds: float) -> None:
        awake = threading.Event()
        with self._lock:
            self._count += 1
            heapq.heappush(self._waiting, (self._now + max(0.0, seconds), self._count, awake))
        awake.wait()

    def _tick(self) -> None:
        still = 0
        while not self._over.wait(PAUSE):
            still = still + 1 if self._waiting and _all_wait() else 0
            if still >= LOOKS:
                with self._lock:
                    at, _, awake = heapq.heappop(self._waiting)
                    self._now = max(self._now, at)
                awake.set()
                still = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def _all_wait() -> bool:
    """Whether no other thread runs, wants to, or reads a disk."""
    own = str(threading.get_native_id())
    for task in Path("/proc/self/task").iterdir():
        try:
            state = (task / "stat").read_text("ascii").rpartition(") ")[2][:1]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        if task.name != own and state != "S":
            return False
    return True
