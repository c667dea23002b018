"""Tasks for people, not floods: ranked, capped, shared, brought up to date, closed, escalated; each of it once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import World

HOURS = "hours:\n  days: [mon, tue, wed, thu, fri, sat, sun]\n  from: 00:00\n  to: 23:59\n"


def always_open(world: World) -> None:
    """Let the team work day and night: the tests run at any hour."""
    path = world.config / "syncd.yaml"
    text = path.read_text()
    path.write_text(text[: text.index("hours:\n")] + HOURS)


def with_rules(world: World, rules: str) -> None:
    path = world.config / "tasks.yaml"
    path.write_text(path.read_text() + "\n" + rules)


def open_tasks(world: World) -> list[dict]:
    return [row for row in world.org.rows("Task") if not row["IsClosed"]]


def lead_of(world: World, name: str) -> str:
    return next(row["Id"] for row in world.org.rows("Lead") if row["Email"] == f"{name}@acme.example")


def test_an_owner_gets_so_many_tasks_a_day_the_best_first_and_the_rest_tomorrow(world):
    with_rules(world, "daily: 2\nrank: {bant: 0, fit: 0, engagement: 0, value: 0, urgency: 100}\n")
    for place in range(5):
        world.person(f"p{place}", seen=5 - place)
    outcome = world.cycle("apply")
    assert outcome.run.applied["task"] == 2
    assert outcome.plan.notes["no task yet, the owner has enough for today"] == 3
    assert {one["Subject"].split(": ")[1].split(" ")[0] for one in open_tasks(world)} == {"P4", "P3"}
    assert world.cycle().plan.changes == ()
    assert world.cycle(later=timedelta(days=1)).run.applied["task"] == 2
    assert world.ledger_is_sound()


def test_what_sales_sent_back_needs_no_task_any_more(world):
    world.person("ada")
    world.cycle("apply")
    theirs = world.org.create("Task", {"Subject": "My own", "WhoId": lead_of(world, "ada"), "OwnerId": world.seller})
    world.org.update("Lead", lead_of(world, "ada"), {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    assert world.cycle().run.applied["tend"] == 1
    assert [one["Id"] for one in open_tasks(world)] == [theirs]
    assert world.cycle().plan.changes == ()


def test_a_task_that_a_rep_opens_again_after_we_closed_it_stays_open(world):
    """Somebody of sales wants to go on all the same: that is for them to say."""
    ada = world.person("ada")
    world.cycle("apply")
    world.org.update("Lead", lead_of(world, "ada"), {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    world.cycle()
    (task,) = world.org.rows("Task")
    world.org.update("Task", task["Id"], {"Status": "In Progress"}, by=world.seller)
    world.visit(ada)
    for _ in range(2):
        assert world.cycle().plan.changes == ()
    assert [one["Id"] for one in open_tasks(world)] == [task["Id"]]


def test_a_task_that_a_rep_closed_is_not_made_again(world):
    world.person("ada")
    world.cycle("apply")
    world.org.update("Task", open_tasks(world)[0]["Id"], {"Status": "Completed"})
    world.visit(world.contacts["ada"])
    assert world.cycle().plan.changes == ()
    assert len(world.org.rows("Task")) == 1


def test_a_rota_shares_people_and_a_territory_comes_before_it(world):
    bo = world.org.add_user("Bo", "Sales", "bo@us.example")
    kari = world.org.add_user("Kari", "Sales", "kari@us.example")
    text = (world.config / "tasks.yaml").read_text()
    owner = next(line for line in text.splitlines() if line.strip().startswith("owner:"))
    (world.config / "tasks.yaml").write_text(text.replace(owner, "    owner: [territory, rota]"))
    with_rules(
        world,
        "rota: [anna@us.example, bo@us.example]\n"
        "territories: [{where: country, any_of: [norway], owner: kari@us.example}]\n",
    )
    for place in range(12):
        world.person(f"p{place:02}", country="Norway " if place < 3 else "Spain")
    world.cycle("apply")
    owners = [one["OwnerId"] for one in open_tasks(world)]
    assert owners.count(kari) == 3
    assert {world.seller, bo} == set(owners) - {kari}


def test_what_nobody_answers_is_told_reassigned_and_alerted_once(world):
    always_open(world)
    bo = world.org.add_user("Bo", "Sales", "bo@us.example")
    with_rules(
        world,
        "fallback: bo@us.example\n"
        "escalations:\n"
        "  - {purpose: follow_up, after: 1 hour, tell: [record_owner]}\n"
        "  - {purpose: follow_up, after: 8 hours, tell: [alerts], reassign: fallback}\n",
    )
    world.person("ada")
    world.cycle("apply")
    (first,) = open_tasks(world)
    assert world.cycle(later=timedelta(minutes=30)).plan.changes == ()
    world.cycle(later=timedelta(hours=2))
    (reminder,) = [one for one in open_tasks(world) if one["Id"] != first["Id"]]
    assert reminder["Subject"].startswith("Not answered yet: ")
    assert reminder["OwnerId"] == world.seller
    assert world.cycle(later=timedelta(hours=3)).plan.changes == ()
    late = world.cycle(later=timedelta(hours=9))
    assert late.run.applied == {"tend": 1}
    assert [one.overdue for one in late.plan.decisions if one.overdue] == [("follow_up not touched after 8 h",)]
    assert {one["OwnerId"] for one in open_tasks(world) if one["Id"] == first["Id"]} == {bo}
    world.org.update("Task", first["Id"], {"OwnerId": world.seller})
    assert world.cycle(later=timedelta(hours=10)).plan.changes == ()


@pytest.mark.parametrize("answer", ["call", "done"])
def test_an_answer_of_sales_stops_the_clock(world, answer):
    always_open(world)
    with_rules(world, "escalations: [{purpose: follow_up, after: 1 hour, tell: [record_owner]}]\n")
    world.person("ada")
    world.cycle("apply")
    if answer == "call":
        call = {"Subject": "Call", "TaskSubtype": "Call", "Status": "Completed", "OwnerId": world.seller}
        world.org.create("Task", call | {"WhoId": lead_of(world, "ada")})
    else:
        world.org.update("Task", open_tasks(world)[0]["Id"], {"Status": "Completed"})
    world.cycle()
    assert world.cycle(later=timedelta(hours=2)).plan.changes == ()


@pytest.mark.parametrize("what", ["call", "recycle", "won", "merge"])
def test_a_reminder_goes_when_its_reason_goes(world, what):
    """Sales called, or sent the person back, or won them, or two people are one: the reminder is closed by us."""
    always_open(world)
    with_rules(world, "escalations: [{purpose: follow_up, after: 1 hour, tell: [record_owner]}]\n")
    for name in ("ada", "bob"):
        world.person(name)
    world.cycle("apply")
    world.cycle(later=timedelta(hours=2))
    assert len(open_tasks(world)) == 4
    ada, bob = lead_of(world, "ada"), lead_of(world, "bob")
    if what == "call":
        call = {"Subject": "Call", "TaskSubtype": "Call", "Status": "Completed", "OwnerId": world.seller}
        world.org.create("Task", call | {"WhoId": ada})
    elif what == "recycle":
        world.org.update("Lead", ada, {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    elif what == "won":
        done = world.org.convert(ada)
        world.org.people.win(done.opportunity_id, 1_000)
    else:
        world.portal.merge(world.contacts["bob"], world.contacts["ada"])
        world.org.merge(bob, ada)
    for _ in range(2):
        world.cycle(later=timedelta(hours=2))
    assert world.cycle(later=timedelta(hours=2)).plan.changes == ()
    left = sorted(one["Subject"].partition(":")[0] for one in open_tasks(world))
    both = ["MQL follow-up", "Not answered yet"]
    assert left == (["MQL follow-up", *both] if what == "call" else both)


def test_a_new_cycle_brings_the_open_task_up_to_date_instead_of_a_second_one(world):
    with_rules(world, "close_on: []\n")
    ada = world.person("ada")
    world.cycle("apply")
    world.org.update("Lead", lead_of(world, "ada"), {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    world.cycle()
    world.org.update("Lead", lead_of(world, "ada"), {"Status": "Open - Not Contacted"})
    world.visit(ada)
    before = open_tasks(world)
    world.cycle(later=timedelta(days=31))
    world.visit(ada)
    world.cycle(later=timedelta(days=31))
    after = open_tasks(world)
    assert [one["Id"] for one in after] == [one["Id"] for one in before]
