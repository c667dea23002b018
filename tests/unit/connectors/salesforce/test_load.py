from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import Unreachable
from connectors.records import Recovery, Write, WriteResult
from connectors.salesforce.refusals import row_error_in

INSTANCE = "https://acme.my.salesforce.example"
DATA = f"{INSTANCE}/services/data/v66.0"
INGEST = f"{DATA}/jobs/ingest"
JOB = f"{INGEST}/750000000000001AAA"
ROWS = f"{DATA}/composite/sobjects"


def lead_id(number: int) -> str:
    return f"00Q{number:012d}AAA"


def updates(count: int, **fields: Any) -> list[Write]:
    return [Write("lead", fields or {"Title": f"T{each}"}, id=lead_id(each)) for each in range(count)]


def upserts(count: int) -> list[Write]:
    return [Write("lead", {"LastName": f"L{each}"}, key=("HubSpot_Id__c", str(each))) for each in range(count)]


class Loading:
    """An org whose jobs end as told, and what was sent to it."""

    def __init__(self, org: Any) -> None:
        org.logs_in()
        self.org = org
        self.orders: list[Any] = []
        self.tables: list[str] = []
        self.patched: list[Any] = []
        self.looks: list[dict[str, Any]] = []
        self.collected: list[Any] = []
        self.on("POST", INGEST, self._order)
        self.on("PUT", f"{JOB}/batches", self._upload)
        self.on("PATCH", JOB, self._patch)
        self.on("GET", JOB, self._look)
        self.on("PATCH", ROWS, self._collect)
        self.on("PATCH", f"{ROWS}/Lead/HubSpot_Id__c", self._collect)

    def on(self, method: str, url: str, answer: Any) -> None:
        self.org.stub.add_callback(method, url, lambda request: (*answer(request),), content_type="application/json")

    def ends(self, state: str = "JobComplete", **counts: int) -> None:
        self.looks = [{"state": "InProgress"}, {"state": state, **counts}]

    def tells(self, name: str, text: str) -> None:
        # no charset: requests would read ISO-8859-1
        self.org.stub.get(f"{JOB}/{name}", body=text.encode(), content_type="text/csv")

    def refuses(self, code: str) -> None:
        self.org.stub.remove("POST", INGEST)
        self.org.stub.post(INGEST, status=400, json=[{"errorCode": code, "message": "m"}])

    def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        return self.org.connector().write("lead", writes)

    def _order(self, request: Any) -> tuple[int, dict[str, str], str]:
        self.orders.append(json.loads(request.body))
        return 200, {}, json.dumps({"id": "750000000000001AAA", "state": "Open"})

    def _upload(self, request: Any) -> tuple[int, dict[str, str], str]:
        assert request.headers["Content-Type"] == "text/csv; charset=UTF-8"
        self.tables.append(request.body.decode())
        return 201, {}, ""

    def _patch(self, request: Any) -> tuple[int, dict[str, str], str]:
        self.patched.append(json.loads(request.body)["state"])
        return 200, {}, "{}"

    def _look(self, _: Any) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps(self.looks.pop(0) if len(self.looks) > 1 else self.looks[0])

    def _collect(self, request: Any) -> tuple[int, dict[str, str], str]:
        rows = json.loads(request.body)["records"]
        self.collected += rows
        return 200, {}, json.dumps([{"success": True, "id": row.get("Id", lead_id(0))} for row in rows])


@pytest.fixture
def loading(org: Any) -> Loading:
    return Loading(org)


