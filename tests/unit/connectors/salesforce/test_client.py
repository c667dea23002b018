from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import (
    AuthFailed,
    ConnectorError,
    Forbidden,
    LimitReached,
    Missing,
    Refused,
    Unreachable,
    Unserved,
)
from connectors.records import System
from connectors.salesforce.answers import Declined
from connectors.salesforce.api import Usage

INSTANCE = "https://acme.my.salesforce.example"
DATA = f"{INSTANCE}/services/data/v66.0"
DESCRIBE = f"{DATA}/sobjects/Lead/describe"


def errors(code: str, message: str = "m", **rest: Any) -> list[dict[str, Any]]:
    return [{"message": message, "errorCode": code, **rest}]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, errors("INVALID_SESSION_ID"), AuthFailed),
        (403, errors("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), LimitReached),
        (403, errors("API_DISABLED_FOR_ORG"), Forbidden),
        (403, errors("INSUFFICIENT_ACCESS"), Forbidden),
        (403, "<html>no</html>", Forbidden),
        (400, errors("INSUFFICIENT_ACCESS_OR_READONLY"), Forbidden),
        (404, errors("NOT_FOUND"), Missing),
        (404, "", Missing),
        (400, errors("INVALID_TYPE"), Missing),
        (410, errors("GONE"), Unserved),
        (400, errors("MALFORMED_QUERY"), Refused),
        (405, "not json", Refused),
        (400, {"error": "x"}, Refused),
        (400, [], Refused),
        (400, ["text"], Refused),
    ],
)
def test_each_refusal_becomes_the_error_that_says_what_to_do(org: Any, status: int, body: Any, expected: type) -> None:
    org.logs_in("first-token", "second-token")
    org.answers("GET", DESCRIBE, (status, body))
    with pytest.raises(ConnectorError) as caught:
        org.connector().describe("lead")
    assert isinstance(caught.value, expected)
    assert caught.value.system is System.SALESFORCE
    assert caught.value.what.startswith("GET /services/data/v66.0/sobjects/Lead/describe: ")
    assert len(org.seen) == (2 if expected is AuthFailed else 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, errors("UNKNOWN_EXCEPTION")),
        (502, "<html>bad gateway</html>"),
        (503, errors("SERVER_UNAVAILABLE")),
        (504, ""),
        (406, ""),
        (420, ""),
        (429, ""),
        (400, errors("UNABLE_TO_LOCK_ROW")),
        (403, errors("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")),
        (403, errors("REQUEST_LIMIT_EXCEEDED", "Too many concurrent requests.")),
        (200, "<html>we are back soon</html>"),
        (200, '{"fields": [{"na'),
    ],
)
def test_what_passes_is_tried_again_and_then_unreachable(org: Any, status: int, body: Any) -> None:
    org.logs_in()
    org.describes("user")
    org.answers("GET", DESCRIBE, (status, body), (200, {"fields": []}))
    connector = org.connector()
    assert connector.describe("lead").fields == {}
    assert len(org.seen) == 2
    org.answers("GET", f"{DATA}/query/", (status, body))
    with pytest.raises(Unreachable):
        connector.find("user", "Id", ["x"], [])
    assert len(org.seen) == 2 + 5


def test_a_refusal_shows_its_code_and_column_and_never_the_text_of_the_crm(org: Any) -> None:
    org.logs_in()
    org.answers(
        "GET", DESCRIBE, (400, errors("INVALID_FIELD", "near jane@x.example: No such column 'Foo__c' on sobject"))
    )
    with pytest.raises(Declined) as caught:
        org.connector().describe("lead")
    assert caught.value.what.endswith("/describe: INVALID_FIELD, no field Foo__c")
    assert (caught.value.status, caught.value.field) == (400, "Foo__c")


def test_a_code_that_is_no_code_is_not_repeated(org: Any) -> None:
    org.logs_in()
    org.answers("GET", DESCRIBE, (400, errors("jane@x.example")))
    with pytest.raises(Declined) as caught:
        org.connector().describe("lead")
    assert caught.value.what.endswith("/describe: 400")


def test_the_orgs_own_count_of_calls_is_read_from_every_answer(org: Any) -> None:
    org.logs_in()
    connector = org.connector()
    assert connector.usage is None
    header = {"Sforce-Limit-Info": "per-app-api-usage=17/250(appName=x), api-usage=904/15000"}
    org.stub.get(DESCRIBE, json={"fields": []}, headers=header)
    connector.describe("lead")
    assert connector.usage == Usage(904, 15_000)
    assert connector.calls == 2


def test_an_org_that_tells_of_no_calls_at_all_tells_nothing(org: Any) -> None:
    org.logs_in()
    connector = org.connector()
    org.stub.get(DESCRIBE, json={"fields": []}, headers={"Sforce-Limit-Info": "api-usage=3/0"})
    connector.describe("lead")
    assert connector.usage is None
    assert connector.limiter.day.left(connector.now()) is None


