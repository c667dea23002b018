"""Which other records of its CRM a record names."""

from __future__ import annotations

from functools import cache

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
    whom, contact, named = _holding(system, kind)
    return (*(("contact",) if contact else ()), *whom, *(name for name, _, _ in named))


def references_of(system: System, record: Record) -> tuple[Reference, ...]:
    """The references of a record, in the order of NAMED."""
    given, found = record.properties, []
    whom, contact, named = _holding(system, record.object)
    for name in whom:
        who = str(given.get(name) or "")
        if who[:3] in WHO:
            found.append(about(WHO[who[:3]], who))
    if contact:
        found.append(about("contact", str(given["contact"])))
    for name, role, kind in named:
        if value := given.get(name):
            found.append(Reference(role, kind, str(value)))
    return tuple(found)


@cache
def _holding(system: System, kind: str) -> tuple[tuple[str, ...], bool, tuple[tuple[str, str, str], ...]]:
    """What records of a kind name others by: properties of whom they are about, whether by a contact, and NAMED."""
    contact = system is System.HUBSPOT and kind in NAMING_CONTACT
    return ABOUT.get((system, kind), ()), contact, NAMED.get((system, kind), ())
