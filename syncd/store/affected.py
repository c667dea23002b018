"""Whom it concerns when records change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.records import System
from syncd.store import mirror, people

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from syncd.model.dossier import Reference
    from syncd.model.person import PersonId

    Named = Mapping[str, Sequence[Reference]]


def affected(tx: Connection, system: System, kind: str, named: Named) -> set[PersonId]:
    """The persons about whom something may be decided anew when these records changed."""
    ids: dict[str, set[str]] = {"contact": set(), "lead": set()}
    if kind in ids:
        ids[kind] |= named.keys()
    for record_names in named.values():
        for reference in record_names:
            if reference.kind in ids:
                ids[reference.kind].add(reference.id)
    if kind in ("company", "account"):
        ids["contact"] |= _naming(tx, system, "contact", kind, named)
    if kind == "opportunity":
        ids["lead"] |= _naming(tx, system, "lead", kind, named)
        for role in mirror.get(
            tx, system, "opportunity_contact_role", _naming(tx, system, "opportunity_contact_role", kind, named)
        ).values():
            ids["contact"].add(str(role.properties.get("ContactId")))
    return {person for sort, some in ids.items() for person in people.whose(tx, system, sort, some)}


def _naming(tx: Connection, system: System, kind: str, to_kind: str, ids: Named) -> set[str]:
    return {one for found in mirror.referring(tx, system, kind, to_kind, ids).values() for one in found}
