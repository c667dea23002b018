"""Whom activities in HubSpot are about: asked a thousand a call, for each kind of them, and only of what is new."""

from __future__ import annotations

import pytest

from connectors.records import System
from connectors.sandbox.hubspot import Row
from syncd.desk import Order, Run
from syncd.model.instant import instant_of
from syncd.pull import pull
from syncd.store import references
from syncd.store.runs import RunId
from tests.world import DAYS, World

MANY = 1_900
KINDS = {"call": "calls", "meeting": "meetings", "email": "emails", "note": "notes", "task": "tasks"}


def read(world: World, desk) -> None:
    pull(desk, Run(RunId("read"), Order("sync"), instant_of(world.clock())))


def asked(world: World, objects: str) -> tuple[int, int]:
    """Calls so far for whom activities are about, and searches for them."""
    paths = [call.path for call in world.twin.servers[0].journal]
    return sum(f"/{objects}/contacts/batch/read" in one for one in paths), sum(
        f"/{objects}/search" in one for one in paths
    )


@pytest.mark.parametrize("kind", KINDS)
def test_whom_activities_are_about_costs_a_call_a_thousand_and_their_kind(world, kind):
    objects, portal = KINDS[kind], world.portal
    people = [world.person(name, seen=None) for name in "ab"]
    born = world.begun - 30 * DAYS
    rows = (Row({"hs_timestamp": born.strftime("%Y-%m-%dT%H:%M:%SZ")}, born) for _ in range(MANY))
    made = portal.load(objects, rows)
    portal.load_associations(objects, "contacts", ((one, people[number % 2]) for number, one in enumerate(made)))
    with world.desk() as desk:
        read(world, desk)
        associations, searches = asked(world, objects)
        assert associations == -(-MANY // 1_000)
        assert searches <= -(-MANY // 200) + 1
        with desk.store.reading() as tx:
            named = references.named(tx, System.HUBSPOT, kind, made)
        assert [named[one][0].id for one in made] == [people[number % 2] for number in range(MANY)]
        read(world, desk)
        assert asked(world, objects)[0] == associations
