"""What HubSpot lists contact by contact is asked of those only whose counters moved."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl

from connectors.records import System
from syncd.store import mirror
from tests.world import World


def asked_for_views(world: World) -> list[str]:
    """The contacts that HubSpot was asked for the page views of, so far."""
    calls = world.twin.servers[0].journal
    return [dict(parse_qsl(call.query))["objectId"] for call in calls if "/event-occurrences/" in call.path]


def views(world: World) -> int:
    with world.store() as store, store.reading() as tx:
        return mirror.count(tx, System.HUBSPOT, "page_view")


def test_page_views_are_asked_of_contacts_whose_counter_moved(world):
    world.portal.tier = "enterprise"
    world.edit("fields.yaml", "read:\n", "events: [page_view]\nread:\n")
    for name in ("a", "b", "c"):
        world.person(name)
    before = world.begun - timedelta(hours=1)
    world.portal.people.visit(world.contacts["a"], "https://us.example/pricing", at=before)
    assert world.cycle("apply").exit_code == 0
    assert (asked_for_views(world), views(world)) == ([world.contacts["a"]], 1)
    world.portal.update("contacts", world.contacts["c"], {"phone": "1"})
    world.cycle()
    assert asked_for_views(world) == [world.contacts["a"]]
    world.portal.people.visit(world.contacts["b"], "https://us.example/pricing")
    world.cycle()
    assert (asked_for_views(world), views(world)) == ([world.contacts["a"], world.contacts["b"]], 2)
