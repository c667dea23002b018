"""Writes so many leads to Salesforce by external id, as `apply` hands them over, and nothing else. Settings as syncd's.

`python -m tests.benchmarks.loading NUMBER`
"""

from __future__ import annotations

import sys

from connectors.records import Write
from syncd import collect_seldom


def main() -> None:
    """Write them, in bulk where the connector finds that worth while."""
    collect_seldom()
    from syncd.settings import load_settings
    from syncd.store.batches import batches
    from syncd.wiring import connect

    _, salesforce = connect(load_settings())
    writes = [_lead(number) for number in range(int(sys.argv[1]))]
    for some in batches(writes, salesforce.most_rows(len(writes))):
        refused = [one.error for one in salesforce.write("lead", some) if one.error is not None]
        if refused:
            raise SystemExit(f"{len(refused)} were refused, the first with {refused[0].code}")


def _lead(number: int) -> Write:
    told = {
        "LastName": f"Loaded{number}",
        "Company": f"Firm {number % 2000}",
        "Email": f"loaded{number}@firm.example",
        "Title": "Head of IT",
        "City": "Bremen",
    }
    return Write("lead", told, key=("HubSpot_Id__c", f"9{number:08d}"))


if __name__ == "__main__":
    main()
