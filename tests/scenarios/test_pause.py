"""The brake holds all writing, by command and by file, also in the middle of a run; who and why are in the ledger."""

from __future__ import annotations

import pytest

from syncd.brakes.pause import Paused
from syncd.store import ledger
from tests.world import is_write


def told(world, kind):
    with world.store() as store, store.reading() as tx:
        return [dict(row.data) for row in ledger.read(tx, kind=kind)]


@pytest.mark.parametrize("command", ["apply", "sync"])
def test_a_paused_syncd_reads_and_plans_and_writes_nothing(world, command):
    world.town()
    before = world.state()
    assert world.here("pause", "--reason", "the price list is wrong").code == 0
    held = world.here(command, "--json")
    assert (held.code, held.data["stopped_by"], held.data["applied"]) == (4, "pause", {})
    assert held.data["planned"]
    assert "the price list is wrong" in held.document["error"]["message"]
    assert "syncd resume" in held.document["error"]["next_step"]
    assert world.state() == before
    assert world.here("status", "--json").data["paused"]["why"] == "the price list is wrong"
    assert "PAUSED: " in world.here("status").out
    assert world.here("resume", "--reason", "mended").code == 0
    assert world.cycle("apply").exit_code == 0
    assert world.tasks()
    (paused,), (resumed,) = told(world, "paused"), told(world, "resumed")
    assert (paused["why"], paused["by"], resumed["why"]) == ("the price list is wrong", "command", "mended")
    assert paused["who"] == resumed["who"] != ""
    assert world.ledger_is_sound()


def test_a_second_pause_keeps_the_first_reason_and_resume_is_asked_once(world):
    assert world.here("pause", "--reason", "one").code == 0
    assert world.here("pause", "--reason", "two", "--json").data["why"] == "one"
    assert world.here("resume", "--json").data == {"resumed": True, "held_by": None}
    assert world.here("resume", "--json").data == {"resumed": False, "held_by": None}


def test_a_file_pauses_as_long_as_it_is_there(world):
    world.town()
    file = world.config / "PAUSE"
    file.write_text("audit week\nsecond line\n")
    for _ in range(2):
        outcome = world.cycle("apply")
        assert (outcome.exit_code, outcome.stopped_by) == (4, "pause")
        assert outcome.stop is not None
        assert "audit week" in outcome.stop.message
    assert [(one["by"], one["why"]) for one in told(world, "paused")] == [("file", "audit week")]
    still = world.here("resume")
    assert still.code == 4
    assert "take the file PAUSE out" in still.out
    file.unlink()
    assert world.cycle("apply").exit_code == 0
    assert [one["by"] for one in told(world, "resumed")] == ["file"]


def test_a_file_that_cannot_be_read_pauses_too(world):
    (world.config / "PAUSE").mkdir()
    assert world.cycle("apply").stopped_by == "pause"


def test_a_pause_ends_a_run_that_is_writing_after_the_call_in_hand(world):
    world.town()

    def pause() -> None:
        (world.config / "PAUSE").write_text("stop")

    with world.hook("salesforce", is_write, {1: pause}), pytest.raises(Paused, match="stop"):
        world.cycle("apply")
    assert world.tasks() == {}
    (world.config / "PAUSE").unlink()
    assert world.cycle().exit_code == 0
    assert len(world.tasks()) == 11
    assert world.ledger_is_sound()


def test_what_is_forced_is_kept_with_who_and_why(world):
    world.edit("syncd.yaml", "tasks_per_owner: 100", "tasks_per_owner: 1")
    world.town()
    assert world.here("apply").code == 4
    forced = world.here("apply", "--force", "tasks_per_owner", "--why", "spring fair", "--json")
    assert forced.code == 0
    (one,) = told(world, "forced")
    assert (one["guards"], one["why"]) == (["tasks_per_owner"], "spring fair")
    assert one["who"]
