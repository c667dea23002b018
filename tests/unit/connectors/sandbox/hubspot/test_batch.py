from __future__ import annotations

import pytest

PLACES = {"v3": "/crm/v3/objects", "2026-03": "/crm/objects/2026-03", "2026-09": "/crm/objects/2026-09"}
CONTACTS = f"{PLACES['2026-09']}/contacts"


@pytest.fixture
def two(portal):
    return [portal.create("contacts", {"email": f"p{n}@acme.example"}) for n in range(2)]


def batch(api, verb, rows, place=CONTACTS, **body):
    return api("POST", f"{place}/batch/{verb}", {"inputs": rows, **body})


@pytest.mark.parametrize(("version", "status"), [("v3", 207), ("2026-03", 207), ("2026-09", 200)])
def test_missing_ids_of_a_batch_read_are_told_in_one_error(api, two, version, status):
    answer = batch(api, "read", [{"id": two[0]}, {"id": "1"}, {"id": "2"}], f"{PLACES[version]}/contacts")
    body = answer.json()
    assert answer.status_code == status
    assert [each["id"] for each in body["results"]] == [two[0]]
    assert (body["numErrors"], body["errors"][0]["context"]["ids"]) == (1, ["1", "2"])
    assert (body["errors"][0]["category"], body["status"]) == ("OBJECT_NOT_FOUND", "COMPLETE")


def test_a_batch_read_without_misses_has_no_errors_field(api, two):
    answer = batch(api, "read", [{"id": each} for each in two])
    assert (answer.status_code, "errors" in answer.json(), "numErrors" in answer.json()) == (200, False, False)


def test_a_batch_read_takes_a_hundred_ids_and_fifty_with_history(api, two):
    rows = [{"id": str(n)} for n in range(101)]
    assert batch(api, "read", rows[:100]).status_code == 200
    assert batch(api, "read", rows).status_code == 400
    assert batch(api, "read", rows[:50], propertiesWithHistory=["email"]).status_code == 200
    assert batch(api, "read", rows[:51], propertiesWithHistory=["email"]).status_code == 400


def test_a_batch_reads_by_address_and_refuses_what_is_not_unique(api, two):
    assert batch(api, "read", [{"id": "P1@acme.example"}], idProperty="email").json()["results"][0]["id"] == two[1]
    assert batch(api, "read", [{"id": "x"}], idProperty="jobtitle").status_code == 400


def test_both_ids_of_a_merged_contact_read_one_record(api, portal, two):
    merged = portal.merge(*two)
    body = batch(api, "read", [{"id": each} for each in two]).json()
    assert [each["id"] for each in body["results"]] == [merged]
    assert "errors" not in body


def test_without_trace_ids_one_bad_row_fails_the_whole_batch(api, portal, two):
    rows = [{"id": two[0], "properties": {"city": "Gent"}}, {"id": two[1], "properties": {"lifecyclestage": "none"}}]
    answer = batch(api, "update", rows)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert "city" not in portal.values("contacts", two[0])


def test_with_trace_ids_each_bad_row_stands_by_itself(api, portal, two):
    rows = [
        {"id": two[0], "objectWriteTraceId": "1", "properties": {"city": "Gent"}},
        {"id": two[1], "objectWriteTraceId": "2", "properties": {"lifecyclestage": "none"}},
    ]
    body = batch(api, "update", rows).json()
    assert [each["objectWriteTraceId"] for each in body["results"]] == ["1"]
    assert [each["context"]["objectWriteTraceId"] for each in body["errors"]] == [["2"]]
    assert portal.values("contacts", two[0])["city"] == "Gent"


def test_unknown_ids_are_row_errors_even_without_trace_ids(api, two):
    rows = [{"id": each, "properties": {"city": "Gent"}} for each in (two[0], "1")]
    answer = batch(api, "update", rows, f"{PLACES['v3']}/contacts")
    assert (answer.status_code, answer.json()["errors"][0]["context"]) == (207, {"ids": ["1"]})


def test_an_address_in_place_of_an_id_changes_nothing_and_raises_nothing(api, portal, two):
    answer = batch(api, "update", [{"id": "p0@acme.example", "properties": {"city": "Gent"}}])
    assert (answer.status_code, answer.json()["results"], "errors" in answer.json()) == (200, [], False)
    assert "city" not in portal.values("contacts", two[0])


def test_the_same_id_twice_is_refused(api, two):
    answer = batch(api, "update", [{"id": two[0], "properties": {"city": city}} for city in ("Gent", "Brugge")])
    assert (answer.status_code, "Duplicate IDs" in answer.json()["message"]) == (400, True)


def test_a_batch_create_names_only_the_first_conflict(api, portal, two):
    rows = [{"properties": {"email": email}} for email in ("free@acme.example", "p0@acme.example", "p1@acme.example")]
    answer = batch(api, "create", rows)
    assert (answer.status_code, answer.json()["message"]) == (409, f"Contact already exists. Existing ID: {two[0]}")
    assert len(portal.tables["contacts"].live) == 2


def test_two_new_rows_cannot_share_an_address(api):
    rows = [{"properties": {"email": "x@acme.example"}, "objectWriteTraceId": str(n)} for n in range(2)]
    answer = batch(api, "create", rows)
    assert (answer.status_code, len(answer.json()["results"]), answer.json()["numErrors"]) == (201, 1, 1)


def test_an_upsert_says_which_records_are_new(api, portal, two):
    rows = [
        {"id": email, "idProperty": "email", "objectWriteTraceId": email, "properties": {"city": "Gent"}}
        for email in ("p0@acme.example", "new@acme.example", "no address")
    ]
    body = batch(api, "upsert", rows).json()
    assert [each["new"] for each in body["results"]] == [False, True]
    assert body["errors"][0]["context"]["objectWriteTraceId"] == ["no address"]
    assert portal.values("contacts", two[0])["city"] == "Gent"


def test_a_secondary_address_upserts_its_contact(api, portal, two):
    merged = portal.merge(*two)
    rows = [{"id": "p1@acme.example", "idProperty": "email", "properties": {"city": "Gent"}}]
    assert [each["id"] for each in batch(api, "upsert", rows).json()["results"]] == [merged]


def test_a_batch_archives_what_it_knows(api, portal, two):
    assert batch(api, "archive", [{"id": two[0]}, {"id": "1"}]).status_code == 204
    assert [*portal.tables["contacts"].archived] == [int(two[0])]


@pytest.mark.parametrize("body", [{}, {"inputs": "x"}, {"inputs": ["x"]}, {"inputs": [], "properties": "email"}])
def test_a_malformed_batch_is_refused(api, body):
    assert api("POST", f"{CONTACTS}/batch/read", body).status_code == 400
