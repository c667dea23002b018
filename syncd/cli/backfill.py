"""`syncd backfill`: the history of both CRMs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import Moment, config_option, force_option, json_option, now_option, settings_for, wait_option

if TYPE_CHECKING:
    from syncd.model.instant import Instant


@click.command("backfill")
@click.option("--since", type=Moment(), metavar="T", required=True, help="Read what changed from this time on.")
@click.option("--until", type=Moment(), metavar="T", help="Up to this time; the present unless given.")
@config_option
@now_option
@wait_option
@force_option
@json_option
def command(
    since: Instant,
    until: Instant | None,
    config: Path | None,
    now: Instant | None,
    wait: float,
    force: tuple[str, ...],
    why: str,
    *,
    as_json: bool,
) -> int:
    """Read the history of both CRMs and stamp true dates. Makes no tasks. A killed one goes on where it was."""
    import getpass

    from syncd.cli.outcome import show
    from syncd.cli.output import progress
    from syncd.cycle import run_cycle
    from syncd.desk import Order
    from syncd.wiring import open_desk

    if until is not None and until <= since:
        raise click.BadParameter("it must be later than --since", param_hint="--until")
    order = Order("backfill", now=now, since=since, until=until, forced=force, who=getpass.getuser(), why=why)
    with progress() as watcher, open_desk(settings_for(config), watcher, wait) as desk:
        outcome = run_cycle(desk, order)
    show("backfill", desk, outcome, as_json=as_json)
    return outcome.exit_code
