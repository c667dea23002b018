"""The past of properties that begin to be watched when their records were read long ago (facts: hubspot E6).

A record that changes is read with the history of what is watched. One that does not change says nothing by itself: so
that a stage is dated truly, the history of all of them is read, fifty records a call, before anybody is judged by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.records import Record
from syncd.desk import TurnOver
from syncd.facts.touches import evidence_of
from syncd.model.instant import datetime_of
from syncd.reading.take import keeping
from syncd.store import ledger, mirror, people
from syncd.store import streams as cursors
from syncd.store.affected import affected
from syncd.store.canonical import from_text, to_text
from syncd.store.census import next_ids
from syncd.store.database import OF_READING, get_meta, set_meta
from syncd.store.ledger import LedgerItem
from syncd.streams import touch_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from syncd.desk import Desk, Run
    from syncd.streams import Stream

WATCHED = f"{OF_READING}watched "
"""What the properties are noted under of which every record of a stream was read with its history."""

AT_ONCE = 500
"""Records whose past is taken in one transaction: ten calls."""


def note_watched(tx: Connection, stream: Stream, asked_before: Collection[str]) -> None:
    """Note that a stream which is read from the beginning brings the past of all that it did not ask for before."""
    known = _noted(tx, stream) or set()
    _note(tx, stream, {name for name in stream.watched if name in known or name not in asked_before})


def behind(notes: Mapping[str, str], streams: Sequence[Stream]) -> list[Stream]:
    """Those of which something began to be watched, or is not watched any more, since their past was read, as far as
    what was noted before tells.
    """
    return [one for one in streams if set(from_text(notes.get(WATCHED + one.name, "[]"))) != set(one.watched)]


def read_past(desk: Desk, run: Run, stream: Stream) -> None:
    """Read the history of what began to be watched, of every record that the mirror has; nothing where that is known.

    What was cut off goes on where it was, as status says until all is read. Raises as `pull`.
    """
    with desk.store.reading() as tx:
        known = _noted(tx, stream)
    missing = sorted(set(stream.watched) - (known or set()))
    if known is None or not missing:
        if known is None or not known <= set(stream.watched):  # what is watched no more has gaps from now on
            with desk.store.transaction() as tx:
                _note(tx, stream, stream.watched)
        return
    told = f"the past of {', '.join(missing)} is being read"
    with desk.store.reading() as tx:
        state = cursors.get(tx, stream.system, f"{stream.kind} history")
    state = state if state.gap == told else replace(state, gap=told, after_id=None)
    run.pulled.setdefault(f"{stream.name} history", 0)
    state = _read_on(desk, run, stream, missing, state)
    with desk.store.transaction() as tx:
        cursors.forget(tx, state)
        _note(tx, stream, stream.watched)
        read = run.pulled[f"{stream.name} history"]
        data = {"stream": f"{stream.name} history", "properties": missing, "news": read}
        ledger.append(tx, run.id, desk.clock(), [LedgerItem("pulled", data)])


def _read_on(
    desk: Desk, run: Run, stream: Stream, names: Sequence[str], state: cursors.StreamState
) -> cursors.StreamState:
    """Read on to the last record, and give where that was."""
    counted = f"{stream.name} history"
    while found := _next(desk, stream, state.after_id):
        state = replace(state, after_id=list(found)[-1], checked_at=desk.clock())
        records = _with_past(desk, stream, found, names)
        with desk.store.transaction() as tx:
            _keep(tx, desk, stream, records)
            cursors.save(tx, state)
        run.pulled[counted] += len(found)
        desk.progress.count(f"reading the past of {stream.name}", run.pulled[counted])
        desk.may_end()
        if desk.turn_over():
            raise TurnOver
    return state


def _noted(tx: Connection, stream: Stream) -> set[str] | None:
    text = get_meta(tx, WATCHED + stream.name)
    return None if text is None else set(from_text(text))


def _note(tx: Connection, stream: Stream, names: Collection[str]) -> None:
    set_meta(tx, WATCHED + stream.name, to_text(sorted(names)))


def _next(desk: Desk, stream: Stream, after_id: str | None) -> dict[str, mirror.Mirrored]:
    """The next living records of the mirror, in ascending order of id."""
    with desk.store.reading() as tx:
        ids = next_ids(tx, stream.system, stream.kind, after_id, AT_ONCE)
        found = mirror.get(tx, stream.system, stream.kind, ids)
    return {one: found[one] for one in ids}


def _with_past(desk: Desk, stream: Stream, found: dict[str, mirror.Mirrored], names: Sequence[str]) -> list[Record]:
    """The records as the mirror has them, with the history of some properties. Who vanished or was merged meanwhile is
    left out: that comes by itself.
    """
    read = desk.crm(stream.system).read(stream.kind, list(found), (), names)
    return [
        Record(stream.kind, one, datetime_of(old.modified_at), None, {}, past.history)
        for one, old in found.items()
        if (past := read.get(one)) is not None and past.id == one
    ]


def _keep(tx: Connection, desk: Desk, stream: Stream, records: list[Record]) -> None:
    rules, kept = touch_rules(desk.config), set(stream.kept)
    shown = {one.id: told for one in records if (told := evidence_of(stream.system, one, rules))}
    histories = [keeping(one, kept) for one in records]
    mirror.save(tx, stream.system, histories, desk.clock(), (), shown)
    people.mark_dirty(tx, affected(tx, stream.system, stream.kind, {one.id: () for one in records}))
