"""The values of fields for everybody at once, for reports that split people by them.

Those that reports mostly ask for are kept beside each person when they are judged, in one short row (`said`). A row is
good for as long as its person is clean, and nothing was written to one of their records since.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from sqlalchemy import and_, bindparam, delete, func, or_, select

from connectors.records import System
from syncd.model.instant import BEGINNING, Instant
from syncd.model.person import PersonId
from syncd.store import tables
from syncd.store.batches import among, insert_into, listed, read_many, side_by_side, write_rows
from syncd.store.canonical import from_text, to_text
from syncd.store.colleagues import COMPANY, companies_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Delete, Insert, Select

    from connectors.records import JsonValue

_r = tables.record.c
_company = tables.record.alias("company")
_ref = tables.reference.c
_s = tables.said.c
_p = tables.person.c
_HELD = (_r.deleted, _r.modified_at, _r.id, _r.properties)
CrmField: TypeAlias = "tuple[str, str, str]"
"""A field of a CRM: system, kind of record, name."""
ABSENT = (None, "")
"""What an empty field holds."""
AT_ONCE = 5_000
"""Rows in memory at a time."""
FEW = 1_000
"""So many are asked for by name, more of them by between whom they are."""


def values_of(
    tx: Connection, system: System, kind: str, fields: Sequence[str]
) -> Iterator[tuple[PersonId, tuple[bool, Instant, str], list[JsonValue]]]:
    """(person, place, values of the fields) for every record of a kind, in no order.

    Of several records of one person the one with the highest `place` speaks: live, changed last, by id. The record of
    a company speaks for everybody whose contacts name it.
    """
    for row in _rows(tx, system, kind):
        yield _value_of(row, fields)


def keep(tx: Connection, persons: Sequence[PersonId], fields: Sequence[CrmField]) -> None:
    """Keep what the records of some persons hold in these fields, for `kept`."""
    wanted = _by_kind(fields)
    values: dict[PersonId, list[JsonValue]] = {person: [None] * len(fields) for person in persons}
    newest = dict.fromkeys(persons, BEGINNING)
    places: dict[tuple[PersonId, int], tuple[bool, Instant, str]] = {}
    for person, kind, place, said in _held_by(tx, persons, wanted):
        newest[person] = max(newest[person], place[1])
        for index in wanted[kind]:
            value = said.get(fields[index][2])
            if value not in ABSENT and place >= places.get((person, index), place):
                values[person][index], places[person, index] = value, place
    name = _name(fields)
    rows = [(person, name, newest[person], to_text(held)) for person, held in values.items()]
    write_rows(tx, _upsert, ("person_id", "fields", "newest", "held"), rows)


def let_go(tx: Connection, persons: Iterable[PersonId]) -> None:
    """What was kept of some persons is no longer so."""
    write_rows(tx, _delete, ("whose",), [(person,) for person in sorted(persons)])


def kept(
    tx: Connection, fields: Sequence[CrmField], at: Instant, people: Sequence[PersonId]
) -> tuple[list[PersonId], list[list[JsonValue]]]:
    """(persons, their values of each field) of some people, who are in order, and perhaps of more between them: of
    those of whom everything was kept, and none of whose records was changed after `at`. Of those who are in `not_kept`
    too it is no longer so.
    """
    if not people or not fields:
        return [], [[] for _ in fields]
    whose = among(tx, _s.person_id, people) if len(people) < FEW else _s.person_id.between(people[0], people[-1])
    inner = func.substr(_s.held, 2, func.length(_s.held) - 2)  # without its brackets: all values in one list
    rows = select(_s.person_id, inner).where(*_good(fields, at), whose).order_by(_s.person_id)
    found = side_by_side(tx, rows, ",", ",")
    if found is None:
        return [], [[] for _ in fields]
    persons, values = found[0].split(","), from_text(f"[{found[1]}]")
    return cast("list[PersonId]", persons), [values[place :: len(fields)] for place in range(len(fields))]


def not_kept(tx: Connection, fields: Sequence[CrmField], at: Instant) -> list[PersonId]:
    """Everybody of whom nothing is kept that is good still, by person."""
    joined = tables.person.outerjoin(tables.said, (_s.person_id == _p.id) & and_(*_good(fields, at)))
    bad = or_(_s.person_id.is_(None), _p.dirty != 0)
    statement = select(_p.id).select_from(joined).where(_p.merged_into.is_(None), bad).order_by(_p.id)
    return list(tx.execute(statement).scalars())


def changed_after(tx: Connection, at: Instant) -> set[PersonId]:
    """Everybody of whom some record was changed after an instant: of them the present does not tell the past."""
    statement = select(_r.person_id).distinct().where(_r.modified_at > at, _r.person_id.is_not(None))
    found = {PersonId(one) for one in tx.execute(statement).scalars()}
    companies = select(_company.c.id).where(_company.c.kind.in_(COMPANY.values()), _company.c.modified_at > at)
    staff = select(_r.person_id).join(tables.reference, _names()).where(_ref.to_id.in_(companies))
    return found | {PersonId(one) for one in tx.execute(staff).scalars() if one is not None}


def _good(fields: Sequence[CrmField], at: Instant) -> tuple[ColumnElement[bool], ...]:
    return _s.fields == _name(fields), _s.newest <= at


def _name(fields: Sequence[CrmField]) -> str:
    """What tells whether rows are of these fields, in this order."""
    return sha256(to_text([list(one) for one in fields]).encode()).hexdigest()[:16]


def _by_kind(fields: Sequence[CrmField]) -> dict[tuple[System, str], list[int]]:
    found: dict[tuple[System, str], list[int]] = {}
    for index, (system, kind, _) in enumerate(fields):
        found.setdefault((System(system), kind), []).append(index)
    return found


def _held_by(
    tx: Connection, persons: Sequence[PersonId], kinds: Collection[tuple[System, str]]
) -> Iterator[tuple[PersonId, tuple[System, str], tuple[bool, Instant, str], Mapping[str, JsonValue]]]:
    """(person, kind, place, properties) for every record of some kinds that speaks for one of the persons.

    Each person's records are read once, whatever their kind, and each company once for all who work there: asked kind
    by kind, the databases walk through all records of that kind for every few hundred people.
    """
    contacts: dict[str, dict[str, PersonId]] = {system: {} for system in COMPANY}
    for rows in read_many(tx, _select_of_persons, persons):
        for person, system, kind, *held in rows:
            if (system, kind) in kinds:
                yield person, (system, kind), _place(*held[:3]), from_text(held[3])
            if kind == "contact":
                contacts[system][held[2]] = person
    for system, kind in COMPANY.items():
        if (system, kind) in kinds:
            named = companies_of(tx, system, contacts[system])
            ids = sorted({one for ids in named.values() for one in ids})
            found = (row for rows in read_many(tx, _select_some, ids, of=system.value, sort=kind) for row in rows)
            known = {row[2]: (_place(*row[:3]), from_text(row[3])) for row in found}
            for contact, ids_of in named.items():
                for one in ids_of & known.keys():
                    yield contacts[system][contact], (system, kind), *known[one]


def _select_of_persons(tx: Connection) -> Select[Any]:
    return select(_r.person_id, _r.system, _r.kind, *_HELD).where(listed(tx, _r.person_id))


def _select_some(tx: Connection) -> Select[Any]:
    return select(*_HELD).where(_r.system == bindparam("of"), _r.kind == bindparam("sort"), listed(tx, _r.id))


def _rows(tx: Connection, system: System, kind: str) -> Iterator[Any]:
    of_company = kind == COMPANY[system]
    found = _of_companies(system, kind) if of_company else _of_people(system, kind)
    holder = _company.c if of_company else _r
    statement = found.add_columns(holder.deleted, holder.modified_at, holder.id, holder.properties)
    with tx.execute(statement.execution_options(yield_per=AT_ONCE)) as rows:
        for some in rows.partitions():
            yield from some


def _place(deleted: int, modified: Instant, record_id: str) -> tuple[bool, Instant, str]:
    """The higher, the sooner a record speaks."""
    return not deleted, modified, record_id


def _value_of(row: Any, fields: Sequence[str]) -> tuple[PersonId, tuple[bool, Instant, str], list[JsonValue]]:  # noqa: ANN401
    person, deleted, modified, record_id, text = row
    said = from_text(text)
    return person, _place(deleted, modified, record_id), [said.get(field) for field in fields]


def _upsert(tx: Connection) -> Insert:
    statement = insert_into(tx, tables.said)
    new = {name: statement.excluded[name] for name in ("fields", "newest", "held")}
    return statement.on_conflict_do_update(index_elements=["person_id"], set_=new)


def _delete(_tx: Connection) -> Delete:
    return delete(tables.said).where(_s.person_id == bindparam("whose"))


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
