"""What reading sales' work costs of a day's calls: little when idle, and one more per 200 changes written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import unquote_plus

import pytest

from connectors.records import System
from connectors.sandbox.server import Request
from syncd.cycle import run_cycle
from syncd.desk import Order
from syncd.model.instant import HOUR, Instant
from syncd.store import streams
from tests.world import World, is_write

SLOW = ("user", "group", "account", "campaign", "opportunity_history", "lead_history", "contact_history")
"""What moves slowly, or dates what moved."""


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    with made.twin:
        yield made


def cycle(desk, command: str = "sync") -> int:
    """One cycle, and how many calls Salesforce was asked."""
    before = desk.salesforce.calls
    order = Order(command, by_hand=command == "apply", forced=("updates", "tasks_per_owner"))
    assert run_cycle(desk, order).exit_code == 0
    return desk.salesforce.calls - before


@contextmanager
def watched(world: World) -> Iterator[list[Request]]:
    """The calls that Salesforce is asked meanwhile."""
    seen: list[Request] = []

    def note(request: Request) -> bool:
        seen.append(request)
        return False

    with world.hook("salesforce", note, {}):
        yield seen


def queries(seen: list[Request]) -> str:
    return " ".join(unquote_plus(f"{call.path}?{call.query} {call.body.decode()}") for call in seen)


def an_hour_passes(desk) -> None:
    with desk.store.transaction() as tx:
        for kind in SLOW:
            state = streams.get(tx, System.SALESFORCE, kind)
            if state.watermark is not None:
                streams.save(tx, replace(state, watermark=Instant(state.watermark - 2 * HOUR)))


def test_an_idle_cycle_takes_at_most_three_calls_and_slow_things_are_read_hourly(world):
    world.org.track("Lead", "Status")
    world.org.track("Contact", "Title")
    world.town()
    slow = ("FROM User", "FROM Account", "FROM Campaign ", "FROM LeadHistory", "FROM OpportunityHistory")
    with world.desk() as desk:
        cycle(desk, "apply")
        cycle(desk)
        with watched(world) as seen:
            assert cycle(desk) <= 3
        assert [name for name in slow if name in queries(seen)] == []
        an_hour_passes(desk)
        with watched(world) as seen:
            assert cycle(desk) <= 3
        assert [name for name in slow if name in queries(seen)] == list(slow)


@pytest.mark.parametrize("changes", [150, 350])
def test_two_hundred_changes_are_written_in_one_call_after_a_canary_of_each_kind(world, changes):
    for place in range(changes):
        name = f"p{place:03}"
        world.person(name, seen=20)
        world.lead(name)
    with world.desk() as desk:
        cycle(desk, "apply")
        for contact in world.contacts.values():
            world.portal.update("contacts", contact, {"lifecyclestage": "salesqualifiedlead"})
        with watched(world) as seen:
            cycle(desk)
    leads_and_tasks, canaries = 2 * -(-changes // 200), 2
    assert sum(map(is_write, seen)) <= leads_and_tasks + canaries
