"""`syncd setup hubspot`: missing properties, shown first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, json_option, settings_for, wait_option, yes_option
from syncd.cli.output import Document, progress, safe, say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.desk import Desk
    from syncd.model.dossier import Quarantined
    from syncd.setup import Wish


@click.group("setup")
def command() -> None:
    """Make in a CRM what the files need and it lacks. For Salesforce, see `syncd doctor --salesforce-package`."""


@command.command("hubspot")
@config_option
@wait_option
@yes_option
@json_option
def hubspot(config: Path | None, wait: float, *, yes: bool, as_json: bool) -> int:
    """Show the properties that the files name and HubSpot lacks; with --yes, make them."""
    from syncd.cycle import set_up
    from syncd.desk import Order
    from syncd.setup import plan_of, wishes
    from syncd.wiring import meet, open_desk

    refused, stop, code = [], None, 0
    with progress() as watcher, open_desk(settings_for(config), watcher, wait, meet) as desk:
        wanted = wishes(desk.config, dict(desk.schemas))
        if yes and wanted:
            outcome = set_up(desk, Order("setup", by_hand=True), plan_of(desk, wanted))
            stop, code = outcome.stop, outcome.exit_code
            refused = [] if stop else _refused(desk)
        now, files = desk.clock(), desk.config
    error = {"code": stop.code, "message": stop.message, "next_step": stop.next_step} if stop else None
    made = yes and stop is None
    if as_json:
        data = {"properties": [_data(one) for one in wanted], "made": made, "refused": list(map(_said, refused))}
        Document("setup", data, now, files.service.time_zone, files.definitions_at(now).hash, error).print()
    elif error is not None:
        tell(f"Not written: {error['message']}")
        tell(f"Next: {error['next_step']}")
    else:
        _tell(wanted, refused, made=made)
    return 2 if any(one.cause == "permission" for one in refused) else code


def _refused(desk: Desk) -> list[Quarantined]:
    """The properties that HubSpot refused, by name."""
    from syncd.model.change import PROPERTY
    from syncd.store import quarantine

    with desk.store.reading() as tx:
        rows = [row for row in quarantine.of_nobody(tx) if row.kind == PROPERTY and row.state == "open"]
    return sorted(rows, key=lambda row: str(row.key))


def _said(row: Quarantined) -> str:
    return f"{row.key}: {row.message}"


def _data(one: Wish) -> dict[str, str]:
    field = one.field
    return {"object": one.kind, "name": field.name, "label": field.label, "type": str(field.type), "for": one.why}


def _tell(wanted: Sequence[Wish], refused: Sequence[Quarantined], *, made: bool) -> None:
    if not wanted:
        say("HubSpot has every property that the files name.")
        return
    say("Made in HubSpot:" if made else "HubSpot lacks:")
    for one in wanted:
        say(f"  {one.kind}.{safe(one.field.name)} ({one.field.type}), for {safe(one.why)}")
    for row in refused:
        say(f"  refused: {safe(_said(row))}")
    if not made:
        say("Next: `syncd setup hubspot --yes` makes them, or correct the names in fields.yaml.")
