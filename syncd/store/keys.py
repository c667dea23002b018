"""The keys by which what is personal in the ledger is sealed, one per person. Who destroys a key closes it for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from syncd.model.person import PersonId
from syncd.store import tables
from syncd.store.batches import among, batches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from syncd.model.instant import Instant


def destroy(tx: Connection, persons: Iterable[str]) -> int:
    """Destroy the keys of persons, and count them. What is told of them later gets a new one."""
    gone = 0
    for batch in batches(sorted(persons)):
        gone += tx.execute(delete(tables.person_key).where(among(tx, tables.person_key.c.person_id, batch))).rowcount
    return gone


def untold_since(tx: Connection, before: Instant) -> list[PersonId]:
    """Persons who have a key, and of whom the ledger has told nothing since an instant, in order."""
    k, t, entry = tables.person_key.c, tables.ledger_person.c, tables.ledger.c
    last = select(func.max(t.seq)).where(t.person_id == k.person_id).scalar_subquery()
    oldest = select(func.min(entry.seq)).where(entry.at >= before).scalar_subquery()
    statement = select(k.person_id).where(k.created_at < before, last < func.coalesce(oldest, last + 1))
    return list(tx.execute(statement.order_by(k.person_id)).scalars())
