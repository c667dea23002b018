"""`syncd undo`: take back a run where the values are still ours."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.options import config_option, force_option, json_option, settings_for, wait_option
from syncd.cli.output import Document, safe, say
from syncd.model.said import counted

if TYPE_CHECKING:
    from syncd.desk import Outcome
    from syncd.repair.undo import Undoing

SHOWN = 20


@click.command("undo")
@click.argument("run")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be taken back, and write nothing.")
@config_option
@wait_option
@force_option
@json_option
def command(
    run: str, config: Path | None, wait: float, force: tuple[str, ...], why: str, *, only_plan: bool, as_json: bool
) -> int:
    """Take back what RUN wrote: every field that still holds its value gets back what stood there before.

    What somebody changed since stays, and so does what was created: both are named. The same guards hold, and a pause
    does not. The next cycle does not write it again until something is different.
    """
    import getpass

    from syncd.cli.output import progress
    from syncd.cycle import take_back
    from syncd.desk import Order
    from syncd.repair.undo import undoing
    from syncd.wiring import open_desk

    order = Order("undo", by_hand=True, forced=force, who=getpass.getuser(), why=why, again=f"undo {run}")
    with progress() as watcher, open_desk(settings_for(config), watcher, wait) as desk:
        found = undoing(desk, run)
        outcome = None if only_plan else take_back(desk, order, found)
    if as_json:
        _document(found, outcome).print()
    else:
        _show(found, outcome)
    return 0 if outcome is None else outcome.exit_code


def _document(found: Undoing, outcome: Outcome | None) -> Document:
    from syncd.plan.render import rows
    from syncd.repair.undo import as_rows

    data: dict[str, Any] = {
        "undoes": found.run,
        "run": outcome.run.id if outcome else None,
        "changes": list(rows(found.plan)),
        "left": list(as_rows(found.left)),
        "applied": dict(sorted(outcome.run.applied.items())) if outcome else {},
        "moved": outcome.run.moved if outcome else 0,
        "stopped_by": outcome.stopped_by if outcome else None,
    }
    stop = outcome.stop if outcome else None
    error = {"code": stop.code, "message": stop.message, "next_step": stop.next_step} if stop else None
    return Document("undo", data, error=error)


def _show(found: Undoing, outcome: Outcome | None) -> None:
    fields = sum(len(change.fields) for change in found.plan.changes)
    records = counted(len(found.plan.changes), "record")
    holds = "still holds" if fields == 1 else "still hold"
    say(f"Run {found.run}: {counted(fields, 'field')} of {records} {holds} what it wrote.")
    for why, count in Counter((one.object, one.why) for one in found.left).most_common():
        say(f"Stays: {counted(count, why[0])}: {why[1]}")
    for one in found.left[:SHOWN]:
        say(f"  {one.system} {one.object} {safe(str(one.id))} {safe(', '.join(one.fields))}".rstrip())
    if len(found.left) > SHOWN:
        say(f"  … and {len(found.left) - SHOWN:,} more; --json has each")
    if outcome is None:
        say("Nothing was written; without --plan it is taken back.")
    elif outcome.stop:
        say(f"Not written: {outcome.stop.message}")
        say(f"Next: {outcome.stop.next_step}")
    else:
        say(f"Taken back: {counted(sum(outcome.run.applied.values()), 'record')}, in run {outcome.run.id}.")
        if outcome.run.moved:
            say(f"Left alone, since somebody changed them meanwhile: {outcome.run.moved:,}")
        say("They are not written again until something is different; `syncd quarantine list` shows them.")
