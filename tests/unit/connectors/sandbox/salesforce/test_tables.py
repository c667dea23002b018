"""Rows stay findable in every way, whatever is put, dropped, purged or undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.salesforce.schema import Schema
from connectors.sandbox.salesforce.tables import Tables

ROWS = st.fixed_dictionaries(
    {
        "Id": st.sampled_from([f"00Q{number:015}" for number in range(6)]),
        "SystemModstamp": st.sampled_from([f"2026-11-02T09:00:0{second}.000+0000" for second in range(4)]),
        "HubSpot_Id__c": st.sampled_from([None, "a", "A", "b"]),
        "IsDeleted": st.booleans(),
    }
)
LEAD = Schema().any("Lead")
STEPS = st.lists(st.tuples(ROWS, st.booleans()), max_size=12)


class Undone(Exception):
    """Ends a transaction without a fault."""


def apply(tables, steps):
    for row, purged in steps:
        tables.put("Lead", row)
        if purged:
            tables.purge("Lead", row["Id"], row["SystemModstamp"])


def undone(tables, steps):
    with tables.transaction():
        for row, _ in steps:
            tables.put("Lead", row)
        raise Undone


@given(STEPS, STEPS)
def test_an_undone_transaction_leaves_all_ways_to_a_row_as_they_were(before, within):
    tables = Tables([LEAD])
    apply(tables, before)
    lead = tables["Lead"]
    rows, ghosts = dict(lead.rows), dict(lead.ghosts)
    with pytest.raises(Undone):
        undone(tables, within)
    assert dict(lead.rows) == rows
    assert set(lead.ghosts) <= set(ghosts)
    assert [row["Id"] for row in lead.numbered("")] == sorted(rows)
    by_time = sorted(rows.values(), key=lambda row: (row["SystemModstamp"], row["Id"]))
    assert list(lead.stamped("", "~")) == by_time
    for value in ("a", "B"):
        expected = [rows[key] for key in sorted(rows) if (rows[key]["HubSpot_Id__c"] or "").lower() == value.lower()]
        assert lead.equal("HubSpot_Id__c", value) == expected
