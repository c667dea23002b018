"""`syncd plan`: what would be written, and why. Writes nothing to either CRM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, json_option, now_option, settings_for, wait_option

if TYPE_CHECKING:
    from syncd.model.instant import Instant


@click.command("plan")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Keep the plan in a file.")
@config_option
@now_option
@wait_option
@json_option
def command(out: Path | None, config: Path | None, now: Instant | None, wait: float, *, as_json: bool) -> int:
    """Show what would be written, with reasons and cost. Nothing is written to either CRM.

    With --out the plan is kept, so that `syncd apply FILE` writes exactly what was looked at.
    """
    from syncd.cli.outcome import show
    from syncd.cli.output import progress, tell
    from syncd.cycle import run_cycle, unapproved
    from syncd.desk import Order
    from syncd.plan.render import as_file
    from syncd.store import outputs
    from syncd.wiring import open_desk

    settings = settings_for(config)
    with progress() as watcher, open_desk(settings, watcher, wait) as desk:
        outcome = run_cycle(desk, Order("plan", now=now, write=False))
        held = unapproved(desk, outcome.run)
        if out is not None:
            _keep(out, as_file(outcome.plan, desk.clock()))
            with desk.store.transaction() as tx:
                outputs.note(tx, out, desk.clock())
    show("plan", desk, outcome, as_json=as_json)
    if held is not None:
        tell(f"To be written it has to be approved: {held.message}. Next: {held.next_step}.")
    if out is not None:
        tell(f"Kept in {out}. `syncd apply {out}` writes it.")
    return 0


def _keep(file: Path, data: object) -> None:
    """Write the plan beside its place and move it there, readable by us alone: it holds personal data."""
    import os

    import orjson

    part = file.with_name(f"{file.name}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:  # noqa: PTH123 the mode counts
        stream.write(orjson.dumps(data))
    part.replace(file)
