"""Both emulated CRMs with a large crowd in them, in a process of their own, so that their work is nobody else's.

Run as `python -m tests.benchmarks.crms`: prints one line of JSON with the settings, and serves until stdin closes.
Each line that is written to it is JSON: {} asks for nothing, {"latency": [HUBSPOT, SALESFORCE]} has each call answered
so many seconds late, {"edit": NUMBER} gives all contacts another phone for each number. A line with the calls answered
so far, by CRM and by what was asked, follows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.sandbox.hubspot.portal import HubSpotPortal, Row
from connectors.sandbox.hubspot.table import Source
from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.server import Server
from connectors.sandbox.twin import Twin

CONTACTS, COMPANIES, KNOWN = 20_000, 2_000, 2_000
"""Contacts and companies in HubSpot, and how many of the contacts Salesforce has as leads already."""
QUALIFIED_EVERY = 3
"""Each third contact fits and looked at the prices lately: it becomes an MQL."""
SELLERS = 20
SEEN, SENT = Source("ANALYTICS"), Source("EMAIL")

TEXTS = ("salutation", "industry", "mobilephone", "address", "state", "zip", "hs_language", "numemployees")
"""Properties that nobody decides by, so that a contact has 30 like the yardstick's."""


def build(now: datetime) -> tuple[Twin, list[str]]:
    """Both CRMs, loaded, and the ids of the contacts."""
    portal, org = HubSpotPortal(), SalesforceOrg()
    users = [org.add_user(f"Sam{n}", f"Seller{n}", f"seller{n}@us.example") for n in range(SELLERS)]
    owners = [portal.add_owner(f"seller{n}@us.example", f"Sam{n}", f"Seller{n}") for n in range(SELLERS)]
    started = now - timedelta(days=400)
    firms = (
        Row({"name": f"Firm {n}", "domain": f"firm{n}.example", "numberofemployees": str(20 + n)}, started)
        for n in range(COMPANIES)
    )
    firm_ids = portal.load("companies", firms)
    people = portal.load("contacts", contacts(now, owners, firm_ids))
    org.load(
        "Lead",
        (
            {
                "LastName": f"Last{n}",
                "Company": "Firm",
                "Email": f"person{n}@firm.example",
                "OwnerId": users[n % SELLERS],
            }
            for n in range(KNOWN)
        ),
    )
    return Twin(portal, org), people


def contacts(now: datetime, owners: list[str], firms: list[str]) -> Iterator[Row]:
    """The contacts: everybody with 30 properties and the past of some, a third of them about to become MQLs."""
    for n in range(CONTACTS):
        created = now - timedelta(days=200, minutes=n)
        hot = n % QUALIFIED_EVERY == 0
        seen = now - timedelta(days=2 if hot else 90, minutes=n % 1000)
        page = "https://us.example/pricing" if hot else "https://us.example/blog"
        values = {
            "email": f"person{n}@firm.example",
            "hs_email_domain": "firm.example",
            "firstname": f"First{n}",
            "lastname": f"Last{n}",
            "jobtitle": "Head of IT" if hot else "Clerk",
            "company": f"Firm {n % COMPANIES}",
            "associatedcompanyid": firms[n % COMPANIES],
            "hubspot_owner_id": owners[n % SELLERS],
            "lifecyclestage": "lead",
            "country": "Germany",
            "city": "Bremen",
            "phone": f"+49 421 {n:06d}",
            "website": "https://firm.example",
            "hs_analytics_source": "ORGANIC_SEARCH",
            **{name: f"{name} {n}" for name in TEXTS},
        }
        history = {
            "hs_analytics_last_url": [
                (created, "https://us.example/", SEEN),
                (created + timedelta(days=9), "https://us.example/product", SEEN),
                (seen, page, SEEN),
            ],
            "hs_email_click": [(created + timedelta(days=day), str(day), SENT) for day in (3, 30)],
            "hs_analytics_num_visits": [(created + timedelta(days=day), str(day), SEEN) for day in (1, 9)],
        }
        yield Row(values, created, history=history)


def main() -> None:
    """Serve until stdin closes; each line there is done, and answered with how many calls there were."""
    twin, people = build(datetime.now(UTC))
    with twin:
        tell(twin.settings())
        near, far = twin.servers
        for line in sys.stdin:
            order = json.loads(line)
            if "latency" in order:
                near.latency_seconds, far.latency_seconds = order["latency"]
            if "edit" in order:
                edit_all(twin, people, order["edit"])
            tell({"hubspot": len(near.journal), "salesforce": len(far.journal), **asked_of(near)})


def edit_all(twin: Twin, people: list[str], number: int) -> None:
    """Give everybody another phone, as one bulk edit does: nothing that any rule looks at."""
    for one in people:
        twin.hubspot.update("contacts", one, {"phone": f"+49 30 {one} {number}"})


def asked_of(server: Server) -> dict[str, int]:
    """Calls to HubSpot so far: searches, batches of contacts, and associations."""
    paths = [call.path for call in server.journal]
    return {
        "search": sum(path.endswith("/search") for path in paths),
        "history": sum(path.endswith("/contacts/batch/read") for path in paths),
        "associations": sum("/associations/" in path for path in paths),
    }


def tell(data: object) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
