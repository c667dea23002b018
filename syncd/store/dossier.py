"""All that is known of persons, gathered by set queries: what deciding and planning look at."""

from __future__ import annotations

from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import bindparam, select

from connectors.records import System
from syncd.model.dossier import Dossier, Mirrored, Quarantined
from syncd.model.nouns import dataclass
from syncd.model.touches import Folded, Touches
from syncd.store import colleagues, intents, mirror, quarantine, references, tables
from syncd.store import entries as entry_rows
from syncd.store.batches import among, batches, listed, read_many
from syncd.store.evidence import strands_in
from syncd.store.rows import COLUMNS, mirrored_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection, Select

    from syncd.model.instant import Instant
    from syncd.model.person import PersonId
    from syncd.model.touches import Strand

PERSONS_AT_ONCE = 500
SWEPT_AT_ONCE = 2500
"""Where people are judged alone: five times as many rows wait, 10 MB, and a person costs a twentieth less."""
ROLE = "opportunity_contact_role"

_Owners: TypeAlias = "dict[tuple[str, str], dict[str, PersonId]]"
"""Whose a record is, by its id, for each CRM and kind."""

_record = tables.record.c
_ref = tables.reference.c
_p = tables.person.c


@dataclass(slots=True)
class _Around:
    """What the records of a chunk of persons name, by person."""

    companies: dict[PersonId, list[Mirrored]] = field(default_factory=dict)
    opportunities: dict[PersonId, list[Mirrored]] = field(default_factory=dict)
    roles: dict[PersonId, list[Mirrored]] = field(default_factory=dict)
    tasks: dict[PersonId, list[Mirrored]] = field(default_factory=dict)
    activities: dict[PersonId, list[Mirrored]] = field(default_factory=dict)


def load(
    tx: Connection,
    persons: Iterable[PersonId],
    *,
    with_colleagues: bool = False,
    to_judge: bool = False,
    kinds: AbstractSet[str] | None = None,
) -> Iterator[Dossier]:
    """The dossiers of persons in the order given, some at a time; colleagues are looked for only if asked.

    `to_judge` leaves out what only planning looks at: what is set aside, the keys of what was done, former persons.
    Where `kinds` are given, of the touches that hang on records only these are there: most others nobody counts.
    """
    at_once = SWEPT_AT_ONCE if to_judge and not with_colleagues else PERSONS_AT_ONCE
    for chunk in batches(persons, at_once):
        others = _colleagues(tx, chunk, kinds) if with_colleagues else {}
        yield from _load_chunk(tx, chunk, others, None if to_judge else _beside(tx, chunk), kinds)


def around(tx: Connection, person: PersonId, records: Sequence[Mirrored]) -> Dossier:
    """What some records name, and what names them, as if they were one person's: without a past of their own."""
    owners: _Owners = {}
    for record in records:
        owners.setdefault((record.system, record.kind), {})[record.id] = person
    found = _around(tx, owners)
    return Dossier(
        person=person,
        records=records,
        companies=found.companies.get(person, []),
        opportunities=found.opportunities.get(person, []),
        roles=found.roles.get(person, []),
        tasks=found.tasks.get(person, []),
        activities=found.activities.get(person, []),
    )


@dataclass(slots=True)
class _Beside:
    """What only planning looks at, by person."""

    aside: dict[PersonId | None, list[Quarantined]] = field(default_factory=dict)
    done: Mapping[PersonId, AbstractSet[str]] = field(default_factory=dict)
    former: Mapping[PersonId, Sequence[PersonId]] = field(default_factory=dict)


def _beside(tx: Connection, persons: Sequence[PersonId]) -> _Beside:
    found = _Beside(done=intents.done_keys_of(tx, persons), former=_former(tx, persons))
    for one in quarantine.standing_ones(tx, persons):
        found.aside.setdefault(one.person, []).append(one)
    return found


