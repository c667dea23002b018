"""Who gets a Lead, a stage and a task, and who does not (design 3)."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta

import pytest

from syncd.model.instant import instant_of
from tests.world import DAYS, NOW, just_now


def lead_of(world, name):
    return world.records("Lead").get(f"{name}@acme.example")


def task_subjects(world):
    return sorted(task["who"].partition("@")[0] for task in world.tasks().values())


def test_a_second_run_plans_nothing(world):
    world.town()
    assert world.cycle("apply").exit_code == 0
    before = world.state()
    for _ in range(2):
        again = world.cycle()
        assert (again.exit_code, again.plan.changes) == (0, ())
    assert world.state() == before


def test_what_hubspot_already_says_is_a_floor(world):
    """A stage that HubSpot says stands with its own date; creates and tasks of earlier stages are left out."""
    at = NOW - 10 * DAYS
    sql = world.person("sql")
    world.portal.update("contacts", sql, {"lifecyclestage": "salesqualifiedlead"}, at)
    known = world.person("known")
    world.portal.update("contacts", known, {"lifecyclestage": "salesqualifiedlead"}, at)
    world.lead("known")
    mql = world.person("mql", seen=None)
    world.portal.update("contacts", mql, {"lifecyclestage": "marketingqualifiedlead"}, at)
    assert world.cycle("apply").exit_code == 0
    assert lead_of(world, "sql") is None
    held = lead_of(world, "known")
    assert (held["Lifecycle_Stage__c"], held["SQL_At__c"]) == ("SQL", f"{at:%Y-%m-%dT%H:%M:%S}.000+0000")
    assert "HubSpot" in held["Syncd_Why__c"]
    assert lead_of(world, "mql")["MQL_At__c"] == f"{at:%Y-%m-%dT%H:%M:%S}.000+0000"
    assert world.tasks() == {}


def test_customers_and_people_on_open_opportunities_get_no_cold_call(world):
    for name in ("open", "won"):
        world.person(name)
        contact = world.contact(name)
        deal = {"Name": name, "StageName": "Qualification", "CloseDate": "2030-01-05", "ContactId": contact}
        made = world.org.create("Opportunity", deal, NOW - 5 * DAYS)
        if name == "won":
            world.org.win(made, NOW - 4 * DAYS)
    world.person("buyer")
    world.portal.update("contacts", world.contacts["buyer"], {"lifecyclestage": "customer"}, NOW - 3 * DAYS)
    assert world.cycle("apply").exit_code == 0
    assert world.records("Lead") == {}
    assert world.tasks() == {}


@pytest.mark.parametrize(
    ("company", "email", "expected"),
    [
        (True, "a@somewhere.example", "Acme"),
        (False, "a@somewhere.example", "somewhere.example"),
        (False, "a@gmail.com", "[not provided]"),
    ],
)
def test_a_new_leads_company_falls_back(world, company, email, expected):
    contact = world.person("a", company=company, email=email)
    if not company:
        world.portal.update("contacts", contact, {"lifecyclestage": "marketingqualifiedlead"}, NOW - 3 * DAYS)
    assert world.cycle("apply").exit_code == 0
    assert world.records("Lead")[email]["Company"] == expected


def test_history_makes_no_floods(world):
    for place in range(10):
        world.person(f"old{place}", seen=20)
    outcome = world.cycle("apply")
    assert len(world.records("Lead")) == 10
    assert all(row["Lifecycle_Stage__c"] == "MQL" and row["MQL_At__c"] for row in world.records("Lead").values())
    assert world.tasks() == {}
    assert outcome.plan.notes["no task, too long ago"] == 10


def test_a_backfill_makes_no_tasks(world):
    world.person("first")
    assert world.cycle("apply").exit_code == 0
    world.person("second")
    assert world.cycle("backfill", since=instant_of(NOW - 60 * DAYS)).exit_code == 0
    assert lead_of(world, "second")["Lifecycle_Stage__c"] == "MQL"
    assert task_subjects(world) == ["first"]


def test_known_contacts_get_stage_and_task_on_the_contact(world):
    world.person("a")
    world.contact("a")
    assert world.cycle("apply").exit_code == 0
    assert world.records("Contact")["a@acme.example"]["Lifecycle_Stage__c"] == "MQL"
    assert world.records("Lead") == {}
    assert task_subjects(world) == ["a"]


def test_a_converted_lead_is_never_a_target(world):
    world.person("a")
    lead = world.lead("a")
    world.org.convert(lead, opportunity=False, at=NOW - 10 * DAYS)
    frozen = dict(world.org.get("Lead", lead))
    assert world.cycle("apply").exit_code == 0
    assert dict(world.org.get("Lead", lead)) == frozen
    assert [row["Lifecycle_Stage__c"] for row in world.org.rows("Contact")] == ["MQL"]
    assert len(world.org.rows("Lead")) == 1


def test_a_linked_record_is_updated_by_id_and_receives_the_external_id(world):
    world.person("a")
    lead = world.lead("a")
    assert world.cycle("apply").exit_code == 0
    assert [row["Id"] for row in world.org.rows("Lead")] == [lead]
    assert world.org.get("Lead", lead)["HubSpot_Id__c"] == world.contacts["a"]


def test_two_leads_of_one_address_are_a_question_and_nobody_is_written(world):
    world.person("a")
    world.person("neighbour")
    first, second = world.lead("a"), world.lead("a")
    before = [dict(world.org.get("Lead", one)) for one in (first, second)]
    outcome = world.cycle("apply")
    assert outcome.exit_code == 1
    assert [dict(world.org.get("Lead", one)) for one in (first, second)] == before
    assert {code for code, _ in world.set_aside()} == {"ambiguous"}
    assert [task for task in world.org.rows("Task") if task["WhoId"] in (first, second)] == []
    assert len(world.org.rows("Task")) == 1
    again = world.cycle()
    assert (again.exit_code, again.plan.changes) == (0, ())
    world.org.delete("Lead", second)
    assert world.cycle().exit_code == 0
    assert world.org.get("Lead", first)["Lifecycle_Stage__c"] == "MQL"
    assert world.set_aside() == []


@pytest.mark.parametrize("what", ["complete", "delete"])
def test_a_task_that_a_rep_ended_is_not_made_again(world, what):
    contact = world.person("a")
    assert world.cycle("apply").exit_code == 0
    (task,) = world.org.rows("Task")
    world.org.complete_task(task["Id"]) if what == "complete" else world.org.delete("Task", task["Id"])
    world.visit(contact)
    for _ in range(2):
        assert world.cycle().exit_code == 0
        assert len(world.org.rows("Task")) == (1 if what == "complete" else 0)


def test_nobody_is_set_back_and_nobody_further_on_gets_an_earlier_task(world):
    world.person("a")
    lead = world.lead("a", Lifecycle_Stage__c="SQO")
    assert world.cycle("apply").exit_code == 0
    assert world.org.get("Lead", lead)["Lifecycle_Stage__c"] == "SQO"
    assert world.tasks() == {}
    assert not world.cycle().plan.changes


def test_stamps_are_cleared_in_a_new_cycle_only(world):
    world.edit("definitions.yaml", "requalify_after: 30 days", "requalify_after: 1 second")
    contact = world.person("a", seen=None)
    world.portal.update("contacts", contact, {"lifecyclestage": "marketingqualifiedlead"}, NOW - 3 * DAYS)
    lead = world.lead("a")
    assert world.cycle("apply").exit_code == 0
    first = world.org.get("Lead", lead)["MQL_At__c"]
    world.org.update("Lead", lead, {"Status": "Recycle", "Recycle_Reason__c": "Bad Timing"})
    assert world.cycle().exit_code == 0
    row = world.org.get("Lead", lead)
    assert (row["Lifecycle_Stage__c"], row["Lifecycle_Cycle__c"], row["MQL_At__c"]) == ("Recycled", 1, first)
    assert row["Recycled_At__c"]
    world.org.update("Lead", lead, {"Status": "Working - Contacted"})
    time.sleep(1.2)
    world.visit(contact)
    assert world.cycle().exit_code == 0
    row = world.org.get("Lead", lead)
    assert (row["Lifecycle_Stage__c"], row["Lifecycle_Cycle__c"]) == ("MQL", 2)
    assert row["MQL_At__c"] > first
    assert row["Recycled_At__c"] is None
    assert not world.cycle().plan.changes


ORDERS = [order for order in itertools.permutations(["lead", "contact", "visit"]) if order[-2:] != ("visit", "lead")]
"""Not those in which syncd has made its own Lead before a person made theirs."""


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_the_order_in_which_records_come_makes_no_difference(world, order):
    """Each piece comes in a cycle of its own; the end is the same whatever came first."""
    steps = {
        "lead": lambda: world.lead("a"),
        "contact": lambda: world.person("a", seen=None),
        "visit": lambda: world.visit(world.contacts["a"]) if "a" in world.contacts else None,
    }
    world.person("other", seen=None)
    world.cycle("apply")
    for step in order:
        steps[step]()
        world.cycle("apply")
    if order.index("visit") < order.index("contact"):
        steps["visit"]()
    assert world.cycle("apply").exit_code == 0
    assert [(row["Email"], row["Lifecycle_Stage__c"]) for row in world.org.rows("Lead")] == [("a@acme.example", "MQL")]
    assert task_subjects(world) == ["a"]
    assert not world.cycle(later=timedelta(seconds=1)).plan.changes


def test_a_new_lead_goes_to_an_owner_who_came_this_very_hour(world):
    world.person("first")
    assert world.cycle("apply").exit_code == 0
    world.portal.clock = just_now
    ben = world.portal.add_owner("ben@us.example", "Ben", "Sales")
    world.portal.clock = lambda: just_now() + timedelta(seconds=2)
    seller = world.org.add_user("Ben", "Sales", "ben@us.example")
    world.org.update("User", seller, {"Title": "New"})
    contact = world.person("second", seen=None, hubspot_owner_id=ben)
    world.visit(contact)
    assert world.cycle().exit_code == 0
    assert lead_of(world, "second")["OwnerId"] == seller
