from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.hubspot import Row

CONTACTS = "/crm/objects/2026-09/contacts"


def found(response):
    assert response.status_code == 200, response.text
    return {each["id"] for each in response.json()["results"]}


@pytest.fixture
def people(portal):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        (
            "ann",
            {"email": "ann@acme.example", "jobtitle": "Head of IT", "hs_email_click": "3", "lifecyclestage": "lead"},
        ),
        ("bob", {"email": "bob@other.example", "jobtitle": "intern", "hs_email_click": "12"}),
        ("cat", {"email": "cat@acme.example", "hs_lead_status": "NEW", "date_of_birth": "1990-05-01"}),
    ]
    return {
        name: portal.create("contacts", values, start + n * timedelta(days=1)) for n, (name, values) in enumerate(rows)
    }


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (("email", "EQ", "ANN@acme.example"), "ann"),
        (("jobtitle", "NEQ", "intern"), "ann"),
        (("hs_email_click", "GT", "9"), "bob"),
        (("hs_email_click", "LTE", "3"), "ann"),
        (("jobtitle", "HAS_PROPERTY"), "ann bob"),
        (("jobtitle", "NOT_HAS_PROPERTY"), "cat"),
        (("jobtitle", "CONTAINS_TOKEN", "it"), "ann"),
        (("email", "CONTAINS_TOKEN", "*@acme.example"), "ann cat"),
        (("jobtitle", "NOT_CONTAINS_TOKEN", "head"), "bob"),
        (("createdate", "LT", "1767312000000"), "ann"),
        (("createdate", "GTE", "2026-01-02T00:00:00Z"), "bob cat"),
        (("date_of_birth", "EQ", "641520000000"), "cat"),
    ],
)
def test_a_filter_finds_whom_it_means(api, people, condition, names):
    assert found(api.filter(*condition)) == {people[name] for name in names.split()}


def test_between_and_in_take_their_own_fields(api, people):
    between = api.filter("lastmodifieddate", "BETWEEN", "2026-01-01T12:00:00Z", highValue="2026-01-02T12:00:00Z")
    assert found(between) == {people["bob"]}
    assert found(api.filter("lifecyclestage", "IN", values=["lead", "customer"])) == {people["ann"]}
    assert found(api.filter("hs_email_click", "NOT_IN", values=["3"])) == {people["bob"]}


def test_groups_are_alternatives_and_top_level_filters_are_one_group(api, people):
    one = {"propertyName": "jobtitle", "operator": "EQ", "value": "intern"}
    other = {"propertyName": "hs_lead_status", "operator": "EQ", "value": "NEW"}
    assert found(api.search(filterGroups=[{"filters": [one]}, {"filters": [other]}])) == {people["bob"], people["cat"]}
    assert found(api.search(filters=[one])) == {people["bob"]}
    assert found(api.search(query="other.example")) == {people["bob"]}


def test_ids_compare_as_numbers(api, portal):
    portal._numbers = 99_999_265_000_000
    contact = portal.create("contacts", {"email": "far@acme.example"})
    assert len(contact) > 12
    assert found(api.filter("hs_object_id", "GT", "999999999999")) == {contact}
    assert found(api.filter("hs_object_id", "LT", "999999999999")) == set()


def test_only_default_properties_come_unless_listed_and_unknown_ones_are_passed_over(api, people):
    default = api.filter("jobtitle", "EQ", "intern").json()["results"][0]["properties"]
    assert set(default) == {"createdate", "lastmodifieddate", "hs_object_id", "email", "firstname", "lastname"}
    listed = api.search(
        properties=["phone", "no_such"], filters=[{"propertyName": "email", "operator": "HAS_PROPERTY"}]
    )
    assert set(listed.json()["results"][0]["properties"]) == {"createdate", "lastmodifieddate", "hs_object_id", "phone"}
    assert listed.json()["results"][0]["properties"]["phone"] is None


def test_archived_records_are_never_found(api, portal, people):
    portal.archive("contacts", people["ann"])
    assert found(api.search()) == {people["bob"], people["cat"]}


def test_a_search_carries_no_rate_limit_headers_and_a_list_does(api, people):
    assert not [name for name in api.search().headers if "RateLimit" in name]
    assert api("GET", CONTACTS).headers["X-HubSpot-RateLimit-Max"] == "190"


