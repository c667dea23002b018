"""What is deleted for good leaves no row behind: only the feed of deleted ids tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connectors.records import System
from connectors.sandbox.server import Fault, Response
from syncd.model.instant import DAY
from syncd.store import mirror, streams
from syncd.store.database import open_store
from tests.scenarios.knowing import a_day_passes
from tests.world import NOW


def test_a_lead_that_was_purged_from_the_bin_is_known_to_be_gone_within_a_day(world):
    world.person("one", seen=None)
    lead = world.lead("one")
    assert world.cycle("plan").exit_code == 0
    world.org.delete("Lead", lead, NOW - timedelta(minutes=10))  # the feed lags by a minute or two
    world.org.empty_bin("Lead", lead)
    world.cycle("plan")
    store = open_store(world.store_url)
    with store.transaction() as tx:
        assert not mirror.get(tx, System.SALESFORCE, "lead", [lead])[lead].deleted
        state = streams.get(tx, "salesforce", "deleted_lead")
        streams.save(tx, replace(state, watermark=state.watermark - 2 * DAY))
    store.close()
    world.cycle("plan")
    with world.store() as store, store.reading() as tx:
        record = mirror.get(tx, System.SALESFORCE, "lead", [lead])[lead]
    assert record.deleted
    assert record.properties["Email"] == "one@acme.example"
    assert world.ledger_is_sound()


def test_a_deal_a_role_and_a_task_that_were_purged_from_the_bin_are_gone_here_within_a_day(world):
    """They would else keep their contact from being called for good."""
    sold, before = world.contact("one"), NOW - timedelta(days=3)
    deal = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2027-01-31"}
    opportunity = world.org.create("Opportunity", deal, before)
    role = world.org.create("OpportunityContactRole", {"OpportunityId": opportunity, "ContactId": sold}, before)
    task = world.org.create("Task", {"WhoId": sold, "Subject": "Call", "OwnerId": world.seller}, before)
    world.cycle("plan")
    for kind, gone in (("OpportunityContactRole", role), ("Opportunity", opportunity), ("Task", task)):
        world.org.delete(kind, gone, NOW - timedelta(minutes=10))
        world.org.empty_bin(kind, gone)
    a_day_passes(world)
    world.cycle("plan")
    with world.store() as store, store.reading() as tx:
        for kind, gone in (("opportunity_contact_role", role), ("opportunity", opportunity), ("task", task)):
            assert mirror.get(tx, System.SALESFORCE, kind, [gone])[gone].deleted, kind
    assert world.ledger_is_sound()


def test_a_lead_that_lost_a_merge_stays_merged_though_the_feed_calls_it_deleted(world):
    world.person("one", seen=None)
    stays, goes = world.lead("one"), world.lead("two")
    world.cycle("plan")
    world.org.merge(stays, goes, world.just_now() - timedelta(minutes=3))  # before the end of the feed
    world.cycle("plan")
    asked_before = world.set_aside()
    a_day_passes(world)
    world.cycle("plan")
    with world.store() as store, store.reading() as tx:
        assert mirror.get(tx, System.SALESFORCE, "lead", [goes])[goes].merged_into == stays
    assert world.set_aside() == asked_before


def test_an_org_that_keeps_no_feed_of_a_kind_is_read_without_it(world):
    world.person("one")
    told = [{"errorCode": "API_NOT_REPLICABLE", "message": "this sobject type does not support that"}]
    refused = dict.fromkeys(range(1, 99), lambda: Fault(Response(400, told)))
    with world.hook("salesforce", lambda asked: "Role/deleted" in asked.path, refused):
        assert world.cycle("plan").exit_code == 0
        a_day_passes(world)
        assert world.cycle("plan").exit_code == 0
