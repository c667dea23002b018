"""Read back what a plan wants to change: what a person changed meanwhile is left alone (design 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.errors import Refused
from syncd.model.change import Change
from syncd.model.mapping import of_field, without
from syncd.plan.values import same
from syncd.writing.aside import refusal_of

if TYPE_CHECKING:
    from connectors.records import JsonValue, ObjectSchema, Record, System
    from syncd.desk import Desk
    from syncd.writing.remember import Memory


def as_it_stands(desk: Desk, memory: Memory, system: System, kind: str, changes: list[Change]) -> list[Change]:
    """The changes without what has moved since the plan was made, or holds the wanted value already.

    A moved field loses only its own change; a record that is gone loses all of them. Both are counted and told.
    """
    changes, live = _read_back(desk, memory, system, kind, changes)
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


def _read_back(
    desk: Desk, memory: Memory, system: System, kind: str, changes: list[Change]
) -> tuple[list[Change], Mapping[str, Record]]:
    """The changes and what stands there. A field that may not be read any more is left out of them, and set aside."""
    while changes:
        fields = sorted({one.field for change in changes for one in change.fields})
        try:
            return changes, desk.crm(system).read(kind, [change.id for change in changes if change.id], fields)
        except Refused as error:
            hit = next((change for change in changes if error.field in change.values), None)
            if error.field is None or hit is None:
                raise
            memory.leave_unread(hit, refusal_of(error), [of_field(system, kind, error.field)])
            changes = [less for change in changes if (less := without(change, memory.stopped)) is not None]
    return changes, {}


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
    return change if len(kept) == len(change.fields) else replace(change, fields=tuple(kept)), moved
