"""What becomes of our tasks and stamps where records become one, or others: nobody gets two tasks, and none is lost."""

from __future__ import annotations

import pytest

from tests.scenarios.test_life import met, settle
from tests.world import World, just_now


def open_ones(world: World) -> list[dict]:
    return [row for row in world.org.rows("Task") if not row["IsClosed"]]


@pytest.mark.parametrize("where", ["hubspot", "salesforce"])
def test_of_two_people_who_become_one_the_second_open_task_is_closed_and_the_first_stays(world, where):
    world.person("a")
    world.cycle("apply")
    world.org.clock = just_now
    world.person("b")
    world.visit(world.contacts["b"])
    world.cycle()
    leads = {row["Email"][0]: row["Id"] for row in world.org.rows("Lead")}
    first, second = sorted(open_ones(world), key=lambda row: row["Id"])
    if where == "hubspot":
        world.portal.merge(world.contacts["a"], world.contacts["b"], just_now())
    world.org.merge(leads["a"], leads["b"], just_now())
    for _ in range(3):
        assert world.cycle().exit_code in (0, 1)
    assert [row["Id"] for row in open_ones(world)] == [first["Id"]]
    assert world.org.get("Task", second["Id"])["Status"] == "Completed"
    assert world.cycle().plan.changes == ()
    assert len(world.org.rows("Lead")) == 1
    assert world.ledger_is_sound()


def test_a_conversion_carries_the_stamps_and_the_one_task_over_to_the_contact(world):
    contact, lead = met(world)
    before = world.org.get("Lead", lead)
    (task,) = open_ones(world)
    done = world.org.convert(lead, opportunity=False, at=just_now())
    settle(world, leads=1, contacts=1)
    row = world.org.get("Contact", done.contact_id)
    carried = ("HubSpot_Id__c", "Lifecycle_Stage__c", "Lifecycle_Cycle__c", "MQL_At__c", "Syncd_Definition__c")
    assert {name: row[name] for name in carried} == {name: before[name] for name in carried}
    assert [(one["Id"], one["WhoId"]) for one in open_ones(world)] == [(task["Id"], done.contact_id)]
    world.visit(contact)
    settle(world, leads=1, contacts=1)
    assert [one["Id"] for one in open_ones(world)] == [task["Id"]]
