"""`syncd pause`: hold all writing."""

from __future__ import annotations

import click

from syncd.cli.options import json_option, present, settings_for
from syncd.cli.output import Document, safe, say


@click.command("pause")
@click.option(
    "--reason", default="", metavar="TEXT", help="Kept in the ledger, and shown to whoever is held by it; name nobody."
)
@json_option
def command(reason: str, *, as_json: bool) -> None:
    """Hold all writing, at once: a run that is writing ends after the call in hand. Reading and planning go on.

    A file named PAUSE in the folder of the files does the same for as long as it is there.
    """
    import getpass
    from contextlib import closing

    from syncd.brakes import pause
    from syncd.model.instant import iso
    from syncd.store.database import open_store

    with (
        closing(open_store(settings_for().store_url.get_secret_value())) as store,
        # Without the writer's lock: whoever holds it is who shall stop.
        store.transaction() as tx,
    ):
        made = pause.pause(tx, getpass.getuser(), reason, present())
    if as_json:
        Document("pause", pause.as_data(made)).print()
    else:
        say(f"{safe(made.message)}, since {iso(made.since)}.")
        say("Nothing is written until `syncd resume`; reading and planning go on.")
