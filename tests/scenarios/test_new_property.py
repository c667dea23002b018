"""A property that a changed file asks for is read of everybody before anybody is judged by it."""

from __future__ import annotations

from tests.world import World


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
