"""`syncd audit`: proof that the ledger was not altered, its head for safe keeping, and all of it as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.options import json_option, settings_for
from syncd.cli.output import Document, safe, say
from syncd.endings import ExitCode
from syncd.model.nouns import dataclass
from syncd.model.said import counted

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.anchors.checkpoints import Checkpoint
    from syncd.store.chain import Verification
    from syncd.store.rebuild import Compared


SALESFORCE = "salesforce"
"""Where checkpoints are kept, if not in a file."""


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


class Kept(click.ParamType[str | Path]):
    """Where checkpoints are kept: a file, or the word salesforce."""

    name = "place"

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> str | Path:
        """The word as it is, a file as its path. Fails as a usage error."""
        if value == SALESFORCE:
            return value
        if not (path := Path(value)).is_file():
            self.fail(f"there is no file {str(value)!r}; name one, or write salesforce", param, ctx)
        return path


@dataclass(slots=True)
class Proof:
    """All that `verify` found: the chain, what is wrong with checkpoints, and how the tables compare (None: not asked).

    `signed` counts the checkpoints with a signature, `signer` is whose it must be.
    """

    chain: Verification
    checkpoints: int = 0
    signed: int = 0
    signer: str | None = None
    troubles: list[str] = field(default_factory=list)
    tables: Compared | None = None

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return self.chain.ok and not self.troubles and (self.tables is None or self.tables.ok)


@click.group("audit")
def command() -> None:
    """Prove that the ledger of all decisions and writes is what it was."""


@command.command("verify")
@click.option("--anchor", type=Anchor(), metavar="HEAD", help="The ledger must still hold this head, kept elsewhere.")
@click.option("--against", type=Kept(), metavar="FILE|salesforce",
              help="It must hold all checkpoints of this file, or those that Salesforce keeps.")  # fmt: skip
@click.option("--key", metavar="KEY", help="Checkpoints must be signed by this public key, ed25519:...")
@click.option("--export", "copy", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
              help="Verify this copy of the ledger instead of the store.")  # fmt: skip
@click.option("--chain-only", is_flag=True, help="Do not compare the tables with the ledger.")
@json_option
def verify(
    anchor: tuple[int, str] | None,
    against: Path | str | None,
    key: str | None,
    copy: Path | None,
    *,
    chain_only: bool,
    as_json: bool,
) -> int:
    """Recompute the chain, check the checkpoints, and compare the tables with the ledger. Ends with 7 where any of it
    does not hold.
    """
    from syncd.anchors.checkpoints import public_key
    from syncd.wiring import read_store

    kept = _kept(against) if against else []
    anchors = dict([anchor] if anchor else [])
    if copy is not None:
        found = _of_copy(copy, kept, anchors, key)
    else:
        settings = settings_for()
        if key is None and settings.signing_key is not None:
            key = public_key(settings.signing_key)
        with read_store(settings) as store, store.reading() as tx:
            found = _of_store(tx, kept, anchors, key, with_tables=not chain_only)
    if as_json:
        Document("audit.verify", _data(found)).print()
    else:
        for line in _lines(found):
            say(line)
    return int(ExitCode.DONE if found.ok else ExitCode.FOUND)


def _kept(against: Path | str) -> Sequence[Checkpoint]:
    """The checkpoints of a file, or those of Salesforce."""
    from syncd.anchors.anchoring import in_salesforce
    from syncd.anchors.checkpoints import read
    from syncd.files.load import load_config
    from syncd.wiring import connect

    if isinstance(against, Path):
        return read(against)
    settings = settings_for()
    _, salesforce = connect(settings)
    return in_salesforce(salesforce, load_config(settings.config_dir).service.audit.salesforce)


def _of_copy(copy: Path, kept: Sequence[Checkpoint], anchors: Mapping[int, str], key: str | None) -> Proof:
    from syncd.anchors.checkpoints import troubles
    from syncd.store import chain, copies

    chained = chain.check(copies.read(copy), {**anchors, **{one.entries: one.head for one in kept}})
    wrong = troubles(kept, None, key)
    return Proof(chained, len(kept), sum(one.is_signed for one in kept), key, wrong)


def _of_store(
    tx: Connection, kept: Sequence[Checkpoint], anchors: Mapping[int, str], key: str | None, *, with_tables: bool
) -> Proof:
    from syncd.anchors.anchoring import of_ledger
    from syncd.anchors.checkpoints import troubles
    from syncd.store import ledger, rebuild
    from syncd.store.database import pair

    chained = ledger.verify(tx, {**anchors, **{one.entries: one.head for one in kept}})
    found = Proof(chained, len(kept), sum(one.is_signed for one in kept), key, troubles(kept, pair(tx), key))
    if chained.ok:
        # What does not hold together is not worth reading.
        own = list(of_ledger(tx))
        again = ledger.verify(tx, {one.entries: one.head for one in own}) if own else chained
        # A key may have come later, or have been renewed: of the ledger's own, only what is signed must be genuine.
        found.troubles += troubles(own, pair(tx), None)
        found.troubles += [] if again.ok else ["a checkpoint in the ledger tells of another past than the ledger"]
        found.checkpoints, found.signed = found.checkpoints + len(own), found.signed + sum(map(_is_signed, own))
        found.tables = rebuild.compare(tx) if with_tables else None
    return found


def _is_signed(one: Checkpoint) -> bool:
    return one.is_signed


def _data(found: Proof) -> dict[str, Any]:
    tables = found.tables
    return {
        **asdict(found.chain),
        "ok": found.ok,
        "checkpoints": {"count": found.checkpoints, "signed": found.signed, "signer": found.signer},
        "troubles": found.troubles,
        "tables": None
        if tables is None
        else {
            "checked": tables.checked,
            "differing": tables.differing,
            "differences": [asdict(one) for one in tables.differences],
        },
    }


def _lines(found: Proof) -> Iterator[str]:
    chain = found.chain
    if not chain.ok:
        yield f"The ledger does not hold: entry {chain.first_bad} is not what was written, or is missing."
        yield f"Up to entry {chain.entries} it is whole. Head of that part {chain.entries}:{chain.head}"
        yield "\nNext: put back a copy of the store from before, and find out who could write to its file."
        return
    yield f"The ledger holds: {counted(chain.entries, 'entry', 'entries')}, each chained to the one before."
    yield f"Head {chain.entries}:{chain.head}"
    if found.checkpoints:
        yield f"{found.checkpoints:,} checkpoints were looked at, {found.signed:,} of them signed."
    for trouble in found.troubles:
        yield f"Wrong: {safe(trouble)}."
    if found.tables is not None:
        rows = ", ".join(f"{count:,} {name} rows" for name, count in found.tables.checked.items())
        yield f"Compared with the tables: {rows}; {found.tables.differing:,} differ."
        for one in found.tables.differences:
            yield f"  {one.table} {safe(one.about)}: {one.says}"
    if found.ok:
        yield "\nNext: keep the head, or a checkpoint, somewhere else; `--anchor HEAD` and `--against FILE` then show a"
        yield "rewritten past and a cut off end too."
    else:
        yield "\nNext: find out who could write to the store, and put back a copy from before."


@command.command("head")
@json_option
def head(*, as_json: bool) -> None:
    """Print the number and hash of the last entry, to be kept outside (a commit, a mail, a notary)."""
    from syncd.anchors.checkpoints import public_key
    from syncd.store import ledger
    from syncd.wiring import read_store

    settings = settings_for()
    key = None if settings.signing_key is None else public_key(settings.signing_key)
    with read_store(settings) as store, store.reading() as tx:
        entries, last = ledger.head(tx)
    if as_json:
        Document("audit.head", {"entries": entries, "head": last, "key": key}).print()
    else:
        say(f"{entries}:{last}")
        if key is not None:
            say(key)


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def export(file: Path, *, as_json: bool) -> None:
    """Write every entry to a new FILE as it was hashed: JSON Lines, .csv or .parquet. What is personal stays sealed;
    `syncd audit verify --export FILE` proves it without the store.
    """
    from syncd.store import copies, ledger
    from syncd.wiring import read_store

    with read_store(settings_for()) as store, store.reading() as tx:
        copies.write(file, ledger.raw(tx), copies.format_of(file))
        count, last = ledger.head(tx)
    if as_json:
        Document("audit.export", {"file": str(file), "entries": count, "head": last}).print()
    else:
        say(f"{counted(count, 'entry', 'entries')} written to {file}, head {count}:{last}")
