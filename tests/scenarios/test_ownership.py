"""Who wins where both CRMs hold a value, under every ownership and both ways, and what is never overwritten."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from tests.scenarios.knowing import met
from tests.typed import MODES, prepare
from tests.world import World, is_read_back, just_now

NEAR, FAR = "near", "far"
LOW, HIGH = "low", "high"


@pytest.fixture
def one(world) -> tuple[World, str, str]:
    """Somebody in both CRMs, whose kept fields are empty: (world, HubSpot contact, Lead)."""
    prepare(world)
    return world, *met(world)


def both(world: World, contact: str, lead: str, mode: str) -> tuple[str | None, str | None]:
    return world.portal.values("contacts", contact).get(mode), world.org.get("Lead", lead).get(f"{mode}__c")


def say(world: World, contact: str, lead: str, mode: str, near: str | None, far: str | None) -> None:
    """Let people say something, HubSpot's four seconds before Salesforce's."""
    if near:
        world.portal.update("contacts", contact, {mode: near}, just_now() - timedelta(seconds=4))
    if far:
        world.org.update("Lead", lead, {f"{mode}__c": far}, just_now(), world.seller)


def decided(one: tuple[World, str, str], said: dict[str, tuple]) -> dict[str, tuple]:
    """What both sides hold by mode when people said these, and syncd is done: the next cycle finds nothing to do."""
    world, contact, lead = one
    for mode, (near, far) in said.items():
        say(world, contact, lead, mode, near, far)
    assert world.cycle().exit_code == 0
    assert world.cycle().plan.changes == ()
    return {mode: tuple(value or None for value in both(world, contact, lead, mode)) for mode in said}


def test_each_ownership_decides_between_two_values(one):
    said = dict.fromkeys(MODES, (NEAR, FAR)) | {"forward_only": (LOW, HIGH)}
    assert decided(one, said) == {
        "hubspot_wins": (NEAR, NEAR),
        "salesforce_wins": (FAR, FAR),
        "newest_wins": (FAR, FAR),
        "fill_empty": (NEAR, FAR),
        "forward_only": (HIGH, HIGH),
    }


def test_each_ownership_decides_where_salesforce_is_silent(one):
    filled = dict.fromkeys(MODES, (NEAR, NEAR)) | {"forward_only": (LOW, LOW), "salesforce_wins": (NEAR, None)}
    assert decided(one, {mode: (near, None) for mode, (near, _) in filled.items()}) == filled


def test_each_ownership_decides_where_hubspot_is_silent(one):
    filled = dict.fromkeys(MODES, (FAR, FAR)) | {"forward_only": (LOW, LOW), "hubspot_wins": (None, FAR)}
    assert decided(one, {mode: (None, far) for mode, (_, far) in filled.items()}) == filled


def test_what_is_typed_between_plan_and_read_back_is_told_as_moved_and_left(one):
    world, contact, lead = one
    say(world, contact, lead, "hubspot_wins", NEAR, None)
    say(world, contact, lead, "fill_empty", NEAR, None)

    def human() -> None:
        world.org.update("Lead", lead, {"hubspot_wins__c": "typed"}, just_now(), world.seller)

    with world.hook("salesforce", is_read_back, {1: human}):
        outcome = world.cycle()
    assert (outcome.exit_code, outcome.run.moved) == (1, 1)
    assert both(world, contact, lead, "hubspot_wins") == (NEAR, "typed")
    assert both(world, contact, lead, "fill_empty") == (NEAR, NEAR)
    # By the next plan it is known, and HubSpot wins.
    assert world.cycle().exit_code == 0
    assert both(world, contact, lead, "hubspot_wins") == (NEAR, NEAR)
    assert world.cycle().plan.changes == ()


def test_newest_wins_goes_back_and_forth_with_people_and_never_by_itself(one):
    world, contact, lead = one
    world.org.clock = world.portal.clock
    say(world, contact, lead, "newest_wins", NEAR, None)
    world.cycle()
    assert both(world, contact, lead, "newest_wins") == (NEAR, NEAR)
    assert world.cycle().plan.changes == ()
    time.sleep(1.1)  # Salesforce keeps whole seconds, and this comes after our own write
    world.org.update("Lead", lead, {"newest_wins__c": FAR}, by=world.seller)
    world.cycle()
    assert both(world, contact, lead, "newest_wins") == (FAR, FAR)
    assert world.cycle().plan.changes == ()
    world.portal.update("contacts", contact, {"newest_wins": "again"})
    world.cycle()
    assert both(world, contact, lead, "newest_wins") == ("again", "again")
    assert world.cycle().plan.changes == ()
