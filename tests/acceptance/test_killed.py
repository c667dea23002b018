"""kill -9 at any call, then any of apply, sync or run: the same end state, no task twice, and the ledger verifies."""

from __future__ import annotations

import pytest

from tests.world import World, is_write

WRITES = 4
"""Calls that write the town: updates of contacts and of leads, new leads, tasks."""


def finish(world: World, command: str) -> None:
    if command == "run":
        assert world.serve_until("records read").code == 0
    else:
        ran = world.run(command)
        assert ran.code == 0, ran


def test_a_calm_first_apply_takes_four_writing_calls(world, undisturbed):
    world.town()
    seen = []
    with world.hook("salesforce", lambda request: is_write(request) and not seen.append(request), {}):
        assert world.run("apply").code == 0
    assert len(seen) == WRITES
    assert len(undisturbed["tasks"]) == 11
    assert world.state() == undisturbed


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", range(1, WRITES + 1))
def test_an_apply_killed_at_a_write_is_finished(world, undisturbed, nth, after):
    world.town()
    with world.killed_at("salesforce", is_write, nth, after=after):
        assert world.run("apply").code == -9
    finish(world, ("apply", "sync", "run")[(nth + after) % 3])
    assert world.state() == undisturbed
    assert world.ledger_is_sound()
    assert not world.cycle("sync").plan.changes


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", [1, 2])
def test_an_apply_killed_around_its_canary_is_finished_by_sync(world, nth, after):
    """The first of two calls of one kind; the creates guard does not stop the sync that ends first contact."""
    for place in range(45):
        world.person(f"n{place:02}")
    with world.killed_at("salesforce", is_write, nth, after=after):
        assert world.run("apply").code == -9
    ran = world.cycle("sync")
    assert (ran.exit_code, len(world.records("Lead")), len(world.tasks())) == (0, 45, 45)
    assert not world.cycle("sync").plan.changes
    assert world.ledger_is_sound()


def any_call(request):
    return "/limits" not in request.path


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("system", "nth"), [("hubspot", 3), ("hubspot", 6), ("salesforce", 8), ("salesforce", 12)])
def test_a_pull_killed_at_a_call_loses_nothing(world, undisturbed, system, nth, after):
    world.town()
    with world.killed_at(system, any_call, nth, after=after):
        assert world.run("apply").code == -9
    assert world.cycle("apply").exit_code == 0
    assert world.state() == undisturbed
    assert world.ledger_is_sound()
