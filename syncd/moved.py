"""Read back what a plan wants to change: what a person changed meanwhile is left alone (design 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.model.change import Change
from syncd.plan.values import same

if TYPE_CHECKING:
    from connectors.records import JsonValue, ObjectSchema, Record, System
    from syncd.desk import Desk
    from syncd.remember import Memory


def as_it_stands(desk: Desk, memory: Memory, system: System, kind: str, changes: list[Change]) -> list[Change]:
    """The changes without what has moved since the plan was made, or holds the wanted value already.

    A moved field loses only its own change; a record that is gone loses all of them. Both are counted and told.
    """
    fields = sorted({one.field for change in changes for one in change.fields})
    ids = [change.id for change in changes if change.id]
    if not ids:
        return []
    live = desk.crm(system).read(kind, ids, fields)
    schema = desk.schemas[system, kind]
    ready = []
    for change in changes:
        record = live.get(change.id or "")
        if record is None or record.deleted or record.id[:15] != str(change.id)[:15]:
            memory.note_gone(change)
            continue
        kept, moved = _split(change, record, schema)
        if moved:
            memory.note_moved(change, moved)
        if kept.fields:
            ready.append(kept)
    return ready


def is_set(record: Record | None, name: str, value: JsonValue) -> bool:
    """Whether a record that was read back holds what was just written."""
    return record is not None and not record.deleted and same(record.properties.get(name), value, None)


def _split(change: Change, record: Record, schema: ObjectSchema) -> tuple[Change, list[str]]:
    kept, moved = [], []
    for one in change.fields:
        held, field = record.properties.get(one.field), schema.fields.get(one.field)
        if same(held, one.after, field):
            continue
        if same(held, one.before, field):
            kept.append(one)
        else:
            moved.append(one.field)
    return replace(change, fields=tuple(kept)), moved
