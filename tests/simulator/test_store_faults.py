"""A full disk, a store that may only be read, one that is in use, damaged or lost, and a clock that jumps."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from syncd.cycle import run_cycle
from syncd.desk import Order
from syncd.store import database
from syncd.store.errors import StoreBroken, StoreBusy

APPLY = Order("apply", by_hand=True)
HOLDER = """
import sys
from syncd.store.database import open_store
with open_store(sys.argv[1]).writer(5):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def with_pragma(store: database.Store, pragma: str):
    """Every connection of the store has it from now on."""
    store._engine.dispose()
    event.listen(store._engine, "connect", lambda made, _: made.execute(f"PRAGMA {pragma}"))
    yield


def test_a_disk_that_is_full_stops_the_run_anywhere_and_nothing_is_lost_or_done_twice(town, calm, tmp_path):
    """Three pages more of room each time, until there is enough."""
    pages = (town.directory / "syncd.db").stat().st_size // database.PAGE_BYTES
    stopped = 0
    for room in range(0, 300, 3):
        directory = tmp_path / str(room)
        directory.mkdir()
        world = town.twice(directory)
        try:
            with world.desk() as desk, with_pragma(desk.store, f"max_page_count={pages + room}"):
                run_cycle(desk, APPLY)
            break
        except StoreBroken as error:
            assert error.message.endswith("cannot grow: the disk is full")  # noqa: PT017  a loop, until there is room
            stopped += 1
        assert world.cycle("apply").exit_code == 0
        assert world.state() == calm, room
        assert world.ledger_is_sound()
    assert stopped > 5
    assert world.state() == calm


def test_a_store_that_may_only_be_read_is_told_and_nothing_is_written_anywhere(town, tmp_path):
    world = town.twice(tmp_path)
    before = world.state()
    with world.desk() as desk, with_pragma(desk.store, "query_only=ON"):
        with pytest.raises(StoreBroken, match="may only be read by us; check who owns it"):
            run_cycle(desk, APPLY)
    assert world.state() == before


def test_a_store_that_another_process_writes_is_busy_and_the_command_ends_with_six(town, tmp_path):
    world = town.twice(tmp_path)
    command = [sys.executable, "-c", HOLDER, world.store_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        told = world.here("sync", "--wait", "0", "--json")
        assert (told.code, told.error["code"]) == (6, "store_busy")
        assert f"process {holder.pid}" in told.error["message"]
        holder.stdin.close()
    assert world.cycle("apply").exit_code == 0


def test_a_database_that_somebody_locks_by_other_means_is_busy(town, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 50)
    world = town.twice(tmp_path)
    with world.desk() as desk:
        other = database.open_store(world.store_url)
        with other.transaction(), pytest.raises(StoreBusy, match="another process"):
            run_cycle(desk, APPLY)
        other.close()
        assert run_cycle(desk, APPLY).exit_code == 0


def test_a_damaged_store_is_refused_as_it_is_and_moving_it_away_doubles_nothing(town, calm, tmp_path):
    world = town.twice(tmp_path)
    assert world.cycle("apply").exit_code == 0
    path = world.directory / "syncd.db"
    path.write_bytes(b"no page of a database " * 500)
    for wal in world.directory.glob("syncd.db-*"):
        wal.unlink()
    damaged = path.read_bytes()
    told = world.here("sync", "--json")
    assert (told.code, told.error["code"]) == (2, "store_broken")
    assert "move it away" in told.error["message"] + told.error["next_step"]
    assert path.read_bytes() == damaged
    path.rename(tmp_path / "damaged")
    assert world.cycle("apply").exit_code == 0
    assert world.state() == calm
    assert world.cycle().plan.changes == ()


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_jumps_and_comes_back_changes_nothing(town, calm, tmp_path, hours):
    """The decisions of a wrong hour may be wrong, windows and keys are not: this town's do not hang on an hour."""
    world = town.twice(tmp_path)
    world.time.skew = timedelta(hours=hours)
    world.cycle("apply")
    for skew in (timedelta(0), timedelta(hours=-hours), timedelta(0)):
        world.time.skew = skew
        world.time.sleep(600)
        assert world.cycle().exit_code == 0
    assert len(world.tasks()) == len(calm["tasks"])
    assert world.state()["leads"].keys() == calm["leads"].keys()
    assert world.cycle().plan.changes == ()
    assert world.ledger_is_sound()
