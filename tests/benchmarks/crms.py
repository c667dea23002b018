"""Both emulated CRMs with a large crowd in them, in a process of their own, so that their work is nobody else's.

Run as `python -m tests.benchmarks.crms`: prints one line of JSON with the settings, and serves until stdin closes.
A line `{"hubspot": …, "salesforce": …}` with the calls answered so far follows each line that is written to it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.sandbox.hubspot.portal import HubSpotPortal, Row
from connectors.sandbox.hubspot.table import Source
from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.twin import Twin

CONTACTS, COMPANIES, KNOWN = 20_000, 2_000, 2_000
"""Contacts and companies in HubSpot, and how many of the contacts Salesforce has as leads already."""
QUALIFIED_EVERY = 3
"""Each third contact fits and looked at the prices lately: it becomes an MQL."""
SELLERS = 20
SEEN, SENT = Source("ANALYTICS"), Source("EMAIL")

TEXTS = ("salutation", "industry", "mobilephone", "address", "state", "zip", "hs_language", "numemployees")
"""Properties that nobody decides by, so that a contact has 30 like the yardstick's."""


def build(now: datetime) -> Twin:
    """Both CRMs, loaded."""
    portal, org = HubSpotPortal(), SalesforceOrg()
    users = [org.add_user(f"Sam{n}", f"Seller{n}", f"seller{n}@us.example") for n in range(SELLERS)]
    owners = [portal.add_owner(f"seller{n}@us.example", f"Sam{n}", f"Seller{n}") for n in range(SELLERS)]
    started = now - timedelta(days=400)
    firms = (
        Row({"name": f"Firm {n}", "domain": f"firm{n}.example", "numberofemployees": str(20 + n)}, started)
        for n in range(COMPANIES)
    )
    firm_ids = portal.load("companies", firms)
    portal.load("contacts", contacts(now, owners, firm_ids))
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
    return Twin(portal, org)


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
    """Serve until stdin closes; each line there asks how many calls were answered."""
    with build(datetime.now(UTC)) as twin:
        tell(twin.settings())
        for _ in sys.stdin:
            near, far = twin.servers
            tell({"hubspot": len(near.journal), "salesforce": len(far.journal)})


def tell(data: object) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
