"""What becomes of tasks that nobody answers, and of the reminders once somebody did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.records import System
from syncd.files.service_file import ServiceFile
from syncd.files.tasks_file import TasksFile
from syncd.model.instant import DAY, HOUR, MINUTE, Instant
from syncd.model.person import PersonId, Touch
from syncd.model.stage import Stage
from syncd.plan.build import build_plan
from syncd.plan.case import Directory, Seller, task_key
from tests.unit.plan.cases import ANNA, DESK, NOW, SELLER, case, entry, lead, record, setting

KEY = task_key(ANNA, 1, "follow_up")
DIRECTORY = Directory(
    {
        one[:15]: Seller(one, mail, active=True, human=True)
        for one, mail in ((SELLER, "anna@us.example"), (DESK, "desk@us.example"))
    }
)
ALWAYS = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "23:59"}


def given(*rules: dict, **more):
    tasks = {
        "tasks": [{"on": "mql", "purpose": "follow_up", "subject": "Call {first_name}"}],
        "fallback": "desk@us.example",
        "escalations": [{"purpose": "follow_up", "after": "1 hour"} | rule for rule in rules],
    }
    hours = ServiceFile.model_validate({"hours": ALWAYS})
    return setting(tasks=TasksFile.model_validate(tasks | more), directory=DIRECTORY, service=hours)


def task(key: str = KEY, task_id: str = "00T1", ago: int = 2 * HOUR, **properties):
    made = record(System.SALESFORCE, "task", task_id, Syncd_Key__c=key, OwnerId=SELLER, Status="Not Started")
    values = {**made.properties, "IsClosed": False, **properties}
    return type(made)(**{**as_fields(made), "created_at": Instant(NOW - ago), "properties": values})


def as_fields(made):
    return {name: getattr(made, name) for name in made.__dataclass_fields__}


def sales(kind: str = "call", ago: int = HOUR, **said):
    return Touch(Instant(NOW - ago), f"salesforce:task:{kind}", kind, said, "sales")


def planned(one, rules):
    plan = build_plan([one], rules, "c", ("portal", "org"))
    return [change for change in plan.changes if change.object == "task"], plan


def reminder_of(rules, entries=None) -> str:
    """The key of the reminder that is made for the one task."""
    (made,), _ = planned(case(lead(), tasks=[task()], entries=entries), rules)
    return made.key[1]


REMIND = {"tell": ["record_owner"]}


@pytest.mark.parametrize("stage", [Stage.RECYCLED, Stage.CUSTOMER])
def test_a_reminder_is_closed_with_its_task_when_sales_is_done_with_the_person(stage):
    rules = given(REMIND)
    both = [task(), task(reminder_of(rules), "00T2", MINUTE)]
    changes, _ = planned(case(lead(), tasks=both, entries=[entry(), entry(stage, ago=MINUTE)]), rules)
    assert {(change.id, change.values["Status"]) for change in changes} == {
        ("00T1", "Completed"),
        ("00T2", "Completed"),
    }


@pytest.mark.parametrize("answer", ["call", "done", "next stage"])
def test_a_reminder_is_closed_once_sales_answered(answer):
    rules = given(REMIND)
    first = task(IsClosed=True, Status="Completed") if answer == "done" else task()
    entries = [entry(), entry(Stage.SQL, ago=MINUTE)] if answer == "next stage" else None
    touches = [sales()] if answer == "call" else []
    one = case(lead(), tasks=[first, task(reminder_of(rules), "00T2", MINUTE)], entries=entries, touches=touches)
    changes, _ = planned(one, rules)
    assert [(change.id, change.values) for change in changes] == [("00T2", {"Status": "Completed"})]


def test_of_two_people_who_became_one_the_second_reminder_is_closed_and_none_is_made():
    rules = given(REMIND)
    old = PersonId("p-old")
    theirs = case(lead(), tasks=[task(task_key(old, 1, "follow_up"))])
    theirs = type(theirs)(type(theirs.dossier)(old, records=theirs.dossier.records), theirs.facts, theirs.verdict)
    tasks = [
        task(ago=3 * HOUR),
        task(task_key(old, 1, "follow_up"), "00T2"),
        task(reminder_of(rules), "00T3", HOUR),
        task(task_key(old, 1, "follow_up not touched after 1 h: record_owner"), "00T4", MINUTE),
    ]
    changes, _ = planned(case(lead(), tasks=tasks, former=[old]), rules)
    assert sorted((change.id, change.values) for change in changes) == [
        ("00T2", {"Status": "Completed"}),
        ("00T4", {"Status": "Completed"}),
    ]


def test_a_reminder_that_somebody_of_the_two_had_is_not_made_again():
    rules = given(REMIND)
    old = PersonId("p-old")
    done = {task_key(old, 1, "follow_up not touched after 1 h: record_owner")}
    assert planned(case(lead(), tasks=[task()], former=[old], done_keys=done), rules)[0] == []


def test_a_task_that_a_rep_ticked_off_is_an_attempt_and_no_contact():
    ticked = task(IsClosed=True, Status="Completed")
    assert planned(case(lead(), tasks=[ticked]), given(REMIND))[0] == []
    for until in ("contacted", "qualified"):
        (made,), _ = planned(case(lead(), tasks=[ticked]), given(REMIND | {"until": until}))
        assert (made.purpose, made.owner) == ("task", SELLER)


@pytest.mark.parametrize(
    ("until", "outcome", "stopped"),
    [
        ("touched", "No answer", True),
        ("contacted", "No answer", False),
        ("contacted", "Connected", True),
        ("qualified", "Connected", False),
    ],
)
def test_an_attempt_a_contact_and_a_qualification_stop_different_clocks(until, outcome, stopped):
    one = case(lead(), tasks=[task()], touches=[sales(outcome=outcome)])
    assert (planned(one, given(REMIND | {"until": until}))[0] == []) is stopped


def test_the_next_stage_stops_the_clock_that_waits_for_qualification():
    one = case(lead(), tasks=[task()], entries=[entry(), entry(Stage.SQL, ago=MINUTE)])
    assert planned(one, given(REMIND | {"until": "qualified"}))[0] == []


def test_whoever_would_get_a_task_that_is_done_gets_one_of_their_own():
    ticked = task(IsClosed=True, Status="Completed")
    (made,), _ = planned(
        case(lead(), tasks=[ticked]), given({"until": "contacted", "tell": [], "reassign": "fallback"})
    )
    assert (made.purpose, made.owner, made.values["WhoId"]) == ("task", DESK, "00Q1")
    again = case(lead(), tasks=[ticked], done_keys={made.key[1]})
    assert planned(again, given({"until": "contacted", "tell": [], "reassign": "fallback"}))[0] == []


def test_telling_somebody_and_handing_over_to_them_are_two_things_each_done_once():
    rules = given({"tell": ["fallback"], "reassign": "fallback"})
    both, _ = planned(case(lead(), tasks=[task()]), rules)
    keys = {change.key[1] for change in both}
    assert len(keys) == 2
    for key in keys:
        (left,), _ = planned(case(lead(), tasks=[task()], done_keys={key}), rules)
        assert left.key[1] in keys - {key}


def test_two_clocks_of_one_length_are_told_apart_by_what_stops_them():
    changes, plan = planned(
        case(lead(), tasks=[task()]),
        given({"tell": ["record_owner", "alerts"]}, {"tell": ["record_owner", "alerts"], "until": "contacted"}),
    )
    assert len({change.key for change in changes}) == 2
    assert set(plan.decisions[0].overdue) == {"follow_up not touched after 1 h", "follow_up not contacted after 1 h"}


def test_a_task_that_a_new_cycle_took_over_has_the_whole_time_again():
    taken_over = task(task_key(ANNA, 2, "follow_up"), ago=30 * DAY)
    one = case(lead(), tasks=[taken_over], entries=[entry(cycle=2, ago=MINUTE)])
    changes, plan = planned(one, given(REMIND))
    assert changes == []
    assert plan.decisions[0].due_at == NOW - MINUTE + HOUR


def test_a_rule_that_is_new_makes_no_flood_about_what_was_late_long_ago():
    old = case(lead(), tasks=[task(ago=20 * DAY)], entries=[entry(ago=20 * DAY)])
    changes, plan = planned(old, given({"tell": ["record_owner", "alerts"]}))
    assert changes == []
    assert plan.decisions[0].overdue == ("follow_up not touched after 1 h",)


@pytest.mark.parametrize(("tell", "told"), [(["record_owner"], [DESK]), (["record_owner", "fallback"], [DESK])])
def test_of_a_task_whose_owner_has_left_the_fallback_is_told_once(tell, told):
    left = Directory({**DIRECTORY.sellers, SELLER[:15]: Seller(SELLER, "anna@us.example", active=False, human=True)})
    changes, _ = planned(case(lead(), tasks=[task()]), replace(given({"tell": tell}), directory=left))
    assert [one.owner for one in changes] == told


def test_a_task_of_a_purpose_that_the_file_has_no_more_is_closed_when_sales_is_done_and_not_before():
    old = task(task_key(ANNA, 1, "old_purpose"))
    done = {task_key(ANNA, 1, "old_purpose"), KEY}
    assert planned(case(lead(), tasks=[old], done_keys=done), given())[0] == []
    over = [entry(), entry(Stage.CUSTOMER, ago=MINUTE)]
    (closed,), _ = planned(case(lead(), tasks=[old], done_keys=done, entries=over), given())
    assert (closed.id, closed.values) == ("00T1", {"Status": "Completed"})
    theirs = case(lead(), tasks=[task("somebody-elses")], done_keys=done, entries=over)
    assert planned(theirs, given())[0] == []


def test_a_task_that_somebody_deleted_is_nobodys_to_answer():
    gone = type(task())(**{**as_fields(task()), "deleted": True})
    assert planned(case(lead(), tasks=[gone]), given(REMIND | {"until": "qualified"}))[0] == []


def test_due_dates_and_clocks_go_by_the_hours_of_the_owner():
    """Wednesday nine o'clock: Anna is off until Monday, the desk works as the team does."""
    off = {"people": ["anna@us.example"], "holidays": ["2026-06-10", "2026-06-11", "2026-06-12"]}
    hours = {"hours": {"days": ["mon", "tue", "wed", "thu", "fri"], "others": [off]}}
    rules = given(REMIND | {"after": "1 working hour"})
    rules = replace(rules, service=ServiceFile.model_validate(hours))
    (annas,), _ = planned(case(lead()), rules)
    (desks,), _ = planned(case(lead(OwnerId=DESK)), rules)
    assert (annas.values["ActivityDate"], desks.values["ActivityDate"]) == ("2026-06-15", "2026-06-11")
    later = replace(rules, now=Instant(NOW + 4 * HOUR))
    assert planned(case(lead(), tasks=[task(ago=0)]), later)[0] == []
    (made,), _ = planned(case(lead(), tasks=[task(ago=0, OwnerId=DESK)]), later)
    assert made.owner == DESK