def _load_chunk(
    tx: Connection,
    persons: Sequence[PersonId],
    others: Mapping[PersonId, Sequence[Dossier] | None],
    planned: _Beside | None,
    kinds: AbstractSet[str] | None = None,
) -> Iterator[Dossier]:
    """The dossiers of some persons, without what planning looks at they are `to_judge` alone."""
    to_judge, beside = planned is None, planned or _Beside()
    rows = mirror.rows_of_persons(tx, persons)
    around = _around(tx, _owners(rows), to_judge=to_judge)
    entered = entry_rows.of_persons(tx, persons)
    for person in persons:
        # a person's texts are read when it is the person's turn: what was read of the others is not waiting for theirs
        records = [mirrored_of(row, to_judge=to_judge) for row in rows[person]]
        aside = beside.aside.get(person)
        yield Dossier(
            person=person,
            records=records,
            companies=around.companies.get(person, []),
            opportunities=around.opportunities.get(person, []),
            roles=around.roles.get(person, []),
            tasks=around.tasks.get(person, []),
            activities=around.activities.get(person, []),
            touches=Folded(partial(touches_of, records, kinds=kinds)),
            entries=entered[person],
            quarantined=[one for one in aside if one.state == "open"] if aside else (),
            declined=frozenset([one.digest for one in aside if one.state == "dropped" and one.digest])
            if aside
            else frozenset(),
            done_keys=beside.done.get(person, frozenset()),
            former=beside.former.get(person, ()),
            colleagues=others.get(person),
        )


def _colleagues(
    tx: Connection, persons: Sequence[PersonId], kinds: AbstractSet[str] | None = None
) -> dict[PersonId, Sequence[Dossier] | None]:
    """What the others at each person's company did, each of them read once."""
    at_work = colleagues.of_persons(tx, persons)
    known: dict[PersonId, Dossier] = {}
    for chunk in batches(sorted({one for others in at_work.values() for one in others or ()}), PERSONS_AT_ONCE):
        rows = mirror.rows_of_persons(tx, chunk)
        around = _around(tx, _owners(rows))
        for person in chunk:
            records = list(map(mirrored_of, rows[person]))
            known[person] = Dossier(
                person=person,
                records=records,
                tasks=around.tasks.get(person, []),
                activities=around.activities.get(person, []),
                touches=touches_of(records, kinds=kinds),
            )
    return {
        person: None if others is None else [known[one] for one in sorted(others)] for person, others in at_work.items()
    }


def touches_of(
    records: Sequence[Mirrored], as_of: Instant | None = None, kinds: AbstractSet[str] | None = None
) -> Touches:
    """The touches that hang on some records; those known at an instant, and of some kinds, where these are given."""
    found: list[Strand] = []
    for record in records:
        if record.evidence:
            found += strands_in(record.name, record.evidence, as_of, kinds)
    return Touches(found)


def _former(tx: Connection, persons: Sequence[PersonId]) -> dict[PersonId, list[PersonId]]:
    """Who was merged into each person, by id."""
    found: dict[PersonId, list[PersonId]] = {}
    for rows in read_many(tx, _select_former, persons):
        for person, old in rows:
            found.setdefault(person, []).append(old)
    return found


def _select_former(tx: Connection) -> Select[Any]:
    merged = (_p.merged_into.is_not(None), listed(tx, _p.merged_into))
    return select(_p.merged_into, _p.id).where(*merged).order_by(_p.id)


def _owners(rows: Mapping[PersonId, Sequence[Sequence[Any]]]) -> _Owners:
    owners: _Owners = {}
    for person, mine in rows.items():
        for row in mine:
            owners.setdefault((row[0], row[1]), {})[row[2]] = person
    return owners


def _around(tx: Connection, owners: _Owners, *, to_judge: bool = False) -> _Around:
    """Companies, opportunities, roles and tasks around the persons' records."""
    around = _Around()
    contacts, leads = owners.get((System.SALESFORCE, "contact"), {}), owners.get((System.SALESFORCE, "lead"), {})
    deals = _named(tx, System.SALESFORCE, "lead", "opportunity", leads)
    _add_referring(tx, ROLE, "contact", contacts, around.roles)
    _add_deals_of_roles(tx, around.roles, deals)
    around.opportunities = _collected(tx, System.SALESFORCE, "opportunity", deals)
    near = owners.get((System.HUBSPOT, "contact"), {})
    _add_activities(tx, System.SALESFORCE, "contact", contacts, around)
    _add_activities(tx, System.SALESFORCE, "lead", leads, around)
    if near and references.others_name(tx, System.HUBSPOT, "contact"):
        _add_activities(tx, System.HUBSPOT, "contact", near, around)
    around.companies = _employers(tx, System.HUBSPOT, "company", near, to_judge=to_judge)
    for person, found in _employers(tx, System.SALESFORCE, "account", contacts, to_judge=to_judge).items():
        around.companies.setdefault(person, []).extend(found)
    return around


