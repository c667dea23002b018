"""How far each stream of each CRM has been read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from syncd.store import tables
from syncd.store.batches import insert_into

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.model.instant import Instant

_KEY = ("system", "kind")


@dataclass(frozen=True, slots=True)
class StreamState:
    """Where a restart goes on.

    Everything modified up to `watermark` has been read. `until` not None: the window from `since` to `until` is
    under way, read up to the id `after_id`. `gap` says what could not be read; `checked_at` is the last reconcile.
    """

    system: str
    kind: str
    watermark: Instant | None = None
    since: Instant | None = None
    until: Instant | None = None
    after_id: str | None = None
    gap: str | None = None
    checked_at: Instant | None = None


def get(tx: Connection, system: str, kind: str) -> StreamState:
    """The state of one stream; one never read has nothing but its name."""
    c = tables.stream.c
    row = tx.execute(select(tables.stream).where(c.system == str(system), c.kind == kind)).first()
    return StreamState(str(system), kind) if row is None else StreamState(*row)


def save(tx: Connection, state: StreamState) -> None:
    """Keep the state of a stream, in the transaction of the page that it tells of."""
    values = asdict(state) | {"system": str(state.system)}
    statement = insert_into(tx, tables.stream)
    rest = {name: statement.excluded[name] for name in values if name not in _KEY}
    tx.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=rest), values)


def all(tx: Connection) -> list[StreamState]:  # noqa: A001 (reads as streams.all)
    """Every stream that was ever read, by system and kind."""
    return [StreamState(*row) for row in tx.execute(select(tables.stream).order_by(*_KEY))]
