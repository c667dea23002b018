"""All that is known of persons, gathered by set queries: what deciding and planning look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from connectors.records import System
from syncd.store import entries as entry_rows
from syncd.store import intents, mirror, quarantine, tables, touches
from syncd.store.batches import batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from syncd.model.person import Entry, PersonId, Touch
    from syncd.store.mirrored import Mirrored
    from syncd.store.quarantine import Quarantined

PERSONS_AT_ONCE = 500
ROLE = "opportunity_contact_role"

_ref = tables.reference.c
_rec = tables.record.c
_REFERENCE_OF_RECORD = (_ref.system == _rec.system) & (_ref.kind == _rec.kind) & (_ref.id == _rec.id)


@dataclass(frozen=True, slots=True)
class Dossier:
    """One person's records and past. Deleted records are there too and say so.

    `records` are HubSpot contacts and Salesforce contacts and leads; `companies` what these name as company or
    account; `roles` join the person's Salesforce contacts to `opportunities`, which a lead may also name itself;
    `tasks` are those about the person. `entries` are those that stand, `quarantined` what is set aside now, and
    `done_keys` the keys of what was written for the person. All lists are in order of id, or of time where they
    have one.
    """

    person: PersonId
    records: list[Mirrored]
    companies: list[Mirrored]
    opportunities: list[Mirrored]
    roles: list[Mirrored]
    tasks: list[Mirrored]
    touches: list[Touch]
    entries: list[Entry]
    quarantined: list[Quarantined]
    done_keys: set[str]


@dataclass(slots=True)
class _Around:
    """What the records of a chunk of persons name, by person."""

    companies: dict[str, list[Mirrored]] = field(default_factory=dict)
    opportunities: dict[str, list[Mirrored]] = field(default_factory=dict)
    roles: dict[str, list[Mirrored]] = field(default_factory=dict)
    tasks: dict[str, list[Mirrored]] = field(default_factory=dict)


def load(tx: Connection, persons: Iterable[PersonId]) -> Iterator[Dossier]:
    """The dossiers of persons in the order given, a few hundred at a time."""
    for chunk in batches(persons, PERSONS_AT_ONCE):
        yield from _load_chunk(tx, chunk)


def _load_chunk(tx: Connection, persons: Sequence[PersonId]) -> Iterator[Dossier]:
    records = mirror.of_persons(tx, persons)
    around = _around(tx, persons)
    touched = touches.touches_of(tx, persons)
    entered = entry_rows.of_persons(tx, persons)
    done = intents.done_keys_of(tx, persons)
    aside: dict[PersonId | None, list[Quarantined]] = {}
    for one in quarantine.open_ones(tx, persons):
        aside.setdefault(one.person, []).append(one)
    for person in persons:
        yield Dossier(
            person=person,
            records=records[person],
            companies=around.companies.get(person, []),
            opportunities=around.opportunities.get(person, []),
            roles=around.roles.get(person, []),
            tasks=around.tasks.get(person, []),
            touches=touched[person],
            entries=entered[person],
            quarantined=aside.get(person, []),
            done_keys=done[person],
        )


def _around(tx: Connection, persons: Sequence[PersonId]) -> _Around:
    """Companies, opportunities, roles and tasks around the persons' records."""
    companies: dict[System, dict[str, set[str]]] = {System.HUBSPOT: {}, System.SALESFORCE: {}}
    deals: dict[str, set[str]] = {}
    named = (
        select(_rec.person_id, _ref.system, _ref.name, _ref.to_id)
        .join_from(tables.record, tables.reference, _REFERENCE_OF_RECORD)
        .where(_rec.person_id.in_(persons), _ref.name.in_(["company", "account", "opportunity"]))
    )
    for person, system, name, to_id in tx.execute(named):
        links = deals if name == "opportunity" else companies[System(system)]
        links.setdefault(person, set()).add(to_id)
    around = _Around()
    around.roles = _referring(tx, persons, ROLE, ("contact",))
    around.tasks = _referring(tx, persons, "task", ("lead", "contact"))
    _add_deals_of_roles(tx, around.roles, deals)
    around.opportunities = _collected(tx, System.SALESFORCE, "opportunity", deals)
    around.companies = _collected(tx, System.HUBSPOT, "company", companies[System.HUBSPOT])
    for person, accounts in _collected(tx, System.SALESFORCE, "account", companies[System.SALESFORCE]).items():
        around.companies.setdefault(person, []).extend(accounts)
    return around


def _referring(
    tx: Connection, persons: Sequence[PersonId], kind: str, to_kinds: Sequence[str]
) -> dict[str, list[Mirrored]]:
    """Salesforce records of a kind that name one of the persons' records, by person."""
    own = tables.record.alias()
    statement = (
        select(*mirror.COLUMNS, own.c.person_id)
        .select_from(own)
        .join(tables.reference, (_ref.to_id == own.c.id) & (_ref.to_kind == own.c.kind) & (_ref.system == own.c.system))
        .join(tables.record, _REFERENCE_OF_RECORD)
        .where(own.c.person_id.in_(persons), own.c.system == System.SALESFORCE.value, own.c.kind.in_(to_kinds))
        .where(_ref.kind == kind)
        .order_by(_rec.id)
    )
    found: dict[str, list[Mirrored]] = {}
    for row in tx.execute(statement):
        one, mine = mirror.mirrored_of(row), found.setdefault(row[-1], [])
        if not mine or mine[-1].id != one.id:
            mine.append(one)
    return found


def _add_deals_of_roles(tx: Connection, roles: Mapping[str, Sequence[Mirrored]], deals: dict[str, set[str]]) -> None:
    """Add to the opportunities of each person those that the person's roles name."""
    ours: dict[str, list[str]] = {}
    for person, mine in roles.items():
        for role in mine:
            ours.setdefault(role.id, []).append(person)
    for batch in batches(ours):
        where: Any = (_ref.system == System.SALESFORCE.value, _ref.kind == ROLE, _ref.to_kind == "opportunity")
        for role_id, deal in tx.execute(select(_ref.id, _ref.to_id).where(*where, _ref.id.in_(batch))):
            for person in ours[role_id]:
                deals.setdefault(person, set()).add(deal)


def _collected(tx: Connection, system: System, kind: str, links: Mapping[str, set[str]]) -> dict[str, list[Mirrored]]:
    """The records that each person is linked to, by id."""
    known = mirror.get(tx, system, kind, {record_id for ids in links.values() for record_id in ids})
    return {person: [known[i] for i in sorted(ids) if i in known] for person, ids in links.items()}
