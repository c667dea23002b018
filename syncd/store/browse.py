"""The ledger to leaf through: its entries without their bodies, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from syncd.model.nouns import dataclass
from syncd.store import people, tables
from syncd.store.batches import among

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from syncd.model.instant import Instant
    from syncd.model.person import PersonId

_l = tables.ledger.c
_c = tables.ledger_person.c


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry as the chain has it: its number, when it was made, of which kind, by which run, and both hashes."""

    seq: int
    at: Instant
    kind: str
    run: str | None
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: of a kind, of a run, about a person; None does not narrow."""

    kind: str | None = None
    run: str | None = None
    person: PersonId | None = None


def newest(tx: Connection, wanted: Filter, limit: int, before: int | None = None) -> list[Leaf]:
    """The last entries, the newest first, those with a lower number than `before` where it is given."""
    where = _where(tx, wanted)
    if before is not None:
        where.append(_l.seq < before)
    columns = (_l.seq, _l.at, _l.kind, _l.run_id, _l.prev, _l.hash)
    statement = select(*columns).where(*where).order_by(_l.seq.desc()).limit(limit)
    return [Leaf(*row) for row in tx.execute(statement).all()]


def count(tx: Connection, wanted: Filter) -> int:
    """How many entries there are."""
    return int(tx.execute(select(func.count()).select_from(tables.ledger).where(*_where(tx, wanted))).scalar_one())


def _where(tx: Connection, wanted: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        where.append(_l.kind == wanted.kind)
    if wanted.run is not None:
        where.append(_l.run_id == wanted.run)
    if wanted.person is not None:
        family = people.family(tx, wanted.person)
        where.append(_l.seq.in_(select(_c.seq).where(among(tx, _c.person_id, family))))
    return where
