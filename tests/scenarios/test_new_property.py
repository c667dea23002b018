"""A property that a changed file asks for is read of everybody before anybody is judged by it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.records import System
from syncd.cycle import run_cycle
from syncd.desk import Order, Stopped
from syncd.store import mirror
from tests.world import World

READ_ALL_ALONG = "read:\n  town: {from: hubspot.contact.city}\n"
"""A property that is read of everybody, and whose past nobody has asked for yet."""


def ask(world: World) -> None:
    world.edit("fields.yaml", "read:\n", "read:\n  plan: {from: hubspot.contact.plan_text}\n")
    world.edit("fields.yaml", "write:\n", "write:\n  salesforce.lead.City: {from: plan, owner: fill_empty}\n")


def city(world: World) -> str | None:
    return world.records("Lead")["a@acme.example"].get("City")


def test_a_value_of_long_ago_is_known_in_the_very_cycle_that_first_asks_for_it(world):
    world.portal.define_property("contacts", "plan_text")
    world.person("a", plan_text="gold")
    assert world.cycle("apply").exit_code == 0
    world.cycle()  # what was written to HubSpot comes back
    assert world.cycle().run.pulled.get("hubspot.contact") == 0
    ask(world)
    outcome = world.cycle()
    assert outcome.run.pulled["hubspot.contact"] == 1
    assert city(world) == "gold"
    again = world.cycle()
    assert (again.run.pulled["hubspot.contact"], again.plan.changes) == (0, ())


def test_a_reading_that_was_cut_off_goes_on_and_is_not_taken_for_the_whole(world):
    world.portal.define_property("contacts", "plan_text")
    world.person("a", plan_text="gold")
    assert world.cycle("apply").exit_code == 0
    ask(world)

    def search(request):
        return "contacts/search" in request.path

    with world.killed_at("hubspot", search, 1, after=False):
        assert world.run("sync").code == -9
    assert world.cycle().exit_code == 0
    assert city(world) == "gold"


def moved_house(world: World, name: str) -> None:
    """Somebody whose town changed long before syncd came."""
    contact = world.person(name, city="Bremen")
    world.portal.update("contacts", contact, {"city": "Ghent"}, world.begun - timedelta(days=9))


def towns(world: World, name: str) -> list[object]:
    with world.store() as store, store.reading() as tx:
        found = mirror.get(tx, System.HUBSPOT, "contact", [world.contacts[name]])
    return [version[1] for version in found[world.contacts[name]].history.get("city", ())]


def histories_read(world: World) -> int:
    return sum("contacts/batch/read" in call.path for call in world.twin.servers[0].journal)


def test_the_past_of_what_begins_to_be_watched_is_read_of_those_who_did_not_change(world):
    moved_house(world, "a")
    moved_house(world, "b")
    assert world.cycle("apply").exit_code == 0
    world.cycle()
    assert towns(world, "a") == []
    before = histories_read(world)
    world.edit("fields.yaml", "read:\n", READ_ALL_ALONG)
    run = world.cycle().run
    assert (run.pulled["hubspot.contact"], run.pulled["hubspot.contact history"]) == (0, 2)
    assert histories_read(world) - before == 1
    assert towns(world, "a") == towns(world, "b") == ["Bremen", "Ghent"]
    assert "hubspot.contact history" not in world.cycle().run.pulled


def test_a_past_that_was_cut_off_is_told_in_status_and_read_to_its_end(world, monkeypatch):
    monkeypatch.setattr("syncd.reading.watched.AT_ONCE", 1)
    moved_house(world, "a")
    moved_house(world, "b")
    assert world.cycle("apply").exit_code == 0
    world.cycle()
    world.edit("fields.yaml", "read:\n", READ_ALL_ALONG)
    with world.desk() as desk:
        desk.stopping = lambda: bool(towns(world, "a") or towns(world, "b"))
        with pytest.raises(Stopped):
            run_cycle(desk, Order("sync"))
    assert sorted([towns(world, "a"), towns(world, "b")]) == [[], ["Bremen", "Ghent"]]
    assert "the past of city is being read" in world.run("status").out
    before = histories_read(world)
    world.cycle()
    assert towns(world, "a") == towns(world, "b") == ["Bremen", "Ghent"]
    assert histories_read(world) - before == 1
    assert "the past of" not in world.run("status").out
