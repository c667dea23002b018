"""Hints to hurry that came from outside, by their ids: one that comes twice is heard once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from syncd.store import tables
from syncd.store.batches import among, batches, insert_into

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from syncd.model.instant import Instant

_c = tables.hint.c


def note(tx: Connection, ids: Collection[str], at: Instant) -> int:
    """Keep hints. How many were not known."""
    known: set[str] = set()
    for batch in batches(sorted(set(ids))):
        known |= set(tx.execute(select(_c.id).where(among(tx, _c.id, batch))).scalars())
    fresh = [{"id": one, "at": at} for one in sorted(set(ids) - known)]
    if fresh:
        tx.execute(insert_into(tx, tables.hint).on_conflict_do_nothing(), fresh)
    return len(fresh)


def latest(tx: Connection) -> Instant | None:
    """When the last hint came, None where none ever did."""
    at: Instant | None = tx.execute(select(func.max(_c.at))).scalar()
    return at


def forget(tx: Connection, before: Instant) -> int:
    """Forget hints that came before then. How many."""
    return tx.execute(delete(tables.hint).where(_c.at < before)).rowcount