def test_the_clock_is_the_orgs(org: Any) -> None:
    org.logs_in()
    org.stub.get(DESCRIBE, json={"fields": []}, headers={"Date": "Fri, 01 May 2026 07:25:37 GMT"})
    connector = org.connector()
    connector.describe("lead")
    since = connector.now() - datetime(2026, 5, 1, 7, 25, 37, tzinfo=UTC)
    assert 0 <= since.total_seconds() < 5


def test_a_describe_is_read_once(org: Any) -> None:
    org.logs_in()
    org.describes("lead", "Email")
    connector = org.connector()
    assert connector.describe("lead") is connector.describe("lead")
    assert len(org.sent("/describe")) == 1


def test_an_unknown_kind_makes_no_call(org: Any) -> None:
    with pytest.raises(Missing, match="'deal'"):
        org.connector().describe("deal")
    assert org.connector().calls == 0


def test_check_tells_org_zone_and_user_in_two_calls(org: Any) -> None:
    org.logs_in()
    row = {"attributes": {"type": "Organization"}, "Id": "00D000000000001EAA", "TimeZoneSidKey": "Europe/Berlin"}
    org.answers("GET", f"{DATA}/query/", (200, {"done": True, "records": [row]}))
    connector = org.connector()
    account = connector.check()
    assert (account.system, account.id, account.time_zone, account.user_id) == (
        System.SALESFORCE,
        "00D000000000001EAA",
        "Europe/Berlin",
        "005000000000001AAA",
    )
    assert org.seen[0].soql == "SELECT Id, TimeZoneSidKey FROM Organization"
    assert connector.calls == 2


def test_an_org_that_does_not_name_itself_is_the_one_that_the_login_named(org: Any) -> None:
    org.logs_in(id="https://login.salesforce.example/id/00D000000000001EAA/005000000000001AAA")
    org.answers("GET", f"{DATA}/query/", (200, {"done": True, "records": [{"TimeZoneSidKey": "Europe/Berlin"}]}))
    account = org.connector().check()
    assert (account.id, account.time_zone) == ("00D000000000001EAA", "Europe/Berlin")


@pytest.mark.parametrize(
    ("code", "expected"), [("API_DISABLED_FOR_ORG", Forbidden), ("REQUEST_LIMIT_EXCEEDED", LimitReached)]
)
def test_check_tells_that_the_user_may_not_call_at_all(org: Any, code: str, expected: type[ConnectorError]) -> None:
    org.logs_in()
    org.answers("GET", f"{DATA}/query/", (403, errors(code)))
    with pytest.raises(expected):
        org.connector().check()


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ((200, [{"version": "65.0"}]), "API version 66.0 is not served: this org serves 65.0 to 65.0"),
        ((200, [{"version": "66.0"}]), None),
        ((404, ""), None),
    ],
)
def test_check_tells_a_version_that_is_not_served(org: Any, listed: tuple[int, Any], told: str | None) -> None:
    org.logs_in(id="https://login.salesforce.example/id/00D000000000001EAA/005000000000001AAA")
    org.answers("GET", f"{DATA}/query/", (404, errors("NOT_FOUND")))
    org.answers("GET", DATA.rpartition("/")[0], listed)
    if told is None:  # then the org is none of ours to see
        assert org.connector().check().id == "00D000000000001EAA"
    else:
        with pytest.raises(Unserved) as caught:
            org.connector().check()
        assert caught.value.what == told


def test_check_still_fails_where_the_org_cannot_be_reached(org: Any) -> None:
    org.logs_in()
    org.answers("GET", f"{DATA}/query/", (503, ""))
    with pytest.raises(Unreachable):
        org.connector().check()


def test_answers_are_not_asked_to_be_indented_and_carry_no_session_of_the_library(org: Any) -> None:
    org.logs_in("the-token")
    org.answers("GET", DESCRIBE, (200, {"fields": []}))
    org.connector().describe("lead")
    assert "X-PrettyPrint" not in org.seen[0].headers
    assert org.seen[0].headers["Authorization"] == "Bearer the-token"


def test_the_cipher_of_a_signed_login_is_not_imported_before_somebody_logs_in_so() -> None:
    code = "import sys, connectors.salesforce.client; print({'jwt', 'cryptography'} & sys.modules.keys())"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"


def test_the_library_is_not_imported_before_the_first_call() -> None:
    code = "import sys, connectors.salesforce.client; print('simple_salesforce' in sys.modules, 'zeep' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "False"]


def test_no_limit_paces_the_pages_of_salesforce(org: Any) -> None:
    assert not any(org.connector().paced(kind) for kind in ("lead", "task", "lead_history"))