def _employers(
    tx: Connection, system: System, name: str, contacts: Mapping[str, PersonId], *, to_judge: bool
) -> dict[PersonId, list[Mirrored]]:
    """The companies or accounts that the persons' contacts name, by id; each is made a record once."""
    known: dict[str, Mirrored] = {}
    found: dict[PersonId, dict[str, Mirrored]] = {}
    for rows in read_many(tx, _select_employers, contacts, of=system.value, role=name):
        for row in rows:
            if (record := known.get(row[2])) is None:
                record = known[row[2]] = mirrored_of(row, to_judge=to_judge)
            found.setdefault(contacts[row[-1]], {})[record.id] = record
    return {person: [mine[one] for one in sorted(mine)] for person, mine in found.items()}


def _select_employers(tx: Connection) -> Select[Any]:
    """The rows of the records that contacts name, and behind each row who names it."""
    same = (_record.system == _ref.system) & (_record.kind == _ref.to_kind) & (_record.id == _ref.to_id)
    where = (_ref.system == bindparam("of"), _ref.kind == "contact", _ref.name == bindparam("role"))
    return select(*COLUMNS, _ref.id).join_from(tables.reference, tables.record, same).where(*where, listed(tx, _ref.id))


def _named(
    tx: Connection, system: System, kind: str, name: str, owners: Mapping[str, PersonId]
) -> dict[PersonId, set[str]]:
    """The ids that the persons' records of a kind name as `name`, by person."""
    found: dict[PersonId, set[str]] = {}
    for rows in read_many(tx, _select_named, owners, of=system.value, sort=kind, role=name):
        for record_id, to_id in rows:
            found.setdefault(owners[record_id], set()).add(to_id)
    return found


def _select_named(tx: Connection) -> Select[Any]:
    where = (_ref.system == bindparam("of"), _ref.kind == bindparam("sort"), _ref.name == bindparam("role"))
    return select(_ref.id, _ref.to_id).where(*where, listed(tx, _ref.id))


def _add_referring(
    tx: Connection, kind: str, to_kind: str, owners: Mapping[str, PersonId], found: dict[PersonId, list[Mirrored]]
) -> None:
    """Add the Salesforce records of a kind that name one of the persons' records, once each."""
    naming = mirror.referring(tx, System.SALESFORCE, kind, to_kind, owners)
    known = mirror.get(tx, System.SALESFORCE, kind, {one for ones in naming.values() for one in ones})
    links: dict[PersonId, set[str]] = {}
    for record_id, ones in naming.items():
        links.setdefault(owners[record_id], set()).update(ones)
    for person, ids in links.items():
        have = {one.id for one in found.get(person, ())}
        found.setdefault(person, []).extend(known[one] for one in sorted(ids - have) if one in known)


def _add_activities(
    tx: Connection, system: System, to_kind: str, owners: Mapping[str, PersonId], around: _Around
) -> None:
    """Add what is about the persons' records, once each: Salesforce's tasks, and all else."""
    naming = references.naming(tx, system, "who", to_kind, owners)
    wanted: dict[str, set[str]] = {}
    for ones in naming.values():
        for kind, one in ones:
            wanted.setdefault(kind, set()).add(one)
    known = {kind: mirror.get(tx, system, kind, ids) for kind, ids in wanted.items()}
    for record_id, ones in naming.items():
        for kind, one in ones:
            is_task = (system, kind) == (System.SALESFORCE, "task")
            mine = (around.tasks if is_task else around.activities).setdefault(owners[record_id], [])
            record = known[kind].get(one)
            if record is not None and all((other.kind, other.id) != (kind, one) for other in mine):
                mine.append(record)


def _add_deals_of_roles(
    tx: Connection, roles: Mapping[PersonId, Sequence[Mirrored]], deals: dict[PersonId, set[str]]
) -> None:
    """Add to the opportunities of each person those that the person's roles name; one taken away names none."""
    ours: dict[str, list[PersonId]] = {}
    for person, mine in roles.items():
        for role in mine:
            if not role.deleted:
                ours.setdefault(role.id, []).append(person)
    for batch in batches(ours):
        where = (_ref.system == System.SALESFORCE.value, _ref.kind == ROLE, among(tx, _ref.id, batch))
        statement = select(_ref.id, _ref.to_id).where(*where, _ref.to_kind == "opportunity")
        for role_id, deal in tx.execute(statement).all():
            for person in ours[role_id]:
                deals.setdefault(person, set()).add(deal)


def _collected(
    tx: Connection, system: System, kind: str, links: Mapping[PersonId, set[str]]
) -> dict[PersonId, list[Mirrored]]:
    """The records that each person is linked to, by id."""
    known = mirror.get(tx, system, kind, {record_id for ids in links.values() for record_id in ids})
    return {person: [known[i] for i in sorted(ids) if i in known] for person, ids in links.items()}
