"""Checkpoints that Salesforce keeps: a change about nobody, planned, guarded, written and noted like every other."""

from __future__ import annotations

import json
import signal
import sqlite3

import pytest

from connectors.sandbox.server import Fault
from syncd.store import held
from tests.world import is_write

OBJECT = """# Syncd_Checkpoint__c a0X w | syncd checkpoint | syncd checkpoints
@audit
OwnerId | reference Group User | rcud
Name | string 80 | rd
Syncd_Key__c | string 64 | cuxqsi
Entries__c | double 18.0 | cu
Made_At__c | datetime | cu
Checkpoint__c | textarea 4000 | cun
"""
KIND = "Syncd_Checkpoint__c"


@pytest.fixture
def keeping(world):
    """A world whose org has the object, and whose files send checkpoints there."""
    world.org.add_object(OBJECT)
    send(world)
    return world


def send(world, every="1 day", places="salesforce"):
    with (world.config / "syncd.yaml").open("a") as file:
        file.write(f"\naudit: {{checkpoint_every: {every}, send_to: [{places}]}}\n")


def kept(world):
    return world.org.rows(KIND)


def of_a_checkpoint(request):
    return is_write(request) and KIND in request.path


def test_a_checkpoint_is_shown_by_the_next_plan_written_once_and_proves_the_ledger(keeping):
    keeping.person("ann")
    assert keeping.here("apply").code == 0
    assert kept(keeping) == []
    shown = keeping.here("plan", "--json").data
    assert shown["planned"] == {"anchor": 1}
    assert {row["object"] for row in shown["changes"]} == {KIND}
    assert kept(keeping) == []
    assert keeping.here("sync", "--json").data["applied"] == {"anchor": 1}
    (row,) = kept(keeping)
    line = json.loads(row["Checkpoint__c"])
    assert row["Syncd_Key__c"] == f"{line['entries']}-{line['head']}"[:64]
    assert row["Entries__c"] == line["entries"]
    assert keeping.here("sync", "--json").data["applied"] == {}
    assert len(kept(keeping)) == 1
    assert keeping.here("audit", "verify", "--against", "salesforce").code == 0
    with sqlite3.connect(keeping.directory / "syncd.db") as connection:
        connection.execute("DROP TRIGGER ledger_no_delete")
        connection.execute("DELETE FROM ledger WHERE seq >= ?", (line["entries"],))
    assert keeping.here("audit", "verify", "--against", "salesforce", "--chain-only").code == 7


def test_what_keeping_one_leaves_in_the_ledger_is_no_reason_for_another(world):
    world.org.add_object(OBJECT)
    send(world, every="0.01 seconds")
    world.person("ann")
    assert world.cycle("apply").exit_code == 0
    for _ in range(4):
        assert world.cycle().exit_code == 0
    there, entries = len(kept(world)), world.here("audit", "head", "--json").data["entries"]
    assert there > 0
    for _ in range(3):
        assert world.cycle().plan.changes == ()
    assert (len(kept(world)), world.here("audit", "head", "--json").data["entries"]) == (there, entries)


def test_a_checkpoint_is_in_no_guards_share_and_ends_no_first_contact(keeping):
    keeping.edit("syncd.yaml", "at_least: 25", "at_least: 1")
    keeping.person("ann", seen=None)
    assert keeping.here("sync").code == 4
    assert keeping.here("sync").code == 4
    assert kept(keeping) == []
    assert keeping.here("apply").code == 0
    assert len(kept(keeping)) == 1
    assert keeping.here("sync").code == 4


def test_a_pause_holds_it_and_it_goes_when_that_ends(keeping):
    keeping.person("ann")
    assert keeping.here("apply").code == 0
    assert keeping.here("pause", "--reason", "audit").code == 0
    assert keeping.here("sync").code == 4
    assert kept(keeping) == []
    with keeping.store() as store, store.reading() as tx:
        assert held.waiting(tx) is None  # nobody needs to look at it
    assert keeping.here("resume").code == 0
    assert keeping.here("sync").code == 0
    assert len(kept(keeping)) == 1


