"""The mirror: every CRM record as last seen, what its properties were, and when we learned it.

`record` holds the present, and `revision` what each change took the place of, in the order in which we learned it: a
record that never changed is there once.
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sqlalchemy import bindparam, insert, select, update

from connectors.records import Record, System
from syncd.model.dossier import Dated, Mirrored, Move, Reference
from syncd.model.instant import BEGINNING, instant_of
from syncd.model.nouns import dataclass
from syncd.store import labels, mirrored, renewal, tables
from syncd.store.batches import batches, insert_into, listed, read_many, write_rows
from syncd.store.canonical import from_text, to_text
from syncd.store.census import count, counting, ids, known_since
from syncd.store.compared import NOTHING_COMPARED, Compared, compare, known
from syncd.store.evidence import NONE, packed
from syncd.store.references import referring
from syncd.store.renewal import Kept
from syncd.store.rows import COLUMNS, SYSTEMS, mirrored_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection, Insert, Select, Update

    from connectors.records import Properties
    from syncd.model.instant import Instant
    from syncd.model.person import PersonId
    from syncd.model.touches import Strand

__all__ = [
    "Compared",
    "Dated",
    "Kept",
    "Mirrored",
    "Reference",
    "amend_many",
    "compare",
    "count",
    "counting",
    "get",
    "ids",
    "iterate",
    "known_since",
    "of_persons",
    "referring",
    "revisions",
    "save",
    "tell",
]

Evidence: TypeAlias = "tuple[Sequence[Strand], Mapping[str, Instant]]"
"""The touches that a copy of a record shows, and from when on its history reaches back where that is cut off."""

_c = tables.record.c
_THIS_KIND = (_c.system == bindparam("of"), _c.kind == bindparam("sort"))
TOGETHER = 200
"""Rows that are made before they are written: their texts are most of what a page needs in memory."""


def save(
    tx: Connection,
    system: System,
    records: Sequence[Record],
    known_at: Instant,
    tracked: Collection[str] = (),
    evidence: Mapping[str, Evidence] | None = None,
    due: Collection[str] = (),
    compared: Compared | None = None,
) -> None:
    """Take a page into the mirror. A copy older than the mirror's changes nothing.

    Values that a copy lacks are kept. Versions of the CRM's history are added to those known. A property in
    `tracked` without such history gets a version at `modified_at` when its value changed; the first value is then
    dated at the record's creation. Ids in `replaces` become deleted records that point to the one that stays.
    `evidence`, by record id, are the touches that the copies show. Those of `due` that have no person yet become due
    for linking. What was `compared` is not read again.
    """
    for kind, group in _by_kind(records):
        seen = compared or NOTHING_COMPARED
        replaced = {old for record in group for old in record.replaces}
        same = {record.id for record in group if seen.knows(record)} - replaced
        there = {one: old for one in same if (old := seen.kept[one]) is not None}
        there |= known(tx, system, kind, (replaced | {record.id for record in group}) - same)
        page = _Page(system.value, kind, there, seen, known_at, frozenset(tracked), evidence or {}, due)
        for some in batches(_with_losers(group, there), TOGETHER):
            taken = page.take(some)
            write_rows(tx, _renew, _RENEWED, taken.renewed)  # first: whoever comes again on the page is a whole row
            write_rows(tx, _upsert, _ROW, taken.rows)
            write_rows(tx, _revise, _REVISION, taken.revisions)


def get(tx: Connection, system: System, kind: str, ids: Iterable[str]) -> dict[str, Mirrored]:
    """Records by id, deleted and merged ones included; unknown ids are left out."""
    rows = read_many(tx, _some, ids, of=str(system), sort=kind)
    return {row[2]: mirrored_of(row) for some in rows for row in some}


def of_persons(tx: Connection, persons: Iterable[PersonId]) -> dict[PersonId, list[Mirrored]]:
    """The records of each person by system, kind and id, deleted ones included; every person has a list."""
    return {person: list(map(mirrored_of, mine)) for person, mine in rows_of_persons(tx, persons).items()}


def rows_of_persons(tx: Connection, persons: Iterable[PersonId]) -> dict[PersonId, list[Sequence[Any]]]:
    """The rows of each person's records for `mirrored_of`, by system, kind and id: a row takes a fifth of the room."""
    rows: dict[PersonId, list[Sequence[Any]]] = {person: [] for person in persons}
    for some in read_many(tx, _of_persons, rows):
        for row in some:
            rows[row[3]].append(row)
    for mine in rows.values():
        # here and not by the database, which would put 500 people's texts in order for it
        mine.sort(key=itemgetter(0, 1, 2))  # system, kind and id
    return rows


