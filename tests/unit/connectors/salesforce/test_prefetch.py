from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.errors import Forbidden, Missing, Unreachable
from connectors.records import Ask, Window

INSTANCE = "https://acme.my.salesforce.example"
DATA = f"{INSTANCE}/services/data/v66.0"
COMPOSITE = f"{DATA}/composite"
WINDOW = Window(datetime(2026, 5, 1, 7, tzinfo=UTC), datetime(2026, 5, 1, 8, tzinfo=UTC))
KINDS = ("lead", "contact", "opportunity", "opportunity_contact_role", "task", "event", "account")


def row(number: int) -> dict[str, Any]:
    return {
        "Id": f"00Q{number:012d}AAA",
        "SystemModstamp": "2026-05-01T07:25:37.000+0000",
        "CreatedDate": "2026-04-01T00:00:00.000+0000",
        "IsDeleted": False,
    }


def part(reference: str, status: int = 200, body: Any = None, more: str | None = None) -> dict[str, Any]:
    page = {"totalSize": 1, "done": more is None, "records": [row(1)]} | ({"nextRecordsUrl": more} if more else {})
    return {"referenceId": reference, "httpStatusCode": status, "body": page if body is None else body}


def together(*parts: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"compositeResponse": list(parts)}


def refused(code: str) -> list[dict[str, str]]:
    return [{"message": "m", "errorCode": code}]


def asks(*kinds: str, window: Window = WINDOW) -> list[Ask]:
    return [Ask(kind, window, ()) for kind in kinds]


@pytest.fixture
def ready(org: Any) -> Any:
    """A connector that knows all kinds."""
    org.logs_in()
    for kind in KINDS:
        org.describes(kind)
    connector = org.connector()
    for kind in KINDS:
        connector.describe(kind)
    org.ready = connector
    org.stub.calls.reset()
    return org


def test_five_queries_go_in_one_call_and_pulls_begin_with_their_answers(ready: Any) -> None:
    ready.answers(
        "POST",
        COMPOSITE,
        together(*(part(f"r{place}") for place in range(5))),
        together(*(part(f"r{place}") for place in range(2))),
    )
    ready.ready.prefetch(asks(*KINDS))
    assert [len(each.body["compositeRequest"]) for each in ready.seen] == [5, 2]
    assert [len(list(ready.ready.pull(kind, WINDOW, ()))) for kind in KINDS] == [1] * 7
    assert len(ready.stub.calls) == 2


def test_each_subrequest_is_the_query_that_the_pull_would_ask(ready: Any) -> None:
    ready.answers("POST", COMPOSITE, together(part("r0"), part("r1")))
    ready.ready.prefetch(asks("lead", "task"))
    assert ready.seen[0].body["allOrNone"] is False
    first = ready.seen[0].body["compositeRequest"][0]
    assert (first["method"], first["url"].partition("?")[0]) == ("GET", "/services/data/v66.0/queryAll/")
    assert parse_qs(urlsplit(first["url"]).query)["q"] == [
        (
            "SELECT Id, SystemModstamp, CreatedDate, IsDeleted, MasterRecordId FROM Lead "
            "WHERE SystemModstamp >= 2026-05-01T07:00:00.000Z "
            "AND SystemModstamp <= 2026-05-01T08:00:00.000Z ORDER BY Id"
        )
    ]


def test_a_subrequest_that_fails_is_asked_again_alone_and_raises_its_own_error(ready: Any) -> None:
    ready.answers("POST", COMPOSITE, together(part("r0"), part("r1", 403, refused("INSUFFICIENT_ACCESS"))))
    ready.answers("GET", f"{DATA}/queryAll/", (403, refused("INSUFFICIENT_ACCESS")))
    ready.ready.prefetch(asks("lead", "task"))
    assert len(list(ready.ready.pull("lead", WINDOW, ()))) == 1
    with pytest.raises(Forbidden):
        list(ready.ready.pull("task", WINDOW, ()))
    assert "FROM Task" in ready.seen[-1].soql


def test_a_property_that_is_not_there_spoils_its_own_pull_only(ready: Any) -> None:
    ready.answers("POST", COMPOSITE, together(part("r0"), part("r1")))
    ready.ready.prefetch([*asks("lead", "task", "deal"), Ask("contact", WINDOW, ("Nope__c",))])
    assert len(ready.seen[0].body["compositeRequest"]) == 2
    with pytest.raises(Missing, match="Nope__c"):
        ready.ready.pull("contact", WINDOW, ("Nope__c",))


def test_an_org_that_takes_no_composites_is_asked_one_by_one(ready: Any) -> None:
    ready.answers("POST", COMPOSITE, (404, refused("NOT_FOUND")))
    ready.answers("GET", f"{DATA}/queryAll/", (200, {"done": True, "records": [row(1)]}))
    ready.ready.prefetch(asks("lead", "task"))
    assert len(list(ready.ready.pull("lead", WINDOW, ()))) == 1


def test_an_org_that_does_not_answer_is_unreachable(ready: Any) -> None:
    ready.answers("POST", COMPOSITE, (503, ""))
    with pytest.raises(Unreachable):
        ready.ready.prefetch(asks("lead", "task"))


def test_the_next_pages_are_asked_for_as_ever(ready: Any) -> None:
    ready.answers("POST", COMPOSITE, together(part("r0", more="/services/data/v66.0/query/01g-2000"), part("r1")))
    ready.answers("GET", f"{DATA}/query/01g-2000", (200, {"done": True, "records": [row(2)]}))
    ready.ready.prefetch(asks("lead", "task"))
    assert [page.after_id for page in ready.ready.pull("lead", WINDOW, ())] == [row(1)["Id"], row(2)["Id"]]


