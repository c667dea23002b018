"""A crash after any call and any commit, one by one until none is left: the next cycle ends as if none had been.

What a CRM and the store hold changes with calls and commits only, so a crash before one is the crash after the one
before it. A handful of real kills is in tests/acceptance/test_killed.py.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from syncd.store import intents, streams, tables
from tests.scenarios.test_kept_in_salesforce import OBJECT, kept, send
from tests.simulator.inside import COMMIT, SYSTEMS, Crash, Inside, Trouble

BACK = "\nback:\n  backward: returns\n  stages: {mql: marketingqualifiedlead, recycled: lead}\n"
PURPOSES = {"update", "create", "task", "tend", "tell", "list", "anchor"}
MOST = 200
"""More events than a cycle has of one kind."""


class CrashAfter(Trouble):
    """A crash after the n-th event of a place, once."""

    def __init__(self, place: str, n: int) -> None:
        self.at, self.happened = (place, n), False

    def after(self, place: str, n: int) -> None:
        if (place, n) == self.at and not self.happened:
            self.happened = True
            raise Crash


@pytest.fixture(scope="module")
def morning(tmp_path_factory) -> Inside:
    """A world in which the next cycle has something of everything to do."""
    world = Inside(tmp_path_factory.mktemp("morning"))
    nurture = world.portal.people.make_list("Nurture")
    world.edit("fields.yaml", "\nnames:", f"{BACK}  lists: {{nurture: '{nurture}'}}\n\nnames:")
    world.org.add_object(OBJECT)
    send(world)
    for name in ("ada", "bob", "cleo", "dan"):
        world.person(name)
    world.person("eve", seen=None)
    world.contact("bob")
    gus, hal = world.person("gus", seen=None), world.person("hal")
    assert world.cycle("apply").exit_code == 0
    world.time.sleep(3_600)
    rows = {row["Email"]: row["Id"] for row in world.org.rows("Lead")}
    world.org.update("Lead", rows["ada@acme.example"], {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    world.org.convert(rows["cleo@acme.example"], opportunity=False)
    double = world.lead("dan")
    world.org.merge(rows["dan@acme.example"], double)
    world.contacts["hal"] = world.portal.people.merge(hal, gus)
    del world.contacts["gus"]
    world.visit(world.contacts["eve"])
    world.person("fay", seen=0)
    world.lead("ivy")
    world.person("ivy", seen=0)
    world.time.sleep(600)
    return world


def end(world: Inside):
    """All that may not differ: both CRMs, who is on the list, which checkpoints are kept, how far everything was read,
    and what was decided.
    """
    members = [sorted(one.members) for one in world.portal.lists.all()]
    checkpoints = [one["Checkpoint__c"] for one in kept(world)]
    return world.state(), members, checkpoints, cursors(world), decided(world)


def cursors(world: Inside):
    with world.store() as store, store.reading() as tx:
        return [(one.system, one.kind, one.watermark, one.until, one.after_id, one.gap) for one in streams.all(tx)]


def decided(world: Inside):
    """The entries in force, by whom they rest on; no write may be left open."""
    c = tables.entry.c
    with world.store() as store, store.reading() as tx:
        assert intents.open_ones(tx) == []
        rows = tx.execute(select(c.stage, c.cycle, c.at, c.left_at, c.source).where(c.superseded_at.is_(None)))
        return sorted(map(str, rows))


@pytest.fixture(scope="module")
def calm(morning, tmp_path_factory):
    world = morning.twice(tmp_path_factory.mktemp("calm"))
    outcome = world.cycle()
    assert (outcome.exit_code, set(outcome.run.applied)) == (0, PURPOSES)
    return end(world)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("place", [*SYSTEMS, COMMIT])
def test_a_cycle_that_crashes_anywhere_is_finished_by_the_next(morning, calm, tmp_path, place):
    for n in range(1, MOST):
        directory = tmp_path / str(n)
        directory.mkdir()
        world = morning.twice(directory)
        world.trouble = CrashAfter(place, n)
        try:
            world.cycle()
        except Crash:
            assert world.cycle().exit_code == 0, (place, n)
        assert end(world) == calm, (place, n)
        assert world.ledger_is_sound(), (place, n)
        if not world.trouble.happened:
            return
    pytest.fail(f"more than {MOST} events")
