"""Which record names which: a contact its company, a role its opportunity, a task whom it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, literal, or_, select

from syncd.model.dossier import Reference
from syncd.store import tables
from syncd.store.batches import listed, read_many, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Delete, Insert, Select

    from connectors.records import System

_r = tables.reference.c
_ONES = select(literal(1)).where(_r.system == bindparam("of"))
_OTHERS = select(
    # two looks at the index: one condition with "or" would walk all of it
    or_(_ONES.where(_r.kind < bindparam("sort")).exists(), _ONES.where(_r.kind > bindparam("sort")).exists())
)


def refer(tx: Connection, system: System, kind: str, references: Mapping[str, Sequence[Reference]]) -> None:
    """Replace what records name, by record id. Rows that say the same are not touched."""
    wanted = {(record_id, *reference) for record_id, named in references.items() for reference in named}
    present: set[tuple[str, ...]] = set()
    for rows in read_many(tx, _named, references, of=str(system), sort=kind):
        present.update(map(tuple, rows))
    write_rows(tx, _forget, _ROW, [(system.value, kind, *row) for row in sorted(present - wanted)])
    write_rows(tx, _keep, _ROW, [(system.value, kind, *row) for row in sorted(wanted - present)])


def named(tx: Connection, system: System, kind: str, ids: Iterable[str]) -> dict[str, tuple[Reference, ...]]:
    """What records name, by record id; one that names nothing is left out."""
    found: dict[str, tuple[Reference, ...]] = {}
    for rows in read_many(tx, _named, ids, of=str(system), sort=kind):
        for record_id, *rest in rows:
            found[record_id] = (*found.get(record_id, ()), Reference(*rest))
    return found


def referring(tx: Connection, system: System, kind: str, to_kind: str, to_ids: Iterable[str]) -> dict[str, list[str]]:
    """Which records of `kind` name these: ids in order, by the id that is named; one that nobody names is left out."""
    found: dict[str, list[str]] = {}
    for rows in read_many(tx, _referring, to_ids, of=str(system), sort=kind, to_sort=to_kind):
        for to_id, record_id in rows:
            found.setdefault(to_id, []).append(record_id)
    return found


def naming(
    tx: Connection, system: System, name: str, to_kind: str, to_ids: Iterable[str]
) -> dict[str, list[tuple[str, str]]]:
    """Which records name these as `name`: (kind, id) in order, by the id that is named."""
    found: dict[str, list[tuple[str, str]]] = {}
    for rows in read_many(tx, _naming, to_ids, of=str(system), role=name, to_sort=to_kind):
        for to_id, kind, record_id in rows:
            found.setdefault(to_id, []).append((kind, record_id))
    return found


def others_name(tx: Connection, system: System, kind: str) -> bool:
    """Whether any record of another kind than this names another one: where none does, nobody need be asked about."""
    return bool(tx.execute(_OTHERS, {"of": system.value, "sort": kind}).scalar())


def known_as(tx: Connection, system: System, to_kind: str, start: str) -> list[str]:
    """The ids of a kind that some record names and that begin so, in order: the record itself need not be mirrored."""
    where = (_r.system == str(system), _r.to_kind == to_kind, _r.to_id >= start, _r.to_id < start + "~")
    return list(tx.execute(select(_r.to_id).distinct().where(*where).order_by(_r.to_id)).scalars())


def _named(tx: Connection) -> Select[Any]:
    where = (_r.system == bindparam("of"), _r.kind == bindparam("sort"), listed(tx, _r.id))
    return select(_r.id, _r.name, _r.to_kind, _r.to_id).where(*where)


def _referring(tx: Connection) -> Select[Any]:
    where = (_r.system == bindparam("of"), _r.kind == bindparam("sort"), _r.to_kind == bindparam("to_sort"))
    named = select(_r.to_id, _r.id).distinct().where(*where, listed(tx, _r.to_id))
    return named.order_by(_r.to_id, _r.id)


def _naming(tx: Connection) -> Select[Any]:
    where = (_r.system == bindparam("of"), _r.name == bindparam("role"), _r.to_kind == bindparam("to_sort"))
    named = select(_r.to_id, _r.kind, _r.id).where(*where, listed(tx, _r.to_id))
    return named.order_by(_r.to_id, _r.kind, _r.id)


_ROW = tuple(column.name for column in _r)


def _keep(_tx: Connection) -> Insert:
    return insert(tables.reference)


def _forget(_tx: Connection) -> Delete:
    return delete(tables.reference).where(*(column == bindparam(column.name) for column in _r))
