"""Records of people who were forgotten are dropped before anything of them is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.records import Record, System
from syncd.links.keys import HUBSPOT_ID, SALESFORCE_ID, keys_of, short_id
from syncd.model.dossier import Reference
from syncd.store.suppression import Suppressed


def of_others(away: Suppressed, system: System, records: Sequence[Record], hubspot_id: str) -> Sequence[Record]:
    """The records whose keys are not of somebody who was forgotten. `hubspot_id` is the field with HubSpot's id.

    That a record is gone is no news of a person, and is kept from nobody: what is not known is not deleted.
    """
    if not away:
        return records
    return [
        one
        for one in records
        if not away.has_any(
            keys_of(system, one.object, one.id, one.properties, one.replaces, hubspot_id, one.merged_into)
        )
    ]


def about_others(
    away: Suppressed, system: System, records: Sequence[Record], named: Mapping[str, Sequence[Reference]]
) -> Sequence[Record]:
    """The records that name nobody who was forgotten: a call with two people goes with either."""
    if not away:
        return records
    return [one for one in records if not away.has_any(_keys(system, named.get(one.id, ())))]


def _keys(system: System, named: Sequence[Reference]) -> list[str]:
    people = [one.id for one in named if one.kind in ("contact", "lead")]
    if system is System.HUBSPOT:
        return [f"{HUBSPOT_ID}:{one}" for one in people]
    return [f"{SALESFORCE_ID}:{short_id(one)}" for one in people]
