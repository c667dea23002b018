"""Transitions: every entry into a stage that was recorded, and what was recorded when."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import bindparam, func, insert, or_, select, update

from syncd.model.instant import Instant
from syncd.model.person import Entry, PersonId
from syncd.model.stage import Stage
from syncd.store import courses, tables
from syncd.store.batches import among, batches, listed, read_many, write_many, write_rows
from syncd.store.canonical import from_text, to_text
from syncd.store.courses import PASSED, Passed, passed_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Insert, Select, Update

    from syncd.store.runs import RunId

_e = tables.entry.c
_first = itemgetter(0)
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    _e.person_id,
    _e.stage,
    _e.cycle,
    _e.at,
    _e.source,
    _e.why,
    _e.evidence,
    _e.definition,
    _e.left_at,
    _e.reason,
)


def record(tx: Connection, run: RunId | None, person: PersonId, entries: Sequence[Entry], at: Instant) -> None:
    """Keep the transitions of one person. See `record_many`."""
    record_many(tx, run, [(person, entries)], at)


def record_many(
    tx: Connection, run: RunId | None, rows: Sequence[tuple[PersonId, Sequence[Entry]]], at: Instant
) -> list[tuple[PersonId, Entry]]:
    """Keep the transitions of many persons, learned at `at`, and give those of every stage and cycle in which something
    changed by it: what the store says can then be told anew from what was given.

    Those given of one stage and cycle are all there are of it: a row that stood and says another `at`, `left_at` or
    `reason` is superseded, and stays readable as of earlier instants. Stages and cycles that are not named stand.
    """
    everything = _standing(tx, [person for person, _ in rows])
    superseded: list[dict[str, Any]] = []
    news: list[tuple[PersonId, Entry]] = []
    told: list[tuple[PersonId, Entry]] = []
    first = [(person, entries) for person, entries in rows if entries and person not in everything]
    for person, entries in rows:
        standing = everything.get(person)
        if standing is None:
            news += [(person, entry) for entry in entries]
            told += [(person, entry) for entry in entries]
            continue
        for stage, some in _by_stage(entries):
            stood = standing.get(stage, {})
            fresh = [entry for entry in some if _said(entry) not in stood]
            gone = stood.keys() - {_said(entry) for entry in some}
            news += [(person, entry) for entry in fresh]
            superseded += [{"which": seq, "then": at} for seq in sorted(stood[one] for one in gone)]
            if fresh or gone:
                told += [(person, entry) for entry in some]
    write_many(tx, _supersede, superseded)
    write_rows(tx, _insert, _ROW, [_row_of(run, person, entry, at) for person, entry in news])
    courses.begin(tx, first)
    courses.renew(tx, dict.fromkeys(person for person, _ in told if person in everything))
    return told


def of_persons(
    tx: Connection, persons: Iterable[PersonId], as_of: Instant | None = None
) -> dict[PersonId, list[Entry]]:
    """The entries of each person by time, as they stand or as they stood at an instant; every person has a list."""
    found: dict[PersonId, list[Entry]] = {person: [] for person in persons}
    if as_of is None:
        some = read_many(tx, _select_now, found)
    else:
        some = (tx.execute(_of(among(tx, _e.person_id, batch), as_of)).all() for batch in batches(found))
    for rows in some:
        for row in rows:
            found[row[0]].append(_entry_of(row))
    return found


def _select_now(tx: Connection) -> Select[Any]:
    return _of(listed(tx, _e.person_id), None)


def _of(whose: ColumnElement[bool], as_of: Instant | None) -> Select[Any]:
    return select(*_COLUMNS).where(whose, _stood(as_of)).order_by(_e.person_id, _e.at, _e.seq)


def iterate(tx: Connection, as_of: Instant | None = None) -> Iterator[tuple[PersonId, list[Entry]]]:
    """(person, entries by time) of everybody who has any, by person, in constant memory."""
    statement = select(*_COLUMNS).where(_stood(as_of)).order_by(_e.person_id, _e.at, _e.seq)
    with tx.execute(statement.execution_options(yield_per=1000)) as rows:
        for person, group in groupby(rows, key=lambda row: row[0]):
            yield PersonId(person), [_entry_of(row) for row in group]


def walk(tx: Connection, as_of: Instant | None = None) -> Iterator[tuple[PersonId, list[Passed]]]:
    """(person, entries by time without their proofs) of everybody who has any, by person, in constant memory."""
    statement = select(*PASSED).where(_stood(as_of)).order_by(_e.person_id, _e.at, _e.seq)
    with tx.execute(statement.execution_options(yield_per=5000)) as rows:
        every = (row for some in rows.partitions() for row in some)
        for person, group in groupby(every, key=_first):
            yield PersonId(person), [passed_of(row) for row in group]


def times_of(tx: Connection, stage: Stage, since: Instant) -> list[Instant]:
    """When people entered a stage since then, in no order, as it stands now."""
    where = (_e.stage == str(stage), _e.at >= since, _e.superseded_at.is_(None))
    return list(tx.execute(select(_e.at).where(*where)).scalars())


def entered_by_definition(tx: Connection, stage: Stage, since: Instant, most: int) -> list[PersonId]:
    """Who entered a stage by a definition since then, as it stands now, the last ones; at most so many."""
    where = (_e.stage == str(stage), _e.at >= since, _e.source == "definition", _e.superseded_at.is_(None))
    statement = select(_e.person_id).where(*where).group_by(_e.person_id).order_by(func.max(_e.at).desc(), _e.person_id)
    return [PersonId(one) for one in tx.execute(statement.limit(most)).scalars()]


def recorded(tx: Connection, person: PersonId) -> dict[tuple[str, int, int], Instant]:
    """When each entry of a person was first recorded: (stage, cycle, at) -> recorded at."""
    columns = (_e.stage, _e.cycle, _e.at, func.min(_e.recorded_at))
    statement = select(*columns).where(_e.person_id == person).group_by(_e.stage, _e.cycle, _e.at)
    return {(row[0], row[1], row[2]): row[3] for row in tx.execute(statement).all()}


def _stood(as_of: Instant | None) -> ColumnElement[bool]:
    if as_of is None:
        return _e.superseded_at.is_(None)
    return (_e.recorded_at <= as_of) & or_(_e.superseded_at.is_(None), _e.superseded_at > as_of)


_Said: TypeAlias = "tuple[int, int | None, str | None]"
"""What an entry says beside its stage and cycle: (at, left at, reason)."""


def _by_stage(entries: Iterable[Entry]) -> Iterable[tuple[tuple[str, int], list[Entry]]]:
    """The entries by stage and cycle, in the order in which they come."""
    groups: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((str(entry.stage), entry.cycle), []).append(entry)
    return groups.items()


def _said(entry: Entry) -> _Said:
    return entry.at, entry.left_at, entry.reason


def _standing(tx: Connection, persons: Iterable[PersonId]) -> dict[str, dict[tuple[str, int], dict[_Said, int]]]:
    """Person -> (stage, cycle) -> what the entries that stand there say, each with its row."""
    found: dict[str, dict[tuple[str, int], dict[_Said, int]]] = {}
    for some in read_many(tx, _select_standing, persons):
        for row in some:
            found.setdefault(row[0], {}).setdefault((row[1], row[2]), {})[row[3], row[4], row[5]] = row[6]
    return found


def _select_standing(tx: Connection) -> Select[Any]:
    columns = (_e.person_id, _e.stage, _e.cycle, _e.at, _e.left_at, _e.reason, _e.seq)
    return select(*columns).where(listed(tx, _e.person_id), _e.superseded_at.is_(None))


_ROW = tuple(column.name for column in _e if column.name not in ("seq", "superseded_at"))


def _row_of(run: RunId | None, person: PersonId, entry: Entry, at: Instant) -> tuple[Any, ...]:
    """The values of _ROW."""
    return (
        person,
        str(entry.stage),
        entry.cycle,
        entry.at,
        entry.left_at,
        entry.source,
        entry.why,
        to_text(list(entry.evidence)) if entry.evidence else "[]",
        entry.definition,
        entry.reason,
        run,
        at,
    )


def _entry_of(row: Sequence[Any]) -> Entry:
    _, stage, cycle, at, source, why, evidence, definition, left_at, reason = row
    return Entry(
        stage=Stage(stage),
        cycle=cycle,
        at=at,
        source=source,
        why=why,
        evidence=tuple(from_text(evidence)),
        definition=definition,
        left_at=left_at,
        reason=reason,
    )


def _supersede(_tx: Connection) -> Update:
    return update(tables.entry).where(_e.seq == bindparam("which")).values(superseded_at=bindparam("then"))


def _insert(_tx: Connection) -> Insert:
    return insert(tables.entry)
