from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import Missing, Unreachable
from connectors.records import Page, Window
from connectors.salesforce.answers import CursorLost, QueryTimedOut
from connectors.salesforce.rows import instant_of

INSTANCE = "https://acme.my.salesforce.example"
DATA = f"{INSTANCE}/services/data/v66.0"
EVERYTHING = Window(None, datetime(2026, 5, 1, 8, tzinfo=UTC))
HEAD = "SELECT Id, SystemModstamp, CreatedDate, IsDeleted, MasterRecordId, Email FROM Lead"
UNTIL = "SystemModstamp <= 2026-05-01T08:00:00.000Z"


def lead(number: int, **rest: Any) -> dict[str, Any]:
    return {
        "attributes": {"type": "Lead", "url": "/x"},
        "Id": f"00Q{number:012d}AAA",
        "SystemModstamp": "2026-05-01T07:25:37.000+0000",
        "CreatedDate": "2026-04-01T00:00:00.000+0000",
        "IsDeleted": False,
        "MasterRecordId": None,
        "Email": f"{number}@x.example",
        **rest,
    }


def rows(*numbers: int, more: str | None = None) -> tuple[int, dict[str, Any]]:
    answer: dict[str, Any] = {"totalSize": 9, "done": more is None, "records": [lead(each) for each in numbers]}
    return 200, answer | ({"nextRecordsUrl": f"/services/data/v66.0/query/{more}"} if more else {})


def refused(code: str) -> tuple[int, list[dict[str, str]]]:
    return 400, [{"message": "m", "errorCode": code}]


def ids(pages: list[Page]) -> list[list[int]]:
    return [[int(record.id[3:15]) for record in page.records] for page in pages]


@pytest.fixture
def leads(org: Any) -> Any:
    org.logs_in()
    org.describes("lead", "Email")
    return org


def test_an_instant_of_the_api_is_utc_to_the_millisecond() -> None:
    assert instant_of("2026-05-01T07:25:37.250+0000") == datetime(2026, 5, 1, 7, 25, 37, 250_000, UTC)
    assert instant_of("2026-05-01T09:25:37.000+0200") == datetime(2026, 5, 1, 7, 25, 37, tzinfo=UTC)
    assert instant_of("2026-05-01T07:25:37Z").tzinfo is UTC


