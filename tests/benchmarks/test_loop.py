"""What the whole loop costs, beside the yardstick, in one run: `pytest -m benchmark -s tests/benchmarks`.

Both run as processes of their own against the same emulated CRMs; what the CRMs cost is not counted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.crms import CONTACTS, QUALIFIED_EVERY
from tests.benchmarks.served import Crms, measured, table

CPU_BAR, RSS_BAR, CALLS_BAR = 0.25, 200, 10.5
"""CPU seconds per 1,000 contacts, MB, and Salesforce calls per 1,000, that the whole loop may cost (facts: reliability
1.8).
"""
YARDSTICK, LOOP = "yardstick: fetch and keep", "syncd apply: the whole loop"
ECHO, NOTHING = "syncd sync: its own writes read", "syncd sync: nothing new"
START = "syncd status: start-up"
pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1200)]
QUALIFIED = -(-CONTACTS // QUALIFIED_EVERY)


@pytest.fixture(scope="module")
def crms() -> Iterator[Crms]:
    served = Crms()
    yield served
    served.stop()


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
    assert f"{QUALIFIED:,} tasks for sales" in rows[LOOP]["output"]
    assert "nothing to write" in rows[ECHO]["output"]
    assert "nothing to write" in rows[NOTHING]["output"]


def test_the_whole_loop_stays_within_its_seconds(rows: dict[str, dict[str, Any]]) -> None:
    assert rows[LOOP]["cpu"] / CONTACTS * 1000 <= CPU_BAR


def test_the_whole_loop_stays_within_its_memory(rows: dict[str, dict[str, Any]]) -> None:
    assert rows[LOOP]["rss"] <= RSS_BAR


def test_the_whole_loop_makes_few_calls(rows: dict[str, dict[str, Any]]) -> None:
    assert rows[LOOP]["salesforce"] / CONTACTS * 1000 <= CALLS_BAR