def test_sorting_by_a_date_goes_both_ways(api, people):
    ordered = api.search(sorts=[{"propertyName": "createdate", "direction": "DESCENDING"}]).json()["results"]
    assert [each["id"] for each in ordered] == [people["cat"], people["bob"], people["ann"]]
    assert api.search(sorts=["createdate"], limit=1).json()["results"][0]["id"] == people["ann"]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"after": "9900", "limit": 200},
        {"after": "x"},
        {"sorts": ["email", "createdate"]},
        {"sorts": ["no_such_property"]},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 7}]},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 5}] * 4},
        {"filters": [{"propertyName": "no_such", "operator": "HAS_PROPERTY"}]},
        {"filters": [{"propertyName": "email", "operator": "LIKE", "value": "a"}]},
        {"filters": [{"propertyName": "email", "operator": "EQ"}]},
        {"filters": [{"propertyName": "email", "operator": "IN", "value": "a"}]},
        {"filters": [{"propertyName": "createdate", "operator": "BETWEEN", "value": "1"}]},
        {"filters": [{"propertyName": "createdate", "operator": "GT", "value": "yesterday"}]},
        {"filters": ["email"]},
        {"filterGroups": 1},
        {"sorts": [1]},
        {"properties": "email"},
        {"query": "x" * 3001},
    ],
)
def test_what_hubspot_would_not_take_is_refused(api, body):
    answer = api.search(**body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_paging_ends_at_ten_thousand_and_total_tells_the_truth(api, portal):
    day = datetime(2026, 5, 1, tzinfo=UTC)
    portal.load("contacts", [Row({"email": f"p{n}@acme.example"}, day) for n in range(10_050)])
    last = api.search(limit=200, after="9800").json()
    assert (last["total"], len(last["results"]), last["paging"]["next"]["after"]) == (10_050, 200, "10000")
    assert api.search(limit=200, after="10000").status_code == 400


def test_the_search_sees_a_change_only_after_the_lag_and_answers_fresh_values(api, portal, clock, people):
    portal.index_lag = timedelta(seconds=20)
    clock.advance(hours=1)
    fresh = portal.create("contacts", {"email": "new@acme.example"})
    portal.update("contacts", people["ann"], {"jobtitle": "CTO"})
    assert fresh not in found(api.search())
    stale = api.search(
        filters=[{"propertyName": "jobtitle", "operator": "EQ", "value": "Head of IT"}], properties=["jobtitle"]
    )
    assert [each["properties"]["jobtitle"] for each in stale.json()["results"]] == ["CTO"]
    assert api("GET", f"{CONTACTS}/{fresh}").status_code == 200
    clock.advance(seconds=20)
    assert fresh in found(api.search())
    assert found(api.filter("jobtitle", "EQ", "CTO")) == {people["ann"]}
    assert found(api.filter("jobtitle", "EQ", "Head of IT")) == set()


def test_hits_that_are_gone_make_an_empty_page_with_a_cursor(api, portal, clock, people):
    portal.index_lag = timedelta(seconds=20)
    first, second, third = sorted(people.values())
    portal.archive("contacts", first)
    portal.archive("contacts", second)
    page = api.search(limit=2).json()
    assert (page["results"], page["paging"]["next"]["after"]) == ([], "2")
    assert found(api.search(limit=2, after="2")) == {third}
    clock.advance(seconds=20)
    assert api.search(limit=2).json()["total"] == 1


def test_a_write_between_two_pages_is_seen_by_the_second(api, portal, clock, people):
    window = {"propertyName": "lastmodifieddate", "operator": "LT", "value": str(int(clock().timestamp() * 1000))}
    floor = {"propertyName": "hs_object_id", "operator": "GT", "value": "0"}
    assert len(found(api.search(filters=[window, floor], limit=1))) == 1
    moved = max(people.values())
    portal.update("contacts", moved, {"city": "Gent"})
    assert moved not in found(api.search(filters=[window, floor]))


def a_filter(chance, rows):
    """A filter that some index could serve, and its test on a row of (id, email, modified, name)."""
    row = chance.choice(rows)
    at, later = sorted((row[2], chance.choice(rows)[2]))
    few = {each[1] for each in chance.sample(rows, 3)}
    return chance.choice(
        [
            ({"propertyName": "lastmodifieddate", "operator": "GT", "value": str(at)}, lambda r: r[2] > at),
            ({"propertyName": "lastmodifieddate", "operator": "GTE", "value": str(at)}, lambda r: r[2] >= at),
            ({"propertyName": "lastmodifieddate", "operator": "LT", "value": str(later)}, lambda r: r[2] < later),
            ({"propertyName": "lastmodifieddate", "operator": "LTE", "value": str(later)}, lambda r: r[2] <= later),
            ({"propertyName": "lastmodifieddate", "operator": "NEQ", "value": str(at)}, lambda r: r[2] != at),
            (
                {
                    "propertyName": "lastmodifieddate",
                    "operator": "BETWEEN",
                    "value": str(at),
                    "highValue": str(later),
                },
                lambda r: at <= r[2] <= later,
            ),
            ({"propertyName": "email", "operator": "EQ", "value": row[1].upper()}, lambda r: r[1] == row[1]),
            ({"propertyName": "email", "operator": "IN", "values": sorted(few)}, lambda r: r[1] in few),
            ({"propertyName": "email", "operator": "NOT_IN", "values": sorted(few)}, lambda r: r[1] not in few),
            ({"propertyName": "hs_object_id", "operator": "EQ", "value": row[0]}, lambda r: r[0] == row[0]),
            ({"propertyName": "lastname", "operator": "EQ", "value": row[3]}, lambda r: r[3] == row[3]),
        ]
    )


@pytest.mark.parametrize("lag", [timedelta(0), timedelta(seconds=30)], ids=["current", "behind"])
@pytest.mark.parametrize("seed", range(3))
def test_an_index_finds_what_going_through_all_records_finds(api, portal, clock, seed, lag):
    chance = random.Random(seed)
    for n in range(40):
        at = clock() - timedelta(minutes=chance.randint(1, 30))
        portal.create("contacts", {"email": f"p{n}@acme.example", "lastname": chance.choice("AB")}, at)
    table = portal.tables["contacts"]
    rows = [(str(r.id), r.values["email"], r.modified, r.values["lastname"]) for r in table.live.values()]
    portal.index_lag = lag
    for record_id in chance.sample([row[0] for row in rows], 9 if lag else 0):
        portal.update("contacts", record_id, {"lastname": "C", "email": f"new{record_id}@acme.example"})
    for _ in range(60):
        groups = [[a_filter(chance, rows) for _ in range(chance.randint(1, 3))] for _ in range(chance.randint(1, 2))]
        expected = {row[0] for row in rows if any(all(test(row) for _, test in group) for group in groups)}
        body = [{"filters": [each for each, _ in group]} for group in groups]
        assert found(api.search(filterGroups=body, limit=200)) == expected, body
