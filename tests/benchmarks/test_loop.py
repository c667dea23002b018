"""What the whole loop costs, beside the yardstick, in one run: `pytest -m benchmark -s tests/benchmarks`.

Both run as processes of their own against the same emulated CRMs; what the CRMs cost is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.crms import CONTACTS, QUALIFIED_EVERY

ROOT = Path(__file__).parents[2]
CPU_BAR, RSS_BAR, CALLS_BAR = 0.25, 200, 10.5
"""CPU seconds per 1,000 contacts, MB, and Salesforce calls per 1,000, that the whole loop may cost (facts: reliability
1.8).
"""
YARDSTICK, LOOP = "yardstick: fetch and keep", "syncd apply: the whole loop"
ECHO, NOTHING = "syncd sync: its own writes read", "syncd sync: nothing new"
START = "syncd status: start-up"
pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1200)]
QUALIFIED = -(-CONTACTS // QUALIFIED_EVERY)


class Crms:
    """The process with both emulated CRMs."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.crms"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.settings: dict[str, str] = self._read()

    def calls(self) -> dict[str, int]:
        """Calls answered so far."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._read()

    def stop(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)

    def _read(self):
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="module")
def crms() -> Iterator[Crms]:
    served = Crms()
    yield served
    served.stop()


def measured(crms: Crms, folder: Path, name: str, module: str, *arguments: str) -> dict[str, float]:
    """What one process cost: cpu and wall in seconds, rss in MB, and calls by CRM."""
    out, before = folder / f"{name}.json", crms.calls()
    ours = {
        "SYNCD_CONFIG_DIR": str(ROOT / "config/playbooks/startup"),
        "SYNCD_STORE_URL": f"sqlite:///{folder}/store.db",
    }
    environment = {**os.environ, **crms.settings, **ours}
    command = [sys.executable, "-m", "tests.benchmarks.measured", str(out), module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    calls = {name: count - before[name] for name, count in crms.calls().items()}
    return {**json.loads(out.read_text("utf-8")), **calls, "output": done.stdout}


def table(rows: dict[str, dict[str, float]], base: str) -> Iterator[str]:
    """The results as lines, each with its ratio to the row of that name."""
    yield f"{'':34}{'CPU s':>8}{'per 1,000':>11}{'ratio':>7}{'MB':>6}{'wall s':>8}{'HubSpot':>9}{'Salesforce':>11}"
    for name, row in rows.items():
        ratio = row["cpu"] / rows[base]["cpu"]
        costs = f"{row['cpu']:8.2f}{row['cpu'] / CONTACTS * 1000:11.4f}{ratio:7.1f}{row['rss']:6.0f}{row['wall']:8.1f}"
        yield f"{name:34}{costs}{row['hubspot']:9d}{row['salesforce']:11d}"


@pytest.fixture(scope="module")
def rows(crms: Crms, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """One run of all, told as a table and, where BENCHMARK_JSON names a file, kept there."""
    folder = tmp_path_factory.mktemp("loop")
    forced = ("--force", "tasks_per_owner")
    rows = {
        YARDSTICK: measured(crms, folder, "yardstick", "tests.benchmarks.yardstick", str(folder / "yardstick.db")),
        LOOP: measured(crms, folder, "loop", "syncd", "apply", *forced),
        ECHO: measured(crms, folder, "echo", "syncd", "sync"),
        NOTHING: measured(crms, folder, "nothing", "syncd", "sync"),
        START: measured(crms, folder, "start", "syncd", "status"),
    }
    sys.stdout.write("\n".join(["", *table(rows, YARDSTICK), ""]))
    if kept := os.environ.get("BENCHMARK_JSON"):
        told = {name: {each: value for each, value in row.items() if each != "output"} for name, row in rows.items()}
        Path(kept).write_text(json.dumps({"contacts": CONTACTS, "rows": told}, indent=2), "utf-8")
    return rows


def test_a_third_becomes_an_mql_and_a_second_run_has_nothing_to_write(rows: dict[str, dict[str, Any]]) -> None:
    assert f"{QUALIFIED:,} MQL" in rows[LOOP]["output"]
    assert f"{QUALIFIED} tasks for sales" in rows[LOOP]["output"]
    assert "nothing to write" in rows[ECHO]["output"]
    assert "nothing to write" in rows[NOTHING]["output"]


def test_the_whole_loop_stays_within_its_seconds(rows: dict[str, dict[str, Any]]) -> None:
    assert rows[LOOP]["cpu"] / CONTACTS * 1000 <= CPU_BAR


def test_the_whole_loop_stays_within_its_memory(rows: dict[str, dict[str, Any]]) -> None:
    assert rows[LOOP]["rss"] <= RSS_BAR


def test_the_whole_loop_makes_few_calls(rows: dict[str, dict[str, Any]]) -> None:
    assert rows[LOOP]["salesforce"] / CONTACTS * 1000 <= CALLS_BAR
