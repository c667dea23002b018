"""Associations against scripted answers: pages, the primary one, and rows that were not answered."""

from __future__ import annotations

import orjson
import pytest
import responses

from connectors.errors import Unreachable
from connectors.http import Options
from connectors.hubspot import HubSpot

URL = "https://api.hubapi.com/crm/associations/2026-09/contacts/companies/batch/read"


@pytest.fixture
def wire():
    with responses.RequestsMock() as wire:
        yield wire


@pytest.fixture
def hubspot():
    return HubSpot("pat-na1-secret", options=Options(sleep=lambda _: None))


def row(one, *to, after=None, primary=None):
    found = {
        "from": {"id": one},
        "to": [
            {"toObjectId": each, "associationTypes": [{"label": "Primary" if each == primary else None}]} for each in to
        ],
    }
    return found if after is None else {**found, "paging": {"next": {"after": after}}}


def test_a_thousand_ids_are_one_call(wire, hubspot):
    wire.add("POST", URL, json={"results": []})
    assert hubspot.related("contact", [str(number) for number in range(1_001)], "company") == {}
    assert [len(orjson.loads(call.request.body)["inputs"]) for call in wire.calls] == [1_000, 1]


def test_pages_of_several_records_are_followed_together_and_the_primary_one_leads(wire, hubspot):
    wire.add("POST", URL, json={"results": [row("1", 5, 6, after="x"), row("2", 7), row("3", 8, after="y")]})
    wire.add("POST", URL, json={"results": [row("1", 9, primary=9), row("3", 8)]})
    found = hubspot.related("contact", ["1", "2", "3"], "company")
    assert found == {"1": ["9", "5", "6"], "2": ["7"], "3": ["8"]}
    assert orjson.loads(wire.calls[1].request.body)["inputs"] == [{"id": "1", "after": "x"}, {"id": "3", "after": "y"}]


def test_pages_that_repeat_end_with_an_error(wire, hubspot):
    wire.add("POST", URL, json={"results": [row("1", 5, after="x")]})
    with pytest.raises(Unreachable, match="repeat"):
        hubspot.related("contact", ["1"], "company")


@pytest.mark.parametrize(
    "error",
    [
        {"category": "OBJECT_NOT_FOUND"},
        {"category": "VALIDATION_ERROR", "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"},
    ],
)
def test_a_record_with_nothing_is_left_out(wire, hubspot, error):
    wire.add("POST", URL, json={"results": [row("1", 5)], "errors": [error]}, status=207)
    assert hubspot.related("contact", ["1", "2"], "company") == {"1": ["5"]}


@pytest.mark.parametrize(
    "body", [{"results": [], "errors": [{"category": "INTERNAL_ERROR"}]}, {"results": [{"to": []}]}]
)
def test_a_record_that_was_not_answered_is_no_record_without_associations(wire, hubspot, body):
    wire.add("POST", URL, json=body)
    with pytest.raises(Unreachable):
        hubspot.related("contact", ["1"], "company")
