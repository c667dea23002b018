"""Intents: every write to a CRM, committed before the call, and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sqlalchemy import bindparam, insert, literal_column, select, update

from syncd.model.nouns import dataclass
from syncd.store import tables
from syncd.store.batches import among, batches, write_rows
from syncd.store.canonical import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Insert, Row, Update

    from syncd.model.instant import Instant
    from syncd.model.person import PersonId
    from syncd.store.runs import RunId

State: TypeAlias = "Literal['open', 'done', 'failed', 'moved', 'dropped']"
Operation: TypeAlias = "Literal['create', 'update', 'upsert']"

_i = tables.intent.c
_OPEN = select(tables.intent).where(_i.state == literal_column("'open'")).order_by(_i.created_at, _i.id)
_ANY = select(_i.id).where(_i.person_id.is_not(None)).limit(1)


@dataclass(frozen=True, slots=True)
class Intent:
    """One row that is to be written, was, or could not be.

    `before` is what stood in the fields of an update, so that it can be taken back.
    `key` is the external id (field, value) of an upsert. `result_id` is the CRM's id of what was written, `code`
    the CRM's code of a refusal. "moved": a human changed the record first; "dropped": no longer wanted.
    """

    id: str
    run: RunId
    person: PersonId | None
    system: str
    kind: str
    op: Operation
    record_id: str | None
    key: tuple[str, str] | None
    fields: Mapping[str, Any]
    purpose: str | None
    state: State
    result_id: str | None
    code: str | None
    created_at: Instant
    ended_at: Instant | None
    before: Mapping[str, Any] = field(default_factory=dict)


def sealed(one: Intent) -> dict[str, Any]:
    """What the ledger keeps sealed of an intent: what is written and what for, by which key, and what stood there."""
    before = {name: value for name, value in one.before.items() if value is not None}
    return {"purpose": one.purpose, "key": one.key, "fields": one.fields, "before": before}


def open_many(tx: Connection, intents: Sequence[Intent]) -> None:
    """Commit to writes that are about to be made. An id that was used before is a bug and raises IntegrityError."""
    write_rows(tx, _insert, _ROW, [_row_of(intent) for intent in intents])


def finish(tx: Connection, results: Sequence[tuple[str, State, str | None, str | None]], at: Instant) -> None:
    """Record what became of intents: (id, state, result id, code) each."""
    rows = [(*result, at) for result in results]
    write_rows(tx, _finish, ("which", "now", "made", "said", "then"), rows)


def open_ones(tx: Connection) -> list[Intent]:
    """Intents whose end is not known, in the order of their making: what a killed run left."""
    return [_intent_of(row) for row in tx.execute(_OPEN).all()]


def done_keys(tx: Connection, keys: Collection[str]) -> dict[str, str | None]:
    """Which upsert key values were written once, with the CRM's id of what they made."""
    found: dict[str, str | None] = {}
    for batch in batches(sorted(set(keys))):
        where = (among(tx, _i.key_value, batch), _i.state == "done")
        statement = select(_i.key_value, _i.result_id).where(*where).order_by(_i.created_at, _i.id)
        for key, result in tx.execute(statement).all():
            found[key] = result if result is not None else found.get(key)
    return found


def done_keys_of(tx: Connection, persons: Iterable[PersonId]) -> dict[PersonId, set[str]]:
    """The upsert key values that were written for each person; every person has a set."""
    found: dict[PersonId, set[str]] = {person: set() for person in persons}
    for batch in batches(found):
        where = (among(tx, _i.person_id, batch), _i.state == "done", _i.key_value.is_not(None))
        for person, key in tx.execute(select(_i.person_id, _i.key_value).where(*where)).all():
            found[person].add(key)
    return found


def tasks_since(tx: Connection, since: Instant) -> dict[str, int]:
    """How many tasks each owner (15 characters) got from us since an instant."""
    where = (_i.purpose == "task", _i.state == "done", _i.created_at >= since)
    owners = [
        str(from_text(text).get("OwnerId"))[:15] for text in tx.execute(select(_i.fields).where(*where)).scalars()
    ]
    return dict(Counter(owners))


def of_run(tx: Connection, run: str) -> list[Intent]:
    """The intents of a run in the order of their making."""
    statement = select(tables.intent).where(_i.run_id == run).order_by(_i.created_at, _i.id)
    return [_intent_of(row) for row in tx.execute(statement).all()]


def some(tx: Connection, ids: Iterable[str]) -> list[Intent]:
    """Intents by id, in no order; unknown ones are left out."""
    return [
        _intent_of(row)
        for batch in batches(ids)
        for row in tx.execute(select(tables.intent).where(among(tx, _i.id, batch))).all()
    ]


def any_ever(tx: Connection) -> bool:
    """Whether anything about a person was ever meant to be written: first contact has ended."""
    return tx.execute(_ANY).first() is not None


_ROW = tuple(column.name for column in _i)


def _row_of(intent: Intent) -> tuple[Any, ...]:
    """The values of _ROW."""
    return (
        intent.id,
        intent.run,
        intent.person,
        str(intent.system),
        intent.kind,
        intent.op,
        intent.record_id,
        *(intent.key or (None, None)),
        to_text(intent.fields),
        to_text(intent.before),
        intent.purpose,
        intent.state,
        intent.result_id,
        intent.code,
        intent.created_at,
        intent.ended_at,
    )


def _intent_of(row: Row[Any]) -> Intent:
    return Intent(
        id=row.id,
        run=row.run_id,
        person=row.person_id,
        system=row.system,
        kind=row.kind,
        op=row.op,
        record_id=row.record_id,
        key=None if row.key_field is None else (row.key_field, row.key_value),
        fields=from_text(row.fields),
        before=from_text(row.before),
        purpose=row.purpose,
        state=row.state,
        result_id=row.result_id,
        code=row.code,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def _insert(_tx: Connection) -> Insert:
    return insert(tables.intent)


def _finish(_tx: Connection) -> Update:
    return (
        update(tables.intent)
        .where(_i.id == bindparam("which"))
        .values(state=bindparam("now"), result_id=bindparam("made"), code=bindparam("said"), ended_at=bindparam("then"))
    )
