"""A plan that is applied later: people may be somebody else by then, or nobody."""

from __future__ import annotations

from tests.world import just_now


def test_a_plan_that_was_made_before_brings_nobody_back_who_was_forgotten_since(world):
    world.person("ann")
    world.person("ben")
    plan = world.cycle("plan").plan
    assert world.here("forget", "ann@acme.example", "--yes").code == 0
    world.apply(plan)
    assert set(world.records("Lead")) == {"ben@acme.example"}
    assert world.ledger_is_sound()


def test_of_two_people_who_became_one_since_a_plan_was_made_only_one_becomes_a_lead(world):
    """A plan file names people as they were: who is somebody else by now is judged anew, and no proof breaks."""
    world.person("a")
    world.person("b")
    plan = world.cycle("plan").plan
    world.org.clock = just_now
    world.portal.merge(world.contacts["a"], world.contacts["b"], just_now())
    outcome = world.apply(plan)
    assert (len(world.org.rows("Lead")), len(world.tasks()), outcome.run.moved > 0) == (1, 1, True)
    assert world.ledger_is_sound()
    for _ in range(3):
        world.cycle()
    assert (len(world.org.rows("Lead")), len(world.tasks())) == (1, 1)
    assert world.cycle().plan.changes == ()
    assert world.ledger_is_sound()
