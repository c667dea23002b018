"""A field or a value that Salesforce takes from nobody is set aside once, and every record is written without it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox.server import Fault, Response
from tests.world import is_read_back, is_write, just_now, present

HOURS = timedelta(hours=1)
NAMES = ("ann", "bob", "zoe")
RANK = "Rank__c | picklist 255 | cup | {}"


def ranked(world):
    """Leads have a picklist that HubSpot's texts go into."""
    world.portal.define_property("contacts", "rank_text")
    world.org.add_field("Lead", RANK.format("Gold; Silver"))
    world.edit("fields.yaml", "read:\n", "read:\n  rank: {from: hubspot.contact.rank_text}\n")
    world.edit("fields.yaml", "write:\n", "write:\n  salesforce.lead.Rank__c: {from: rank, owner: hubspot_wins}\n")


def later(world, hours):
    world.portal.clock = world.org.clock = lambda: present() + hours * HOURS
    return hours * HOURS


def cases(world):
    rows = world.here("quarantine", "list", "--json").data["cases"]
    return [(one["cause"], one["code"], one["who"], one["key"], one["attempts"]) for one in rows]


def titles(world):
    return {mail[:3]: row.get("Title") for mail, row in world.records("Lead").items()}


def hubspot_stage(world, name):
    return world.portal.values("contacts", world.contacts[name]).get("lifecyclestage")


def staged(world):
    return {mail[:3] for mail, row in world.records("Lead").items() if row.get("Lifecycle_Stage__c") == "MQL"}


@pytest.mark.parametrize("known", [True, False])
def test_a_field_that_became_read_only_is_set_aside_once_and_all_else_is_written(world, known):
    for name in NAMES:
        world.person(name)
        if known:
            world.lead(name)
    with world.hook("salesforce", is_write, {1: lambda: world.org.freeze_field("Lead", "Title")}):
        outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.quarantined) == (1, 1)
    assert staged(world) == set(NAMES)
    assert len(world.tasks()) == 3
    assert set(titles(world).values()) == {None}
    what = ("permission", "INVALID_FIELD_FOR_INSERT_UPDATE", "Salesforce admin", "Title")
    assert cases(world) == [(*what, 1)]
    again = world.cycle()
    assert (again.exit_code, again.plan.changes) == (0, ())
    told = [one for one in again.run.left_out if "Title" in one]
    assert told == ["salesforce.Lead.Title (read_only)"]
    world.person("new")
    assert world.cycle().exit_code == 0
    assert staged(world) == {*NAMES, "new"}
    world.org.freeze_field("Lead", "Title", frozen=False)
    assert world.cycle(later=later(world, 2)).exit_code == 0
    assert cases(world) == []
    assert world.cycle(later=2 * HOURS).exit_code == 0
    assert set(titles(world).values()) == {"Head of IT"}
    assert world.cycle(later=2 * HOURS).plan.changes == ()
    assert world.ledger_is_sound()


def test_a_value_that_the_picklist_no_longer_offers_stops_only_itself(world):
    ranked(world)
    for name, rank in (("ann", "Gold"), ("bob", "Silver"), ("zoe", "Gold")):
        world.person(name, rank_text=rank)

    def withdrawn():
        world.org.remove_field("Lead", "Rank__c")
        world.org.add_field("Lead", RANK.format("Silver"))

    with world.hook("salesforce", is_write, {1: withdrawn}):
        outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.quarantined) == (1, 1)
    assert staged(world) == set(NAMES)
    assert len(world.tasks()) == 3
    ranks = {mail[:3]: row.get("Rank__c") for mail, row in world.records("Lead").items()}
    assert ranks == {"ann": None, "bob": "Silver", "zoe": None}
    assert cases(world) == [("mapping", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "RevOps", "Rank__c", 1)]
    told = [one for one in world.cycle().run.left_out if "Rank" in one]
    assert told == ["salesforce.Lead.Rank__c (set aside)"]


@pytest.mark.parametrize("known", [True, False])
def test_a_value_that_a_picklist_does_not_offer_leaves_the_rest_of_its_record(world, known):
    ranked(world)
    for name in NAMES:
        world.person(name, rank_text="Emperor" if name == "bob" else "Gold")
    if known:
        world.lead("bob")
    outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.quarantined) == (1, 1)
    assert staged(world) == set(NAMES)
    assert len(world.tasks()) == 3
    assert world.set_aside() == [("value", "Rank__c is no value of the picklist Rank__c")]
    again = world.cycle()
    assert (again.exit_code, again.plan.changes) == (0, ())
    world.portal.update("contacts", world.contacts["bob"], {"rank_text": "Silver"}, just_now())
    assert world.cycle().exit_code == 0
    assert world.records("Lead")["bob@acme.example"]["Rank__c"] == "Silver"
    assert world.set_aside() == []


