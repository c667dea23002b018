"""`syncd sync`: one cycle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, force_option, json_option, now_option, settings_for, wait_option

if TYPE_CHECKING:
    from syncd.model.instant import Instant


@click.command("sync")
@config_option
@now_option
@wait_option
@force_option
@json_option
def command(
    config: Path | None, now: Instant | None, wait: float, force: tuple[str, ...], why: str, *, as_json: bool
) -> int:
    """One cycle: pull, decide, plan, guard, apply. Stops after the plan until `syncd apply` was run once."""
    import getpass

    from syncd.cli.outcome import show
    from syncd.cli.output import progress
    from syncd.cycle import run_cycle
    from syncd.desk import Order
    from syncd.wiring import open_desk

    with progress() as watcher, open_desk(settings_for(config), watcher, wait) as desk:
        outcome = run_cycle(desk, Order("sync", now=now, forced=force, who=getpass.getuser(), why=why))
    show("sync", desk, outcome, as_json=as_json)
    return outcome.exit_code
