"""What an idle service costs: memory, and CPU of a cycle in which nothing is new, by itself and with the minute before
it, in which the service waits. `pytest -m benchmark -s`.

Nothing is new when the last change in either CRM is older than what windows reach back: what is within is read again.
"""

from __future__ import annotations

import os
import re
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.running import Running
from tests.world import World, present

RSS_BAR, CPU_BAR, CYCLES, MINUTES = 120, 0.03, 60, 4
"""MB, CPU seconds of a cycle, cycles that are counted one after the other, and as far apart as usual."""
pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]


def cpu(pid: int) -> float:
    """Seconds of CPU of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found.group(1)) / 1024 if found else 0.0


def _long_after() -> datetime:
    return present() + timedelta(minutes=20)


def test_an_idle_service_costs_little(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.twin:
        world.town()
        world.cycle("apply")
        world.portal.clock = world.org.clock = _long_after
        world.hurry(1)
        with Running(world) as service:
            service.wait("records read", times=5, seconds=60)
            pid, before, started = service.child.pid, cpu(service.child.pid), len(service.events("records read"))
            service.wait("records read", times=started + CYCLES, seconds=300)
            cycles = len(service.events("records read")) - started
            each, rss = (cpu(pid) - before) / cycles, megabytes(pid)
            world.edit("syncd.yaml", "cycle: {every: 1 seconds}", "cycle: {every: 60 seconds}")
            service.wait("taking the changed files")
            # The last cycle by the old files, and one by the new, which meets both CRMs anew.
            service.wait("records read", times=len(service.events("records read")) + 2, seconds=150)
            before = cpu(pid)
            time.sleep(60 * MINUTES)
            minute = (cpu(pid) - before) / MINUTES
            service.get("/metrics")
            time.sleep(0.5)
            sys.stdout.write(
                f"\nidle: {each:.4f} CPU s a cycle over {cycles} cycles, {minute:.4f} with its minute, {rss:.0f} MB,"
                f" page {megabytes(pid):.0f} MB\n"
            )
            assert service.end() == 0
    assert each <= CPU_BAR
    assert minute <= CPU_BAR
    assert rss <= RSS_BAR