def test_a_field_that_may_not_be_read_any_more_is_not_written_over_unseen(world):
    for name in NAMES:
        world.person(name)
        world.lead(name)
    with world.hook("salesforce", is_read_back, {1: lambda: world.org.hide_field("Lead", "Title")}):
        outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.quarantined) == (1, 1)
    assert staged(world) == set(NAMES)
    assert [one[3] for one in cases(world)] == ["Title"]


def test_a_kind_that_may_not_be_written_at_all_stops_no_other(world):
    forbidden = Fault(Response(403, [{"errorCode": "INSUFFICIENT_ACCESS", "message": "no"}]))

    def is_task(request):
        return is_write(request) and b'"Task"' in request.body

    for name in NAMES:
        world.person(name)
    with world.hook("salesforce", is_task, dict.fromkeys(range(1, 9), lambda: forbidden)):
        assert world.cycle("apply").exit_code == 1
    assert staged(world) == set(NAMES)
    assert world.tasks() == {}
    assert {one[:3] for one in cases(world)} == {("permission", "FORBIDDEN", "Salesforce admin")}
    assert world.cycle(later=later(world, 2)).exit_code == 0
    assert len(world.tasks()) == 3
    assert cases(world) == []


def test_a_kind_that_may_not_be_read_back_is_set_aside_as_salesforces_and_written_once_it_may(world):
    """What Salesforce does not have, HubSpot is not told; and nobody is sent to HubSpot's admin for it."""
    for name in NAMES:
        world.person(name)
    world.lead("ann")
    forbidden = Fault(Response(403, [{"errorCode": "INSUFFICIENT_ACCESS_OR_READONLY", "message": "no"}]))
    with world.hook("salesforce", is_read_back, {1: lambda: forbidden}):
        outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.lacks) == (1, None)
    assert staged(world) == {"bob", "zoe"}
    assert cases(world) == [("permission", "FORBIDDEN", "Salesforce admin", None, 1)]
    assert hubspot_stage(world, "ann") != "marketingqualifiedlead"
    assert hubspot_stage(world, "bob") == "marketingqualifiedlead"
    assert world.cycle(later=later(world, 2)).exit_code == 0
    assert staged(world) == set(NAMES)
    assert hubspot_stage(world, "ann") == "marketingqualifiedlead"
    assert len(world.tasks()) == 3
    assert cases(world) == []
    assert world.cycle(later=2 * HOURS).plan.changes == ()


def test_a_field_that_a_whole_call_is_refused_for_is_left_out_of_it(world):
    """Some orgs refuse the body and not its rows when a column is gone (facts: salesforce B7)."""
    gone = {"errorCode": "INVALID_FIELD", "message": "No such column 'Title' on sobject of type Lead"}

    def with_title(request):
        return is_write(request) and b'"Title"' in request.body

    for name in NAMES:
        world.person(name)
    with world.hook("salesforce", with_title, dict.fromkeys(range(1, 9), lambda: Fault(Response(400, [gone])))):
        assert world.cycle("apply").exit_code == 1
    assert staged(world) == set(NAMES)
    assert len(world.tasks()) == 3
    assert cases(world) == [("mapping", "INVALID_FIELD", "RevOps", "Title", 1)]


def test_what_was_dropped_stays_left_out_and_a_retry_tries_it_at_once(world):
    world.person("ann")
    with world.hook("salesforce", is_write, {1: lambda: world.org.freeze_field("Lead", "Title")}):
        assert world.cycle("apply").exit_code == 1
    (case,) = world.here("quarantine", "list", "--json").data["cases"]
    assert world.here("quarantine", "drop", case["id"]).code == 0
    world.org.freeze_field("Lead", "Title", frozen=False)
    world.visit(world.contacts["ann"], 1)
    assert world.cycle(later=later(world, 3)).exit_code == 0
    assert titles(world) == {"ann": None}
    assert world.here("quarantine", "retry", case["id"]).code == 0
    assert world.cycle(later=3 * HOURS).exit_code == 0
    assert titles(world) == {"ann": "Head of IT"}
