"""What benchmarks share: the process with both emulated CRMs, and processes that are measured against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.crms import CONTACTS

ROOT = Path(__file__).parents[2]


class Crms:
    """The process with both emulated CRMs."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.crms"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.settings: dict[str, str] = self._read()

    def calls(self, **order: object) -> dict[str, int]:
        """Calls answered so far, after an order was carried out (see `tests.benchmarks.crms`)."""
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._read()

    def stop(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)

    def _read(self):
        return json.loads(self._process.stdout.readline())


def measured(crms: Crms, folder: Path, name: str, module: str, *arguments: str) -> dict[str, float]:
    """What one process cost: cpu and wall in seconds, rss in MB, and calls by CRM."""
    out, before = folder / f"{name}.json", crms.calls()
    ours = {
        "SYNCD_CONFIG_DIR": str(ROOT / "config/playbooks/startup"),
        "SYNCD_STORE_URL": f"sqlite:///{folder}/store.db",
    }
    environment = {**os.environ, **crms.settings, **ours}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: what is compiled once is kept
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
