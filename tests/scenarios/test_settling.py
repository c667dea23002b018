"""Nobody is finished with too early, and nobody is kept waiting for nothing."""

from __future__ import annotations

from datetime import timedelta

from syncd.model.instant import instant_of
from tests.world import DAYS, NOW, just_now


def test_what_happened_between_a_plan_and_its_apply_is_judged_by_the_next_cycle(world):
    world.person("a")
    late = world.person("b", seen=None)
    world.cycle("apply")
    world.visit(world.person("c", seen=None))
    plan = world.cycle("plan").plan
    world.visit(late)
    assert world.apply(plan).exit_code == 0
    assert set(world.records("Lead")) == {"a@acme.example", "c@acme.example"}
    world.cycle()
    assert "b@acme.example" in world.records("Lead")


def test_a_refusal_that_was_mended_by_hand_is_not_shown_for_ever(world):
    lead = world.lead("a")
    world.org.add_validation_rule("Lead", "Not now", lambda row, _old: bool(row.get("Lifecycle_Stage__c")), "Email")
    world.person("a")
    assert world.cycle("apply").exit_code == 1
    assert len(world.set_aside()) == 1
    world.org.writer.validation_rules.clear()
    wanted = world.cycle("plan", later=timedelta(days=2)).plan.changes[0].values
    world.org.update("Lead", lead, wanted, just_now())
    assert world.cycle(later=timedelta(days=2)).exit_code == 0
    assert world.set_aside() == []


def test_a_guard_that_somebody_let_pass_is_in_the_ledger_even_where_nobody_is_left_alone(world):
    world.person("a")
    assert world.cycle("apply", forced=("creates",), who="anna").exit_code == 0
    assert "forced" in world.ledger_kinds()


def test_a_fresh_mql_that_a_backfill_came_upon_gets_its_task_from_the_next_cycle(world):
    world.person("a")
    world.cycle("apply")
    world.person("b")
    world.cycle("backfill", since=instant_of(NOW - 60 * DAYS))
    assert len(world.tasks()) == 1
    world.cycle()
    assert len(world.tasks()) == 2
    assert not world.cycle().plan.changes


def test_versions_of_the_definitions_that_come_into_force_are_applied_to_everybody(world):
    world.person("a")
    world.person("small", seen=2, jobtitle="Clerk")
    text = (world.config / "definitions.yaml").read_text()
    (world.config / "definitions-before.yaml").write_text(text)
    day = (just_now() + timedelta(days=3)).date().isoformat()
    (world.config / "definitions.yaml").write_text(f"effective_from: {day}\n" + text)
    assert world.cycle("apply").exit_code == 0
    world.cycle()  # what was written comes back, and is looked at once
    before, after = world.cycle(), world.cycle(later=timedelta(days=4))
    assert before.plan.decisions == ()
    assert len(after.plan.decisions) == 2
    assert before.plan.definitions != after.plan.definitions


def test_whoever_loses_a_task_to_somebody_else_is_looked_at_as_well(world):
    world.person("a")
    world.person("b")
    world.cycle("apply")
    world.cycle()
    leads = {row["Email"][0]: row["Id"] for row in world.org.rows("Lead")}
    task = world.org.create("Task", {"WhoId": leads["a"], "Subject": "Called", "Status": "Completed"}, just_now())
    assert len(world.cycle("apply").plan.decisions) == 1
    world.org.update("Task", task, {"WhoId": leads["b"]}, just_now())
    assert len(world.cycle().plan.decisions) == 2


def test_what_a_colleague_does_is_counted_and_only_where_a_rule_counts_it(world):
    world.person("a", seen=None)
    world.person("alone", seen=None, company=False)
    other = world.person("b", seen=None)
    file = world.config / "definitions.yaml"
    text = file.read_text()
    world.cycle("apply")
    world.visit(other)
    assert len(world.cycle("apply").plan.decisions) == 1
    anyone = text.replace("pricing_visit: {at_least: 1,", "pricing_visit: {anyone_at_company: true, at_least: 1,")
    assert anyone != text
    file.write_text(anyone)
    assert set(world.records("Lead")) == {"b@acme.example"}
    world.cycle()
    assert set(world.records("Lead")) == {"a@acme.example", "b@acme.example"}
    late = world.person("c", seen=None)
    world.cycle()
    assert "c@acme.example" in world.records("Lead")
    world.cycle()  # reads back the tasks that we made ourselves
    assert not world.cycle().plan.decisions
    world.visit(late)
    assert len(world.cycle().plan.decisions) == 3
