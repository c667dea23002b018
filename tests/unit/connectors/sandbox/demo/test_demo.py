"""The demo's portal: the same for a seed and a moment, of the promised size, and with its people in it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.demo import STORIES, build_demo
from connectors.sandbox.demo.origins import REGIONS
from connectors.sandbox.demo.world import FORMS, PROGRAM, SELLERS, WEBINARS
from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.server import Request

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HUBSPOT_WORK = ("calls", "meetings", "emails")
EVENTS = "/marketing/v3/marketing-events/"


@pytest.fixture(scope="module")
def demo() -> tuple[HubSpotPortal, SalesforceOrg]:
    return build_demo(NOW)


@pytest.fixture
def portal(demo) -> HubSpotPortal:
    return demo[0]


@pytest.fixture
def org(demo) -> SalesforceOrg:
    return demo[1]


def contact(portal: HubSpotPortal, email: str):
    return portal.tables["contacts"].find_unique("email", email)


def leads(org: SalesforceOrg, email: str):
    return [row for row in org.tables["Lead"].rows.values() if row["Email"] == email]


def told(demo) -> tuple[object, ...]:
    """All that both CRMs hold, but for when the machine made them."""
    portal, org = demo
    hubspot = {name: [(r.values, r.history) for r in table.live.values()] for name, table in portal.tables.items()}
    names = ("Lead", "Contact", "Account", "Opportunity", "Task", "Event", "EmailMessage", "Campaign", "CampaignMember")
    salesforce = {name: org.rows(name) for name in names}
    return hubspot, salesforce


def test_a_seed_and_a_moment_always_give_the_same_people(demo) -> None:
    assert told(build_demo(NOW)) == told(demo)


def test_another_seed_gives_other_people_and_the_same_stories(portal) -> None:
    other, _ = build_demo(NOW, seed=8)
    mails = {record.values["email"] for record in portal.tables["contacts"].live.values()}
    others = {record.values["email"] for record in other.tables["contacts"].live.values()}
    assert mails != others
    assert {story.life.email for story in STORIES} <= mails & others


def test_the_portal_is_built_before_anybody_waits() -> None:
    started = time.process_time()
    build_demo(NOW)
    assert time.process_time() - started < 3


def test_the_portal_has_the_size_of_a_young_company(portal, org) -> None:
    assert len(portal.tables["contacts"].live) == 600
    assert 170 <= len(portal.tables["companies"].live) <= 190
    assert len(portal.owners) == len(SELLERS) + 1
    assert len(FORMS) == 10
    assert len(org.rows("Lead")) > 150
    assert min(len(org.rows(name)) for name in ("Contact", "Account", "Opportunity", "OpportunityContactRole")) > 25


def test_everybody_has_an_original_source_and_most_a_region(portal, org) -> None:
    people = list(portal.tables["contacts"].live.values())
    sources = Counter(record.values["hs_analytics_source"] for record in people)
    campaigns = {record.values["hs_analytics_source_data_1"] for record in people}
    assert min(len(sources), len(campaigns)) >= 8
    assert min(sources.values()) >= 5
    assert {each.source.type for record in people for each in record.versions("hs_analytics_source")} == {"ANALYTICS"}
    regions = Counter(record.values.get("state") for record in people)
    assert 50 <= regions.pop(None) <= 200
    assert len(regions) >= 14
    anna = contact(portal, STORIES[0].life.email).values
    assert anna["state"] in REGIONS["Germany"]
    assert {row["State"] for row in leads(org, "bruno.keller@alpenglas.example")} <= {*REGIONS["Switzerland"], None}


def test_nothing_in_either_crm_lies_in_the_future(portal, org) -> None:
    for kind in ("contacts", "calls", "meetings", "emails", "notes"):
        assert max(record.modified for record in portal.tables[kind].live.values()) <= NOW.timestamp() * 1000
    names = ("Lead", "Contact", "Opportunity", "Task", "Event", "CampaignMember")
    stamps = [row["SystemModstamp"] for name in names for row in org.rows(name)]
    assert max(stamps) <= NOW.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def test_engagement_goes_back_for_months_and_comes_up_to_this_week(portal) -> None:
    seen = [
        version.at / 1000
        for record in portal.tables["contacts"].live.values()
        for version in record.versions("hs_analytics_last_url")
    ]
    assert min(seen) < (NOW - timedelta(days=120)).timestamp()
    assert sum(at > (NOW - timedelta(days=7)).timestamp() for at in seen) > 30


def test_every_seller_is_an_owner_in_both_crms_and_the_one_who_left_is_in_neither(portal, org) -> None:
    active = {row["Email"] for row in org.rows("User") if row["IsActive"]}
    working = {owner.email for owner in portal.owners.values() if not owner.archived}
    assert working <= active
    gone = [owner.email for owner in portal.owners.values() if owner.archived]
    assert len(gone) == 1
    assert not active & {*gone}


def test_sales_knows_people_by_id_by_address_only_and_not_at_all(portal, org) -> None:
    mails = {record.values["email"] for record in portal.tables["contacts"].live.values()}
    rows = [row for row in org.rows("Lead") if not row["IsConverted"]]
    kinds = Counter((bool(row["HubSpot_Id__c"]), row["Email"].lower() in mails) for row in rows)
    assert kinds[True, True] > 30
    assert kinds[False, True] > 30
    assert kinds[False, False] > 20


def test_a_conversion_takes_the_link_and_the_answers_along(portal, org) -> None:
    david = contact(portal, "david.osei@goldcoast.example")
    row = next(row for row in org.rows("Contact") if row["Email"] == "david.osei@goldcoast.example")
    assert row["HubSpot_Id__c"] == str(david.id)
    assert row["Budget__c"] == 60_000


def test_a_deal_was_won_and_another_lies_untouched_on_the_quarters_last_day(org) -> None:
    deals = {row["Name"]: row for row in org.rows("Opportunity")}
    won = next(row for name, row in deals.items() if name.startswith("Gold Coast"))
    assert (won["IsWon"], won["Amount"]) == (True, 54_000)
    untouched = next(row for name, row in deals.items() if name.startswith("Zuiderzee BV"))
    assert (untouched["CloseDate"], untouched.get("Amount")) == ("2026-12-31", None)
    assert untouched["CreatedDate"] == untouched["SystemModstamp"]


def test_one_address_has_two_leads_and_one_lead_was_deleted(org) -> None:
    assert len(leads(org, "greta.holm@fjordwerk.example")) == 2
    assert [row["IsDeleted"] for row in leads(org, "jonas.weiss@silberbach.example")] == [True]


def test_sellers_talk_and_write_in_both_crms(portal, org) -> None:
    work = {kind: [record.values for record in portal.tables[kind].live.values()] for kind in HUBSPOT_WORK}
    outcomes = Counter(values["hs_meeting_outcome"] for values in work["meetings"])
    assert outcomes["COMPLETED"] > 10
    assert outcomes["NO_SHOW"] > 2
    assert len(work["calls"]) > 10
    directions = Counter(values["hs_email_direction"] for values in work["emails"])
    assert directions["EMAIL"] > directions["INCOMING_EMAIL"] > 10
    calls = Counter(row["CallDisposition"] for row in org.rows("Task") if row["TaskSubtype"] == "Call")
    assert min(calls["Connected"], calls["No answer"], calls["Left voicemail"]) > 10
    assert len(org.rows("Event")) > 10
    assert {message["Incoming"] for message in org.rows("EmailMessage")} == {True, False}


def test_some_work_was_done_by_programs_and_not_by_people(portal, org) -> None:
    sources = Counter(record.values["hs_object_source"] for record in portal.tables["meetings"].live.values())
    assert sources["CRM_UI"] > sources["INTEGRATION"] > 0
    program = next(row["Id"] for row in org.rows("User") if row["Name"] == " ".join(PROGRAM))
    assert 0 < sum(row["OwnerId"] == program for row in org.rows("Task")) < 20


def test_who_came_to_a_webinar_has_responded_to_its_campaign(portal, org) -> None:
    webinars = portal.answer(Request("GET", EVENTS, {}, {"authorization": f"Bearer {portal.token}"}, b"")).body
    assert len(webinars["results"]) == len(WEBINARS) == len(org.rows("Campaign"))
    members = Counter(row["HasResponded"] for row in org.rows("CampaignMember"))
    assert members[True] > members[False] > 5
    lead = leads(org, "bruno.keller@alpenglas.example")[0]["Id"]
    assert [row["Status"] for row in org.rows("CampaignMember") if row.get("LeadId") == lead] == ["Responded"]


def test_deals_are_open_in_several_stages_won_and_lost_with_a_reason(org) -> None:
    deals = org.rows("Opportunity")
    assert len({row["StageName"] for row in deals if not row["IsClosed"]}) >= 4
    assert sum(row["IsWon"] for row in deals) > 5
    lost = [row for row in deals if row["IsClosed"] and not row["IsWon"]]
    assert len(lost) > 2
    assert all(row["Loss_Reason__c"] for row in lost)


def test_sales_gave_people_back_with_a_reason(org) -> None:
    statuses = Counter(row["Status"] for row in org.rows("Lead"))
    assert statuses["Recycle"] > 5
    assert statuses["Disqualified"] > 3
    for row in org.rows("Lead"):
        assert row["Status"] != "Recycle" or row["Recycle_Reason__c"]
        assert row["Status"] != "Disqualified" or row["Reject_Reason__c"]


def test_the_portal_is_as_messy_as_real_ones(portal) -> None:
    records = [record.values for record in portal.tables["contacts"].live.values()]
    assert any(values.get("company", "").startswith("=cmd|") for values in records)
    assert any("\u202e" in values.get("lastname", "") for values in records)
    assert any("\x1b" in values.get("lastname", "") for values in records)
    assert max(len(values.get("jobtitle", "")) for values in records) > 59_000
    assert any(not values.get("lastname") for values in records)
    sizes = [record.values.get("numberofemployees") for record in portal.tables["companies"].live.values()]
    assert "about 50" in sizes
    assert None in sizes
