"""Idle cycles at one desk, in virtual time: memory, descriptors and what is left behind stay as they were."""

from __future__ import annotations

import gc
import sqlite3
import sys
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from syncd.cycle import run_cycle
from syncd.desk import Order
from tests.simulator.inside import Inside

MINUTE = 60
WARM = 62
"""Cycles before any is measured: what is read once an hour has been read again by then."""
SPARE = 2
"""Connections to the store that may be kept open besides: the pool opens one when two are in use at a time."""
GROWN = 1_200
"""Bytes that a cycle may leave in memory on average: the emulated CRMs keep a line for each of their calls."""


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 2**20


def idle(world: Inside, desk, cycles: int) -> None:
    for _ in range(cycles):
        world.time.sleep(MINUTE)
        outcome = run_cycle(desk, Order("run"))
        assert (outcome.exit_code, outcome.plan.changes) == (0, ())


@pytest.mark.parametrize("cycles", [62, pytest.param(1_000, marks=[pytest.mark.benchmark, pytest.mark.timeout(3000)])])
def test_idle_cycles_leave_memory_and_descriptors_as_they_were(tmp_path, cycles):
    world = Inside(tmp_path)
    world.town()
    world.cycle("apply")
    with world.desk() as desk:
        tracemalloc.start()
        idle(world, desk, WARM)
        opened, before, store = descriptors(), megabytes(), stored(tmp_path)
        first = ours()
        idle(world, desk, cycles)
        grown = (ours() - first) / cycles
        tracemalloc.stop()
        after, size = megabytes(), stored(tmp_path)
        sys.stdout.write(
            f"\n{cycles:,} idle cycles: {grown:,.0f} bytes each stay in memory, {before:.1f} -> {after:.1f} MB, "
            f"{opened} -> {descriptors()} descriptors, the store grew by {(size - store) / cycles:,.0f} bytes each\n"
        )
        assert descriptors() <= opened + SPARE
    assert grown < GROWN


def stored(directory: Path) -> int:
    """Bytes of the store that are in use."""
    with closing(sqlite3.connect(directory / "syncd.db")) as file:
        return file.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]


def ours() -> int:
    """Bytes in memory that were asked for since tracing began, but for what the emulated CRMs and tests remember."""
    gc.collect()
    theirs = [tracemalloc.Filter(inclusive=False, filename_pattern=f"*/{part}/*") for part in ("sandbox", "tests")]
    shot = tracemalloc.take_snapshot().filter_traces(theirs)
    return sum(one.size for one in shot.traces)
