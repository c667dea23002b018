"""Everybody of a period stands in one bucket, and the buckets are what both CRMs count themselves."""

from __future__ import annotations

import pytest

from connectors.records import System
from syncd.files.load import load_config
from syncd.journey.reconcile import Bucket, Question
from syncd.journey.reconciled import reconcile_crms
from syncd.model.instant import instant_of
from syncd.model.stage import Stage
from tests.scenarios.test_back import OWN_STAGES
from tests.world import DAYS, NOW, World, just_now

DATED = "hs_v2_date_entered_marketingqualifiedlead"


def undate(world: World, name: str) -> None:
    """Take from a contact the day on which it became an MQL, which no API writes."""
    table = world.portal.tables["contacts"]
    table.live[int(world.contacts[name])].values.pop(DATED)
    table.version += 1


def reconciled(world: World, question: Question):
    with world.desk() as desk, desk.store.reading() as tx:
        sources = {one.system: one for one in (desk.hubspot, desk.salesforce)}
        return reconcile_crms(tx, load_config(world.config), sources, question, desk.clock())


def buckets(found) -> dict[str, int]:
    return {name: one.people for name, one in found.sums.items() if one.people}


def in_hubspot_too(world: World, name: str, days_ago: float = 3) -> str:
    """A person whom HubSpot calls an MQL by itself."""
    contact = world.person(name, seen=None)
    world.portal.update("contacts", contact, {"lifecyclestage": "marketingqualifiedlead"}, NOW - days_ago * DAYS)
    return contact


@pytest.fixture
def everybody(world):
    """One person for nearly every bucket."""
    for name in ("both", "converted", "twice", "gone"):
        in_hubspot_too(world, name)
    world.person("nameless", lastname="", seen=None)
    world.portal.update(
        "contacts", world.contacts["nameless"], {"lifecyclestage": "marketingqualifiedlead"}, NOW - 3 * DAYS
    )
    world.person("differs")
    world.lead("alone", Lifecycle_Stage__c="MQL", MQL_At__c=NOW - 2 * DAYS, Email="alone@acme.example")
    world.person("other", seen=None)
    for _ in range(2):
        world.lead("twice")
    assert world.cycle("apply").exit_code == 1
    leads = {row["Email"].partition("@")[0]: row["Id"] for row in world.org.rows("Lead")}
    world.org.convert(leads["converted"], opportunity=False, at=just_now())
    world.org.delete("Lead", leads["gone"], just_now())
    world.cycle()
    in_hubspot_too(world, "fresh")
    world.cycle("plan")
    return world


def test_everybody_is_in_one_bucket_and_the_buckets_sum(everybody):
    found = reconciled(everybody, Question(Stage.MQL))
    assert found.missing == {}
    assert found.own[System.HUBSPOT] > 0
    assert found.own[System.SALESFORCE] > 0
    by_name = {one.person: one for one in found.placed}
    assert len(by_name) == len(found.placed)
    told = buckets(found)
    assert told.keys() >= {
        Bucket.IN_BOTH,
        Bucket.CONVERTED,
        Bucket.DUPLICATE,
        Bucket.DELETED,
        Bucket.BLOCKED,
        Bucket.WAITING,
        Bucket.ONLY_IN_SALESFORCE,
    }
    assert sum(told.values()) == len(found.placed)


def test_who_became_an_mql_at_another_time_is_not_of_the_period(world):
    in_hubspot_too(world, "early", 20)
    in_hubspot_too(world, "late", 3)
    assert world.cycle("apply").exit_code == 0
    week = Question(Stage.MQL, instant_of(NOW - 7 * DAYS), instant_of(NOW))
    found = reconciled(world, week)
    assert (found.missing, buckets(found)) == ({}, {Bucket.IN_BOTH: 1})
    assert found.own == {System.HUBSPOT: 1, System.SALESFORCE: 1}


def test_a_contact_that_was_deleted_since_the_last_cycle_is_seen_to_be_gone(world):
    gone = in_hubspot_too(world, "gone")
    in_hubspot_too(world, "both")
    assert world.cycle("apply").exit_code == 0
    world.portal.archive("contacts", gone, just_now())
    found = reconciled(world, Question(Stage.MQL))
    assert (found.missing, buckets(found)) == ({}, {Bucket.IN_BOTH: 1, Bucket.DELETED: 1})


def test_the_command_ends_with_7_where_a_crm_counts_more_than_is_known(world):
    in_hubspot_too(world, "both")
    assert world.cycle("apply").exit_code == 0
    assert world.run("reconcile").code == 0
    in_hubspot_too(world, "unread")
    ran = world.run("reconcile", "--json")
    assert (ran.code, ran.data["sums_up"], ran.data["missing"]) == (7, False, {"hubspot": 1})
    told = world.run("reconcile", "--people", "in both")
    assert "HubSpot counts 1 more than the buckets hold" in told.out
    assert "Data up to" in told.out


def test_a_date_that_hubspot_never_fills_is_told_as_such_and_no_sync_is_asked_for(world):
    """The portal has the property, and nothing in it: by that it counts itself, and the buckets go by the history."""
    for name in ("both", "undated", "moved"):
        in_hubspot_too(world, name)
    undate(world, "undated")
    assert world.cycle("apply").exit_code == 0
    found = reconciled(world, Question(Stage.MQL))
    assert (found.missing, found.changed) == ({System.HUBSPOT: -1}, {})
    ran = world.run("reconcile", "--json")
    assert (ran.code, ran.data["undated"]) == (7, {"hubspot": {"field": DATED, "records": 1}})
    told = world.run("reconcile").out
    assert f"HubSpot has no {DATED} for 1 of the records that the buckets hold" in told
    assert "`syncd sync`" not in told
    undate(world, "moved")  # who had it when they were read last
    found = reconciled(world, Question(Stage.MQL))
    assert (found.missing, found.changed) == ({System.HUBSPOT: -2}, {System.HUBSPOT: -1})
    assert "`syncd sync`" in world.run("reconcile").out


