"""The yardstick: the least that fetching and keeping can cost with HubSpot's own library.

Its transport reads all contacts page by page as raw JSON into SQLite, one commit a page: no limits kept, no history,
no windows, nothing decided, nothing written back. `python -m tests.benchmarks.yardstick DATABASE [PAGES]`, settings as
syncd's, reads at most so many pages a second: what works in bits costs more than what works in one go, on some machines
half as much again, whoever does it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time

from hubspot import HubSpot

from tests.benchmarks.crms import TEXTS

PROPERTIES = (
    "email",
    "hs_email_domain",
    "firstname",
    "lastname",
    "jobtitle",
    "company",
    "associatedcompanyid",
    "hubspot_owner_id",
    "lifecyclestage",
    "country",
    "city",
    "phone",
    "website",
    "hs_analytics_source",
    "hs_analytics_last_url",
    "hs_email_click",
    "hs_analytics_num_visits",
    *TEXTS,
    "createdate",
    "lastmodifieddate",
    "hs_object_id",
    "hs_lead_status",
    "num_conversion_events",
)

PAGE = 100


def main() -> None:
    """Read everything once."""
    client = HubSpot(access_token=os.environ["SYNCD_HUBSPOT__ACCESS_TOKEN"])
    api = client.crm.contacts.basic_api
    api.api_client.configuration.host = os.environ["SYNCD_HUBSPOT__BASE_URL"]
    store = sqlite3.connect(sys.argv[1], isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("CREATE TABLE contact (id TEXT PRIMARY KEY, body TEXT)")
    pause = 1 / float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    after, due = None, time.monotonic()
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        due += pause
        page = api.get_page(limit=PAGE, after=after, properties=list(PROPERTIES), _preload_content=False)
        body = json.loads(page.data)
        store.execute("BEGIN")
        store.executemany(
            "INSERT INTO contact VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            [(row["id"], json.dumps(row)) for row in body["results"]],
        )
        store.execute("COMMIT")
        if "paging" not in body:
            return
        after = body["paging"]["next"]["after"]


if __name__ == "__main__":
    main()
