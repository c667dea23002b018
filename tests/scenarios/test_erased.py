"""A request to forget somebody says what to do wherever people look."""

from __future__ import annotations

from tests.scenarios.knowing import a_day_passes


def test_who_was_erased_in_hubspot_is_named_where_people_look_with_what_to_do(world):
    contact = world.person("ada")
    world.cycle("apply")
    world.portal.people.erase(contact)
    a_day_passes(world)
    assert world.cycle().run.quarantined == 1
    ((_, message),) = world.set_aside()
    assert f"syncd forget hubspot:{contact}" in message
    assert f"syncd forget hubspot:{contact}" in world.here("status").out
    assert "erased" in world.here("quarantine", "list").out
