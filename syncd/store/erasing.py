"""Taking everything about a person out of every table but the ledger, of which the key is destroyed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from connectors.records import System
from syncd.model.nouns import dataclass
from syncd.store import mirror, people, tables
from syncd.store.batches import among, batches

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from syncd.model.dossier import Mirrored
    from syncd.model.person import PersonId

_ref = tables.reference.c


@dataclass(slots=True)
class Erased:
    """What was taken out: persons, their identity keys, their records, what was about these, and rows by table."""

    persons: Sequence[PersonId]
    keys: set[str] = field(default_factory=set)
    records: list[Mirrored] = field(default_factory=list)
    about: list[tuple[str, str, str]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)

    def note(self, table: Table, count: int) -> None:
        """Count rows that are gone."""
        if count:
            name = str(table.name)
            self.rows[name] = self.rows.get(name, 0) + count


def gather(tx: Connection, person: PersonId) -> Erased:
    """What there is of a person and of all that were merged into it, before it is erased."""
    found = Erased(people.family(tx, person))
    found.records = [one for some in mirror.of_persons(tx, found.persons).values() for one in some]
    for one in found.records:
        found.keys |= {key for some in people.keys_of(tx, one.system, one.kind, [one.id]).values() for key in some}
        if one.kind in ("contact", "lead"):
            found.about += _naming(tx, one.system, one.kind, one.id)
    return found


def erase(tx: Connection, found: Erased) -> None:
    """Take it out of every table. What others did with the person (a meeting of both) goes as well."""
    rows = [(one.system.value, one.kind, one.id) for one in found.records]
    persons = [str(one) for one in found.persons]
    for system, kind, ids in _by_kind([*rows, *found.about]):
        _erase_records(tx, found, system, kind, ids)
    # Whatever table of persons there will be: children before those that they name. The ledger's own index stays.
    for table in reversed(tables.metadata.sorted_tables):
        if "person_id" in table.c and table is not tables.ledger_person:
            found.note(table, _delete(tx, table, "person_id", persons))
    # Those that were merged into it point to it.
    for batch in batches(persons):
        tx.execute(update(tables.person).where(among(tx, tables.person.c.id, batch)).values(merged_into=None))
    found.note(tables.person, _delete(tx, tables.person, "id", persons))


def _naming(tx: Connection, system: System, kind: str, record_id: str) -> list[tuple[str, str, str]]:
    """The activities, roles and memberships that name a record; other people, who name it as a merge, are not."""
    where = (_ref.system == system.value, _ref.to_kind == kind, _ref.to_id == record_id)
    rows = tx.execute(select(_ref.kind, _ref.id).distinct().where(*where)).all()
    return [(system.value, of, one) for of, one in rows if of not in ("contact", "lead", "company", "account")]


def _erase_records(tx: Connection, found: Erased, system: str, kind: str, ids: Sequence[str]) -> None:
    for table in (tables.revision, tables.identity, tables.reference, tables.record):
        for batch in batches(ids):
            c = table.c
            where = (c.system == system, c.kind == kind, among(tx, c.id, batch))
            found.note(table, tx.execute(delete(table).where(*where)).rowcount)
    for batch in batches(ids):
        where = (_ref.system == system, _ref.to_kind == kind, among(tx, _ref.to_id, batch))
        found.note(tables.reference, tx.execute(delete(tables.reference).where(*where)).rowcount)
        q = tables.quarantine.c
        aside = (q.system == system, q.kind == kind, among(tx, q.record_id, batch))
        found.note(tables.quarantine, tx.execute(delete(tables.quarantine).where(*aside)).rowcount)


def _by_kind(rows: Iterable[tuple[str, str, str]]) -> Iterable[tuple[str, str, list[str]]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for system, kind, record_id in dict.fromkeys(rows):
        groups.setdefault((system, kind), []).append(record_id)
    return [(*key, ids) for key, ids in groups.items()]


def _delete(tx: Connection, table: Table, column: str, values: Sequence[str]) -> int:
    return sum(tx.execute(delete(table).where(among(tx, table.c[column], batch))).rowcount for batch in batches(values))
