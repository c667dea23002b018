"""What each of HubSpot's statuses leads to."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
import requests

from connectors.answers import Action, Answer
from connectors.errors import AuthFailed, Forbidden, LimitReached, Missing, Refused, Unreachable
from connectors.hubspot.statuses import Statuses, limits_told
from connectors.limits import Told

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
PATH = "https://api.hubapi.com/crm/objects/2026-09/contacts/search"


def verdict(status, body=None, *, headers=None, zone=None, url=PATH):
    answer = Answer()
    answer.status_code = status
    answer._content = body.encode() if isinstance(body, str) else orjson.dumps(body or {})
    answer.headers.update(headers or {})
    answer.request = requests.Request("POST", url + "?email=ada@example.com").prepare()
    statuses = Statuses(lambda: NOW)
    statuses.time_zone = zone
    return statuses(answer)


@pytest.mark.parametrize("status", [200, 201, 204, 207])
def test_every_2xx_is_accepted(status):
    assert verdict(status).action is Action.ACCEPT


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, AuthFailed),
        (530, AuthFailed),
        (403, Forbidden),
        (404, Missing),
        (409, Refused),
        (414, Refused),
        (477, Unreachable),
    ],
)
def test_what_will_not_pass_by_itself_is_final(status, error):
    found = verdict(status, "<html></html>")
    assert found.action is Action.FAIL
    assert type(found.error) is error


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 522, 523, 524])
def test_a_server_that_fails_is_asked_again_if_that_does_no_harm(status):
    found = verdict(status, "<html></html>")
    assert (found.action, found.untouched, found.after) == (Action.RETRY, False, 0.0)
    assert type(found.error) is Unreachable


def test_a_locked_record_is_left_alone_for_two_seconds():
    found = verdict(423)
    assert (found.action, found.untouched, found.after) == (Action.RETRY, True, 2.0)


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        ({"policyName": "TEN_SECONDLY_ROLLING", "errorType": "RATE_LIMIT"}, {}, 10.0),
        ({"message": "You have reached your ten_secondly_rolling limit."}, {}, 10.0),
        ({"policyName": "SECONDLY"}, {}, 1.0),
        ({"message": "You have reached your secondly limit."}, {}, 1.0),
        ({}, {}, 1.0),
        ("<html></html>", {}, 1.0),
        ({}, {"Retry-After": "5"}, 5.0),
        ({"policyName": "TEN_SECONDLY_ROLLING"}, {"Retry-After": "3"}, 10.0),
        ({"policyName": "SECONDLY"}, {"Retry-After": "86400"}, 1.0),
        ({"policyName": "SECONDLY"}, {"Retry-After": "10000"}, 1.0),
    ],
)
def test_a_burst_is_waited_out_by_the_limit_that_was_hit(body, headers, seconds):
    found = verdict(429, body, headers=headers)
    assert (found.action, found.untouched, found.after) == (Action.RETRY, True, seconds)


def test_only_the_wait_for_the_second_grows_with_the_tries_and_only_the_burst_holds_all():
    second, burst = verdict(429, {"policyName": "SECONDLY"}), verdict(429, {"policyName": "TEN_SECONDLY_ROLLING"})
    asked = verdict(429, {"policyName": "SECONDLY"}, headers={"Retry-After": "5"})
    url = "https://api.hubapi.com/crm/objects/2026-09/contacts/batch/read"
    unknown, spent = (verdict(429, {}, url=url, headers=one) for one in ({}, {"X-HubSpot-RateLimit-Remaining": "0"}))
    assert [(each.growing, each.for_all, each.after) for each in (second, burst, asked, unknown, spent)] == [
        (True, False, 1.0),
        (False, True, 10.0),
        (False, False, 5.0),
        (False, False, 0.0),
        (False, True, 10.0),
    ]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, Told()),
        ({"Max": "190", "Interval-Milliseconds": "10000"}, Told(burst=(190, 10.0))),
        ({"Daily": "625000", "Daily-Remaining": "600000"}, Told(used=25_000, total=625_000)),
        ({"Daily": "625000", "Daily-Remaining": "0"}, Told(used=625_000, total=625_000)),
        ({"Daily": "1000", "Daily-Remaining": "2000"}, Told(used=0, total=1000)),
        ({"Daily": "", "Daily-Remaining": "-5", "Max": "x", "Interval-Milliseconds": "²"}, Told()),
    ],
)
def test_limits_are_read_from_the_headers_that_are_there(headers, told):
    assert limits_told({f"X-HubSpot-RateLimit-{name}": value for name, value in headers.items()}) == told


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"policyName": "DAILY"}, {}),
        ({"message": "You have reached your daily limit."}, {}),
        ({}, {"X-HubSpot-RateLimit-Daily-Remaining": "0"}),
    ],
)
def test_the_daily_limit_is_not_waited_out(body, headers):
    found = verdict(429, body, headers=headers, zone="Europe/Amsterdam")
    assert found.action is Action.FAIL
    assert isinstance(found.error, LimitReached)
    assert found.error.resets_at == datetime(2026, 3, 28, 23, tzinfo=UTC)


def test_midnight_is_the_portals_also_when_the_clocks_change():
    found = verdict(429, {"policyName": "DAILY"}, zone="America/New_York").error
    assert isinstance(found, LimitReached)
    assert found.resets_at == datetime(2026, 3, 29, 4, tzinfo=UTC)


@pytest.mark.parametrize("zone", [None, "", "Nowhere/Land", "../etc/passwd"])
def test_an_unknown_zone_names_no_midnight(zone):
    found = verdict(429, {"policyName": "DAILY"}, zone=zone).error
    assert isinstance(found, LimitReached)
    assert found.resets_at is None


def test_the_missing_scope_is_the_one_that_the_body_names():
    body = {"errors": [{"message": "x", "context": {"requiredGranularScopes": ["crm.lists.read"]}}]}
    error = verdict(403, body).error
    assert isinstance(error, Forbidden)
    assert error.scope == "crm.lists.read"
    assert "crm.lists.read" in error.what


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/crm/v3/objects/companies/search", "crm.objects.companies.read"),
        ("/crm/objects/2026-09/contacts/batch/read", "crm.objects.contacts.read"),
        ("/crm/properties/2026-09/contacts", "crm.schemas.contacts.read"),
        ("/crm/owners/2026-09", "crm.objects.owners.read"),
        ("/marketing/v3/forms", "forms"),
        ("/form-integrations/v1/submissions/forms/1", "forms"),
        ("/account-info/2026-09/details", None),
    ],
)
def test_a_scope_that_the_body_does_not_name_follows_from_the_path(path, scope):
    error = verdict(403, "<html></html>", url="https://api.hubapi.com" + path).error
    assert isinstance(error, Forbidden)
    assert error.scope == scope


def test_a_refusal_tells_codes_and_names_but_no_values():
    body = {
        "message": "Property values were not valid: ada@example.com",
        "category": "VALIDATION_ERROR",
        "correlationID": "a43683b0-5717-4ceb-80b4-104d02915d8c",
        "errors": [
            {
                "message": "ada@example.com is no number",
                "code": "INVALID_INTEGER",
                "context": {"propertyName": ["age"], "value": ["ada"], "name": ["Ada Lovelace"]},
            }
        ],
    }
    error = verdict(400, body).error
    assert error is not None
    assert error.what == (
        "POST /crm/objects/2026-09/contacts/search: 400, VALIDATION_ERROR, "
        "correlation a43683b0-5717-4ceb-80b4-104d02915d8c: INVALID_INTEGER, age"
    )


@pytest.mark.parametrize(
    "body", ["", "[]", "null", '"x"', '{"errors": {}, "context": []}', '{"errors": [1, {"context": 3}]}']
)
@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_no_body_is_too_strange(status, body):
    assert verdict(status, body).error is not None
