"""The guards: a plan that changes more than a usual one waits for a person."""

from __future__ import annotations

import pytest

from syncd.files.service_file import Guards
from syncd.model.change import CREATE_LEAD, TASK, UPDATE, Change, Plan
from syncd.model.person import PersonId
from syncd.plan.guard import Known, holding, way_on

GUARDS = Guards.model_validate({"at_least": 10, "tasks_per_owner": 3})


def plan(count, purpose=UPDATE, **more):
    changes = [
        Change("salesforce", "lead", purpose, PersonId(f"p{place}"), f"00Q{place}", None, (), "why", **more)
        for place in range(count)
    ]
    return Plan(changes, (), (), "d", "c", ("portal", "org"))


def held(plan, known, forced=(), guards=GUARDS):
    return [one.key for one in holding(plan, guards, known, forced)]


@pytest.mark.parametrize(("records", "keys"), [(20, []), (19, ["creates"])])
def test_creates_are_held_above_their_share_and_not_at_it(records, keys):
    assert held(plan(10, CREATE_LEAD), Known(records)) == keys


def test_fewer_changes_than_at_least_are_never_held():
    assert held(plan(9, CREATE_LEAD), Known(0)) == []
    assert held(plan(9, overwrites=True, demotes=True), Known(9)) == []


def test_the_share_of_creates_is_not_judged_at_first_contact():
    assert held(plan(500, CREATE_LEAD), Known(0, first_contact=True)) == []


def test_an_org_without_records_is_no_division_by_zero():
    found = holding(plan(10, CREATE_LEAD), GUARDS, Known(0))
    assert [one.says for one in found] == ["creates are 10 of 0 records (all), more than 50%"]


def test_only_what_takes_the_place_of_something_counts_as_an_update():
    assert held(plan(20), Known(20)) == []
    assert held(plan(20, overwrites=True), Known(20)) == ["updates"]


def test_demotions_have_a_share_of_their_own():
    assert held(plan(10, demotes=True), Known(100)) == ["demotions"]
    assert held(plan(10, demotes=True), Known(200)) == []


def test_no_owner_gets_more_tasks_than_the_file_says():
    assert held(plan(3, TASK, owner="005A"), Known(1)) == []
    assert held(plan(4, TASK, owner="005A"), Known(1)) == ["tasks_per_owner"]


def test_an_emptied_source_holds_any_plan_unless_the_file_says_not_to():
    known = Known(10, ["hubspot.contact"])
    assert held(plan(1), known) == ["empty_source"]
    assert held(plan(1), known, guards=Guards.model_validate({"empty_source": "false"})) == []


def test_the_message_shows_count_total_share_and_the_exact_override():
    found = holding(plan(15, overwrites=True, demotes=True), GUARDS, Known(20))
    assert [one.says for one in found] == [
        "updates are 15 of 20 records (75.0%), more than 50%",
        "demotions are 15 of 20 records (75.0%), more than 5%",
    ]
    assert "`syncd sync --force updates --force demotions`" in way_on(found, "sync")


def test_a_forced_guard_lets_pass_and_the_others_still_hold():
    unsafe = plan(15, overwrites=True, demotes=True)
    assert held(unsafe, Known(20), forced=["updates"]) == ["demotions"]
    assert held(unsafe, Known(20), forced=["updates", "demotions"]) == []