def test_what_was_fetched_serves_one_pull_of_the_same_window_and_properties(ready: Any) -> None:
    ready.answers("POST", COMPOSITE, together(part("r0"), part("r1")))
    ready.answers("GET", f"{DATA}/queryAll/", (200, {"done": True, "records": []}))
    ready.ready.prefetch(asks("lead", "task"))
    assert list(ready.ready.pull("lead", Window(None, WINDOW.until), ())) == []
    assert len(list(ready.ready.pull("lead", WINDOW, ()))) == 1
    assert list(ready.ready.pull("lead", WINDOW, ())) == []
    ready.ready.prefetch([])
    assert list(ready.ready.pull("task", WINDOW, ())) == []


def test_a_first_pull_and_a_single_one_are_not_fetched_before(ready: Any) -> None:
    ready.ready.prefetch([*asks("task"), *asks("lead", "contact", window=Window(None, WINDOW.until))])
    assert ready.seen == []


def test_descriptions_are_learnt_in_one_call(org: Any) -> None:
    org.logs_in()
    fields = [{"name": "Name", "type": "string"}]
    org.answers("POST", COMPOSITE, together(*(part(f"r{n}", body={"fields": fields}) for n in range(7))))
    connector = org.connector()
    connector.learn(KINDS)
    assert [list(connector.describe(kind).fields) for kind in KINDS] == [["Name"]] * 7
    assert org.seen[0].body["compositeRequest"][0]["url"] == "/services/data/v66.0/sobjects/Lead/describe"
    assert connector.calls == 2


def test_a_history_that_is_not_kept_is_empty_and_not_asked_about_each_time(org: Any) -> None:
    org.logs_in()
    org.answers("GET", f"{DATA}/sobjects/LeadHistory/describe", (404, refused("NOT_FOUND")))
    connector = org.connector()
    assert list(connector.pull("lead_history", WINDOW, ("Field",))) == []
    assert list(connector.pull("lead_history", WINDOW, ("Field",))) == []
    assert len(org.seen) == 1


def test_an_object_that_is_not_there_costs_no_call_in_every_cycle(ready: Any) -> None:
    ready.answers("POST", COMPOSITE, together(part("r0"), part("r1")))
    ready.answers("GET", f"{DATA}/sobjects/EmailMessage/describe", (404, refused("NOT_FOUND")))
    for _ in range(3):
        ready.ready.prefetch(asks("lead", "task", "email_message"))
        with pytest.raises(Missing, match="EmailMessage/describe: NOT_FOUND"):
            ready.ready.pull("email_message", WINDOW, ())
    assert len(ready.stub.calls) == 3 + 1


def test_a_history_is_cut_by_when_its_rows_were_made(org: Any) -> None:
    org.logs_in()
    org.describes("lead_history", "LeadId", "Field", "NewValue")
    made = {"Id": "017000000000001AAA", "CreatedDate": "2026-05-01T07:25:37.000+0000", "Field": "Status"}
    org.answers("GET", f"{DATA}/query/", (200, {"done": True, "records": [made]}))
    (page,) = org.connector().pull("lead_history", WINDOW, ("Field",))
    assert page.records[0].modified_at == page.records[0].created_at == datetime(2026, 5, 1, 7, 25, 37, tzinfo=UTC)
    assert org.seen[0].soql == (
        "SELECT Id, CreatedDate, Field FROM LeadHistory WHERE CreatedDate >= 2026-05-01T07:00:00.000Z "
        "AND CreatedDate <= 2026-05-01T08:00:00.000Z ORDER BY Id"
    )


def test_a_handful_of_rows_is_read_whole(org: Any) -> None:
    org.logs_in()
    org.describes("lead_status", "ApiName")
    org.answers("GET", f"{DATA}/query/", (200, {"done": True, "records": []}))
    list(org.connector().pull("lead_status", WINDOW, ("ApiName",)))
    assert org.seen[0].soql == "SELECT Id, SystemModstamp, CreatedDate, ApiName FROM LeadStatus ORDER BY Id"


def test_an_email_is_related_to_the_leads_and_contacts_on_it(org: Any) -> None:
    org.logs_in()
    email = "02s000000000001AAA"
    people = ["00Q000000000001AAA", "005000000000001AAA", "003000000000001AAA", "00Q000000000001AAA", None]
    rows = [{"EmailMessageId": email, "RelationId": each} for each in people]
    org.answers("GET", f"{DATA}/query/", (200, {"done": True, "records": rows}), (400, refused("INVALID_TYPE")))
    connector = org.connector()
    assert connector.related("email_message", [email], "lead") == {email: ["00Q000000000001AAA"]}
    assert org.seen[0].soql == (
        "SELECT EmailMessageId, RelationId FROM EmailMessageRelation "
        "WHERE EmailMessageId IN ('02s000000000001AAA') ORDER BY Id"
    )
    assert connector.related("email_message", [email], "contact") == {}
    assert connector.related("lead", ["00Q000000000001AAA"], "account") == {}


@pytest.mark.parametrize("status", ["OK", [200]])
def test_a_composite_with_a_status_that_is_none_counts_as_unanswered(ready: Any, status: Any) -> None:
    ready.answers("POST", COMPOSITE, together(part("r0") | {"httpStatusCode": status}, part("r1")))
    with pytest.raises(Unreachable, match="a composite is answered in a form that is not known"):
        ready.ready.prefetch(asks("lead", "task"))
