"""A page of a large table costs what the page costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.salesforce.finding import candidates
from connectors.sandbox.salesforce.soql import parse

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def org():
    org = SalesforceOrg(lambda: START)
    for number in range(60):
        fields = {"LastName": f"L{number}", "Company": "C", "HubSpot_Id__c": f"h{number}"}
        org.create("Lead", fields, at=START + timedelta(seconds=number // 3))
    return org


def looked_at(org, text):
    query = parse(f"SELECT Id FROM Lead {text}")
    found = candidates(query.where, org.schema.any("Lead"), org.tables["Lead"], query.order)
    return len(list(found.rows)), found.suits(query.order)


KEYSET = (
    "WHERE (SystemModstamp = 2026-11-02T09:00:10Z AND Id > '00Qfj0000000001EAA') "
    "OR SystemModstamp > 2026-11-02T09:00:10Z ORDER BY SystemModstamp, Id"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WHERE SystemModstamp >= 2026-11-02T09:00:10Z ORDER BY SystemModstamp, Id", (30, True)),
        (KEYSET, (30, True)),
        ("WHERE SystemModstamp >= 2026-11-02T09:00:19Z ORDER BY Id", (3, False)),
        ("WHERE HubSpot_Id__c IN ('h1', 'h2') AND SystemModstamp > 2026-11-02T09:00:00Z", (2, True)),
        ("ORDER BY SystemModstamp DESC", (60, False)),
        ("ORDER BY LastName", (60, False)),
    ],
)
def test_only_the_rows_that_an_index_cannot_rule_out_are_looked_at(org, text, expected):
    assert looked_at(org, text) == expected


def test_a_walk_by_id_begins_behind_the_last_one(org):
    middle = sorted(row["Id"] for row in org.rows("Lead"))[40]
    assert looked_at(org, f"WHERE Id > '{middle}' ORDER BY Id LIMIT 5") == (20, True)
