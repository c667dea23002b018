"""Files with personal data that syncd wrote where somebody asked it to: remembered, so that they can be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from syncd.store import tables
from syncd.store.batches import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from sqlalchemy import Connection

    from syncd.model.instant import Instant

BLOCK = 1 << 20
PACKED = (".parquet", ".gz", ".zip")
"""Endings of files whose bytes are no text: nobody can tell by looking whom they are about."""


def note(tx: Connection, path: Path, at: Instant) -> None:
    """Remember a file that was written."""
    statement = insert_into(tx, tables.output)
    statement = statement.on_conflict_do_update(index_elements=["path"], set_={"at": statement.excluded["at"]})
    tx.execute(statement, {"path": str(path.absolute()), "at": at})


def all_of(tx: Connection) -> list[str]:
    """The files that are remembered, by name."""
    return list(tx.execute(select(tables.output.c.path).order_by(tables.output.c.path)).scalars())


def forget(tx: Connection, path: str) -> None:
    """A file is gone."""
    tx.execute(delete(tables.output).where(tables.output.c.path == path))


def tells_of(path: Path, texts: Collection[bytes]) -> bool:
    """Whether a file has one of some texts in it, in any case of letters; one that is packed may always."""
    if path.suffix.lower() in PACKED:
        return True
    wanted = [text.lower() for text in texts]
    longest = max(map(len, wanted), default=1)
    tail = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            seen = tail + block.lower()
            if any(text in seen for text in wanted):
                return True
            tail = seen[-longest:]
    return False
