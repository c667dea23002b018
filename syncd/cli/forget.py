"""`syncd forget`: erase a person, with a receipt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.options import agreed, json_option, present, settings_for, wait_option, yes_option
from syncd.cli.output import Document, safe, say
from syncd.endings import ExitCode

if TYPE_CHECKING:
    from syncd.privacy.forget import Receipt
    from syncd.store.database import Store


@click.command("forget")
@click.argument("person")
@click.option("--why", default="", metavar="TEXT", help="Kept in the ledger, with who; name nobody in it.")
@click.option(
    "--receipt", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Keep the receipt, too."
)
@click.option("--lift", is_flag=True, help="Let somebody who was forgotten come back with a later pull.")
@wait_option
@yes_option
@json_option
def command(person: str, why: str, receipt: Path | None, wait: float, *, lift: bool, yes: bool, as_json: bool) -> int:
    """Erase PERSON from everything that syncd keeps, and keep them from coming back. There is no undo.

    PERSON is an e-mail address, hubspot:ID, salesforce:ID or syncd's own id. Nothing is deleted in a CRM: the receipt
    says what has to be done there, and by whom. Somebody who is not known yet is only kept away.
    """
    import getpass
    from contextlib import closing

    from syncd.store.database import open_store

    who = getpass.getuser()
    with closing(open_store(settings_for().store_url.get_secret_value())) as store, store.writer(wait):
        if lift:
            return _lift(store, person, who, why, as_json=as_json)
        made = _forget(store, person, who, why, yes=yes)
    if receipt is not None:
        _keep(receipt, made.as_data())
    if as_json:
        Document("forget", made.as_data()).print()
    else:
        _show(made)
    return int(ExitCode.DONE)


def _forget(store: Store, person: str, who: str, why: str, *, yes: bool) -> Receipt:
    from syncd.journey.who import NobodyFound, find_person
    from syncd.privacy.forget import forget, key_of

    key = key_of(person)
    with store.reading() as tx:
        try:
            found = find_person(tx, person)
        except NobodyFound:
            if key is None:
                raise
            found = None
    known = f"{found} is erased for good" if found else "nobody like this is known; they are kept away"
    agreed(f"{safe(person)}: {known}. Go on?", yes=yes)
    return forget(store, found, key, who, why, present())


def _lift(store: Store, person: str, who: str, why: str, *, as_json: bool) -> int:
    from syncd.privacy.forget import key_of, lift

    key = key_of(person)
    if key is None:
        raise click.BadParameter("name them by an e-mail address, hubspot:ID or salesforce:ID", param_hint="PERSON")
    with store.transaction() as tx:
        receipts = lift(tx, key, who, why, present())
    if as_json:
        Document("forget", {"lifted": sorted(receipts)}).print()
    elif receipts:
        say("They come back when a record of theirs changes, or with `syncd backfill`.")
    else:
        say("Nobody was forgotten by that name.")
    return int(ExitCode.DONE)


def _show(made: Receipt) -> None:
    data = made.as_data()
    say(f"Receipt {made.id}, ledger entry {made.entry}")
    rows = ", ".join(f"{count} {table}" for table, count in sorted(made.rows.items())) or "nothing was there"
    say(f"Erased here: {rows}. The key to what the ledger holds sealed is destroyed.")
    for file in made.files:
        say(f"Deleted, since it told of them: {safe(file)}")
    for rest in made.rest:
        say(f"Left: {safe(rest)}.")
    for system, name in (("hubspot", "HubSpot"), ("salesforce", "Salesforce")):
        if todo := data["systems"].get(system):
            say(f"{name} ({todo['by']}): {todo['what']}: {safe(', '.join(todo['records']))}")
    say("Tables and pages that you exported yourself have to be made anew; backups age out by your own rules.")


def _keep(file: Path, data: dict[str, Any]) -> None:
    """Write the receipt to a new file that only we may read: it has the ids that syncd no longer knows."""
    import os

    import orjson

    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")