def test_updates_without_a_failure_need_no_table_of_results(loading: Loading) -> None:
    loading.ends(numberRecordsProcessed=201, numberRecordsFailed=0)
    results = loading.write(updates(201))
    assert results == tuple(WriteResult(lead_id(each)) for each in range(201))
    assert loading.orders == [
        {"object": "Lead", "operation": "update", "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
    ]
    assert loading.tables[0].splitlines()[:2] == ["Id,Title", f"{lead_id(0)},T0"]
    assert loading.patched == ["UploadComplete"]
    assert loading.org.slept == [0.5, 1.5]
    assert len(loading.org.sent("/jobs/")) == 5


def test_upserts_are_joined_by_their_key_in_the_order_of_the_writes(loading: Loading) -> None:
    loading.ends(numberRecordsProcessed=201, numberRecordsFailed=1)
    done = "".join(f'"{lead_id(each)}","{str(each % 2 == 0).lower()}","{each}","L"\n' for each in reversed(range(200)))
    loading.tells("successfulResults", '\ufeff"sf__Id","sf__Created","HubSpot_Id__c","LastName"\n' + done)
    error = "REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --"
    loading.tells("failedResults", f'"sf__Id","sf__Error","HubSpot_Id__c","LastName"\n"","{error}","200","L"\n')
    results = loading.write(upserts(201))
    assert loading.orders[0]["externalIdFieldName"] == "HubSpot_Id__c"
    assert [each.id for each in results] == [*map(lead_id, range(200)), None]
    assert [each.created for each in results[:3]] == [True, False, True]
    failed = results[200].error
    assert failed is not None
    assert (failed.code, failed.fields, failed.recovery) == ("REQUIRED_FIELD_MISSING", ("Company",), Recovery.REJECT)
    assert failed.message == "Required fields are missing: [Company]"


def test_each_value_has_its_form_in_a_cell(loading: Loading) -> None:
    loading.ends(numberRecordsProcessed=201, numberRecordsFailed=0)
    values = {
        "A": None,
        "B": "",
        "C": True,
        "D": False,
        "E": 3,
        "F": 1e22,
        "G": Decimal("10.50"),
        "H": date(2026, 5, 1),
        "I": datetime(2026, 5, 1, 7, 25, 37, tzinfo=UTC),
        "J": 'Zoë "Z"\nO\u2028K, Ltd',
        "K": 0.1,
        "L": "line\r\nline",
    }
    loading.write(updates(201, **dict(reversed(values.items()))))
    head, _, rest = loading.tables[0].partition("\n")
    assert head == "Id,A,B,C,D,E,F,G,H,I,J,K,L"
    assert rest.startswith(
        f"{lead_id(0)},#N/A,#N/A,true,false,3,10000000000000000000000,10.50,2026-05-01,2026-05-01T07:25:37.000+00:00,"
        '"Zoë ""Z""\nO\u2028K, Ltd",0.1,"line\r\nline"\n'
    )


@pytest.mark.parametrize("value", ["#N/A", "a\rb", "half \ud83d", ["list"], float("nan")])
def test_what_a_cell_cannot_carry_goes_as_a_collection_or_fails_alone(loading: Loading, value: Any) -> None:
    loading.ends(numberRecordsProcessed=201, numberRecordsFailed=0)
    odd = Write("lead", {"Title": value}, id=lead_id(900))
    results = loading.write([odd, *updates(201)])
    assert lead_id(900) not in loading.tables[0]
    assert (results[0].error is None) == (loading.collected != [])
    assert [each.error for each in results[1:]] == [None] * 201


def test_rows_with_other_fields_are_never_given_empty_cells(loading: Loading) -> None:
    loading.ends(numberRecordsProcessed=201, numberRecordsFailed=0)
    loading.write([*updates(201), Write("lead", {"City": "Bremen"}, id=lead_id(900))])
    assert loading.tables[0].startswith("Id,Title\n")
    assert [row["Id"] for row in loading.collected] == [lead_id(900)]


def test_a_field_with_umlauts_and_line_ends_comes_back_whole(loading: Loading) -> None:
    loading.ends(numberRecordsProcessed=201, numberRecordsFailed=201)
    error = "FIELD_CUSTOM_VALIDATION_EXCEPTION:Größe: zu groß\nsiehe Regel:Title --"
    failed = "".join(f'"","{error}","{lead_id(each)}","a\nb\u2028c"\n' for each in range(201))
    loading.tells("failedResults", '"sf__Id","sf__Error","Id","Title"\n' + failed)
    results = loading.write(updates(201))
    assert {each.error.message for each in results if each.error} == {"Größe: zu groß\nsiehe Regel"}
    assert [each.id for each in results] == [lead_id(each) for each in range(201)]


def test_rows_that_a_job_did_not_come_to_are_to_be_tried_again(loading: Loading) -> None:
    loading.ends("Failed", numberRecordsProcessed=1, numberRecordsFailed=0)
    loading.tells(
        "successfulResults", f'"sf__Id","sf__Created","Id","Title"\n"{lead_id(0)}","false","{lead_id(0)}","T"\n'
    )
    results = loading.write(updates(201))
    assert results[0] == WriteResult(lead_id(0))
    assert {each.error.recovery for each in results[1:] if each.error} == {Recovery.RETRY}


def test_a_job_that_did_nothing_is_done_by_collections(loading: Loading) -> None:
    loading.ends("Failed", numberRecordsProcessed=0, numberRecordsFailed=0)
    results = loading.write(updates(201))
    assert len(loading.collected) == 201
    assert [each.error for each in results] == [None] * 201


def test_an_org_that_takes_no_jobs_gets_collections(loading: Loading) -> None:
    loading.refuses("FEATURENOTENABLED")
    assert len(loading.write(updates(401))) == 401
    assert len(loading.org.sent("/composite/sobjects")) == 3


def test_more_rows_than_a_job_may_have_are_several_jobs(org: Any) -> None:
    from connectors.http import Options
    from connectors.salesforce import Bulk, Salesforce

    loading = Loading(org)
    loading.ends(numberRecordsProcessed=300, numberRecordsFailed=0)
    options = Options(sleep=org.slept.append)
    bulk = Bulk(rows_per_job=300)
    connector = Salesforce("https://login.salesforce.example", "c", client_secret="s", options=options, bulk=bulk)
    assert [each.error for each in connector.write("lead", updates(600))] == [None] * 600
    assert [len(table.splitlines()) for table in loading.tables] == [301, 301]


def test_without_bulk_many_rows_are_many_collections(org: Any) -> None:
    from connectors.salesforce import Bulk, Salesforce

    loading = Loading(org)
    connector = Salesforce("https://login.salesforce.example", "c", client_secret="s", bulk=Bulk(enabled=False))
    assert len(connector.write("lead", updates(500))) == 500
    assert (len(org.sent("/composite/sobjects")), loading.orders) == (3, [])


def test_rows_without_a_value_of_their_key_are_no_rows_of_a_table(loading: Loading) -> None:
    loading.ends(numberRecordsProcessed=300, numberRecordsFailed=300)
    loading.tells("failedResults", "")
    loading.write([Write("lead", {"LastName": "L"}, key=("HubSpot_Id__c", "")), *upserts(300)])
    assert len(loading.tables[0].splitlines()) == 301
    assert len(loading.collected) == 1


def test_a_job_that_never_ends_is_aborted_and_then_unreachable(loading: Loading) -> None:
    loading.looks = [{"state": "InProgress"}]
    with pytest.raises(Unreachable, match="does not end"):
        loading.write(updates(201))
    assert loading.patched == ["UploadComplete", "Aborted"]
    assert 1200 <= sum(loading.org.slept) < 1300


def test_a_whole_job_is_asked_for_above_2000_rows_only(org: Any) -> None:
    from connectors.salesforce import Bulk, Salesforce

    connector = org.connector()
    assert [connector.most_rows(each) for each in (1, 2_000, 2_001, 50_000)] == [200, 200, 10_000, 10_000]
    without = Salesforce("https://login.salesforce.example", "c", client_secret="s", bulk=Bulk(enabled=False))
    assert without.most_rows(50_000) == 200


@pytest.mark.parametrize(
    ("cell", "code", "recovery", "existing"),
    [
        ("CANNOT_UPDATE_CONVERTED_LEAD:cannot reference converted lead:--", None, Recovery.CONVERTED, None),
        ("ENTITY_IS_DELETED:entity is deleted:--", None, Recovery.GONE, None),
        ("INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:OwnerId --", None, Recovery.REJECT, None),
        ("INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--", None, Recovery.GONE, None),
        (
            "DUPLICATE_VALUE:duplicate value found: X duplicates value on record with id: 00Q000000000001:--",
            None,
            Recovery.DUPLICATE,
            "00Q000000000001EAA",
        ),
        ("DUPLICATES_DETECTED:Use one of these records?:--", None, Recovery.DUPLICATE, None),
        (
            "DUPLICATE_EXTERNAL_ID:X__c: more than one record found for external id field: [00Q1, 00Q2]:X__c --",
            None,
            Recovery.DUPLICATE,
            None,
        ),
        ("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--", None, Recovery.RETRY, None),
        ("INVALID_FIELD_FOR_INSERT_UPDATE:Unable: Budget__c:Budget__c --", None, Recovery.PERMISSION, None),
        ("something else", "UNKNOWN", Recovery.REJECT, None),
    ],
)
def test_a_row_of_a_table_fails_as_one_of_a_collection_does(
    cell: str, code: str | None, recovery: Recovery, existing: str | None
) -> None:
    error = row_error_in(cell)
    assert (error.code, error.recovery) == (code or cell.partition(":")[0], recovery)
    assert error.existing_id == existing
