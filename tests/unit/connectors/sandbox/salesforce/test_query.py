"""The emulated org finds the same rows through its indexes as by looking at all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.salesforce import SalesforceOrg, query
from connectors.sandbox.salesforce.soql import parse

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def org_with_leads():
    org = SalesforceOrg(lambda: START)
    for number in range(40):
        fields = {"LastName": f"L{number % 3}", "Company": "C", "HubSpot_Id__c": f"h{number}"}
        org.create("Lead", fields, at=START + timedelta(seconds=number // 4))
    return org


ORG = org_with_leads()
IDS = sorted(row["Id"] for row in ORG.rows("Lead"))


def stamped(operator, second):
    return f"SystemModstamp {operator} {START + timedelta(seconds=second):%Y-%m-%dT%H:%M:%S.500Z}"


def exactly(operator, second):
    return f"SystemModstamp {operator} {START + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"


comparisons = st.one_of(
    st.builds(stamped, st.sampled_from(["<", "<=", ">", ">="]), st.integers(-1, 11)),
    st.builds(exactly, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), st.integers(-1, 11)),
    st.builds("Id {} '{}'".format, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), st.sampled_from(IDS)),
    st.builds(
        "HubSpot_Id__c {} ('H{}', 'h{}')".format, st.sampled_from(["IN", "NOT IN"]), st.just(3), st.integers(0, 45)
    ),
    st.builds("LastName = 'l{}'".format, st.integers(0, 3)),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + ") AND (".join(parts) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + ") OR (".join(parts) + ")"),
        inner.map("NOT ({})".format),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(conditions)
def test_an_index_changes_nothing_about_what_is_found(condition):
    asked = parse(f"SELECT Id FROM Lead WHERE {condition} ORDER BY Id")
    found, _ = ORG.evaluator.run(asked, deleted=False, version="66.0")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "candidates", lambda *_: None)
        all_looked_at, _ = ORG.evaluator.run(asked, deleted=False, version="66.0")
    assert [row["Id"] for row in found] == [row["Id"] for row in all_looked_at]


def test_order_has_several_keys_and_puts_nulls_where_told():
    org = SalesforceOrg(lambda: START)
    for last, title in (("B", None), ("a", "x"), ("b", "Y"), ("A", "y")):
        org.create("Lead", {"LastName": last, "Company": "C", "Title": title})

    def titles(order):
        rows, _ = org.evaluator.run(parse(f"SELECT Id FROM Lead ORDER BY {order}"), deleted=False, version="66.0")
        return [(row["LastName"], row["Title"]) for row in rows]

    assert titles("LastName, Title") == [("a", "x"), ("A", "y"), ("B", None), ("b", "Y")]
    assert titles("Title DESC NULLS LAST, LastName DESC") == [("b", "Y"), ("A", "y"), ("a", "x"), ("B", None)]
    assert titles("Title LIMIT 2 OFFSET 1") == [("a", "x"), ("b", "Y")]
