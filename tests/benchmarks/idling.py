"""Cycles at one desk in which nothing is new: what the service costs while it waits. Settings as syncd's.

`python -m tests.benchmarks.idling CYCLES` prints one line of JSON: CPU seconds per cycle (all of `run_cycle`), and per
reading of the files, which a running service does before each; and HubSpot and Salesforce calls per cycle.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from syncd.cycle import run_cycle
from syncd.desk import Order
from syncd.files.load import load_config
from syncd.settings import load_settings
from syncd.wiring import open_desk
from tests.benchmarks.pulling import Silent

WARM = 3
"""Cycles before any is measured: they read again what changed within the overlap, and fill every cache."""


def per_turn(turn: Callable[[], object], turns: int) -> float:
    """CPU seconds of this process per turn."""
    before = time.process_time()
    for _ in range(turns):
        turn()
    return (time.process_time() - before) / turns


def main() -> None:
    """Go round as often as asked, and tell."""
    turns, settings = int(sys.argv[1]), load_settings()
    with open_desk(settings, Silent(), 60) as desk:
        for _ in range(WARM):
            run_cycle(desk, Order("sync"))
        before = desk.hubspot.calls, desk.salesforce.calls
        told = {"cycle": per_turn(lambda: run_cycle(desk, Order("sync")), turns)}
        told["hubspot"] = (desk.hubspot.calls - before[0]) / turns
        told["salesforce"] = (desk.salesforce.calls - before[1]) / turns
        told["files"] = per_turn(lambda: load_config(settings.config_dir), turns)
        sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
