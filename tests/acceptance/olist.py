"""The marketing funnel of Olist, a real and anonymised one, as two emulated CRMs would hold it.

8,000 marketing qualified leads of 2017 and 2018, and the 842 deals that came of them. The data (CC BY-NC-SA 4.0, Olist
and André Sionek) lies beside the project and never inside it. Days are days in UTC.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.hubspot.portal import Row
from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.twin import Twin

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "olist"
LEADS, DEALS = "olist_marketing_qualified_leads_dataset.csv", "olist_closed_deals_dataset.csv"


@dataclass(frozen=True)
class Deal:
    """A deal that was won: by which seller, after whose first call, and when."""

    seller: str
    caller: str
    won: datetime
    company: str


@dataclass(frozen=True)
class Contact:
    """A marketing qualified lead. `origin` is empty where nobody knows it, which is not Olist's word `unknown`."""

    id: str
    first_contact: date
    page: str
    origin: str
    deal: Deal | None

    @property
    def email(self) -> str:
        return f"{self.id}@example.invalid"

    @property
    def since(self) -> datetime:
        """The beginning of the day of the first contact."""
        return datetime(self.first_contact.year, self.first_contact.month, self.first_contact.day, tzinfo=UTC)


def contacts(folder: Path = FOLDER) -> list[Contact]:
    """Everybody, in the order of the file."""
    deals = {
        row["mql_id"]: Deal(
            row["sr_id"],
            row["sdr_id"],
            datetime.fromisoformat(row["won_date"]).replace(tzinfo=UTC),
            row["business_segment"] or "unknown",
        )
        for row in _rows(folder / DEALS)
    }
    return [
        Contact(
            row["mql_id"],
            date.fromisoformat(row["first_contact_date"]),
            row["landing_page_id"],
            row["origin"],
            deals.get(row["mql_id"]),
        )
        for row in _rows(folder / LEADS)
    ]


def build(people: list[Contact]) -> Twin:
    """Both CRMs with these people in them: all in HubSpot, those with a deal in Salesforce as well."""
    return Twin(_portal(people), _org(people))


def _portal(people: list[Contact]) -> HubSpotPortal:
    portal = HubSpotPortal()
    portal.define_property("contacts", "first_contact_date", type="date", field_type="date")
    portal.define_property("contacts", "origin")
    portal.load("contacts", (Row(_properties(one), one.since) for one in people))
    return portal


def _properties(one: Contact) -> dict[str, str]:
    values = {
        "email": one.email,
        "first_contact_date": one.first_contact.isoformat(),
        "hs_analytics_first_url": f"https://olist.example.invalid/{one.page}",
        "origin": one.origin,
    }
    return {name: value for name, value in values.items() if value}


def _org(people: list[Contact]) -> SalesforceOrg:
    """Salesforce as its people would have left it: a call by one colleague, a conversion and a win by another."""
    org = SalesforceOrg()
    won = [(one, one.deal) for one in people if one.deal]
    staff = _staff(org, (deal for _, deal in won))
    for one, deal in won:
        # One deal was won two days before the first contact that HubSpot knows of: its lead is as old as the deal.
        begun = min(one.since, deal.won)
        fields = {"LastName": one.id[:12], "Company": deal.company, "Email": one.email, "OwnerId": staff[deal.seller]}
        lead = org.create("Lead", fields, begun)
        call = {"WhoId": lead, "OwnerId": staff[deal.caller], "Subject": "Call", "TaskSubtype": "Call"}
        org.create("Task", {**call, "Status": "Completed"}, begun)
        done = org.convert(lead, at=deal.won)
        closed = {"StageName": "Closed Won", "CloseDate": deal.won.date().isoformat()}
        org.update("Opportunity", str(done.opportunity_id), closed, deal.won)
    return org


def _staff(org: SalesforceOrg, deals: Iterator[Deal]) -> Mapping[str, str]:
    """A user for everybody who called or sold, by their id in the data."""
    names = sorted({name for deal in deals for name in (deal.seller, deal.caller)})
    return {name: org.add_user("Olist", name[:12], f"{name}@staff.example.invalid") for name in names}


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