@pytest.mark.parametrize("row", [{}, None, "x", {"Id": "00Q000000000001AAA"}, lead(1, SystemModstamp=None)])
def test_rows_of_another_form_are_no_answer(leads: Any, row: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", (200, {"totalSize": 1, "done": True, "records": [row]}))
    with pytest.raises(Unreachable):
        list(leads.connector().pull("lead", EVERYTHING, ["Email"]))


def test_a_query_that_counts_its_rows_in_no_number_is_not_answered(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", (200, {"totalSize": "many", "done": True, "records": [lead(1)]}))
    with pytest.raises(Unreachable, match="the number of a query's rows is answered in a form that is not known"):
        list(leads.connector().pull("lead", EVERYTHING, ["Email"]))


@pytest.mark.parametrize("answer", [None, "x", {"results": [{}]}])
def test_records_read_by_id_in_another_form_are_no_answer(leads: Any, answer: Any) -> None:
    leads.answers("POST", f"{DATA}/composite/sobjects/Lead", (200, answer))
    with pytest.raises(Unreachable):
        leads.connector().read("lead", ["00Q000000000001AAA"], ["Email"])


def test_a_first_pull_reads_everything_page_by_page(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", rows(1, 2, more="01g-2000"))
    leads.answers("GET", f"{DATA}/query/01g-2000", rows(3))
    pages = list(leads.connector().pull("lead", EVERYTHING, ["Email"]))
    assert ids(pages) == [[1, 2], [3]]
    assert [page.after_id for page in pages] == ["00Q000000000002AAA", "00Q000000000003AAA"]
    assert leads.seen[0].soql == f"{HEAD} WHERE {UNTIL} ORDER BY Id"


def test_a_record_has_its_instants_and_only_the_properties_asked_for(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", rows(7))
    (page,) = leads.connector().pull("lead", EVERYTHING, ["Email"])
    (record,) = page.records
    assert record.object == "lead"
    assert record.modified_at == datetime(2026, 5, 1, 7, 25, 37, tzinfo=UTC)
    assert record.created_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert record.properties == {"Email": "7@x.example"}
    assert (record.deleted, record.merged_into) == (False, None)


def test_deletes_and_merges_come_as_changes(leads: Any) -> None:
    answer = {
        "done": True,
        "records": [lead(1, IsDeleted=True), lead(2, IsDeleted=True, MasterRecordId="00Q000000000009AAA")],
    }
    leads.answers("GET", f"{DATA}/queryAll/", (200, answer))
    (page,) = leads.connector().pull("lead", EVERYTHING, [])
    assert [(each.deleted, each.merged_into) for each in page.records] == [(True, None), (True, "00Q000000000009AAA")]


def test_a_window_is_read_between_its_ends_and_after_its_id(leads: Any) -> None:
    window = Window(datetime(2026, 5, 1, 7, tzinfo=UTC), EVERYTHING.until, "00Q000000000005AAA")
    leads.answers("GET", f"{DATA}/queryAll/", rows())
    assert list(leads.connector().pull("lead", window, ["Email"])) == []
    assert leads.seen[0].soql == (
        f"{HEAD} WHERE SystemModstamp >= 2026-05-01T07:00:00.000Z AND {UNTIL} AND Id > '00Q000000000005AAA' ORDER BY Id"
    )


def test_users_and_queues_have_no_deleted_rows_to_ask_for(org: Any) -> None:
    org.logs_in()
    org.describes("group", "Name")
    org.answers("GET", f"{DATA}/query/", rows())
    assert list(org.connector().pull("group", EVERYTHING, ["Name"])) == []
    assert org.seen[0].soql == f"SELECT Id, SystemModstamp, CreatedDate, Name FROM Group WHERE {UNTIL} ORDER BY Id"


def test_contact_roles_are_read_with_both_ends(org: Any) -> None:
    org.logs_in()
    org.describes("opportunity_contact_role", "OpportunityId", "ContactId", "Role", "IsPrimary")
    org.answers("GET", f"{DATA}/queryAll/", rows())
    asked = ["OpportunityId", "ContactId", "Role", "IsPrimary"]
    assert list(org.connector().pull("opportunity_contact_role", EVERYTHING, asked)) == []
    assert org.seen[0].soql == (
        "SELECT Id, SystemModstamp, CreatedDate, IsDeleted, OpportunityId, ContactId, Role, IsPrimary "
        f"FROM OpportunityContactRole WHERE {UNTIL} ORDER BY Id"
    )


def test_an_unknown_property_is_missing_before_any_row_is_read(leads: Any) -> None:
    with pytest.raises(Missing, match="Lead has no field that our user may see called Emial \\(nearest: Email\\)"):
        leads.connector().pull("lead", EVERYTHING, ["Emial"])
    assert leads.sent("/queryAll") == []


def test_a_lost_cursor_is_taken_up_after_the_last_id(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", rows(1, 2, more="01g-2000"), rows(3))
    leads.answers("GET", f"{DATA}/query/01g-2000", refused("INVALID_QUERY_LOCATOR"))
    assert ids(list(leads.connector().pull("lead", EVERYTHING, ["Email"]))) == [[1, 2], [3]]
    assert leads.seen[-1].soql == f"{HEAD} WHERE {UNTIL} AND Id > '00Q000000000002AAA' ORDER BY Id"


def test_a_cursor_that_is_lost_before_any_row_is_an_error(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", refused("INVALID_QUERY_LOCATOR"))
    with pytest.raises(CursorLost, match="INVALID_QUERY_LOCATOR"):
        list(leads.connector().pull("lead", EVERYTHING, ["Email"]))


def test_pages_that_lead_in_a_circle_are_left_and_read_on_by_id(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", rows(1, more="01g-1"), rows(4))
    leads.answers("GET", f"{DATA}/query/01g-1", rows(2, more="01g-2"))
    leads.answers("GET", f"{DATA}/query/01g-2", rows(3, more="01g-1"))
    assert ids(list(leads.connector().pull("lead", EVERYTHING, ["Email"]))) == [[1], [2], [3], [4]]


def test_an_org_that_gives_the_same_rows_for_ever_is_left(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", rows(1, 2, more="01g-1"))
    leads.answers("GET", f"{DATA}/query/01g-1", rows(1, 2, more="01g-2"))
    with pytest.raises(Unreachable, match="given already"):
        list(leads.connector().pull("lead", EVERYTHING, ["Email"]))


def test_empty_pages_on_the_way_end_nothing(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", rows(more="01g-1"))
    leads.answers("GET", f"{DATA}/query/01g-1", rows(1))
    assert ids(list(leads.connector().pull("lead", EVERYTHING, ["Email"]))) == [[1]]


def test_a_query_that_takes_too_long_is_asked_in_shorter_pieces_by_id(leads: Any) -> None:
    full = (200, {"done": True, "records": [lead(each) for each in range(1, 1001)]})
    leads.answers("GET", f"{DATA}/queryAll/", refused("QUERY_TIMEOUT"), refused("QUERY_TIMEOUT"), full, rows(1001))
    pages = list(leads.connector().pull("lead", EVERYTHING, ["Email"]))
    assert [len(page.records) for page in pages] == [1000, 1]
    assert [each.soql.removeprefix(f"{HEAD} WHERE {UNTIL}") for each in leads.seen] == [
        " ORDER BY Id",
        " ORDER BY Id LIMIT 2000",
        " ORDER BY Id LIMIT 1000",
        " AND Id > '00Q000000001000AAA' ORDER BY Id LIMIT 1000",
    ]


def test_a_query_that_always_takes_too_long_ends(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", refused("QUERY_TIMEOUT"))
    with pytest.raises(QueryTimedOut, match="QUERY_TIMEOUT"):
        list(leads.connector().pull("lead", EVERYTHING, ["Email"]))
    assert leads.seen[-1].soql.endswith("LIMIT 250")


def test_an_answer_without_records_is_no_answer(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", (200, {"done": True}))
    with pytest.raises(Unreachable, match="without records"):
        list(leads.connector().pull("lead", EVERYTHING, ["Email"]))


def test_a_part_of_an_answer_that_names_no_next_page_is_not_taken_for_all(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/queryAll/", (200, {"done": False, "totalSize": 9, "records": [lead(1)]}))
    with pytest.raises(Unreachable, match="without its next page"):
        list(leads.connector().pull("lead", EVERYTHING, ["Email"]))


def test_records_are_read_by_id_under_the_ids_asked_for(leads: Any) -> None:
    short, long, unknown = "00Q000000000001", "00Q000000000002AAA", "00Q000000000003AAA"
    leads.answers("POST", f"{DATA}/composite/sobjects/Lead", (200, [lead(2), None, lead(1)]))
    found = leads.connector().read("lead", [short, long, unknown, "hs:17", ""], ["Email"])
    assert {key: record.id for key, record in found.items()} == {short: "00Q000000000001AAA", long: long}
    assert leads.seen[0].body == {
        "ids": [short, long, unknown],
        "fields": ["Id", "SystemModstamp", "CreatedDate", "IsDeleted", "MasterRecordId", "Email"],
    }


def test_ids_are_read_2000_to_a_call_and_each_once(leads: Any) -> None:
    leads.answers("POST", f"{DATA}/composite/sobjects/Lead", (200, []))
    asked = [f"00Q{each:012d}AAA" for each in range(2001)]
    assert leads.connector().read("lead", [*asked, *asked], ["Email"]) == {}
    assert [len(each.body["ids"]) for each in leads.seen] == [2000, 1]


def test_a_read_by_id_is_repeated_after_a_failure_that_passes(leads: Any) -> None:
    leads.answers("POST", f"{DATA}/composite/sobjects/Lead", (503, ""), (200, [lead(1)]))
    assert len(leads.connector().read("lead", ["00Q000000000001AAA"], [])) == 1


def test_no_ids_make_no_call(leads: Any) -> None:
    assert leads.connector().read("lead", ["", "hs:1"], []) == {}
    assert leads.sent("composite") == []


def test_records_are_found_by_value_each_once_by_id(leads: Any) -> None:
    leads.answers("GET", f"{DATA}/query/", rows(2, 1), rows(2))
    values = [f"{each:03d}@x.example" for each in range(298)] + ["o'neil@x.example", "z@x.example"]
    found = leads.connector().find("lead", "Email", values, [])
    assert [each.id for each in found] == ["00Q000000000001AAA", "00Q000000000002AAA"]
    assert leads.seen[0].soql.startswith(f"{HEAD} WHERE Email IN ('000@x.example','001@x.example',")
    assert leads.seen[0].soql.endswith(r",'o\'neil@x.example') ORDER BY Id")
    assert leads.seen[1].soql == f"{HEAD} WHERE Email IN ('z@x.example') ORDER BY Id"


def test_no_values_find_nothing_without_a_query(leads: Any) -> None:
    assert leads.connector().find("lead", "Email", [], []) == ()
    assert leads.sent("/query/") == []


def changed(number: int, field: str, value: str, minute: int) -> dict[str, Any]:
    at = f"2026-05-01T07:{minute:02d}:00.000+0000"
    return {
        "LeadId": lead(number)["Id"],
        "Field": field,
        "NewValue": value,
        "CreatedDate": at,
        "CreatedById": "005000000000001AAA",
    }


def test_history_is_what_the_org_kept_of_the_properties_asked_for_oldest_first(leads: Any) -> None:
    leads.answers("POST", f"{DATA}/composite/sobjects/Lead", (200, [lead(1), lead(2)]))
    kept = [changed(1, "Status", "Recycle", 5), changed(1, "Title", "CEO", 4), changed(1, "Status", "Working", 3)]
    leads.answers("GET", f"{DATA}/query/", (200, {"done": True, "records": kept}))
    asked = ["00Q000000000001", "00Q000000000002AAA"]
    found = leads.connector().read("lead", asked, [], history=["Status"])
    assert list(found[asked[0]].history) == ["Status"]
    assert [(each.value, each.at.minute, each.source_id) for each in found[asked[0]].history["Status"]] == [
        ("Working", 3, "005000000000001AAA"),
        ("Recycle", 5, "005000000000001AAA"),
    ]
    assert found[asked[1]].history == {}
    assert leads.seen[1].soql == (
        "SELECT LeadId, Field, NewValue, CreatedDate, CreatedById FROM LeadHistory "
        "WHERE LeadId IN ('00Q000000000001AAA','00Q000000000002AAA') ORDER BY Id"
    )


def test_without_tracking_there_is_no_history_and_no_error(leads: Any) -> None:
    leads.answers("POST", f"{DATA}/composite/sobjects/Lead", (200, [lead(1)]))
    leads.answers("GET", f"{DATA}/query/", refused("INVALID_TYPE"))
    (record,) = leads.connector().read("lead", ["00Q000000000001AAA"], [], history=["Status"]).values()
    assert record.history == {}


def test_no_history_asked_for_makes_no_query(leads: Any) -> None:
    leads.answers("POST", f"{DATA}/composite/sobjects/Lead", (200, [lead(1)]))
    leads.connector().read("lead", ["00Q000000000001AAA"], [])
    assert leads.sent("/query/") == []
