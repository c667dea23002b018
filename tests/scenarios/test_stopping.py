"""First contact, guards, moved records and plan files: what keeps a run from writing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.plan.render import PlanRefused, as_file, from_file
from tests.world import DAYS, NOW, is_read_back, just_now


def quiet_town(world, count=40):
    """People whom both CRMs know and about whom nothing is to be done: what shares are judged against."""
    for place in range(count):
        world.person(f"q{place:02}", seen=None)
        world.lead(f"q{place:02}")
    assert world.cycle("apply").exit_code == 0


def held(outcome):
    assert (outcome.exit_code, dict(outcome.run.applied)) == (4, {})
    return f"{outcome.stop.message} {outcome.stop.next_step}"


@pytest.mark.parametrize("command", ["sync", "run", "backfill"])
def test_first_contact_stops_after_the_plan_and_names_apply(world, command):
    world.town()
    before = world.state()
    since = {"since": int((NOW - 90 * DAYS).timestamp() * 1000)} if command == "backfill" else {}
    for _ in range(2):
        outcome = world.cycle(command, **since)
        assert "syncd apply" in held(outcome)
        assert outcome.stopped_by == "first contact"
        assert outcome.plan.changes
    assert world.state() == before
    assert world.cycle("apply").exit_code == 0
    assert world.cycle(command, **since).exit_code == 0


@pytest.mark.parametrize("command", ["sync", "backfill"])
def test_plan_only_never_writes_and_is_done(world, command):
    world.edit("syncd.yaml", "mode: apply", "mode: plan_only")
    world.town()
    before = world.state()
    since = {"since": int((NOW - 90 * DAYS).timestamp() * 1000)} if command == "backfill" else {}
    outcome = world.cycle(command, **since)
    assert (outcome.exit_code, outcome.stopped_by) == (0, "plan only")
    assert outcome.plan.changes
    assert world.state() == before


def test_too_many_new_leads_wait_for_a_person_who_forces_them(world):
    quiet_town(world)
    for place in range(30):
        world.person(f"n{place:02}", seen=20)
    world.visit(world.contacts["q00"], 20)
    said = held(world.cycle())
    for part in ("30", "40", "75", "50", "--force creates"):
        assert part in said
    assert len(world.records("Lead")) == 40
    assert world.cycle(forced=("updates",)).exit_code == 4
    assert world.cycle(forced=("creates",), who="rita").exit_code == 0
    assert len(world.records("Lead")) == 70
    assert world.ledger_kinds().count("forced") == 1


def test_overwriting_most_records_waits_for_a_person(world):
    quiet_town(world)
    world.edit("fields.yaml", "{from: job_title, owner: fill_empty}", "{from: job_title, owner: hubspot_wins}")
    for name, contact in world.contacts.items():
        world.portal.update("contacts", contact, {"jobtitle": f"Clerk {name}"}, just_now())
    said = held(world.cycle())
    for part in ("40 of 40", "100", "50", "--force updates"):
        assert part in said
    assert world.cycle(forced=("updates",)).exit_code == 0
    assert world.records("Lead")["q07@acme.example"]["Title"] == "Clerk q07"
    assert world.ledger_kinds().count("forced") == 1


def test_too_many_tasks_for_one_owner_wait_for_a_person(world):
    world.edit("syncd.yaml", "tasks_per_owner: 100", "tasks_per_owner: 10")
    for place in range(11):
        world.person(f"n{place:02}")
    said = held(world.cycle("apply"))
    for part in ("11", "10", "--force tasks_per_owner"):
        assert part in said
    assert world.cycle("apply", forced=("tasks_per_owner",)).exit_code == 0
    assert len(world.tasks()) == 11


def test_a_source_that_lost_everybody_holds_a_plan_that_would_write(world):
    quiet_town(world)
    for contact in world.contacts.values():
        world.portal.archive("contacts", contact)
    world.portal.clock = lambda: datetime.now(UTC) + 2 * DAYS
    for row in world.org.rows("Lead")[:35]:
        world.org.update("Lead", row["Id"], {"Status": "Disqualified", "Reject_Reason__c": "No Need"})
    for _ in range(2):
        said = held(world.cycle())
        assert "hubspot.contact" in said
        assert "--force empty_source" in said
    assert world.cycle(forced=("empty_source", "updates", "entries")).exit_code == 0


def test_a_field_that_a_human_moved_loses_only_its_own_change(world):
    for name in ("a", "b"):
        world.person(name)
        world.lead(name)
    moved = next(row["Id"] for row in world.org.rows("Lead") if row["Email"].startswith("a"))

    def human() -> None:
        world.org.update("Lead", moved, {"Title": "Chief of all"})

    with world.hook("salesforce", is_read_back, {1: human}):
        outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.moved) == (1, 1)
    rows = world.records("Lead")
    assert (rows["a@acme.example"]["Title"], rows["a@acme.example"]["Lifecycle_Stage__c"]) == ("Chief of all", "MQL")
    assert rows["b@acme.example"]["Title"] == "Head of IT"
    assert len(world.tasks()) == 2
    again = world.cycle()
    assert (again.exit_code, again.plan.changes) == (0, ())
    assert world.records("Lead")["a@acme.example"]["Title"] == "Chief of all"


def test_a_lead_deleted_between_plan_and_write_stops_nobody_else(world):
    for name in ("a", "b"):
        world.person(name)
        world.lead(name)
    gone = next(row["Id"] for row in world.org.rows("Lead") if row["Email"].startswith("a"))
    with world.hook("salesforce", is_read_back, {1: lambda: world.org.delete("Lead", gone)}):
        outcome = world.cycle("apply")
    assert outcome.exit_code == 1
    assert set(world.records("Lead")) == {"b@acme.example"}
    for _ in range(2):
        assert world.cycle(later=DAYS / 24).exit_code == 0
    assert set(world.records("Lead")) == {"b@acme.example"}
    assert [task["who"] for task in world.tasks().values()] == ["b@acme.example"]
    assert world.set_aside() == []


def test_a_plan_file_writes_what_it_shows_and_twice_makes_nothing_twice(world):
    world.town()
    plan = world.cycle("plan").plan
    same, _ = from_file(as_file(plan, 0))
    assert world.apply(same).exit_code == 0
    state = world.state()
    assert len(state["tasks"]) == 11
    assert world.apply(same).exit_code == 0
    assert world.cycle().exit_code == 0
    assert world.apply(same).exit_code == 0
    assert world.state() == state
    assert world.ledger_is_sound()


def test_what_was_learned_after_a_plan_file_is_not_lost_by_applying_it(world):
    contact = world.person("a")
    world.lead("a")
    plan = world.cycle("plan").plan
    world.portal.update("contacts", contact, {"phone": "+49 30 1"}, just_now())
    world.cycle("plan")
    assert world.apply(plan).exit_code == 0
    assert world.cycle().exit_code == 0
    assert world.records("Lead")["a@acme.example"]["Phone"] == "+49 30 1"


def test_a_plan_file_makes_no_second_lead_of_whom_somebody_made_one_meanwhile(world):
    world.person("a")
    world.person("b")
    plan = world.cycle("plan").plan
    world.lead("a")
    outcome = world.apply(plan)
    assert (outcome.exit_code, outcome.run.moved) == (1, 1)
    assert len(world.records("Lead")) == 2
    assert world.cycle().exit_code == 0
    assert len(world.records("Lead")) == len(world.tasks()) == 2


def test_an_altered_plan_file_is_refused_whole(world):
    world.person("a")
    data = as_file(world.cycle("plan").plan, 0)
    data["changes"][0]["fields"][0]["after"] = "altered"
    with pytest.raises(PlanRefused, match="altered"):
        from_file(data)


def test_an_apply_of_nothing_does_not_end_first_contact(world):
    """Nothing was meant to be written yet, so the first real plan still waits for a person."""
    assert world.cycle("apply").exit_code == 0
    for place in range(30):
        world.person(f"n{place:02}", seen=20)
    assert world.cycle().stopped_by == "first contact"
    assert world.cycle("apply").exit_code == 0
    assert len(world.records("Lead")) == 30


def test_a_property_that_suddenly_went_empty_holds_a_plan_until_it_is_back_or_forced(world):
    quiet_town(world)
    for contact in world.contacts.values():
        world.portal.update("contacts", contact, {"jobtitle": ""}, just_now())
    world.visit(world.contacts["q00"])
    for _ in range(2):
        said = held(world.cycle())
        assert "hubspot.contact.jobtitle is empty in 40 of 40 records that had it (100.0%, more than 50%)" in said
        assert "--force emptied" in said
    for contact in world.contacts.values():
        world.portal.update("contacts", contact, {"jobtitle": "Head of IT"}, just_now())
    assert world.cycle().exit_code == 0
    for contact in world.contacts.values():
        world.portal.update("contacts", contact, {"jobtitle": ""}, just_now())
    world.visit(world.contacts["q01"])
    assert world.cycle(forced=("emptied",)).exit_code == 0
    world.visit(world.contacts["q02"])
    assert world.cycle().exit_code == 0


def test_a_definition_that_suddenly_matches_everybody_holds_a_plan(world):
    quiet_town(world)
    for contact in world.contacts.values():
        world.visit(contact)
    said = held(world.cycle())
    assert "entries into MQL are 40 of 40 people (100.0%), more than 50%" in said
    assert world.cycle(forced=("entries", "updates")).exit_code == 0


def lets_in(world, *, nobody):
    """Change the definitions so that nobody becomes an MQL, or something that changes nobody."""
    file = world.config / "definitions.yaml"
    old, new = ("[/pricing, /plans]", "[/preise, /plans]") if nobody else ("half_life: 14 days", "half_life: 15 days")
    text = file.read_text()
    assert old in text
    examples = text.index("\nexamples:")
    file.write_text(text[:examples].replace(old, new))


def many_mqls(world, count=30):
    for place in range(count):
        world.person(f"m{place:02}")
        world.lead(f"m{place:02}")
    assert world.cycle("apply").exit_code == 0


def test_a_definition_that_suddenly_matches_nobody_is_held_though_nothing_would_be_written(world):
    many_mqls(world)
    lets_in(world, nobody=True)
    for _ in range(2):
        outcome = world.cycle()
        said = held(outcome)
        assert "30 of the last 30 people in MQL would not enter it now (100.0%, more than 90%)" in said
        assert "--force unmatched" in said
    assert world.cycle(forced=("unmatched",), who="rita").exit_code == 0
    assert world.ledger_kinds().count("forced") == 1
    assert world.cycle().exit_code == 0


def test_a_changed_definition_that_matches_the_same_people_holds_nothing_on_a_quiet_weekend(world):
    many_mqls(world)
    world.portal.clock = world.org.clock = lambda: datetime.now(UTC) + 3 * DAYS
    assert world.cycle().exit_code == 0
    lets_in(world, nobody=False)
    assert world.cycle().exit_code == 0


def test_fewer_people_than_at_least_say_nothing_about_changed_definitions(world):
    many_mqls(world, 5)
    lets_in(world, nobody=True)
    assert world.cycle().exit_code == 0


def test_a_stage_that_its_own_rule_would_empty_holds_a_plan(world):
    file = world.config / "definitions.yaml"
    file.write_text(file.read_text().replace("  mql:\n", "  mql:\n    leave: when_false\n", 1))
    many_mqls(world)
    later = 80 * DAYS
    world.portal.clock = world.org.clock = lambda: datetime.now(UTC) + later
    said = held(world.cycle(later=later))
    assert "exits from MQL are 30 of 30 people (100.0%), more than 50%" in said
    assert "--force exits" in said
