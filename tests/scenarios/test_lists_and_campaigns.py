"""Who joins a list, or answers a campaign, did something: both are touches."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from syncd.model.instant import HOUR, Instant, iso
from syncd.store import streams
from syncd.store.database import open_store
from tests.world import World

LAST_CAMPAIGN = "hs_analytics_last_touch_converting_campaign"


def touches(world: World, name: str, kind: str) -> list[str]:
    """When the journey of a contact has touches of a kind."""
    entries = world.run("journey", f"hubspot:{world.contacts[name]}", "--json").data["entries"]
    return [one["at"] for one in entries if one["kind"] == kind]


def an_hour_passes(world: World) -> None:
    """Lists are read hourly."""
    with closing(open_store(world.store_url)) as store, store.transaction() as tx:
        state = streams.get(tx, "hubspot", "list_join")
        streams.save(tx, replace(state, watermark=Instant(state.watermark - 2 * HOUR)))


def test_another_converting_campaign_is_a_touch_without_a_word_in_the_files(world: World) -> None:
    ada = world.person("a", seen=None)
    world.cycle("apply")
    world.portal.update("contacts", ada, {LAST_CAMPAIGN: "Spring webinar"})
    world.cycle()
    assert len(touches(world, "a", "campaign")) == 1
    world.portal.update("contacts", ada, {LAST_CAMPAIGN: "Autumn webinar"})
    world.cycle()
    assert len(touches(world, "a", "campaign")) == 2


def test_who_joins_a_list_that_the_files_name_has_a_touch_once(world: World) -> None:
    newsletter = world.portal.people.make_list("Newsletter")
    world.edit("fields.yaml", "\nnames:", f"\njoins: ['{newsletter}']\n\nnames:")
    world.edit(
        "definitions.yaml", "signals:\n", "signals:\n  subscribed: {of: list_join, where: {list: {is: Newsletter}}}\n"
    )
    world.person("a", seen=None)
    world.person("b", seen=None)
    world.cycle("apply")
    assert touches(world, "a", "list_join") == []
    chosen = world.portal.lists.live(newsletter)
    world.portal.lists.join(chosen, [world.contacts["a"]], world.portal.now())
    an_hour_passes(world)
    assert world.cycle().run.pulled["hubspot.list_join"] == 1
    assert len(touches(world, "a", "list_join")) == 1
    assert touches(world, "b", "list_join") == []
    an_hour_passes(world)
    assert world.cycle().run.pulled["hubspot.list_join"] == 0


def test_members_of_a_list_that_is_named_later_are_read_with_the_day_on_which_they_joined(world: World) -> None:
    first, second = (world.portal.people.make_list(name) for name in ("Newsletter", "Beta"))
    world.edit("fields.yaml", "\nnames:", f"\njoins: ['{first}']\n\nnames:")
    world.person("a", seen=None)
    long_ago = world.portal.now() - 40 * 24 * 3_600_000
    world.portal.lists.join(world.portal.lists.live(second), [world.contacts["a"]], long_ago)
    world.cycle("apply")
    assert touches(world, "a", "list_join") == []
    world.edit("fields.yaml", f"joins: ['{first}']", f"joins: ['{first}', '{second}']")
    world.cycle()
    (joined,) = touches(world, "a", "list_join")
    assert joined == iso(Instant(long_ago))


@pytest.mark.parametrize("counted", [True, False])
def test_a_list_that_is_gone_is_a_gap_where_a_rule_counts_it(world: World, counted: bool) -> None:  # noqa: FBT001
    world.edit("fields.yaml", "\nnames:", "\njoins: ['77']\n\nnames:")
    if counted:
        world.edit("definitions.yaml", "signals:\n", "signals:\n  subscribed: {of: list_join}\n")
    world.person("a", seen=None)
    gaps = world.cycle("apply").run.gaps
    assert ("hubspot.list_join" in gaps) is counted