def test_a_stage_without_a_date_in_both_crms_is_refused(world):
    world.cycle("plan")
    ran = world.run("reconcile", "--stage", "recycled")
    assert ran.code == 2
    assert "do not both keep the date" in ran.err


def test_who_was_forgotten_and_still_lives_in_a_crm_is_counted_and_nobody_else_is(world):
    for name in ("gone", "stays"):
        in_hubspot_too(world, name)
    assert world.cycle("apply").exit_code == 0
    assert world.here("forget", "gone@acme.example", "--yes").code == 0
    found = reconciled(world, Question(Stage.MQL))
    assert (found.missing, buckets(found)) == ({}, {Bucket.IN_BOTH: 1, Bucket.FORGOTTEN: 2})
    ran = world.here("reconcile", "--people", "forgotten", "--json")
    assert (ran.code, ran.data["sums_up"]) == (0, True)
    assert {one["person"].partition(":")[0] for one in ran.data["people"]} == {"hubspot", "salesforce"}
    world.portal.archive("contacts", world.contacts["gone"], just_now())
    assert buckets(reconciled(world, Question(Stage.MQL)))[Bucket.FORGOTTEN] == 1
    in_hubspot_too(world, "unread")
    assert reconciled(world, Question(Stage.MQL)).missing == {System.HUBSPOT: 1}


def test_a_stage_of_the_portals_own_is_counted_by_its_own_date(world):
    """The portal calls SQL by a name and a number of its own: HubSpot's date of that one counts."""
    world.portal.set_options("contacts", "lifecyclestage", OWN_STAGES)
    world.edit("fields.yaml", "\nnames:", "\nback:\n  stages: {sql: In Sales Review}\n\nnames:")
    for name in ("both", "other"):
        world.lead(name)
        contact = world.person(name, seen=None)
        world.portal.update("contacts", contact, {"lifecyclestage": "184720012"}, NOW - 3 * DAYS)
    assert world.cycle("apply").exit_code == 0
    week = Question(Stage.SQL, instant_of(NOW - 7 * DAYS), instant_of(NOW))
    found = reconciled(world, week)
    assert (found.missing, buckets(found)) == ({}, {Bucket.IN_BOTH: 2})
    assert found.own == {System.HUBSPOT: 2, System.SALESFORCE: 2}
    world.org.freeze_field("Lead", "SQL_At__c")
    world.portal.update("contacts", world.contacts["other"], {"lifecyclestage": "opportunity"}, NOW - 2 * DAYS)
    later = world.person("later", seen=None)
    world.lead("later")
    world.portal.update("contacts", later, {"lifecyclestage": "184720012"}, just_now())
    world.cycle()
    (told,) = [one.why for one in reconciled(world, Question(Stage.SQL)).placed if one.bucket is Bucket.DIFFERS]
    assert "hubspot contact" in told
    assert "says In Sales Review" in told


def test_whose_failed_lead_somebody_dropped_is_only_in_hubspot(world):
    """Salesforce refused the Lead, and RevOps decided to leave it so."""
    world.org.add_validation_rule("Lead", "Not this one", lambda row, _old: row["Email"].startswith("eve"), "Email")
    in_hubspot_too(world, "eve")
    in_hubspot_too(world, "both")
    world.cycle("apply")
    assert buckets(reconciled(world, Question(Stage.MQL))) == {Bucket.IN_BOTH: 1, Bucket.BLOCKED: 1}
    (row,) = world.here("quarantine", "list", "--json").data["cases"]
    assert world.here("quarantine", "drop", row["id"]).code == 0
    world.cycle()
    found = reconciled(world, Question(Stage.MQL))
    assert (found.missing, buckets(found)) == ({}, {Bucket.IN_BOTH: 1, Bucket.ONLY_IN_HUBSPOT: 1})
    assert found.own == {System.HUBSPOT: 2, System.SALESFORCE: 1}
    assert [one.why for one in found.placed if one.bucket is Bucket.ONLY_IN_HUBSPOT] == [
        "Salesforce has no record of this person: what failed was dropped from the quarantine"
    ]


def test_who_is_left_out_by_the_rules_is_not_eligible(world):
    """A student whom HubSpot calls an MQL: the definitions say never."""
    contact = in_hubspot_too(world, "student")
    world.portal.update("contacts", contact, {"jobtitle": "Student"}, NOW - 3 * DAYS)
    world.person("other")
    assert world.cycle("apply").exit_code == 0
    found = reconciled(world, Question(Stage.MQL))
    assert found.missing == {}
    assert [one.why for one in found.placed if one.bucket is Bucket.NOT_ELIGIBLE] == [
        "the definitions say never: student"
    ]


def test_where_the_stages_differ_it_is_told_who_wrote_them(world):
    """Sales gave a stage by hand, in a Salesforce whose day of the stage nobody may write."""
    world.org.track("Lead", "Lifecycle_Stage__c")
    world.org.freeze_field("Lead", "MQL_At__c")
    in_hubspot_too(world, "differs")
    lead = world.lead("differs")
    world.org.update("Lead", lead, {"Lifecycle_Stage__c": "SQO"}, NOW - 2 * DAYS, world.seller)
    assert world.cycle("apply").exit_code == 0
    found = reconciled(world, Question(Stage.MQL))
    assert (found.missing, buckets(found)) == ({}, {Bucket.DIFFERS: 1})
    (one,) = found.placed
    assert "says SQO, set by anna@us.example" in one.why
    assert "says marketingqualifiedlead, set by CRM_UI" in one.why