def tell(
    tx: Connection, system: System, kind: str, told: Mapping[str, Mapping[str, Sequence[Move]]], known_at: Instant
) -> set[str]:
    """Keep what a CRM's history tells of records, by id and field; the ids of those that it was news of."""
    rows, revised = [], []
    for old in get(tx, system, kind, told).values():
        new = mirrored.told_of(old, told[old.id], known_at)
        if news := mirrored.before(old, new):
            revised.append(_revision(system.value, kind, old.id, known_at, news))
        if new.history != old.history:
            rows.append(new)
    write_rows(tx, _upsert, _ROW, [_row_of_mirrored(new) for new in rows])
    write_rows(tx, _revise, _REVISION, revised)
    return {new.id for new in rows}


def amend_many(
    tx: Connection,
    system: System,
    kind: str,
    rows: Sequence[tuple[str, Properties, PersonId | None]],
    known_at: Instant,
    *,
    created: bool = False,
    at: Instant | None = None,
) -> None:
    """Our own writes succeeded, at `at` by the CRM's clock: (id, properties written, person or None to keep it) each.

    A record that is not mirrored yet gets a row with what is known of it, created at `known_at` if we did; any copy
    that the CRM then gives is newer. Copies from before the write no longer count (see `mirrored.is_stale`).
    """
    there = get(tx, system, kind, {row[0] for row in rows})
    revised: list[tuple[Any, ...]] = []
    for record_id, properties, person in rows:
        if (old := there.get(record_id)) is None:
            new = mirrored.written(SYSTEMS[system], kind, record_id, properties, known_at, person, created=created)
        else:
            new = mirrored.amended(old, properties, known_at, person, at)
            if told := mirrored.before(old, new):
                revised.append(_revision(system.value, kind, record_id, known_at, told))
        there[record_id] = new
    write_rows(tx, _upsert_with_person, _ROW, [_row_of_mirrored(new) for new in there.values()])
    labels.let_go(tx, {new.person for new in there.values() if new.person is not None})
    write_rows(tx, _revise, _REVISION, revised)


def iterate(tx: Connection, system: System, kind: str) -> Iterator[Mirrored]:
    """All records of a kind by id, deleted ones included, in constant memory."""
    statement = select(*COLUMNS).where(_c.system == str(system), _c.kind == kind).order_by(_c.id)
    with tx.execute(statement.execution_options(yield_per=1000)) as rows:
        yield from map(mirrored_of, rows)


def revisions(
    tx: Connection,
    system: System,
    kind: str,
    id: str,  # noqa: A002 (the field's own name)
    since: Instant = BEGINNING,
) -> list[dict[str, Any]]:
    """What `mirrored.before` told of the changes of a record that were learned after an instant, in their order."""
    r = tables.revision.c
    statement = select(r.before).where(r.system == str(system), r.kind == kind, r.id == id, r.learned_at > since)
    return [from_text(text) for text in tx.execute(statement.order_by(r.seq)).scalars()]


def _some(tx: Connection) -> Select[Any]:
    return select(*COLUMNS).where(*_THIS_KIND, listed(tx, _c.id))


def _of_persons(tx: Connection) -> Select[Any]:
    return select(*COLUMNS).where(listed(tx, _c.person_id))


def _by_kind(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.object, []).append(record)
    yield from groups.items()


def _with_losers(records: Sequence[Record], known: Mapping[str, Kept]) -> list[Record]:
    """The records and, for every id that now resolves to one of them, a deleted copy that says so."""
    losers = [
        replace(record, id=old, created_at=None, properties={}, history={}, deleted=True, merged_into=record.id)
        for record in records
        for old in record.replaces
        if old != record.id and (old not in known or known[old].merged_into != record.id)
    ]
    return [*records, *losers]


class _Taken(NamedTuple):
    """What to write: whole rows of records, what is other in rows of which little is, and revisions. The second are of
    records that were compared, each once and before the first.
    """

    rows: list[tuple[Any, ...]]
    renewed: list[tuple[Any, ...]]
    revisions: list[tuple[Any, ...]]


