"""`syncd resume`: write again."""

from __future__ import annotations

import click

from syncd.cli.options import json_option, present, settings_for
from syncd.cli.output import Document, safe, say
from syncd.endings import ExitCode


@click.command("resume")
@click.option("--reason", default="", metavar="TEXT", help="Kept in the ledger; name nobody in it.")
@json_option
def command(reason: str, *, as_json: bool) -> int:
    """Take the brake off. Ends with 4 where a file still holds it."""
    import getpass
    from contextlib import closing

    from syncd.brakes import pause
    from syncd.store.database import open_store

    settings = settings_for()
    with closing(open_store(settings.store_url.get_secret_value())) as store:
        with store.transaction() as tx:
            ended = pause.resume(tx, getpass.getuser(), reason, present())
        still = pause.look(store, settings.config_dir, present())
    if as_json:
        Document("resume", {"resumed": ended is not None, "held_by": None if still is None else still.message}).print()
    elif still is not None:
        say(f"Still paused: {safe(still.message)}.")
        say(f"Next: {still.next_step}.")
    else:
        say("syncd writes again from the next cycle on." if ended else "syncd was not paused.")
    return int(ExitCode.DONE if still is None else ExitCode.HELD)
