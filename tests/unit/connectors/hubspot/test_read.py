"""Reading by id: batches, rows that go missing, merged records."""

from __future__ import annotations

import re

import orjson
import pytest
import responses

from connectors.errors import Unreachable
from connectors.http import Options
from connectors.hubspot import HubSpot

OBJECTS = "https://api.hubapi.com/crm/objects/2026-09/contacts"
AT = "2026-09-01T08:30:00Z"


class Portal:
    """Answers batch reads out of `rows`, and single reads out of `moved`; loses ids in `lost` without a word."""

    def __init__(self, wire):
        self.rows, self.moved, self.lost = {}, {}, set()
        self.batches, self.singles = [], []
        wire.add_callback("POST", f"{OBJECTS}/batch/read", self.batch)

        wire.add_callback("GET", re.compile(re.escape(OBJECTS) + r"/\w+"), self.single)

    def add(self, record_id, **properties):
        self.rows[record_id] = {"id": record_id, "properties": properties, "createdAt": AT, "updatedAt": AT}

    def batch(self, request):
        body = orjson.loads(request.body)
        self.batches.append(body)
        asked = [each["id"] for each in body["inputs"]]
        unknown = [each for each in asked if each not in self.rows and each not in self.lost]
        errors = [{"category": "OBJECT_NOT_FOUND", "context": {"ids": unknown}}] if unknown else []
        answer = {"results": [self.rows[each] for each in asked if each in self.rows]}
        if errors:
            answer |= {"errors": errors, "numErrors": len(errors)}
        return 207 if errors else 200, {}, orjson.dumps(answer)

    def single(self, request):
        record_id = request.url.partition("?")[0].rpartition("/")[2]
        self.singles.append(record_id)
        if record_id not in self.moved:
            return 404, {}, "{}"
        return 200, {}, orjson.dumps({"id": self.moved[record_id], "properties": {}, "createdAt": AT, "updatedAt": AT})


@pytest.fixture
def portal():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        yield Portal(wire)


@pytest.fixture
def hubspot():
    return HubSpot("pat-na1-secret", options=Options(sleep=lambda _: None))


def test_a_batch_asks_for_properties_and_history_apart(portal, hubspot):
    portal.add("1")
    hubspot.read("contact", ["1", "1"], ("email",), ("lifecyclestage",))
    assert portal.batches == [
        {
            "properties": ["email", "lastmodifieddate", "hs_merged_object_ids", "hs_calculated_merged_vids"],
            "propertiesWithHistory": ["lifecyclestage"],
            "inputs": [{"id": "1"}],
        }
    ]


def test_errors_inside_a_good_answer_leave_the_other_rows_good(portal, hubspot):
    portal.add("1", email="a@example.com")
    found = hubspot.read("contact", ["1", "2"], ("email",))
    assert list(found) == ["1"]
    assert portal.singles == ["2"]


def test_a_merged_id_that_the_winner_tells_costs_no_call(portal, hubspot):
    portal.add("9", hs_merged_object_ids="1;2")
    found = hubspot.read("contact", ["9", "1"], ())
    assert {asked: record.id for asked, record in found.items()} == {"9": "9", "1": "9"}
    assert hubspot.calls == 1


def test_a_merged_id_is_followed_to_the_record_it_became(portal, hubspot):
    portal.add("9", email="a@example.com")
    portal.moved = {"1": "9"}
    found = hubspot.read("contact", ["1"], ("email",))
    assert found["1"].id == "9"
    assert found["1"].properties == {"email": "a@example.com"}
    assert hubspot.calls == 3


def test_many_missing_ids_are_deleted_records_and_not_looked_up(portal, hubspot):
    portal.add("1")
    found = hubspot.read("contact", [str(number) for number in range(1, 60)], ())
    assert list(found) == ["1"]
    assert hubspot.calls == 1


def test_many_rows_lost_without_a_word_are_noticed(portal, hubspot):
    portal.lost = {str(number) for number in range(1, 31)}
    with pytest.raises(Unreachable, match="30 of 30 contacts were not answered"):
        hubspot.read("contact", sorted(portal.lost), ())


def test_a_few_rows_lost_without_a_word_are_looked_up(portal, hubspot):
    portal.lost = {"5"}
    assert hubspot.read("contact", ["5"], ()) == {}
    assert portal.singles == ["5"]
