"""What HubSpot lists contact by contact is asked of those only whose counters moved."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from connectors.errors import Unreachable
from connectors.records import System
from connectors.sandbox.server import Fault
from syncd.store import mirror
from tests.simulator.inside import Inside
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


def test_who_took_part_in_an_event_is_seen_within_a_day_though_nothing_else_of_them_moves(tmp_path):
    """HubSpot counts people with an event, and nothing with a contact."""
    world = Inside(tmp_path)
    world.edit("fields.yaml", "read:\n", "events: [marketing_event]\nread:\n")
    for name in ("a", "b"):
        world.person(name, seen=None)
    webinar = world.portal.people.announce_event("Webinar", "WEBINAR")
    for _ in range(3):
        world.cycle("apply")
        world.time.sleep(1_800)

    def takes_part(name: str) -> None:
        world.portal.people.attend(world.contacts[name], webinar, "ATTENDED", at=world.just_now())

    def taken_part() -> int:
        world.cycle()
        with world.store() as store, store.reading() as tx:
            return mirror.count(tx, System.HUBSPOT, "marketing_event")

    takes_part("a")
    world.time.sleep(1_800)
    assert taken_part() == 0
    world.portal.update("contacts", world.contacts["a"], {"jobtitle": "Head"}, world.just_now())
    assert taken_part() == 1
    takes_part("b")
    world.time.sleep(86_400)
    assert taken_part() == 2


def test_who_moves_while_a_reading_that_was_broken_off_waits_is_asked_next(tmp_path):
    """It goes on after the last contact that was kept, and looks back at nobody before."""
    world = Inside(tmp_path)
    world.portal.tier = "enterprise"
    world.edit("fields.yaml", "read:\n", "events: [page_view]\nread:\n")
    for name in ("a", "b", "c"):
        world.person(name)
    low, middle, high = sorted(world.contacts.values(), key=int)
    world.cycle("apply")

    def visit(contact: str, times: int = 1) -> None:
        world.time.sleep(60)
        for _ in range(times):
            world.portal.people.visit(contact, "https://us.example/pricing", at=world.just_now())

    visit(middle, 200)  # as many as a page holds
    visit(high)
    world.lines[0].fault = lambda asked: Fault(reset=True) if asked.arg("objectId") == high else None
    with pytest.raises(Unreachable):
        world.cycle()
    world.lines[0].fault = lambda _: world.time.sleep(1)  # every call takes its time
    visit(low)
    visit(high)
    for _ in range(2):
        world.cycle()
        world.time.sleep(60)
    assert views(world) == 203
