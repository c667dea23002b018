"""Which other records of its CRM a record names."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.records import Record, System
from syncd.model.dossier import Reference

WHO = {"00Q": "lead", "003": "contact"}
"""What a task is about, by the first letters of the id (facts: salesforce B6)."""

NAMED: dict[tuple[System, str], tuple[tuple[str, str, str], ...]] = {
    (System.HUBSPOT, "contact"): (("associatedcompanyid", "company", "company"),),
    (System.SALESFORCE, "contact"): (("AccountId", "account", "account"),),
    (System.SALESFORCE, "lead"): (
        ("ConvertedContactId", "contact", "contact"),
        ("ConvertedOpportunityId", "opportunity", "opportunity"),
    ),
    (System.SALESFORCE, "opportunity_contact_role"): (
        ("ContactId", "contact", "contact"),
        ("OpportunityId", "opportunity", "opportunity"),
    ),
}
"""By kind of record: (property that holds the id, name of the reference, kind that it leads to)."""


def references_of(system: System, record: Record) -> tuple[Reference, ...]:
    """The references of a record, in the order of NAMED."""
    return tuple(_references(system, record))


def _references(system: System, record: Record) -> Iterator[Reference]:
    if (system, record.object) == (System.SALESFORCE, "task"):
        who = str(record.properties.get("WhoId") or "")
        if who[:3] in WHO:
            yield Reference("who", WHO[who[:3]], who)
        return
    for name, role, kind in NAMED.get((system, record.object), ()):
        value = record.properties.get(name)
        if value:
            yield Reference(role, kind, str(value))
