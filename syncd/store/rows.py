"""Rows of the mirror as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.records import System
from syncd.model.dossier import Mirrored
from syncd.store import tables
from syncd.store.canonical import from_text
from syncd.store.evidence import reach_in
from syncd.store.mirrored import history_in, history_of
from syncd.store.renewal import NO_HISTORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from syncd.model.dossier import Dated

_c = tables.record.c
COLUMNS: tuple[ColumnElement[Any], ...] = (
    _c.system,
    _c.kind,
    _c.id,
    _c.person_id,
    _c.created_at,
    _c.modified_at,
    _c.known_at,
    _c.deleted,
    _c.merged_into,
    _c.properties,
    _c.history,
    _c.amended,
    _c.seen_at,
    _c.evidence,
)
"""What `mirrored_of` reads, in its order."""
SYSTEMS = {system.value: system for system in System}
"""The CRMs by the names that rows have of them."""

SUBMITTED = "form_submission"


def mirrored_of(row: Sequence[Any], *, to_judge: bool = False) -> Mirrored:
    """The record of a row of COLUMNS, further columns ignored.

    `to_judge` leaves undone what judging does not need, a twentieth of its time: a submitted form says all by the touch
    that hangs on it, and versions that nobody compares may stay the lists that JSON has.
    """
    system, kind, record_id, person, created, modified, known, deleted, merged, properties, history, ours, *rest = row
    return Mirrored(
        SYSTEMS[system],
        kind,
        record_id,
        person,
        created,
        modified,
        known,
        deleted == 1,
        merged,
        {} if to_judge and kind == SUBMITTED else from_text(properties),
        {} if history == NO_HISTORY else _past_in(history, as_json=to_judge),
        tuple(from_text(ours)) if ours else (),
        rest[0],
        rest[1],
        reach_in(rest[1]),
    )


def _past_in(history: str, *, as_json: bool) -> dict[str, list[Dated]]:
    if "\n" in history:
        return history_in(history)
    past: dict[str, list[Dated]] = from_text(history)
    return past if as_json else history_of(past)
