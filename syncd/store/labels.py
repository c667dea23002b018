"""The value of one field for everybody at once, for reports that split people by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from connectors.records import System
from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.store import tables
from syncd.store.canonical import from_text
from syncd.store.colleagues import COMPANY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from connectors.records import JsonValue

_r = tables.record.c
_company = tables.record.alias("company")
_ref = tables.reference.c
AT_ONCE = 5_000
"""Rows in memory at a time."""


def values_of(
    tx: Connection, system: System, kind: str, fields: Sequence[str]
) -> Iterator[tuple[PersonId, tuple[bool, Instant, str], list[JsonValue]]]:
    """(person, place, values of the fields) for every record of a kind, in no order.

    Of several records of one person the one with the highest `place` speaks: live, changed last, by id. The record of
    a company speaks for everybody whose contacts name it.
    """
    found = _of_companies(system, kind) if kind == COMPANY[system] else _of_people(system, kind)
    holder = _company.c if kind == COMPANY[system] else _r
    statement = found.add_columns(holder.deleted, holder.modified_at, holder.id, holder.properties)
    with tx.execute(statement.execution_options(yield_per=AT_ONCE)) as rows:
        for some in rows.partitions():
            for person, deleted, modified, record_id, text in some:
                said = from_text(text)
                yield person, (not deleted, modified, record_id), [said.get(field) for field in fields]


def changed_after(tx: Connection, at: Instant) -> set[PersonId]:
    """Everybody of whom some record was changed after an instant: of them the present does not tell the past."""
    statement = select(_r.person_id).distinct().where(_r.modified_at > at, _r.person_id.is_not(None))
    found = {PersonId(one) for one in tx.execute(statement).scalars()}
    companies = select(_company.c.id).where(_company.c.kind.in_(COMPANY.values()), _company.c.modified_at > at)
    staff = select(_r.person_id).join(tables.reference, _names()).where(_ref.to_id.in_(companies))
    return found | {PersonId(one) for one in tx.execute(staff).scalars() if one is not None}


def _of_people(system: System, kind: str) -> Select[Any]:
    return select(_r.person_id).where(_r.system == str(system), _r.kind == kind, _r.person_id.is_not(None))


def _of_companies(system: System, kind: str) -> Select[Any]:
    joined = tables.record.join(tables.reference, _names()).join(
        _company, (_company.c.system == _ref.system) & (_company.c.kind == _ref.to_kind) & (_company.c.id == _ref.to_id)
    )
    where = (_r.system == str(system), _r.kind == "contact", _ref.to_kind == kind, _r.person_id.is_not(None))
    return select(_r.person_id).select_from(joined).where(*where)


def _names() -> ColumnElement[bool]:
    return (_ref.system == _r.system) & (_ref.kind == _r.kind) & (_ref.id == _r.id)
