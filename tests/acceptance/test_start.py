"""`syncd --help` answers at once: within twelve times a bare interpreter."""

from __future__ import annotations

import subprocess
import sys
import time

MOST = 12


def seconds(*arguments: str) -> float:
    """The quickest of seven runs: what the machine does besides only ever adds."""

    def once() -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        return time.perf_counter() - started

    return min(once() for _ in range(7))


def test_the_help_starts_within_twelve_bare_interpreters() -> None:
    bare, told = seconds("-c", "pass"), seconds("-m", "syncd", "--help")
    assert told <= MOST * bare, f"{told * 1000:.0f} ms, a bare interpreter {bare * 1000:.0f} ms"
