"""Quarantine: what was set aside, why, who must act, and when it is tried again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal_column, select, update

from syncd.model.dossier import Quarantined
from syncd.model.mapping import MARK
from syncd.store import tables
from syncd.store.batches import among, batches, insert_into, listed, read_many, write_many
from syncd.store.ledger import About, LedgerItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Insert, Row, Select

    from syncd.model.instant import Instant
    from syncd.model.person import PersonId

_q = tables.quarantine.c
_ALL = select(tables.quarantine).order_by(_q.first_at, _q.id)
_OPEN = _ALL.where(_q.state == "open")
_STANDING = _ALL.where(_q.state.in_(["open", "dropped"]))
_OF_NOBODY = _STANDING.where(_q.person_id.is_(None), _q.digest != "")
_SINCE = (
    select(func.count()).select_from(tables.quarantine).where(_q.state == "open", _q.first_at >= bindparam("since"))
)
_MAPPINGS = _STANDING.where(_q.digest >= MARK, _q.digest < MARK + "\uffff")
_QUESTIONS = _OPEN.where(_q.cause == "link")
"""Each idle cycle asks for these and for mappings, and closed cases are kept: neither walks through the table."""


def put(tx: Connection, rows: Sequence[Quarantined], at: Instant) -> None:
    """Set things aside. One that is known by its id is opened again with one attempt more; its first time stays."""
    write_many(tx, _upsert, [_row_of(row) | {"last_at": at} for row in rows])


def noted(row: Quarantined) -> LedgerItem:
    """What the ledger keeps of a case when it is set aside."""
    data = {"id": row.id, "cause": row.cause, "code": row.code, "kind": row.kind}
    return LedgerItem("quarantined", data, [About(row.person)] if row.person else [])


def resolve(tx: Connection, ids: Iterable[str], at: Instant) -> None:
    """What was set aside has worked since. Those dropped or unknown stay as they are."""
    _close(tx, ids, at, "resolved")


def drop(tx: Connection, ids: Iterable[str], at: Instant) -> None:
    """Somebody decided that these are not wanted any more."""
    _close(tx, ids, at, "dropped")


def retry(tx: Connection, ids: Iterable[str], at: Instant) -> None:
    """These are due at an instant, open again where they were dropped."""
    for batch in batches(ids):
        tx.execute(update(tables.quarantine).where(among(tx, _q.id, batch)).values(state="open", next_at=at))


def open_ones(tx: Connection, persons: Iterable[PersonId] | None = None) -> list[Quarantined]:
    """What is set aside now, oldest first; of some persons only where they are named."""
    if persons is None:
        return [_quarantined_of(row) for row in tx.execute(_OPEN)]
    return [_quarantined_of(row) for some in read_many(tx, _of_persons, persons) for row in some]


def questions(tx: Connection) -> list[Quarantined]:
    """Whom nobody could link, and who is set aside for that now, oldest first."""
    return [_quarantined_of(row) for row in tx.execute(_QUESTIONS)]


def of_nobody(tx: Connection) -> list[Quarantined]:
    """Rows about nobody that are set aside now or were dropped, oldest first."""
    return [_quarantined_of(row) for row in tx.execute(_OF_NOBODY)]


def standing_ones(tx: Connection, persons: Iterable[PersonId] | None = None) -> list[Quarantined]:
    """What is set aside now or was dropped, oldest first; of some persons only where they are named."""
    if persons is None:
        return [_quarantined_of(row) for row in tx.execute(_STANDING)]
    return [_quarantined_of(row) for some in read_many(tx, _standing_of_persons, persons) for row in some]


def mappings(tx: Connection) -> list[Quarantined]:
    """The mappings that are set aside now or were dropped, oldest first."""
    return [_quarantined_of(row) for row in tx.execute(_MAPPINGS)]


def count_since(tx: Connection, since: Instant) -> int:
    """How many cases that are open now came up since then."""
    return tx.execute(_SINCE, {"since": since}).scalar_one()


def get(tx: Connection, id: str) -> Quarantined | None:  # noqa: A002 (the field's own name)
    """One thing by id, in whatever state, None where there is none."""
    row = tx.execute(select(tables.quarantine).where(_q.id == id)).first()
    return None if row is None else _quarantined_of(row)


def _close(tx: Connection, ids: Iterable[str], at: Instant, state: str) -> None:
    for batch in batches(ids):
        where = (among(tx, _q.id, batch), _q.state == "open")
        tx.execute(update(tables.quarantine).where(*where).values(state=state, last_at=at, next_at=None))


def _of_persons(tx: Connection) -> Select[Any]:
    return _OPEN.where(listed(tx, _q.person_id))


def _standing_of_persons(tx: Connection) -> Select[Any]:
    return _STANDING.where(listed(tx, _q.person_id))


def _row_of(row: Quarantined) -> dict[str, Any]:
    values = asdict(row)
    values["person_id"] = values.pop("person")
    return values | {"system": str(row.system), "cause": str(row.cause)}


def _quarantined_of(row: Row[Any]) -> Quarantined:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)
    values["person"] = values.pop("person_id")
    return Quarantined(**values)


def _upsert(tx: Connection) -> Insert:
    statement = insert_into(tx, tables.quarantine)
    kept = {"id", "first_at", "attempts"}
    changes: dict[str, Any] = {c.name: statement.excluded[c.name] for c in _q if c.name not in kept}
    changes["attempts"] = _q.attempts + literal_column("1")
    return statement.on_conflict_do_update(index_elements=["id"], set_=changes)
