"""Touches, clustered by person: one row per piece of evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from syncd.model.person import PersonId, Touch
from syncd.store import tables
from syncd.store.batches import among, batches, insert_into, write_many
from syncd.store.canonical import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Insert

    from syncd.model.instant import Instant

_t = tables.touch.c


def add_touches(tx: Connection, rows: Sequence[tuple[PersonId, Touch, str, str, str]], known_at: Instant) -> int:
    """Keep touches: (person, touch, system, kind of the source, id of the source) each. How many were news.

    One that is known already changes nothing; one whose time, kind, actor or fields are now others (a meeting was
    moved, or has been held) takes the place of what was known under its id.
    """
    values = [
        {
            "person_id": person,
            "id": touch.id,
            "at": touch.at,
            "kind": touch.kind,
            "actor": touch.by,
            "fields": to_text(touch.fields) if touch.fields else "{}",
            "known_at": known_at,
            "system": str(system),
            "source_kind": source_kind,
            "source_id": source_id,
        }
        for person, touch, system, source_kind, source_id in rows
    ]
    return write_many(tx, _upsert, values)


def touches_of(
    tx: Connection, persons: Iterable[PersonId], as_of: Instant | None = None
) -> dict[PersonId, list[Touch]]:
    """The touches of each person by (at, id), those known at an instant where one is given; all have a list."""
    found: dict[PersonId, list[Touch]] = {person: [] for person in persons}
    columns = (_t.person_id, _t.at, _t.id, _t.kind, _t.fields, _t.actor)
    for batch in batches(found):
        statement = select(*columns).where(among(tx, _t.person_id, batch)).order_by(_t.person_id, _t.at, _t.id)
        if as_of is not None:
            statement = statement.where(_t.known_at <= as_of)
        for person, at, touch_id, kind, fields, actor in tx.execute(statement).all():
            found[person].append(Touch(at, touch_id, kind, {} if fields == "{}" else from_text(fields), actor))
    return found


def learned(tx: Connection, person: PersonId) -> dict[str, tuple[Instant, str, str]]:
    """When each touch of a person was learned, and where it was found: id -> (known at, system, id of the source)."""
    columns = (_t.id, _t.known_at, _t.system, _t.source_id)
    rows = tx.execute(select(*columns).where(_t.person_id == person)).all()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _upsert(tx: Connection) -> Insert:
    statement = insert_into(tx, tables.touch)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["person_id", "id"],
        set_={name: new[name] for name in ("at", "kind", "actor", "fields", "known_at")},
        where=or_(*(_t[name].is_distinct_from(new[name]) for name in ("at", "kind", "actor", "fields"))),
    )
