"""Who is on which opportunity: by contact roles, and by leads that were converted into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from connectors.records import System
from syncd.model.person import PersonId
from syncd.store import mirror, tables
from syncd.store.batches import among, batches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection

    from syncd.model.dossier import Mirrored

ROLE = "opportunity_contact_role"
_r = tables.record.c


def people_on(tx: Connection, deals: Collection[str]) -> dict[str, list[PersonId]]:
    """The persons on opportunities by their ids: the primary contact first, then by id. Of unknown people, nobody."""
    found: dict[str, dict[PersonId, bool]] = {}
    for deal, person, primary in (*_by_roles(tx, deals), *_by_leads(tx, deals)):
        mine = found.setdefault(deal, {})
        mine[person] = mine.get(person, False) or primary
    return {deal: sorted(mine, key=lambda one: (not mine[one], one)) for deal, mine in found.items()}


def _by_roles(tx: Connection, deals: Collection[str]) -> Iterator[tuple[str, PersonId, bool]]:
    of = mirror.referring(tx, System.SALESFORCE, ROLE, "opportunity", deals)
    roles = mirror.get(tx, System.SALESFORCE, ROLE, {one for ids in of.values() for one in ids})
    live = {key: role for key, role in roles.items() if not role.deleted}
    whose = _persons(tx, "contact", {_contact(role) for role in live.values()})
    for deal, ids in of.items():
        for role in (live[one] for one in ids if one in live):
            if _contact(role) in whose:
                yield deal, whose[_contact(role)], role.properties.get("IsPrimary") is True


def _contact(role: Mirrored) -> str:
    return str(role.properties.get("ContactId") or "")


def _by_leads(tx: Connection, deals: Collection[str]) -> Iterator[tuple[str, PersonId, bool]]:
    of = mirror.referring(tx, System.SALESFORCE, "lead", "opportunity", deals)
    whose = _persons(tx, "lead", {one for ids in of.values() for one in ids})
    for deal, ids in of.items():
        yield from ((deal, whose[one], False) for one in ids if one in whose)


def _persons(tx: Connection, kind: str, ids: Collection[str]) -> dict[str, PersonId]:
    """Whom Salesforce records belong to, by their ids."""
    found: dict[str, PersonId] = {}
    for batch in batches(sorted(ids)):
        where = (_r.system == System.SALESFORCE.value, _r.kind == kind, among(tx, _r.id, batch))
        rows = tx.execute(select(_r.id, _r.person_id).where(*where, _r.person_id.is_not(None)))
        found.update({record: PersonId(person) for record, person in rows.all()})
    return found
