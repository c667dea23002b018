"""What an admin's hands do to several records at once: converting a lead, merging two records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.errors import Refusal

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg
    from connectors.sandbox.salesforce.rows import Actor
    from connectors.sandbox.salesforce.tables import Row

_TO_CONTACT = ("LastName", "FirstName", "Salutation", "Title", "Phone", "MobilePhone", "Fax", "Email", "LeadSource")
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")


@dataclass(frozen=True, slots=True)
class Conversion:
    """What converting is asked for: existing records to convert into, or None to make new ones."""

    lead_id: str
    account: str | None
    contact: str | None
    opportunity: str | bool
    status: str


@dataclass(frozen=True, slots=True)
class Converted:
    """The ids that came out of it."""

    account_id: str
    contact_id: str
    opportunity_id: str | None


def convert(org: SalesforceOrg, asked: Conversion, actor: Actor) -> Converted:
    """Convert a lead (facts: salesforce B5). Raises Refusal for one that is converted or deleted, or a wrong status."""
    lead = org.tables["Lead"].live(asked.lead_id)
    if lead is None or lead["IsConverted"]:
        raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    statuses = org.tables["LeadStatus"].rows.values()
    if not any(each["ApiName"] == asked.status and each["IsConverted"] for each in statuses):
        raise Refusal("INVALID_STATUS", f"invalid convertedStatus: {asked.status}")
    owner = lead["OwnerId"] if lead["OwnerId"].startswith("005") else actor.user_id
    account = asked.account or _insert(org, "Account", {"Name": lead["Company"], **_account(lead)}, owner, actor)
    contact = asked.contact or _insert(org, "Contact", {"AccountId": account, **_contact(lead)}, owner, actor)
    if asked.account:
        _fill(org, "Account", account, _account(lead), actor)
    if asked.contact:
        _fill(org, "Contact", contact, {"AccountId": account, **_contact(lead)}, actor)
    opportunity = _opportunity(org, asked, lead, account, contact, owner, actor)
    done = Converted(account, contact, opportunity)
    _copy_mapped(org, lead, done, actor)
    _move_activities(org, lead["Id"], done, actor)
    changes = {
        "IsConverted": True,
        "ConvertedDate": actor.at[:10],  # a date without a time (facts: salesforce 0.10)
        "ConvertedAccountId": account,
        "ConvertedContactId": contact,
        "ConvertedOpportunityId": opportunity,
        "Status": asked.status,
        "IsUnreadByOwner": False,
    }
    org.writer.update(org.schema.any("Lead"), lead["Id"], changes, actor)
    return done


def merge(org: SalesforceOrg, winner: str, loser: str, kept: Mapping[str, Any], actor: Actor) -> None:
    """Merge `loser` into `winner`, which takes the values in `kept`.

    The loser ends deleted, with MasterRecordId and without its external ids (facts: salesforce B5).
    """
    sobject = org.schema.of_id(winner)
    if sobject is None or not sobject.mergeable or loser[:3] != winner[:3] or loser == winner:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    for record_id in (winner, loser):
        if org.tables[sobject.name].live(record_id) is None:
            raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
    for child, field in org.automation.dependents(sobject.name):
        for row in org.tables[child].equal(field, loser):
            if not row.get("IsDeleted") and not _already(org, child, field, row, winner):
                org.writer.set_quietly(child, row["Id"], {field: winner}, actor)
    org.writer.delete(sobject, loser, actor, master_id=winner)
    keys = {field.name: None for field in sobject.fields.values() if field.external_id}
    org.writer.set_quietly(sobject.name, loser, keys, actor)
    org.writer.update(sobject, winner, kept, actor)


def _already(org: SalesforceOrg, child: str, field: str, row: Row, winner: str) -> bool:
    """Whether the winner is a member of the same campaign: the loser's membership then goes with the loser."""
    if child != "CampaignMember":
        return False
    theirs = org.tables[child].equal(field, winner)
    return any(each["CampaignId"] == row["CampaignId"] and not each.get("IsDeleted") for each in theirs)


def _fill(org: SalesforceOrg, sobject: str, record_id: str, values: Mapping[str, Any], actor: Actor) -> None:
    """A record that was there takes only what it lacks (facts: salesforce B5)."""
    row = org.get(sobject, record_id)
    lacking = {name: value for name, value in values.items() if value is not None and row.get(name) is None}
    if lacking:
        org.writer.set_quietly(sobject, record_id, lacking, actor)


def _insert(org: SalesforceOrg, sobject: str, fields: dict[str, Any], owner: str, actor: Actor) -> str:
    return org.writer.insert(org.schema.any(sobject), {**fields, "OwnerId": owner}, actor)


def _account(lead: Row) -> dict[str, Any]:
    same = ("Phone", "Fax", "Website", "Industry", "AnnualRevenue", "NumberOfEmployees", "Rating")
    address = {f"Billing{name}": lead.get(name) for name in _ADDRESS}
    return {**{name: lead.get(name) for name in same}, **address, "AccountSource": lead.get("LeadSource")}


def _contact(lead: Row) -> dict[str, Any]:
    address = {f"Mailing{name}": lead.get(name) for name in _ADDRESS}
    return {**{name: lead.get(name) for name in _TO_CONTACT}, **address, "Description": lead.get("Description")}


def _opportunity(
    org: SalesforceOrg, asked: Conversion, lead: Row, account: str, contact: str, owner: str, actor: Actor
) -> str | None:
    if asked.opportunity is False:  # doNotCreateOpportunity
        return None
    name = f"{lead['Company']}-" if asked.opportunity is True else asked.opportunity
    fields = {
        "Name": name[:120],
        "AccountId": account,
        "StageName": "Prospecting",
        "CloseDate": _quarter_end(date.fromisoformat(actor.at[:10])),
        "LeadSource": lead.get("LeadSource"),
        "ContactId": contact,
    }
    return _insert(org, "Opportunity", fields, owner, actor)


def _quarter_end(today: date) -> date:
    """The last day of the quarter: the close date that conversion makes up."""
    month = (today.month - 1) // 3 * 3 + 3
    return (date(today.year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _copy_mapped(org: SalesforceOrg, lead: Row, done: Converted, actor: Actor) -> None:
    """Custom fields move only where the admin mapped them, and fill only empty targets."""
    ids = {"Account": done.account_id, "Contact": done.contact_id, "Opportunity": done.opportunity_id}
    for source, (sobject, field) in org.conversion_map.items():
        record_id, value = ids[sobject], lead.get(source)
        if record_id and value is not None and org.get(sobject, record_id).get(field) is None:
            org.writer.set_quietly(sobject, record_id, {field: value}, actor)


def _move_activities(org: SalesforceOrg, lead_id: str, done: Converted, actor: Actor) -> None:
    """Activities go over to contact and opportunity (believed, facts: salesforce B5): WhoId changes under us."""
    related = {"WhatId": done.opportunity_id or done.account_id, "AccountId": done.account_id}
    for kind in ("Task", "Event"):
        for row in org.tables[kind].equal("WhoId", lead_id):
            if not row.get("IsDeleted"):
                org.writer.set_quietly(kind, row["Id"], {"WhoId": done.contact_id, **related}, actor)
    for row in org.tables["CampaignMember"].equal("LeadId", lead_id):
        org.writer.set_quietly("CampaignMember", row["Id"], {"ContactId": done.contact_id}, actor)
