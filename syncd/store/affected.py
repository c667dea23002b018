"""Whom it concerns when records change."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.store import mirror, people

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from syncd.model.dossier import Reference
    from syncd.model.person import PersonId

    Named = Mapping[str, Sequence[Reference]]

NOT_READ: Mapping[str, PersonId | None] = MappingProxyType({})
"""Of records of which nobody read whose they are."""


def affected(
    tx: Connection, system: System, kind: str, named: Named, whose: Mapping[str, PersonId | None] = NOT_READ
) -> set[PersonId]:
    """The persons about whom something may be decided anew when these records changed. `whose` some of them are was
    read with them: to ask for it once more took a fiftieth of a pull.
    """
    ids: dict[str, set[str]] = {"contact": set(), "lead": set()}
    found: set[PersonId] = set()
    if kind in ids:
        ids[kind] |= named.keys() - whose.keys()
        found |= {person for one in named if (person := whose.get(one)) is not None}
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
    return found.union(*(people.whose(tx, system, sort, some) for sort, some in ids.items()))


def _naming(tx: Connection, system: System, kind: str, to_kind: str, ids: Named) -> set[str]:
    return {one for found in mirror.referring(tx, system, kind, to_kind, ids).values() for one in found}