def test_without_the_object_it_is_set_aside_for_the_admin_and_all_else_is_written(world):
    send(world)
    world.person("ann")
    assert world.here("apply").code == 0
    world.person("bob")
    ran = world.here("sync", "--json")
    assert (ran.code, ran.data["applied"]["create"], "anchor" in ran.data["applied"]) == (1, 1, False)
    (case,) = world.here("quarantine", "list", "--json").data["cases"]
    assert (case["who"], case["kind"]) == ("Salesforce admin", KIND)
    assert world.here("sync").code == 0
    assert world.here("audit", "verify").code == 0
    world.org.add_object(OBJECT)
    assert world.here("quarantine", "retry", case["id"]).code == 0
    assert world.here("sync", "--json").data["applied"] == {"anchor": 1}
    assert len(kept(world)) == 1
    assert world.here("quarantine", "list", "--json").data["cases"] == []
    assert world.here("audit", "verify").code == 0


def test_checkpoints_that_are_refused_one_after_the_other_are_one_case(world):
    send(world, every="0.01 seconds")
    world.person("ann")
    assert world.cycle("apply").exit_code == 0
    for name in ("bob", "cid"):
        world.person(name)
        assert world.cycle().run.quarantined == 1
    assert len(world.here("quarantine", "list", "--json").data["cases"]) == 1


def test_a_field_that_is_missing_sets_aside_the_whole_record_and_no_part_of_it(keeping):
    keeping.person("ann")
    assert keeping.here("apply").code == 0
    keeping.org.remove_field(KIND, "Checkpoint__c")
    assert keeping.here("sync").code == 1
    assert kept(keeping) == []


def test_it_cannot_be_taken_back_and_says_why(keeping):
    keeping.person("ann")
    assert keeping.here("apply").code == 0
    run = keeping.here("sync", "--json").data["run"]
    told = keeping.here("undo", run, "--plan", "--json").data
    assert told["changes"] == []
    assert ["it proves the ledger" in one["why"] for one in told["left"]] == [True]
    assert len(kept(keeping)) == 1


def test_a_write_whose_answer_is_lost_is_found_again_and_not_repeated(keeping):
    keeping.person("ann")
    assert keeping.here("apply").code == 0
    with keeping.fault("salesforce", of_a_checkpoint, 1, Fault(reset=True, after_effect=True)):
        assert keeping.here("sync").code in (0, 5)
    assert keeping.here("sync").code == 0
    assert len(kept(keeping)) == 1
    assert keeping.ledger_is_sound()


@pytest.mark.parametrize("after", [False, True])
def test_one_that_was_killed_at_its_write_is_there_once(keeping, after):
    keeping.person("ann")
    assert keeping.here("apply").code == 0
    with keeping.killed_at("salesforce", of_a_checkpoint, 1, after=after):
        assert keeping.run("sync").code == -signal.SIGKILL
    for _ in range(2):
        assert keeping.here("sync").code == 0
    assert len(kept(keeping)) == 1
    assert keeping.here("audit", "verify", "--against", "salesforce").code == 0


def test_an_object_that_is_taken_away_while_a_write_to_it_is_open_stops_no_later_run(keeping):
    keeping.person("ann")
    assert keeping.here("apply").code == 0
    with keeping.killed_at("salesforce", of_a_checkpoint, 1, after=True):
        assert keeping.run("sync").code == -signal.SIGKILL
    keeping.org.remove_object(KIND)
    keeping.person("bob")
    ran = keeping.here("sync", "--json")
    assert (ran.code, ran.data["applied"]["create"]) == (1, 1)
    assert keeping.here("sync").code == 0
    assert keeping.ledger_is_sound()


def test_doctor_says_what_is_missing_and_the_package_has_it(world, tmp_path):
    send(world)
    ran = world.here("doctor", "--json")
    told = {(one["object"], one["field"]): one for one in ran.data["checks"] if one["state"] != "ok"}
    assert ran.code == 7
    assert (told[KIND, None]["who"], "--salesforce-package" in told[KIND, None]["fix"]) == ("Salesforce admin", True)
    world.org.add_object(OBJECT)
    world.org.remove_field(KIND, "Entries__c")
    ran = world.here("doctor", "--json")
    told = {(one["object"], one["field"]): one["state"] for one in ran.data["checks"]}
    assert (ran.code, told[KIND, "Entries__c"], told[KIND, "Syncd_Key__c"]) == (7, "missing", "ok")
    assert world.here("doctor", "--salesforce-package", str(tmp_path / "package")).code == 0
    made = tmp_path / "package" / "force-app/main/default/objects" / KIND
    assert sorted(path.name.split(".")[0] for path in (made / "fields").iterdir()) == [
        "Checkpoint__c",
        "Entries__c",
        "Made_At__c",
        "Syncd_Key__c",
    ]
