from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from connectors.errors import Unreachable
from connectors.http import Options
from connectors.records import FieldType, Page, Window
from connectors.salesforce import Bulk, Salesforce
from connectors.salesforce.kinds import kind_of

DATA = "https://acme.my.salesforce.example/services/data/v66.0"
QUERY, JOB = f"{DATA}/jobs/query", f"{DATA}/jobs/query/750000000000001AAA"
WINDOW = Window(None, datetime(2026, 5, 1, 8, tzinfo=UTC))
TYPES = {"Amount__c": "double", "Seen__c": "datetime", "Ok__c": "boolean", "Text__c": "string", "Day__c": "date"}
HEAD = (
    '"Id","SystemModstamp","CreatedDate","IsDeleted","MasterRecordId","Amount__c","Seen__c","Ok__c","Text__c","Day__c"'
)


def lead_id(number: int) -> str:
    return f"00Q{number:012d}AAA"


def line(number: int, amount: str = "", seen: str = "", ok: str = "true", text: str = "", day: str = "") -> str:
    at = "2026-05-01T07:25:37.000Z"
    return f'"{lead_id(number)}","{at}","{at}","false","","{amount}","{seen}","{ok}","{text}","{day}"'


def table(*lines: str, head: bool = True) -> str:
    return "\n".join([HEAD, *lines] if head else lines) + "\n"


@pytest.fixture
def org_with_many(org: Any) -> Any:
    """An org whose first page says that there are 9 rows, and a connector that takes more than 8 in bulk."""
    org.logs_in()
    system = [{"name": name, "type": "string"} for name in kind_of("lead").system_fields]
    columns = [*system, *({"name": name, "type": kind} for name, kind in TYPES.items())]
    org.stub.get(f"{DATA}/sobjects/Lead/describe", json={"fields": columns})
    at = "2026-05-01T07:25:37.000+0000"
    row = {"Id": lead_id(1), "SystemModstamp": at, "CreatedDate": at, "IsDeleted": False}
    page = {"totalSize": 9, "done": False, "records": [row], "nextRecordsUrl": "/services/data/v66.0/query/01g-2000"}
    org.answers("GET", f"{DATA}/queryAll/", (200, page))
    org.answers("POST", QUERY, (200, {"id": "750000000000001AAA", "state": "UploadComplete"}))
    org.answers("GET", JOB, (200, {"state": "InProgress"}), (200, {"state": "JobComplete"}))
    org.stub.delete(JOB, status=204)
    return org


def results(org: Any, *tables: str, counts: tuple[int | None, ...] = ()) -> None:
    """The tables one after the other, each with the place of the next."""
    for place, text in enumerate(tables):
        last = place == len(tables) - 1
        headers = {"Sforce-Locator": "null" if last else f"L{place}"}
        if counts and counts[place] is not None:
            headers["Sforce-NumberOfRecords"] = str(counts[place])
        org.stub.get(f"{JOB}/results", body=text.encode(), headers=headers, content_type="text/csv")


def pull(org: Any) -> Iterator[Page]:
    options = Options(sleep=org.slept.append)
    connector = Salesforce("https://login.salesforce.example", "c", "s", options=options, bulk=Bulk(read_above=8))
    return connector.pull("lead", WINDOW, tuple(TYPES))


def test_a_cell_becomes_the_value_that_rest_gives(org_with_many: Any) -> None:
    text = 'Zoë "Z",\r\na'
    written = line(2, "3", "2026-05-01T07:25:37.000Z", "true", text.replace('"', '""'), "2026-05-01")
    results(org_with_many, table(written, line(3, "3.50", ok="false")))
    first, second = list(pull(org_with_many))
    full, empty = (record.properties for record in second.records)
    assert [record.id for record in first.records] == [lead_id(1)]
    assert full == {
        "Amount__c": 3,
        "Seen__c": "2026-05-01T07:25:37.000+0000",
        "Ok__c": True,
        "Text__c": text,
        "Day__c": "2026-05-01",
    }
    assert empty == {"Amount__c": 3.5, "Seen__c": None, "Ok__c": False, "Text__c": None, "Day__c": None}
    assert second.records[0].modified_at == datetime(2026, 5, 1, 7, 25, 37, tzinfo=UTC)


def test_the_job_asks_for_what_follows_the_first_page_in_no_order(org_with_many: Any) -> None:
    results(org_with_many, table(line(2)))
    list(pull(org_with_many))
    order = next(each.body for each in org_with_many.seen if each.url == QUERY)
    assert order["operation"] == "queryAll"
    assert order["query"].endswith(f" WHERE SystemModstamp <= 2026-05-01T08:00:00.000Z AND Id > '{lead_id(1)}'")
    assert org_with_many.sent("01g-2000") == []
    assert len(org_with_many.sent("/jobs/query/750")) == 4


def test_tables_follow_their_locator_and_only_the_last_page_moves_the_cursor(org_with_many: Any) -> None:
    results(org_with_many, table(line(9), line(4)), table(line(7), head=False), counts=(2, 1))
    pages = list(pull(org_with_many))
    assert [[int(record.id[3:15]) for record in page.records] for page in pages] == [[1], [9, 4], [7]]
    assert [page.after_id for page in pages] == [lead_id(1), lead_id(1), lead_id(9)]
    asked = [each.url.partition("?")[2] for each in org_with_many.sent("/results")]
    assert asked == ["maxRecords=10000", "maxRecords=10000&locator=L0"]


@pytest.mark.parametrize("text", [table(line(2)), table(line(2), '"00Q')])
def test_a_table_that_was_cut_off_is_no_answer(org_with_many: Any, text: str) -> None:
    results(org_with_many, text, counts=(2,))
    with pytest.raises(Unreachable, match="cut off"):
        list(pull(org_with_many))


@pytest.mark.parametrize(("locator", "lines"), [("the same", [2]), ("new", [2]), ("new", [])])
def test_tables_that_lead_nowhere_are_left(org_with_many: Any, locator: str, lines: list[int]) -> None:
    calls = count()

    def answer(_request: Any) -> tuple[int, dict[str, str], str]:
        return 200, {"Sforce-Locator": f"L{next(calls) if locator == 'new' else 0}"}, table(*map(line, lines))

    org_with_many.stub.add_callback("GET", f"{JOB}/results", answer, content_type="text/csv")
    with pytest.raises(Unreachable, match="repeats its pages|empty pages"):
        list(pull(org_with_many))
    assert next(calls) < 60


def test_a_kind_of_field_that_is_not_typed_here_is_text() -> None:
    from connectors.salesforce.bulk_query import _TYPED

    assert set(_TYPED) == {FieldType.BOOLEAN, FieldType.NUMBER, FieldType.MONEY, FieldType.DATETIME}
    assert json.loads("3") == _TYPED[FieldType.MONEY]("3")
