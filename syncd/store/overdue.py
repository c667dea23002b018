"""Whom sales did not answer in time, for alerts: kept with each verdict, and gone with the next that is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from syncd.store import tables
from syncd.store.batches import among, batches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from syncd.model.instant import Instant
    from syncd.model.person import PersonId

_o = tables.overdue.c
_COUNTS = select(_o.name, func.count()).group_by(_o.name).order_by(_o.name)


def keep(tx: Connection, names: Mapping[PersonId, Sequence[str]], now: Instant) -> None:
    """Whose clocks have run out, by person; an empty list where none has. Since when is kept as long as it lasts."""
    known: dict[tuple[PersonId, str], Instant] = {}
    if tx.execute(select(_o.person_id).limit(1)).first() is not None:
        for batch in batches(names):
            rows = tx.execute(select(_o.person_id, _o.name, _o.since).where(among(tx, _o.person_id, batch))).all()
            known |= {(row[0], row[1]): row[2] for row in rows}
            if rows:
                tx.execute(delete(tables.overdue).where(among(tx, _o.person_id, batch)))
    fresh = [
        {"person_id": person, "name": name, "since": known.get((person, name), now)}
        for person, some in names.items()
        for name in some
    ]
    if fresh:
        tx.execute(insert(tables.overdue), fresh)


def counts(tx: Connection) -> dict[str, int]:
    """How many people wait, by the name of the clock that has run out."""
    return {row[0]: row[1] for row in tx.execute(_COUNTS).all()}
