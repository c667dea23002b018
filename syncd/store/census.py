"""How many records there are of a kind, which, and in how many of them a property has a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import cast, func, select

from connectors.records import System
from syncd.store import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from syncd.model.instant import Instant

_c = tables.record.c


def count(tx: Connection, system: System, kind: str, *, deleted: bool = False, before: Instant | None = None) -> int:
    """How many records of a kind there are, or were and are deleted now; of those only that were made before then."""
    where = [_c.system == str(system), _c.kind == kind, _c.deleted == int(deleted)]
    if before is not None:
        where.append(_c.created_at < before)
    return int(tx.execute(select(func.count()).where(*where)).scalar_one())


def ids(tx: Connection, system: System, kind: str, *, deleted: bool = False, since: Instant | None = None) -> set[str]:
    """The ids of all records of a kind that are not deleted, or of those that are, merged ones not counted; only of
    what was learned since then.
    """
    where = (_c.system == str(system), _c.kind == kind, _c.deleted == int(deleted), _c.merged_into.is_(None))
    statement = select(_c.id).where(*where, _c.known_at >= (since or 0))
    return set(tx.execute(statement).scalars())


def known_since(tx: Connection, system: System, kind: str, since: Instant | None) -> list[str]:
    """The ids of records that are not deleted and of which something was learned at an instant or later, by id."""
    where = (_c.system == str(system), _c.kind == kind, _c.deleted == 0, _c.known_at >= (since or 0))
    return list(tx.execute(select(_c.id).where(*where).order_by(_c.id)).scalars())


def filled(tx: Connection, system: str, kind: str, names: Sequence[str]) -> list[int]:
    """How many living records of a kind have a value of each property, in the order of the names."""
    if not names:
        return []
    values: list[Any]
    if tx.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415  four MB for those who use another

        values = [cast(_c.properties, JSONB)[name].astext for name in names]
    else:
        values = [func.json_extract(_c.properties, '$."' + name.replace('"', "") + '"') for name in names]
    statement = select(*(func.count(func.nullif(value, "")) for value in values))
    return list(tx.execute(statement.where(_c.system == system, _c.kind == kind, _c.deleted == 0)).one())
