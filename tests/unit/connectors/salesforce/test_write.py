from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from connectors.errors import LimitReached, Missing, Unreachable
from connectors.records import Recovery, Write, WriteResult
from connectors.salesforce.answers import Declined

INSTANCE = "https://acme.my.salesforce.example"
DATA = f"{INSTANCE}/services/data/v66.0"
ROWS = f"{DATA}/composite/sobjects"
UPSERT = f"{ROWS}/Lead/HubSpot_Id__c"
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
PARSER = [{"message": "Unexpected character", "errorCode": "JSON_PARSER_ERROR"}]


def lead_id(number: int) -> str:
    return f"00Q{number:012d}AAA"


def done(number: int, **rest: Any) -> dict[str, Any]:
    return {"id": lead_id(number), "success": True, "errors": [], **rest}


def failed(code: str, message: str = "m", **rest: Any) -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": [], **rest}]}


def update(number: int, **fields: Any) -> Write:
    return Write("lead", fields or {"Title": "CEO"}, id=lead_id(number))


def upsert(number: int, **fields: Any) -> Write:
    return Write("lead", fields or {"LastName": "L"}, key=("HubSpot_Id__c", str(number)))


def create(**fields: Any) -> Write:
    return Write("lead", fields or {"LastName": "L"})


@pytest.fixture
def leads(org: Any) -> Any:
    org.logs_in("first-token", "second-token")
    return org


