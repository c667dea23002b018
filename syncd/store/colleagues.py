"""Who works at the same company: by the companies of HubSpot and the accounts of Salesforce that contacts name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from connectors.records import System
from syncd.model.person import PersonId
from syncd.store import references, tables
from syncd.store.batches import among, batches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sqlalchemy import Connection

_r = tables.record.c
COMPANY = {System.HUBSPOT: "company", System.SALESFORCE: "account"}
"""What contacts of each CRM work at."""

AT_MOST = 2_000
"""People whom one company can have. One that has more is no employer but where somebody put contacts without one."""


def companies_of(tx: Connection, system: System, contacts: Iterable[str]) -> dict[str, set[str]]:
    """The ids of the companies that contacts name, by contact; one that names none is left out."""
    named = references.named(tx, system, "contact", contacts)
    found = {one: {to.id for to in ones if to.kind == COMPANY[system]} for one, ones in named.items()}
    return {one: ids for one, ids in found.items() if ids}


def staff_of(tx: Connection, system: System, companies: Collection[str]) -> dict[str, set[PersonId]]:
    """The persons whose live contacts name companies, by company."""
    naming = references.referring(tx, system, "contact", COMPANY[system], companies)
    whose: dict[str, PersonId] = {}
    for batch in batches({one for ones in naming.values() for one in ones}):
        where = (_r.system == str(system), _r.kind == "contact", among(tx, _r.id, batch))
        known = select(_r.id, _r.person_id).where(*where, _r.deleted == 0, _r.person_id.is_not(None))
        whose.update({one: PersonId(person) for one, person in tx.execute(known).all()})
    return {company: {whose[one] for one in ones if one in whose} for company, ones in naming.items()}


def of_contacts(tx: Connection, system: System, contacts: Iterable[str]) -> set[PersonId]:
    """Everybody at the companies that contacts name, whether or not it is known yet whose these are."""
    companies = {one for ids in companies_of(tx, system, contacts).values() for one in ids}
    return {person for staff in staff_of(tx, system, companies).values() for person in staff}


def of_persons(tx: Connection, persons: Collection[PersonId]) -> dict[PersonId, set[PersonId] | None]:
    """The others at the same company by person, nobody where a person has none; None where they are too many."""
    found: dict[PersonId, set[PersonId]] = {person: set() for person in persons}
    for system in COMPANY:
        for person, staff in _at_work(tx, system, persons):
            found[person] |= staff
    return {person: others - {person} if len(others) <= AT_MOST else None for person, others in found.items()}


def _at_work(tx: Connection, system: System, persons: Collection[PersonId]) -> Iterator[tuple[PersonId, set[PersonId]]]:
    contacts: Mapping[str, PersonId] = {
        record_id: PersonId(person)
        for batch in batches(persons)
        for record_id, person in tx.execute(
            select(_r.id, _r.person_id).where(
                _r.system == str(system), _r.kind == "contact", _r.deleted == 0, among(tx, _r.person_id, batch)
            )
        ).all()
    }
    companies = companies_of(tx, system, contacts)
    staff = staff_of(tx, system, {one for ids in companies.values() for one in ids})
    for contact, ids in companies.items():
        for company in ids:
            yield contacts[contact], staff.get(company, set())
