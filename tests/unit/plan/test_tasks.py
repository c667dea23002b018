"""Tasks for sales: one per person, cycle and purpose, for news and not for history."""

from __future__ import annotations

import pytest

from connectors.records import Field, FieldType, ObjectSchema
from syncd.files.tasks_file import TasksFile
from syncd.model.instant import DAY, HOUR, NEVER
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.plan.build import build_plan
from syncd.plan.case import Directory, Seller, task_key
from tests.unit.plan.cases import (
    ANNA,
    DESK,
    NOW,
    SCHEMAS,
    SELLER,
    case,
    entry,
    lead,
    open_deal,
    planned,
    record,
    setting,
)
from tests.unit.plan.cases import TASKS as ONE_TASK

KEY = task_key(ANNA, 1, "follow_up")


def tasks(one, given=None):
    return [change for change in planned(one, given)[0] if change.purpose == "task"]


def test_an_mql_makes_one_task_about_its_record_for_the_records_owner():
    (task,) = tasks(case(lead()))
    assert task.key == ("Syncd_Key__c", KEY)
    assert (task.values["WhoId"], task.owner) == ("00Q1", SELLER)
    assert task.values["Subject"] == "MQL: Anna Ash"
    assert task.values["ActivityDate"] == "2026-06-11"
    assert task.evidence == ("t1",)


def test_the_key_of_a_task_does_not_depend_on_the_definitions():
    given = setting(definitions=type(setting().definitions)("d2"))
    assert tasks(case(lead()))[0].key == tasks(case(lead()), given)[0].key


@pytest.mark.parametrize(
    "more",
    [
        {"done_keys": {KEY}},
        {"tasks": [record(kind="task", id="00T1", Syncd_Key__c=KEY, Status="Completed")]},
        {"tasks": [record(kind="task", id="00T1", Syncd_Key__c=KEY, deleted=True)]},
        {"former": [PersonId("p-old")], "done_keys": {task_key(PersonId("p-old"), 1, "follow_up")}},
    ],
    ids=["written", "closed", "deleted", "of who turned out to be this person"],
)
def test_a_task_that_was_made_is_never_made_again(more):
    assert tasks(case(lead(), **more)) == []


def test_another_cycle_makes_another_task():
    (task,) = tasks(case(lead(), entries=[entry(cycle=2)], done_keys={KEY}))
    assert task.key[1] == task_key(ANNA, 2, "follow_up")


def test_an_entry_of_long_ago_makes_no_task_and_is_counted():
    _, _, notes = planned(case(lead(), entries=[entry(ago=8 * DAY)]))
    assert tasks(case(lead(), entries=[entry(ago=8 * DAY)])) == []
    assert notes["no task, too long ago"] == 1
    assert len(tasks(case(lead(), entries=[entry(ago=7 * DAY)]))) == 1


def test_a_backfill_makes_no_task_and_leaves_a_fresh_one_to_the_next_cycle():
    plan = build_plan([case(lead())], setting(history=True), "c", ("p", "o"))
    assert [change.purpose for change in plan.changes] == ["update"]
    assert plan.notes == {"no task yet, a backfill makes none": 1}
    assert plan.decisions[0].due_at == NOW
    old = build_plan([case(lead(), entries=[entry(ago=30 * DAY)])], setting(history=True), "c", ("p", "o"))
    assert old.decisions[0].due_at == NEVER


def test_customers_people_on_open_deals_and_barred_ones_get_no_cold_call():
    for one in (case(lead(), opportunities=[open_deal()]), case(lead(), barred="student")):
        assert tasks(one) == []


def test_a_stage_that_was_passed_makes_no_task_any_more():
    assert tasks(case(lead(), entries=[entry(), entry(Stage.SQL, ago=HOUR // 2)])) == []


def seller(user, mail, **more):
    return Seller(user, mail, **({"active": True, "human": True} | more))


@pytest.mark.parametrize(
    ("owner", "queue", "expected"),
    [
        (SELLER, None, SELLER),
        (SELLER[:15], None, SELLER),
        ("00G1", None, DESK),
        ("005000000000009AAA", "Inbound", "00G1"),
        ("005000000000009AAA", None, DESK),
        ("", None, DESK),
    ],
    ids=["owner", "short id", "queue that owns is not asked", "queue of the file", "integration", "nobody"],
)
def test_the_first_of_the_chain_who_is_an_active_person_gets_the_task(owner, queue, expected):
    sellers = [seller(SELLER, "a@us"), seller(DESK, "desk@us.example")]
    sellers.append(seller("005000000000009AAA", "x@us", human=False))
    directory = Directory({one.id[:15]: one for one in sellers}, {"inbound": "00G1"})
    given = ONE_TASK.model_copy(update={"queue": queue, "fallback": "Desk@us.example"})
    (task,) = tasks(case(lead(OwnerId=owner)), setting(directory=directory, tasks=given))
    assert task.owner == task.values["OwnerId"] == expected


def test_where_queues_own_no_tasks_the_chain_goes_on():
    owner = Field("OwnerId", "Owner", FieldType.REFERENCE, refers_to=("User",))
    given = ONE_TASK.model_copy(update={"queue": "Inbound", "fallback": "desk@us.example"})
    directory = Directory({DESK[:15]: seller(DESK, "desk@us.example")}, {"inbound": "00G1"})
    schemas = {**SCHEMAS, "task": ObjectSchema("task", {**SCHEMAS["task"].fields, "OwnerId": owner})}
    (task,) = tasks(case(lead(OwnerId="")), setting(directory=directory, tasks=given, schemas=schemas))
    assert task.owner == DESK


def test_a_task_that_nobody_can_own_is_set_aside():
    directory = Directory({SELLER[:15]: seller(SELLER, "anna@us.example", active=False)})
    changes, refusals, _ = planned(case(lead()), setting(directory=directory))
    assert [change.purpose for change in changes] == ["update"]
    assert [(one.code, one.quarantine) for one in refusals] == [("no owner", True)]


def test_a_subject_is_cut_to_what_salesforce_takes_and_a_description_to_its_field():
    given = TasksFile.model_validate(
        {"tasks": [{"on": "mql", "purpose": "call", "subject": "{first_name}", "description": "{first_name}"}]}
    )
    (task,) = tasks(case(lead(), values={"first_name": "A" * 60_000}), setting(tasks=given))
    assert (len(task.values["Subject"]), len(task.values["Description"])) == (255, 32_000)


def test_hostile_values_of_a_crm_come_into_a_task_as_blanks():
    values = {"first_name": "An\x00na\x1b[31m", "last_name": "{why}\n\u202eAsh\ud800"}
    (task,) = tasks(case(lead(), values=values))
    assert task.values["Subject"] == "MQL: An na [31m {why}  Ash"


def test_a_description_carries_proof_touches_and_checklist_also_where_it_names_none():
    given = ONE_TASK.model_copy(update={"tasks": (ONE_TASK.tasks[0].model_copy(update={"description": "Call now."}),)})
    (task,) = tasks(case(lead(OwnerId=SELLER)), setting(tasks=given))
    text = task.values["Description"]
    assert text.startswith("Call now.")
    assert case(lead()).current.why in text
    assert "Budget" in text