def refusing(org: Any, hostile: Callable[[dict[str, Any]], bool], status: int, body: Any) -> None:
    """A whole call of updates is refused when it holds a hostile row."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        records = json.loads(request.body)["records"]
        if any(map(hostile, records)):
            return status, {}, json.dumps(body)
        return 200, {}, json.dumps([done(int(each["Id"][3:15])) for each in records])

    org.stub.add_callback("PATCH", ROWS, answer, content_type="application/json")


def test_updates_go_by_id_in_one_call_and_never_reassign_the_owner(leads: Any) -> None:
    leads.answers("PATCH", ROWS, (200, [done(1), done(2)]))
    results = leads.connector().write("lead", [update(1, Title="CEO"), update(2, Title=None)])
    assert results == (WriteResult(lead_id(1)), WriteResult(lead_id(2)))
    (sent,) = leads.seen
    assert sent.body == {
        "allOrNone": False,
        "records": [
            {"attributes": {"type": "Lead"}, "Title": "CEO", "Id": lead_id(1)},
            {"attributes": {"type": "Lead"}, "Title": None, "Id": lead_id(2)},
        ],
    }
    assert sent.headers["Sforce-Auto-Assign"] == "FALSE"
    assert sent.headers["Content-Type"] == "application/json"


def test_upserts_go_by_external_id_and_tell_what_was_created(leads: Any) -> None:
    leads.answers("PATCH", UPSERT, (200, [done(1, created=True), done(2, created=False)]))
    results = leads.connector().write("lead", [upsert(17), upsert(18)])
    assert [each.created for each in results] == [True, False]
    assert leads.seen[0].body["records"][0] == {
        "attributes": {"type": "Lead"},
        "LastName": "L",
        "HubSpot_Id__c": "17",
    }


def test_creates_are_posted(leads: Any) -> None:
    leads.answers("POST", ROWS, (200, [done(1)]))
    assert leads.connector().write("lead", [create()]) == (WriteResult(lead_id(1), created=True),)
    assert leads.seen[0].headers["Sforce-Auto-Assign"] == "FALSE"


def test_the_owner_is_not_reassigned_on_the_call_repeated_after_a_renewal(leads: Any) -> None:
    leads.answers("POST", ROWS, (401, EXPIRED), (200, [done(1)]))
    assert leads.connector().write("lead", [create()])[0].error is None
    assert [(each.headers["Authorization"], each.headers["Sforce-Auto-Assign"]) for each in leads.seen] == [
        ("Bearer first-token", "FALSE"),
        ("Bearer second-token", "FALSE"),
    ]
    assert leads.seen[0].body == leads.seen[1].body


def test_success_is_per_row(leads: Any) -> None:
    answer = [
        done(1),
        failed("UNABLE_TO_LOCK_ROW"),
        failed("DUPLICATE_VALUE", f"duplicate value found: X duplicates value on record with id: {lead_id(9)}"),
        failed("STRING_TOO_LONG", fields=["Title"]),
    ]
    leads.answers("PATCH", ROWS, (200, answer))
    results = leads.connector().write("lead", [update(each) for each in (1, 2, 3, 4)])
    assert [each.id for each in results] == [lead_id(each) for each in (1, 2, 3, 4)]
    found = [each.error for each in results]
    assert [each and each.recovery for each in found] == [
        None,
        Recovery.RETRY,
        Recovery.DUPLICATE,
        Recovery.REJECT,
    ]
    assert found[2].existing_id == lead_id(9)
    assert found[3].fields == ("Title",)


def test_rows_without_an_answer_are_to_be_tried_again(leads: Any) -> None:
    leads.answers("PATCH", ROWS, (200, [done(1), {"success": False}]))
    results = leads.connector().write("lead", [update(each) for each in (1, 2, 3)])
    assert [each.error and (each.error.code, each.error.recovery) for each in results] == [
        None,
        ("NO_ANSWER", Recovery.RETRY),
        ("NO_ANSWER", Recovery.RETRY),
    ]


def test_an_answer_that_is_no_list_is_no_answer(leads: Any) -> None:
    leads.answers("PATCH", ROWS, (200, {"hasErrors": True}))
    with pytest.raises(Unreachable, match="not a list of results"):
        leads.connector().write("lead", [update(1)])


@pytest.mark.parametrize("place", [0, 77, 199])
def test_one_hostile_row_does_not_lose_its_neighbours(leads: Any, place: int) -> None:
    refusing(leads, lambda row: row["Title"] == "bad", 400, PARSER)
    writes = [update(each, Title="bad" if each == place else "good") for each in range(200)]
    results = leads.connector().write("lead", writes)
    assert [each.id for each in results] == [lead_id(each) for each in range(200)]
    assert [i for i, each in enumerate(results) if each.error] == [place]
    assert results[place].error.code == "JSON_PARSER_ERROR"
    assert len(leads.sent("composite")) <= 17


def test_a_column_that_the_org_does_not_know_costs_only_the_rows_that_name_it(leads: Any) -> None:
    message = "No such column 'Foo__c' on sobject of type Lead"
    refusing(leads, lambda row: "Foo__c" in row, 400, [{"message": message, "errorCode": "INVALID_FIELD"}])
    writes = [update(each, **({"Foo__c": 1} if each % 2 else {"Title": "x"})) for each in range(100)]
    results = leads.connector().write("lead", writes)
    assert {each.error.recovery for each in results if each.error} == {Recovery.MAPPING}
    assert [bool(each.error) for each in results] == [bool(each % 2) for each in range(100)]
    assert len(leads.sent("composite")) == 2


def test_several_records_with_one_external_id_are_a_duplicate_of_that_row(leads: Any) -> None:
    leads.answers(
        "PATCH", UPSERT, (300, ["/services/data/v66.0/sobjects/Lead/1", "/services/data/v66.0/sobjects/Lead/2"])
    )
    (result,) = leads.connector().write("lead", [upsert(1)])
    assert (result.error.code, result.error.recovery) == ("DUPLICATE_EXTERNAL_ID", Recovery.DUPLICATE)
    assert result.error.existing_id is None


def test_a_body_that_is_too_large_is_halved(leads: Any) -> None:
    leads.answers("PATCH", ROWS, (413, ""), (200, [done(1)]), (200, [done(2)]))
    assert [each.id for each in leads.connector().write("lead", [update(1), update(2)])] == [lead_id(1), lead_id(2)]


def test_a_value_that_json_cannot_hold_costs_only_its_row(leads: Any) -> None:
    leads.answers("PATCH", ROWS, (200, [done(2)]))
    results = leads.connector().write("lead", [update(1, Title="half \ud83d"), update(2)])
    assert (results[0].error.code, results[0].error.recovery) == ("NOT_JSON", Recovery.REJECT)
    assert results[1].error is None


def test_a_missing_external_id_field_stops_the_call_and_is_a_setup_error(leads: Any) -> None:
    leads.answers("PATCH", UPSERT, (404, [{"message": "Provided external ID field", "errorCode": "NOT_FOUND"}]))
    with pytest.raises(Missing, match="Lead/HubSpot_Id__c: NOT_FOUND"):
        leads.connector().write("lead", [upsert(1), upsert(2)])
    assert len(leads.seen) == 1


def test_a_refusal_that_no_row_caused_is_not_asked_again(leads: Any) -> None:
    leads.answers("PATCH", ROWS, (400, [{"message": "m", "errorCode": "UNSUPPORTED_API_VERSION"}]))
    with pytest.raises(Declined, match="UNSUPPORTED_API_VERSION"):
        leads.connector().write("lead", [update(1), update(2)])
    assert len(leads.seen) == 1


def test_the_days_limit_stops_the_call(leads: Any) -> None:
    refusal = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    leads.answers("PATCH", ROWS, (403, refusal))
    with pytest.raises(LimitReached):
        leads.connector().write("lead", [update(1)])


@pytest.mark.parametrize("cut", [503, requests.ConnectionError("cut")])
def test_updates_are_repeated_when_the_answer_is_lost(leads: Any, cut: Any) -> None:
    leads.cut("PATCH", ROWS, cut)
    leads.stub.patch(ROWS, json=[done(1)])
    assert leads.connector().write("lead", [update(1)])[0].error is None


@pytest.mark.parametrize("cut", [503, requests.ConnectionError("cut")])
def test_upserts_are_to_be_looked_for_when_the_answer_is_lost(leads: Any, cut: Any) -> None:
    leads.cut("PATCH", UPSERT, cut)
    results = leads.connector().write("lead", [upsert(1), upsert(2)])
    assert [each.error and (each.error.code, each.error.recovery) for each in results] == [
        ("NO_ANSWER", Recovery.RETRY)
    ] * 2


@pytest.mark.parametrize("cut", [503, requests.ConnectionError("cut")])
def test_a_create_whose_answer_is_lost_is_not_repeated(leads: Any, cut: Any) -> None:
    leads.cut("POST", ROWS, cut)
    with pytest.raises(Unreachable):
        leads.connector().write("lead", [create()])
    assert len(leads.sent("composite")) == 1


def test_a_create_that_was_refused_before_it_began_is_repeated(leads: Any) -> None:
    busy = [{"message": "ConcurrentRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    leads.answers("POST", ROWS, (403, busy), (200, [done(1)]))
    assert leads.connector().write("lead", [create()])[0].created


def test_no_writes_make_no_call(leads: Any) -> None:
    assert leads.connector().write("lead", []) == ()
    assert len(leads.stub.calls) == 0


@pytest.mark.parametrize(
    "writes",
    [
        [update(1), create()],
        [upsert(1), Write("lead", {}, key=("Email", "a@x.example"))],
        [create()] * 201,
        [*[update(1)] * 200, create()],
        [Write("contact", {}, id="003000000000001AAA")],
    ],
)
def test_writes_of_several_shapes_or_too_many_are_our_bug(leads: Any, writes: list[Write]) -> None:
    with pytest.raises(ValueError, match="writes"):
        leads.connector().write("lead", writes)


def test_a_linked_record_is_updated_by_id_even_when_its_key_is_given(leads: Any) -> None:
    leads.answers("PATCH", ROWS, (200, [done(1)]))
    row = Write("lead", {"HubSpot_Id__c": "17"}, id=lead_id(1), key=("HubSpot_Id__c", "17"))
    leads.connector().write("lead", [row])
    assert leads.seen[0].body["records"] == [{"attributes": {"type": "Lead"}, "HubSpot_Id__c": "17", "Id": lead_id(1)}]
