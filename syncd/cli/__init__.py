"""The command line: one file per command, each with a click command named `command`, listed in `frame.SECTIONS`."""

from __future__ import annotations

import sys
from typing import NoReturn

from syncd import WHILE_IMPORTING, collect_seldom


def main() -> NoReturn:
    """Run the command that this process was started with, and exit with its code (docs/reference/exit-codes.md)."""
    collect_seldom(WHILE_IMPORTING)
    from syncd.cli.frame import run

    sys.exit(run(sys.argv[1:]))
