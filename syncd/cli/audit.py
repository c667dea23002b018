"""`syncd audit`: proof that the ledger was not altered, its head for safe keeping, and all of it as a file."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import click

from syncd.cli.errors import ExitCode
from syncd.cli.options import json_option, settings_for
from syncd.cli.output import Document, say


class Anchor(click.ParamType[tuple[int, str]]):
    """A head that was kept elsewhere, as `syncd audit head` prints it: 1234:9f86d0..."""

    name = "anchor"

    def convert(
        self, value: str | tuple[int, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, str]:
        """The number and the hash of a head. Fails as a usage error."""
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"(\d+):([0-9a-f]{64})", value.strip().lower())
        if not found:
            self.fail(f"{value!r} is no head; write what `syncd audit head` printed, as 1234:9f86d0...", param, ctx)
        return int(found[1]), found[2]


@click.group("audit")
def command() -> None:
    """Prove that the ledger of all decisions and writes is what it was."""


@command.command("verify")
@click.option("--anchor", type=Anchor(), metavar="HEAD", help="The ledger must still hold this head, kept elsewhere.")
@json_option
def verify(anchor: tuple[int, str] | None, *, as_json: bool) -> int:
    """Recompute the whole chain. Ends with 7 where it does not hold."""
    from syncd.store import ledger
    from syncd.wiring import read_store

    with read_store(settings_for()) as store, store.reading() as tx:
        found = ledger.verify(tx, anchor)
    if as_json:
        Document("audit.verify", asdict(found)).print()
    elif found.ok:
        say(f"The ledger holds: {found.entries:,} entries, each chained to the one before.")
        say(f"Head {found.entries}:{found.head}")
        say("\nNext: keep the head somewhere else; `syncd audit verify --anchor HEAD` then shows a rewritten past too.")
    else:
        say(f"The ledger does not hold: entry {found.first_bad} is not what was written, or is missing.")
        say(f"Up to entry {found.entries} it is whole. Head of that part {found.entries}:{found.head}")
        say("\nNext: put back a copy of the store from before, and find out who could write to its file.")
    return int(ExitCode.DONE if found.ok else ExitCode.FOUND)


@command.command("head")
@json_option
def head(*, as_json: bool) -> None:
    """Print the number and hash of the last entry, to be kept outside (a commit, a mail, a notary)."""
    from syncd.store import ledger
    from syncd.wiring import read_store

    with read_store(settings_for()) as store, store.reading() as tx:
        entries, last = ledger.head(tx)
    if as_json:
        Document("audit.head", {"entries": entries, "head": last}).print()
    else:
        say(f"{entries}:{last}")


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def export(file: Path, *, as_json: bool) -> None:
    """Write every entry to a new FILE of JSON Lines, as it was hashed. What is personal in it stays sealed."""
    import os

    import orjson

    from syncd.store import ledger
    from syncd.wiring import read_store

    with read_store(settings_for()) as store, store.reading() as tx:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.writelines(orjson.dumps(row) + b"\n" for row in ledger.raw(tx))
        count, last = ledger.head(tx)
    if as_json:
        Document("audit.export", {"file": str(file), "entries": count, "head": last}).print()
    else:
        say(f"{count:,} entries written to {file}, head {count}:{last}")