@dataclass(slots=True)
class _Page:
    """Copies of records of one kind on their way into the mirror, which has `known` of them."""

    system: str
    kind: str
    known: dict[str, Kept]
    compared: Compared
    known_at: Instant
    tracked: AbstractSet[str]
    evidence: Mapping[str, Evidence]
    due: Collection[str]

    def take(self, records: Sequence[Record]) -> _Taken:
        """What to write of some records. One that is there twice ends as the newer one."""
        taken = _Taken([], [], [])
        for record in records:
            old = self.known.get(record.id)
            if old is None:
                new = renewal.first(record, self.known_at, self._evidence(record, NONE) or NONE)
                taken.rows.append(_row_of(self.system, self.kind, record.id, new, link_due=record.id in self.due))
                self.known[record.id] = new
            elif not renewal.is_stale(old, record, modified_at := instant_of(record.modified_at)):
                self._renew(old, record, modified_at, taken)
        return taken

    def _renew(self, old: Kept, record: Record, modified_at: Instant, taken: _Taken) -> None:
        alone = old is self.compared.kept.get(record.id)  # else there are other copies of it
        news = self.compared.moved[record.id] if alone else renewal.moved(old.properties, record.properties)
        history, told = renewal.past(old, record, news, modified_at, self.tracked)
        if told:
            taken.revisions.append(_revision(self.system, self.kind, record.id, self.known_at, told))
        nobodys = old.person is None and not old.link_due  # what is due already stays so
        due = record.merged_into != old.merged_into or (nobodys and record.id in self.due)
        evidence = self._evidence(record, old.evidence) if self.evidence else None
        if alone and not due and evidence is None and renewal.says_nothing_else(old, record):
            said = to_text(renewal.values(old, record))
            taken.renewed.append((modified_at, self.known_at, said, history, self.system, self.kind, record.id))
            return
        self.known[record.id] = new = renewal.renewed(old, record, modified_at, self.known_at, history, evidence)
        taken.rows.append(_row_of(self.system, self.kind, record.id, new, link_due=due))

    def _evidence(self, record: Record, before: str) -> str | None:
        """The touches of a record with those that the copy shows; None where it shows nothing of them."""
        shown = self.evidence.get(record.id)
        if shown is None:
            return None
        return packed(f"{self.system}:{record.object}:{record.id}", *shown, self.known_at, before)


def _upsert(tx: Connection) -> Insert:
    return _upserting(tx, {"person_id", "seen_at"})


def _upsert_with_person(tx: Connection) -> Insert:
    return _upserting(tx, {"seen_at"})


def _upserting(tx: Connection, kept: set[str]) -> Insert:
    """An insert of record rows that takes the place of what is there, except what is `kept`."""
    statement = insert_into(tx, tables.record)
    new = statement.excluded
    key = ["system", "kind", "id"]
    changes: dict[str, Any] = {column.name: new[column.name] for column in _c if column.name not in {*key, *kept}}
    # Due stays due: a record that was merged while it waited is still looked at once.
    changes["link_due"] = _c.link_due.op("|")(new.link_due)
    return statement.on_conflict_do_update(index_elements=key, set_=changes)


def _renew(_tx: Connection) -> Update:
    """What a record says and since when. To write no more takes half the time of a whole row, of which every index
    would be looked at.
    """
    whose = (_c.system == bindparam("of"), _c.kind == bindparam("sort"), _c.id == bindparam("which"))
    new: dict[str, Any] = dict(
        zip(("modified_at", "known_at", "properties", "history"), map(bindparam, _RENEWED), strict=False)
    )
    return update(tables.record).where(*whose).values(new)


_RENEWED = ("at", "learned", "said", "past", "of", "sort", "which")
"""The values that `_renew` takes."""


def _revise(_tx: Connection) -> Insert:
    return insert(tables.revision)


_ROW = tuple(column.name for column in _c)


def _row_of(system: str, kind: str, record_id: str, new: Kept, *, link_due: bool = False) -> tuple[Any, ...]:
    """The values of _ROW."""
    return (
        system,
        kind,
        record_id,
        new.person,
        new.created_at,
        new.modified_at,
        new.known_at,
        new.seen_at,
        int(new.deleted),
        new.merged_into,
        int(link_due),
        to_text(new.amended) if new.amended else None,
        to_text(new.properties),
        new.history,
        new.evidence,
    )


def _row_of_mirrored(new: Mirrored) -> tuple[Any, ...]:
    kept = Kept(
        new.person,
        new.created_at,
        new.modified_at,
        new.known_at,
        new.seen_at,
        new.deleted,
        new.merged_into,
        new.properties,
        to_text(new.history),
        new.evidence,
        new.amended,
    )
    return _row_of(new.system.value, new.kind, new.id, kept)


_REVISION = ("system", "kind", "id", "learned_at", "before")


def _revision(system: str, kind: str, record_id: str, at: Instant, told: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values of _REVISION."""
    return (system, kind, record_id, at, to_text(told))
