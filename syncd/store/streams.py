"""How far each stream of each CRM has been read."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from syncd.model.nouns import dataclass
from syncd.store import tables
from syncd.store.batches import insert_into, write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Insert

    from syncd.model.instant import Instant

_KEY = ("system", "kind")
_c = tables.stream.c
_ONE = select(tables.stream).where(_c.system == bindparam("of"), _c.kind == bindparam("sort"))
"""Made once: every idle cycle asks it of each stream."""
_EACH = select(tables.stream).order_by(*_KEY)
_ROW = tuple(column.name for column in _c)
_values = attrgetter(*_ROW[1:])


@dataclass(frozen=True, slots=True)
class StreamState:
    """Where a restart goes on.

    Everything modified up to `watermark` has been read. `until` not None: the window from `since` to `until` is
    under way, read up to the id `after_id`. `gap` says what could not be read; `checked_at` is when it was
    last read to its end, or could not be, by our own clock.
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
    row = tx.execute(_ONE, {"of": str(system), "sort": kind}).first()
    return StreamState(str(system), kind) if row is None else StreamState(*row)


def save(tx: Connection, state: StreamState) -> None:
    """Keep the state of a stream, in the transaction of the page that it tells of."""
    save_many(tx, [state])


def save_many(tx: Connection, states: Sequence[StreamState]) -> None:
    """Keep the states of several streams."""
    write_rows(tx, _upsert, _ROW, [(str(state.system), *_values(state)) for state in states])


def forget(tx: Connection, state: StreamState) -> None:
    """Keep no state of a stream any more."""
    tx.execute(delete(tables.stream).where(_c.system == str(state.system), _c.kind == state.kind))


def all(tx: Connection) -> list[StreamState]:  # noqa: A001 (reads as streams.all)
    """Every stream that was ever read, by system and kind."""
    return [StreamState(*row) for row in tx.execute(_EACH)]


def _upsert(tx: Connection) -> Insert:
    statement = insert_into(tx, tables.stream)
    rest = {column.name: statement.excluded[column.name] for column in _c if column.name not in _KEY}
    return statement.on_conflict_do_update(index_elements=_KEY, set_=rest)
