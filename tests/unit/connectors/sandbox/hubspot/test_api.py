from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest
import requests

from connectors.sandbox.hubspot import HubSpotPortal, Limits
from connectors.sandbox.server import Request

CONTACTS = "/crm/objects/2026-09/contacts"


def test_a_wrong_token_is_told_from_an_expired_one(api, portal):
    del api.session.headers["Authorization"]
    assert api("GET", CONTACTS).json()["category"] == "INVALID_AUTHENTICATION"
    api.session.headers["Authorization"] = "Bearer old"
    portal.expired_tokens.add("old")
    answer = api("GET", CONTACTS)
    assert (answer.status_code, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", CONTACTS, "crm.objects.contacts.read"),
        ("POST", CONTACTS, "crm.objects.contacts.write"),
        ("GET", "/crm/v3/objects/calls", "crm.objects.contacts.read"),
        ("GET", "/crm/v3/objects/emails", "sales-email-read"),
        ("GET", "/crm/v3/objects/0-136", "crm.objects.leads.read"),
        ("GET", "/crm/owners/2026-03", "crm.objects.owners.read"),
        ("GET", "/crm/v3/properties/contacts", "crm.schemas.contacts.read"),
        ("GET", "/marketing/v3/forms", "forms"),
        ("POST", "/crm/v4/associations/companies/contacts/batch/read", "crm.objects.companies.read"),
    ],
)
def test_a_missing_scope_is_named(method, path, scope):
    portal = HubSpotPortal(scopes=frozenset())
    answer = portal.answer(Request(method, path, {}, {"authorization": f"Bearer {portal.token}"}, b""))
    assert (answer.status, answer.body["category"]) == (403, "MISSING_SCOPES")
    assert scope in answer.body["errors"][0]["context"]["requiredGranularScopes"]


def test_account_details_need_no_scope_and_tell_the_zone(api, portal):
    portal.scopes = frozenset()
    for place in ("/account-info/v3", "/account-info/2026-03", "/account-info/2026-09"):
        body = api("GET", f"{place}/details").json()
        assert (body["portalId"], body["timeZone"], body["utcOffset"]) == (24_500_001, "Europe/Amsterdam", "+01:00")


def test_every_answer_has_a_correlation_id_and_errors_repeat_it(api):
    answer = api("GET", "/crm/v1/nothing")
    assert (answer.status_code, answer.json()["correlationId"]) == (404, answer.headers["X-HubSpot-Correlation-Id"])


def test_the_date_header_is_the_portals_clock(api, clock):
    assert parsedate_to_datetime(api("GET", CONTACTS).headers["Date"]) == clock()


def test_a_wrong_method_is_405_and_an_unknown_kind_400(api):
    assert api("PUT", CONTACTS).status_code == 405
    answer = api("GET", "/crm/v3/objects/unicorns")
    assert (answer.status_code, answer.json()["message"]) == (400, "Unable to infer object type from: unicorns")


def test_a_long_address_is_answered_by_a_page_and_not_by_json(api):
    answer = api("GET", CONTACTS, properties=[f"property_number_{n}" for n in range(400)])
    assert (answer.status_code, answer.headers["Content-Type"]) == (414, "text/html")
    assert answer.text.startswith("<html>")


def test_a_body_that_is_no_json_is_refused(api):
    place = f"{api.url}{CONTACTS}/search"
    headers = dict(api.session.headers)
    assert (
        requests.post(place, data="{", headers=headers | {"Content-Type": "application/json"}, timeout=5).status_code
        == 400
    )
    assert (
        requests.post(place, data="{}", headers=headers | {"Content-Type": "text/plain"}, timeout=5).status_code == 415
    )
    assert api("POST", f"{CONTACTS}/search", [1]).status_code == 400


def test_a_list_takes_a_hundred_and_fifty_with_history(api):
    assert api("GET", CONTACTS, limit=100).status_code == 200
    assert api("GET", CONTACTS, limit=101).status_code == 400
    assert api("GET", CONTACTS, limit=50, propertiesWithHistory="email").status_code == 200
    assert api("GET", CONTACTS, limit=51, propertiesWithHistory="email").status_code == 400
    assert api("GET", CONTACTS, limit="many").status_code == 400


def test_limits_bind_only_where_they_are_set(api, portal, clock):
    assert {api("GET", CONTACTS).status_code for _ in range(8)} == {200}
    portal.limits = Limits(burst=8, daily=100, searches=2)
    refused = api("GET", CONTACTS)
    assert (refused.status_code, refused.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert refused.headers["X-HubSpot-RateLimit-Remaining"] == "0"
    clock.advance(seconds=10)
    assert api("GET", CONTACTS).status_code == 200


def test_searches_have_a_limit_of_their_own(api, portal, clock):
    portal.limits = Limits(burst=1, daily=100, searches=2)
    answers = [api.search() for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[-1].json()["message"] == "You have reached your secondly limit."
    clock.advance(seconds=1)
    assert api.search().status_code == 200


def test_the_daily_limit_ends_at_midnight_of_the_account(api, portal, clock):
    portal.limits = Limits(burst=100, daily=2, searches=2)
    assert [api("GET", CONTACTS).status_code for _ in range(3)] == [200, 200, 429]
    clock.advance(hours=10, minutes=59)
    assert api("GET", CONTACTS).json()["policyName"] == "DAILY"
    clock.advance(minutes=1)
    usage = api("GET", "/account-info/2026-09/api-usage/daily/private-apps").json()["results"][0]
    assert (usage["currentUsage"], usage["usageLimit"], usage["resetsAt"]) == (1, 2, "2026-11-21T23:00:00.000Z")


def test_owners_come_in_pages_and_archived_ones_apart(api, portal):
    made = [portal.add_owner(f"o{n}@acme.example", "O", str(n)) for n in range(3)]
    old = portal.add_owner("old@acme.example", "O", "Old", archived=True)
    page = api("GET", "/crm/owners/2026-09", limit=2).json()
    rest = api("GET", "/crm/v3/owners/", limit=2, after=page["paging"]["next"]["after"]).json()
    assert [each["id"] for each in page["results"] + rest["results"]] == made
    assert "paging" not in rest
    gone = api("GET", "/crm/owners/2026-09", archived="true").json()["results"]
    assert [(each["id"], "userId" in each) for each in gone] == [(old, False)]
    assert [each["id"] for each in api("GET", "/crm/owners/2026-09", email="o1@acme.example").json()["results"]] == [
        made[1]
    ]
    user = page["results"][0]["userId"]
    assert api("GET", f"/crm/owners/2026-09/{user}", idProperty="userId").json()["id"] == made[0]
    assert api("GET", "/crm/owners/2026-09/1").status_code == 404


def test_pipelines_have_stages_in_order(api):
    stages = api("GET", "/crm/pipelines/2026-09/contacts/contacts-lifecycle-pipeline/stages").json()["results"]
    assert [each["id"] for each in stages[:3]] == ["subscriber", "lead", "marketingqualifiedlead"]
    assert api("GET", "/crm/v3/pipelines/calls").json() == {"results": []}
    assert api("GET", "/crm/v3/pipelines/deals/other").status_code == 404
    won = api("GET", "/crm/v3/pipelines/deals/default").json()["stages"][5]
    assert (won["id"], won["metadata"]) == ("closedwon", {"isClosed": "true", "probability": "1.0"})
