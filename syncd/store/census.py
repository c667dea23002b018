"""How many records there are of a kind, which, and in how many of them a property has a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, cast, func, select

from connectors.records import System
from syncd.store import tables
from syncd.store.batches import listed, read_many
from syncd.store.canonical import from_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Select

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


def next_ids(tx: Connection, system: System, kind: str, after_id: str | None, limit: int) -> list[str]:
    """The ids of the next records of a kind that are not deleted, in ascending order of id as text."""
    where = (_c.system == str(system), _c.kind == kind, _c.deleted == 0, _c.id > (after_id or ""))
    return list(tx.execute(select(_c.id).where(*where).order_by(_c.id).limit(limit)).scalars())


def filled(tx: Connection, system: str, kind: str, names: Sequence[str]) -> list[int]:
    """How many living records of a kind have a value of each property, in the order of the names."""
    if not names:
        return []
    statement = select(*(func.count(func.nullif(value, "")) for value in _values(tx, names)))
    return list(tx.execute(statement.where(_c.system == system, _c.kind == kind, _c.deleted == 0)).one())


def counting(tx: Connection, system: System, kind: str, names: Sequence[str], since: Instant | None) -> list[str]:
    """The ids of living records in which one of some counters is above zero, by id; since an instant only those in
    which one moved.
    """
    where = (_c.system == str(system), _c.kind == kind, _c.deleted == 0, _c.known_at >= (since or 0))
    rows = tx.execute(select(_c.id, _c.seen_at, *_values(tx, names)).where(*where).order_by(_c.id))
    counted = {row[0]: row[1] for row in rows if any(value not in (None, "", "0", 0) for value in row[2:])}
    if since is None:
        return list(counted)
    known = [one for one, seen_at in counted.items() if seen_at < since]
    still = set(known) - _moved(tx, system, kind, known, names, since)
    return [one for one in counted if one not in still]


def _moved(
    tx: Connection, system: System, kind: str, known: Iterable[str], names: Sequence[str], since: Instant
) -> set[str]:
    """The ids of records of which it was learned since an instant that one of some properties has another value."""
    found = set()
    for rows in read_many(tx, _learned, known, of=str(system), sort=kind, since=since):
        for record_id, before in rows:
            told = from_text(before)
            if any(name in told.get("was", ()) or name in told.get("new", ()) for name in names):
                found.add(record_id)
    return found


def _learned(tx: Connection) -> Select[Any]:
    r = tables.revision.c
    where = (r.system == bindparam("of"), r.kind == bindparam("sort"), r.learned_at >= bindparam("since"))
    return select(r.id, r.before).where(*where, listed(tx, r.id))


def _values(tx: Connection, names: Sequence[str]) -> list[Any]:
    """The values of some properties, as columns."""
    if tx.dialect.name != "postgresql":
        return [func.json_extract(_c.properties, '$."' + name.replace('"', "") + '"') for name in names]
    from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415  four MB for those who use another

    return [cast(_c.properties, JSONB)[name].astext for name in names]
