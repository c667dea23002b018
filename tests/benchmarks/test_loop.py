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

import pytest

from tests.benchmarks.crms import CONTACTS, QUALIFIED_EVERY

ROOT = Path(__file__).parents[2]
CPU_BAR, RSS_BAR = 0.25, 200
"""CPU seconds per 1,000 contacts and MB that the whole loop may cost (facts: reliability 1.8)."""
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


@pytest.mark.benchmark
@pytest.mark.timeout(1200)
def test_the_whole_loop_costs_little_more_than_fetching(
    crms: Crms, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {
        "yardstick: fetch and keep": measured(
            crms, tmp_path, "yardstick", "tests.benchmarks.yardstick", str(tmp_path / "yardstick.db")
        ),
        "syncd: the whole loop": measured(
            crms, tmp_path, "loop", "syncd", "apply", "--force", "tasks_per_owner", "--force", "creates"
        ),
        "syncd: nothing new, one command": measured(crms, tmp_path, "again", "syncd", "sync"),
        "syncd: start-up alone": measured(crms, tmp_path, "version", "syncd", "--version"),
    }
    told = {name: row.pop("output") for name, row in rows.items()}
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *table(rows, "yardstick: fetch and keep"), ""]))
    if kept := os.environ.get("BENCHMARK_JSON"):
        Path(kept).write_text(json.dumps({"contacts": CONTACTS, "rows": rows}, indent=2), "utf-8")
    assert f"{QUALIFIED:,} MQL" in told["syncd: the whole loop"]
    assert "nothing to write" in told["syncd: nothing new, one command"]
    loop = rows["syncd: the whole loop"]
    assert loop["cpu"] / CONTACTS * 1000 <= CPU_BAR
    assert loop["rss"] <= RSS_BAR
