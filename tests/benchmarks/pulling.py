"""Reads both CRMs into the store, and nothing else: what reading and keeping costs. Settings as syncd's.

`python -m tests.benchmarks.pulling [TIMES]` reads again and again from one process, as the service does.
"""

from __future__ import annotations

import sys

from syncd import WHILE_IMPORTING, collect_seldom


class Silent:
    """Nobody watches."""

    def step(self, text: str) -> None:
        """Nothing."""

    def count(self, what: str, done: int, of: int | None = None) -> None:
        """Nothing."""


def main() -> None:
    """Pull as often as asked. Begins as the command line does."""
    collect_seldom(WHILE_IMPORTING)
    from syncd.desk import Order, Run
    from syncd.pull import pull
    from syncd.settings import load_settings
    from syncd.store.runs import RunId
    from syncd.wiring import open_desk

    with open_desk(load_settings(), Silent(), 60) as desk:
        for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
            pull(desk, Run(RunId(f"benchmark {number}"), Order("benchmark"), desk.clock()))


if __name__ == "__main__":
    main()
