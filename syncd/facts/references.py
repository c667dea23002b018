"""Which other records of its CRM a record names."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.records import Record, System
from syncd.model.dossier import Reference

WHO = {"00Q": "lead", "003": "contact"}
"""What an activity is about, by the first letters of the id (facts: salesforce B6)."""

ABOUT: dict[tuple[System, str], tuple[str, ...]] = {
    (System.SALESFORCE, "task"): ("WhoId",),
    (System.SALESFORCE, "event"): ("WhoId",),
    (System.SALESFORCE, "campaign_member"): ("LeadId", "ContactId"),
    (System.SALESFORCE, "lead_history"): ("LeadId",),
    (System.SALESFORCE, "contact_history"): ("ContactId",),
}
"""The properties of activities that hold whom they are about."""

OF_CONTACTS = ("page_view", "custom_event", "marketing_event")
"""Kinds that HubSpot lists contact by contact, which name theirs as `contact`."""

NAMING_CONTACT = (*OF_CONTACTS, "list_join")
"""All kinds of HubSpot that name theirs so."""

COUNTERS = {"page_view": "hs_analytics_num_page_views", "custom_event": "hs_analytics_num_event_completions"}
"""The property of a contact that goes up with each of them (facts: hubspot B11). HubSpot counts no marketing events."""

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


def about(kind: str, record_id: str) -> Reference:
    """What an activity names the one as whom it is about."""
    return Reference("who", kind, record_id)


def naming(system: System, kind: str) -> tuple[str, ...]:
    """The properties by which records of a kind name others."""
    own = ("contact",) if system is System.HUBSPOT and kind in NAMING_CONTACT else ()
    return (*own, *ABOUT.get((system, kind), ()), *(name for name, _, _ in NAMED.get((system, kind), ())))


def references_of(system: System, record: Record) -> tuple[Reference, ...]:
    """The references of a record, in the order of NAMED."""
    return tuple(_references(system, record))


def _references(system: System, record: Record) -> Iterator[Reference]:
    for name in ABOUT.get((system, record.object), ()):
        who = str(record.properties.get(name) or "")
        if who[:3] in WHO:
            yield about(WHO[who[:3]], who)
    if system is System.HUBSPOT and record.object in NAMING_CONTACT:
        yield about("contact", str(record.properties["contact"]))
    for name, role, kind in NAMED.get((system, record.object), ()):
        value = record.properties.get(name)
        if value:
            yield Reference(role, kind, str(value))
