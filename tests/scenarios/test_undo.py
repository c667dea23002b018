"""Taking back a run: what is still ours gets back what stood there before, and the rest is named. It stays so."""

from __future__ import annotations

import pytest

from syncd.store import runs
from tests.world import World, just_now


def last_run(world: World) -> str:
    with world.store() as store, store.reading() as tx:
        return next(one.id for one in runs.recent(tx, 9) if one.summary.get("applied"))


def values(world: World) -> dict[str, dict[str, object]]:
    """What Salesforce has of everybody, but for what only tells who wrote it."""
    rows = {**world.records("Lead"), **world.records("Contact")}
    return {
        mail: {name: value for name, value in row.items() if value is not None and name != "LastModifiedById"}
        for mail, row in rows.items()
    }


@pytest.fixture
def written(world):
    """Two leads and a contact are staged, one lead is made, and all have tasks."""
    for name in ("a", "b", "c", "new"):
        world.person(name)
    for name in ("a", "b"):
        world.lead(name)
    world.contact("c")
    world.before = values(world)
    assert world.cycle("apply").exit_code == 0
    return world


def test_a_run_is_taken_back_where_the_value_is_still_ours_and_stays_so(written):
    run = last_run(written)
    shown = written.here("undo", run, "--plan", "--json")
    assert shown.code == 0
    assert {one["field"] for one in shown.data["changes"]} >= {"Lifecycle_Stage__c", "MQL_At__c", "Title"}
    assert values(written) != written.before
    ran = written.here("undo", run, "--why", "wrong price list", "--json")
    assert (ran.code, ran.data["stopped_by"], ran.data["moved"]) == (0, None, 0)
    after = values(written)
    assert {mail: after[mail] for mail in written.before} == written.before
    assert {(one["object"], "untouched" in one["why"]) for one in ran.data["left"]} >= {("lead", True), ("task", True)}
    assert written.here("undo", run, "--json").data["changes"] == []
    for _ in range(2):
        again = written.cycle()
        assert again.exit_code == 0
        assert not {one.id for one in again.plan.changes if one.system == "salesforce" and one.purpose == "update"}
    assert {mail: values(written)[mail] for mail in written.before} == written.before
    assert written.ledger_is_sound()


def test_what_was_taken_back_is_written_again_when_the_verdict_changes(written):
    assert written.here("undo", last_run(written)).code == 0
    lead = next(row["Id"] for row in written.org.rows("Lead") if row["Email"].startswith("a@"))
    written.org.update("Lead", lead, {"Status": "Disqualified", "Reject_Reason__c": "No Need"}, just_now())
    assert written.cycle().exit_code == 0
    rows = written.records("Lead")
    assert rows["a@acme.example"]["Lifecycle_Stage__c"] == "Disqualified"
    assert rows["b@acme.example"].get("Lifecycle_Stage__c") is None
    held = written.here("quarantine", "list", "--cause", "undone", "--json").data["cases"]
    assert len(held) == 3


def test_what_was_taken_back_is_written_again_when_the_files_change_or_somebody_asks(written):
    assert written.here("undo", last_run(written)).code == 0
    held = written.here("quarantine", "list", "--cause", "undone", "--json").data["cases"]
    assert len(held) == 4  # HubSpot was told of the new lead, too
    assert written.here("quarantine", "retry", held[0]["id"]).code == 0
    assert written.cycle().exit_code == 0
    assert len(written.here("quarantine", "list", "--cause", "undone", "--json").data["cases"]) == 3
    written.edit("syncd.yaml", "tasks_per_owner: 100", "tasks_per_owner: 99")
    assert written.cycle().exit_code == 0
    assert written.here("quarantine", "list", "--cause", "undone").out == "Nothing is set aside.\n"
    assert written.records("Lead")["b@acme.example"]["Lifecycle_Stage__c"] == "MQL"


def test_what_somebody_changed_since_stays_and_is_named(written):
    run = last_run(written)
    lead = next(row["Id"] for row in written.org.rows("Lead") if row["Email"].startswith("a@"))
    written.org.update("Lead", lead, {"Title": "Chief of all"}, just_now())
    task = written.org.rows("Task")[0]["Id"]
    written.org.update("Task", task, {"Subject": "Mine now"}, just_now())
    assert written.cycle().exit_code == 0
    ran = written.here("undo", run, "--json")
    moved = next(one for one in ran.data["left"] if one["id"] == lead)
    assert (moved["why"], moved["fields"]) == ("somebody changed it since", ["Title"])
    assert "worked on" in next(one["why"] for one in ran.data["left"] if one["id"] == task)
    row = written.records("Lead")["a@acme.example"]
    assert (row["Title"], row.get("Lifecycle_Stage__c")) == ("Chief of all", None)


def test_what_changed_since_the_last_pull_is_seen_before_the_write(written):
    run = last_run(written)
    lead = next(row["Id"] for row in written.org.rows("Lead") if row["Email"].startswith("a@"))
    written.org.update("Lead", lead, {"Title": "Chief of all"}, just_now())
    ran = written.here("undo", run, "--json")
    assert (ran.code, ran.data["moved"]) == (1, 1)
    assert written.records("Lead")["a@acme.example"]["Title"] == "Chief of all"


def test_the_same_guards_hold_and_a_pause_does_not(world):
    for place in range(30):
        world.person(f"n{place:02}")
        world.lead(f"n{place:02}")
    assert world.cycle("apply").exit_code == 0
    run = last_run(world)
    assert world.here("pause").code == 0
    held = world.here("undo", run, "--json")
    assert held.code == 4
    assert f"`syncd undo {run} --force" in held.document["error"]["next_step"]
    assert "--force demotions" in held.document["error"]["next_step"]
    assert all(row["Lifecycle_Stage__c"] == "MQL" for row in world.records("Lead").values())
    assert world.here("undo", run, "--force", "demotions", "--force", "updates", "--why", "test").code == 0
    assert all(row.get("Lifecycle_Stage__c") is None for row in world.records("Lead").values())
    assert world.ledger_kinds().count("undone") == 1


def test_an_undo_can_be_taken_back_itself(written):
    staged = values(written)
    assert written.here("undo", last_run(written)).code == 0
    assert written.here("undo", last_run(written)).code == 0
    after = values(written)
    assert {mail: after[mail] for mail in written.before} == {mail: staged[mail] for mail in written.before}


def test_a_run_that_wrote_nothing_is_a_usage_error(written):
    idle = written.cycle().run.id
    for run in (idle, "nothing"):
        ran = written.here("undo", run, "--json")
        assert (ran.code, ran.error["code"]) == (2, "no_such_run")
