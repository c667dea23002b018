"""Finding people by what somebody types, and listing them by stage, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.store import tables

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection

    from syncd.model.instant import Instant

_p = tables.person.c
_i = tables.identity.c
_r = tables.record.c
KINDS = ("contact", "lead")
"""Records that people are known by."""
LAST = "\U0010ffff"
"""Sorts after every character of an address."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in a list: where they stand (None: not judged yet), in which cycle, and since when."""

    person: PersonId
    stage: str | None
    cycle: int | None
    since: Instant | None


def in_stage(tx: Connection, stage: str | None, limit: int, skip: int = 0) -> list[Listed]:
    """People who are in a stage now (None: in any), who came last first."""
    where: list[ColumnElement[bool]] = [_p.merged_into.is_(None)]
    if stage is not None:
        where.append(_p.stage == stage)
    statement = select(_p.id, _p.stage, _p.cycle, _p.since).where(*where)
    statement = statement.order_by(_p.since.desc().nulls_last(), _p.id).limit(limit).offset(skip)
    return [Listed(PersonId(row[0]), *row[1:]) for row in tx.execute(statement).all()]


def listed(tx: Connection, persons: list[PersonId]) -> list[Listed]:
    """Where some people stand, in their given order."""
    statement = select(_p.id, _p.stage, _p.cycle, _p.since).where(_p.id.in_(persons))
    found = {row[0]: Listed(PersonId(row[0]), *row[1:]) for row in tx.execute(statement).all()}
    return [found[person] for person in persons if person in found]


def by_address(tx: Connection, beginning: str, limit: int) -> list[PersonId]:
    """People with an e-mail address that begins so, in order of the address."""
    first = f"email:{beginning.strip().casefold()}"
    joined = tables.identity.join(tables.record, (_r.system == _i.system) & (_r.kind == _i.kind) & (_r.id == _i.id))
    statement = (
        select(_r.person_id)
        .select_from(joined)
        .where(_i.key >= first, _i.key < first + LAST, _r.person_id.is_not(None))
        .order_by(_i.key)
        .limit(limit * len(KINDS))
    )
    return list(dict.fromkeys(PersonId(person) for person in tx.execute(statement).scalars()))[:limit]


def by_words(tx: Connection, words: list[str], limit: int) -> list[PersonId]:
    """People with a living contact or lead whose values have all of these words somewhere, such as parts of a name."""
    has = [_contains(tx, _r.properties, word) for word in words]
    where = (_r.kind.in_(KINDS), _r.deleted == 0, _r.person_id.is_not(None), *has)
    return [PersonId(each) for each in tx.execute(select(_r.person_id).distinct().where(*where).limit(limit)).scalars()]


def _contains(tx: Connection, column: Column[str], word: str) -> ColumnElement[bool]:
    """Without case; SQLite's own LIKE does that for ASCII without touching every text."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if tx.dialect.name == "postgresql":
        return column.ilike(f"%{escaped}%", escape="\\")
    return column.like(f"%{escaped}%", escape="\\")
