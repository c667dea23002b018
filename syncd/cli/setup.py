"""`syncd setup hubspot`: missing properties, shown first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, json_option, settings_for, wait_option, yes_option
from syncd.cli.output import Document, progress, safe, say

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    from syncd.setup import make, wishes
    from syncd.wiring import meet, open_desk

    refused: list[str] = []
    with progress() as watcher, open_desk(settings_for(config), watcher, wait, meet) as desk:
        wanted = wishes(desk.config, dict(desk.schemas))
        if yes and wanted:
            refused = make(desk, wanted)
        now, files = desk.clock(), desk.config
    if as_json:
        data = {"properties": [_data(one) for one in wanted], "made": yes, "refused": refused}
        Document("setup", data, now, files.service.time_zone, files.definitions_at(now).hash).print()
    else:
        _tell(wanted, refused, made=yes)
    return 1 if refused else 0


def _data(one: Wish) -> dict[str, str]:
    field = one.field
    return {"object": one.kind, "name": field.name, "label": field.label, "type": str(field.type), "for": one.why}


def _tell(wanted: Sequence[Wish], refused: Sequence[str], *, made: bool) -> None:
    if not wanted:
        say("HubSpot has every property that the files name.")
        return
    say("Made in HubSpot:" if made else "HubSpot lacks:")
    for one in wanted:
        say(f"  {one.kind}.{safe(one.field.name)} ({one.field.type}), for {safe(one.why)}")
    for line in refused:
        say(f"  refused: {safe(line)}")
    if not made:
        say("Next: `syncd setup hubspot --yes` makes them, or correct the names in fields.yaml.")
