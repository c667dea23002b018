from __future__ import annotations

import pytest

from connectors.sandbox.hubspot import PUBLIC_APP, Demand, HubSpotPortal, Limits, limits_of

CONTACTS = "/crm/objects/2026-09/contacts"


@pytest.mark.parametrize(
    ("tier", "packs", "burst", "daily"),
    [
        ("free", 0, 100, 250_000),
        ("starter", 0, 100, 250_000),
        ("professional", 0, 190, 625_000),
        ("enterprise", 0, 190, 1_000_000),
        ("professional", 1, 250, 1_625_000),
        ("enterprise", 2, 250, 3_000_000),
    ],
)
def test_a_tier_sets_the_limits(tier, packs, burst, daily):
    limits = limits_of(tier, packs)
    assert (limits.burst, limits.daily, limits.searches) == (burst, daily, 5)


def test_a_tier_tells_its_limits_in_the_headers_and_the_usage(api, portal):
    portal.tier = "starter"
    headers = api("GET", CONTACTS).headers
    assert (headers["X-HubSpot-RateLimit-Max"], headers["X-HubSpot-RateLimit-Daily"]) == ("100", "250000")
    usage = api("GET", "/account-info/v3/api-usage/daily/private-apps").json()["results"][0]
    assert (usage["usageLimit"], usage["currentUsage"]) == (250_000, 2)


def test_a_public_app_has_no_day(api, portal):
    portal.limits = PUBLIC_APP
    headers = api("GET", CONTACTS).headers
    assert headers["X-HubSpot-RateLimit-Max"] == "110"
    assert not [name for name in headers if "daily" in name.lower()]
    assert api("GET", "/account-info/v3/api-usage/daily/private-apps").json() == {"results": []}


@pytest.mark.parametrize("seconds", [None, 7])
def test_a_refusal_names_a_time_to_wait_only_where_it_is_set(api, portal, seconds):
    portal.limits = Limits(burst=1, daily=4, searches=1, retry_after=seconds)
    answers = [api("GET", CONTACTS), api("GET", CONTACTS), api.search(), api.search(), api("GET", CONTACTS)]
    refused = [each for each in answers if each.status_code == 429]
    assert [each.json()["policyName"] for each in refused] == ["TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY"]
    assert {each.headers.get("Retry-After") for each in refused} == {None if seconds is None else str(seconds)}
    assert all(each.json()["errorType"] == "RATE_LIMIT" for each in refused)
    assert "X-HubSpot-RateLimit-Max" not in refused[1].headers


def test_leads_are_no_kind_of_a_starter_portal(api, portal):
    assert api("GET", "/crm/v3/objects/leads").status_code == 200
    portal.tier = "starter"
    answer = api("GET", "/crm/v3/objects/leads")
    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")


def test_an_unknown_tier_is_refused():
    with pytest.raises(KeyError):
        HubSpotPortal(tier="gold")


@pytest.fixture
def strict(portal):
    """A portal whose admin demands a message of whom is unqualified."""
    portal.demands["contacts"] = [
        Demand("hs_lead_status", frozenset({"UNQUALIFIED"}), frozenset({"message"})),
    ]
    return portal.create("contacts", {"email": "ann@acme.example"})


@pytest.mark.parametrize(("version", "status"), [("v3", 200), ("2026-03", 200), ("2026-09", 400)])
def test_only_the_newest_generation_minds_the_rules_of_an_admin(api, strict, version, status):
    place = "/crm/v3/objects" if version == "v3" else f"/crm/objects/{version}"
    values = {"properties": {"hs_lead_status": "UNQUALIFIED"}}
    answer = api("PATCH", f"{place}/contacts/{strict}", values)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["context"] == {"CONTACT properties": ["[message]"]}
        values["properties"]["message"] = "a student"
        assert api("PATCH", f"{place}/contacts/{strict}", values).status_code == 200


def test_a_rule_of_an_admin_fails_one_traced_row_and_not_the_batch(api, portal, strict):
    bob = portal.create("contacts", {"email": "bob@acme.example"})
    rows = [
        {"id": strict, "objectWriteTraceId": "a", "properties": {"hs_lead_status": "UNQUALIFIED"}},
        {"id": bob, "objectWriteTraceId": "b", "properties": {"hs_lead_status": "NEW"}},
    ]
    body = api("POST", f"{CONTACTS}/batch/update", {"inputs": rows}).json()
    assert [each["objectWriteTraceId"] for each in body["results"]] == ["b"]
    assert body["errors"][0]["context"]["objectWriteTraceId"] == ["a"]
    assert body["numErrors"] == 1


def test_an_old_record_that_breaks_a_rule_can_be_changed_elsewhere(api, portal, strict):
    portal.update("contacts", strict, {"hs_lead_status": "UNQUALIFIED"})
    assert api("PATCH", f"{CONTACTS}/{strict}", {"properties": {"city": "Kiel"}}).status_code == 200
    assert api("PATCH", f"{CONTACTS}/{strict}", {"properties": {"message": ""}}).status_code == 400


def test_a_deal_keeps_the_dates_of_its_stages(api, portal, clock):
    deal = portal.create("deals", {"dealname": "Big", "dealstage": "contractsent"})
    clock.advance(days=2)
    api("PATCH", f"/crm/objects/2026-09/deals/{deal}", {"properties": {"dealstage": "closedwon"}})
    seen = portal.values("deals", deal)
    assert (seen["hs_is_closed"], seen["hs_is_closed_won"], seen["hs_is_closed_lost"]) == ("true", "true", "false")
    assert seen["hs_v2_date_exited_contractsent"] == seen["hs_v2_date_entered_closedwon"] == "2026-11-22T12:00:00.000Z"
    assert seen["hs_deal_stage_probability"] == "1.0"


def test_a_deal_moves_the_stage_of_its_contact_on_where_the_portal_lets_it(portal):
    portal.deals_move_stages = True
    ann = portal.create("contacts", {"email": "ann@acme.example", "lifecyclestage": "lead"})
    eve = portal.create("contacts", {"email": "eve@acme.example", "lifecyclestage": "evangelist"})
    deal = portal.create("deals", {"dealname": "Big", "dealstage": "contractsent"})
    for contact in (ann, eve):
        portal.associate("deals", deal, "contacts", contact)
    assert portal.values("contacts", ann)["lifecyclestage"] == "opportunity"
    portal.update("deals", deal, {"dealstage": "closedwon"})
    stages = portal.history("contacts", ann, "lifecyclestage")
    assert [each.value for each in stages] == ["customer", "opportunity", "lead"]
    assert (stages[0].source.type, stages[0].source.id) == ("DEALS", deal)
    assert portal.values("contacts", eve)["lifecyclestage"] == "evangelist"
