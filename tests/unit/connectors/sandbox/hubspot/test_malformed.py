from __future__ import annotations

import json
import random
import re

import pytest

from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.server import Request

JUNK = (
    *(None, 1, -1, 1e300, "x", "²", "0", "9" * 40, True, [], {}, [1], ["a"], [None], [[]], [{}], {"a": 1}),
    *([{"id": None}], [{"properties": {"email": ["x"]}}], [{"id": "e", "idProperty": ["x"], "properties": {}}]),
    *([{"to": 1}], [{"to": {}, "types": [{}]}], [{"filters": 1}], [{"propertyName": 1, "operator": []}]),
)
FIELDS = (
    *(
        "inputs",
        "properties",
        "propertiesWithHistory",
        "idProperty",
        "filterGroups",
        "filters",
        "sorts",
        "query",
        "limit",
    ),
    *("after", "objectId", "primaryObjectId", "objectIdToMerge", "associations", "name", "label", "type", "fieldType"),
    *("groupName", "options", "objectTypeId", "processingType", "recordIdsToAdd", "recordIdsToRemove", "listIds"),
    *("offset", "count"),
)
QUERY = (
    *("limit", "after", "before", "archived", "objectType", "objectId", "occurredAfter", "sort", "eventType", "id"),
    *("startTimestamp", "offset", "campaignId", "state", "contactIdentifier", "listIds", "objectProperty.email"),
)
NAMES = ("email", "createdate", "hs_object_id", "date_of_birth", "hs_email_click")
OPERATORS = ("EQ", "IN", "BETWEEN", "CONTAINS_TOKEN", "GT", None)


def a_body(chance):
    body = {name: chance.choice(JUNK) for name in chance.sample(FIELDS, chance.randint(0, 7))}
    if chance.random() < 0.3:
        condition = {name: chance.choice(JUNK) for name in ("value", "values", "highValue")}
        body["filters"] = [condition | {"propertyName": chance.choice(NAMES), "operator": chance.choice(OPERATORS)}]
    return body


@pytest.mark.parametrize("seed", range(4))
def test_no_request_is_so_malformed_that_it_has_no_answer(seed):
    chance = random.Random(seed)
    portal = HubSpotPortal(tier="enterprise")
    contact = portal.create("contacts", {"email": "ann@acme.example"})
    portal.people.mail(contact, portal.people.prepare_mailing("News"), "CLICK")
    portal.people.put_on_list(portal.people.make_list("Nurture"), contact)
    portal.people.visit(contact, "https://acme.example/")
    headers = {"authorization": f"Bearer {portal.token}", "content-type": "application/json"}
    for _ in range(2_000):
        method, path = chance.choice(portal.routes())
        for part in ("kind", "from_type", "to_type"):
            path = path.replace(f"{{{part}}}", chance.choice(("contacts", "0-136", "deals", "x")))
        for part in re.findall(r"\{(\w+)\}", path):
            path = path.replace(f"{{{part}}}", chance.choice((contact, "1", "²", "x", "email", "9" * 30)))
        query = {name: [str(chance.choice(JUNK))] for name in chance.sample(QUERY, 3)}
        body = a_body(chance) if chance.random() < 0.9 else chance.choice(JUNK)
        request = Request(method, path, query, headers, json.dumps(body).encode())
        assert portal.answer(request).status in (200, 201, 204, 207, 400, 404, 405, 409)
