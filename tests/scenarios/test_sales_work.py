"""What sales does in Salesforce is evidence with its own time, and only people's work verifies an SQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.records import System
from syncd.model.instant import instant_of
from syncd.store import dossier, mirror
from tests.scenarios.knowing import known, met, person_of, stages_of
from tests.world import DAYS, NOW, World, just_now

HOUR = timedelta(hours=1)


def lead_record(world: World, lead: str):
    with world.store() as store, store.reading() as tx:
        return mirror.get(tx, System.SALESFORCE, "lead", [lead])[lead]


def test_the_history_of_a_lead_dates_what_its_last_change_hides(world):
    world.org.track("Lead", "Status", "OwnerId")
    world.person("a", seen=None)
    lead = world.lead("a")
    world.org.update("Lead", lead, {"Status": "Working - Contacted"}, NOW - 9 * DAYS, world.seller)
    ben = world.org.add_user("Ben", "Sales", "ben@us.example")
    world.org.update("Lead", lead, {"OwnerId": ben}, NOW - 8 * DAYS, world.seller)
    world.org.update("Lead", lead, {"Title": "Boss"}, NOW - DAYS, world.seller)
    world.cycle("apply")
    history = lead_record(world, lead).history
    opened = lead_record(world, lead).created_at
    assert [(at, value) for at, value, _, _ in history["Status"]] == [
        (opened, "Open - Not Contacted"),
        (instant_of(NOW - 9 * DAYS), "Working - Contacted"),
    ]
    assert [(value, by) for _, value, _, by in history["OwnerId"]] == [(world.seller, None), (ben, world.seller)]
    # A change that is seen now is dated by the history in the same cycle.
    world.org.update("Lead", lead, {"Status": "Recycle", "Recycle_Reason__c": "Bad Timing"}, just_now(), ben)
    world.org.clock = lambda: just_now() + timedelta(seconds=1)
    world.org.update("Lead", lead, {"Title": "Chief"}, by=world.seller)
    world.cycle()
    newest = lead_record(world, lead).history["Status"][-1]
    assert (newest[1], newest[3]) == ("Recycle", ben)


def test_the_first_answer_in_a_deal_counts_from_its_own_day(world):
    """Amount and close date of sales count from when they were set, whatever was edited later."""
    world.edit("definitions.yaml", "amount: {above: 0}}}", "amount: {above: 0}, close_date: set_by_sales}}")
    contact = world.person("a")
    far = world.contact("a")
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2030-03-31", "ContactId": far}
    made = world.org.create("Opportunity", deal, NOW - 9 * DAYS, world.seller)
    world.org.update("Opportunity", made, {"Amount": 500}, NOW - 7 * DAYS, world.seller)
    world.org.update("Opportunity", made, {"CloseDate": "2030-03-15"}, NOW - 6 * DAYS, world.seller)
    world.org.update("Opportunity", made, {"StageName": "Negotiation/Review"}, NOW - 5 * DAYS, world.seller)
    world.org.update("Opportunity", made, {"NextStep": "Call"}, NOW - DAYS, world.seller)
    world.cycle("apply")
    person = person_of(world, contact)
    with world.store() as store, store.reading() as tx:
        one = next(dossier.load(tx, [person])).opportunities[0]
    assert [(at, value) for at, value, _, _ in one.history["Amount"]] == [
        (instant_of(NOW - 9 * DAYS), None),
        (instant_of(NOW - 7 * DAYS), 500),
    ]
    told = world.run("journey", f"hubspot:{contact}", "--json").data
    entered = {one["stage"]: one["entered_at"] for one in told["stages"]}
    assert entered["sqo"].startswith(f"{NOW - 6 * DAYS:%Y-%m-%dT%H:%M:%S}")
    assert "moved to Negotiation/Review" in " ".join(one["says"] for one in told["entries"])


def test_where_the_org_tracks_its_deals_their_field_history_says_who_changed_what(world):
    world.org.track("Opportunity", "Amount", "CloseDate", "StageName")
    contact = world.person("a")
    far = world.contact("a")
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2030-03-31", "ContactId": far}
    made = world.org.create("Opportunity", deal, NOW - 9 * DAYS, world.seller)
    ben = world.org.add_user("Ben", "Sales", "ben@us.example")
    world.org.update("Opportunity", made, {"Amount": 500}, NOW - 7 * DAYS, ben)
    world.org.update("Opportunity", made, {"CloseDate": "2030-03-15"}, NOW - 6 * DAYS, world.seller)
    # What kept its own history of deals is cut off: their field history is all there is.
    for row in world.org.tables["OpportunityHistory"].rows.values():
        row["IsDeleted"] = True
    world.cycle("apply")
    with world.store() as store, store.reading() as tx:
        history = next(dossier.load(tx, [person_of(world, contact)])).opportunities[0].history
    assert [(float(value), by) for _, value, _, by in history["Amount"] if value][-1] == (500, ben)
    assert [at for at, *_ in history["CloseDate"]][-1] == instant_of(NOW - 6 * DAYS)


def test_a_close_date_that_a_program_moved_is_not_set_by_sales(world):
    world.edit("definitions.yaml", "amount: {above: 0}}}", "amount: {above: 0}, close_date: set_by_sales}}")
    contact = world.person("a")
    far = world.contact("a")
    robot = world.org.add_user("Flow", "Robot", "flow@us.example", UserType="AutomatedProcess")
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2030-03-31", "ContactId": far, "Amount": 500}
    made = world.org.create("Opportunity", deal, NOW - 9 * DAYS, world.seller)
    world.org.update("Opportunity", made, {"CloseDate": "2030-05-15"}, NOW - 6 * DAYS, robot)
    world.org.update("Opportunity", made, {"NextStep": "Call"}, NOW - 5 * DAYS, world.seller)
    world.cycle("apply")
    assert "sqo" not in stages_of(world, contact)


def test_a_lost_deal_says_why(world):
    contact = world.person("a")
    far = world.contact("a")
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2030-03-15", "ContactId": far}
    made = world.org.create("Opportunity", deal, NOW - 9 * DAYS, world.seller)
    world.org.people.lose(made, "No budget", at=NOW - DAYS)
    world.cycle("apply")
    told = world.run("journey", f"hubspot:{contact}", "--json").data
    assert any("was lost" in one["says"] and "because: No budget" in one["says"] for one in told["entries"])


def test_a_deal_is_nobodys_whose_contact_role_was_taken_away(world):
    contact = world.person("a", seen=None)
    far = world.contact("a")
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2030-03-15", "ContactId": far}
    world.org.create("Opportunity", deal, NOW - 9 * DAYS, world.seller)
    world.cycle("apply")
    assert len(known(world, contact).opportunities) == 1
    (role,) = world.org.rows("OpportunityContactRole")
    world.org.delete("OpportunityContactRole", role["Id"], just_now())
    world.cycle()
    assert known(world, contact).opportunities == []


@pytest.mark.parametrize(("user", "verified"), [("seller", True), ("robot", False)])
def test_only_a_persons_call_verifies_an_sql(world, user, verified):
    """The same call, in the same owner's name: what a program filed is no talk with anybody."""
    contact, lead = met(world)
    robot = world.org.add_user("Dial", "Robot", "dial@us.example", UserType="AutomatedProcess")
    world.org.update("User", robot, {"Title": "New"}, just_now())
    by = world.seller if user == "seller" else robot
    call = {
        "WhoId": lead,
        "OwnerId": world.seller,
        "Subject": "Call",
        "Status": "Completed",
        "TaskSubtype": "Call",
        "CallDisposition": "Connected",
    }
    world.org.create("Task", call, just_now(), by)
    world.cycle()
    calls = [touch for touch in touches_of(world, contact) if touch.kind == "call"]
    assert [touch.by for touch in calls] == ["sales" if verified else "integration"]


def test_an_owner_is_one_person_however_the_crms_spell_the_address(world):
    from syncd.files.load import load_config
    from syncd.journey.reading import last_seen, reading_of

    theirs = world.portal.add_owner("Ben.Sales@US.example", "Ben", "Sales")
    ours = world.org.add_user("Ben", "Sales", "ben.sales@us.example")
    world.cycle("apply")
    with world.store() as store, store.reading() as tx:
        owners = reading_of(tx, load_config(world.config), last_seen(tx)).owners
    assert owners[theirs] == owners[ours[:15]] == "ben.sales@us.example"


def touches_of(world: World, record: str):
    from syncd.facts.activities import touch_of
    from syncd.files.load import load_config
    from syncd.journey.reading import last_seen, reading_of

    with world.store() as store, store.reading() as tx:
        around = reading_of(tx, load_config(world.config), last_seen(tx)).around
        one = next(dossier.load(tx, [person_of(world, record)]))
        return [touch for each in (*one.tasks, *one.activities) if (touch := touch_of(each, around))]
