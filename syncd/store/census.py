"""How many records there are of a kind, and which: without reading what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from connectors.records import System
from syncd.store import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.model.instant import Instant

_c = tables.record.c


def count(tx: Connection, system: System, kind: str, *, deleted: bool = False, before: Instant | None = None) -> int:
    """How many records of a kind there are, or were and are deleted now; of those only that were made before then."""
    where = [_c.system == str(system), _c.kind == kind, _c.deleted == int(deleted)]
    if before is not None:
        where.append(_c.created_at < before)
    return int(tx.execute(select(func.count()).where(*where)).scalar_one())


def ids(tx: Connection, system: System, kind: str, *, deleted: bool = False) -> set[str]:
    """The ids of all records of a kind that are not deleted, or of those that are, merged ones not counted."""
    where = (_c.system == str(system), _c.kind == kind, _c.deleted == int(deleted), _c.merged_into.is_(None))
    statement = select(_c.id).where(*where)
    return set(tx.execute(statement).scalars())


def known_since(tx: Connection, system: System, kind: str, since: Instant | None) -> list[str]:
    """The ids of records that are not deleted and of which something was learned at an instant or later, by id."""
    where = (_c.system == str(system), _c.kind == kind, _c.deleted == 0, _c.known_at >= (since or 0))
    return list(tx.execute(select(_c.id).where(*where).order_by(_c.id)).scalars())
