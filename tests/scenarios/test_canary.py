"""The first rows of many are read back before the rest is sent."""

from __future__ import annotations

import pytest

from connectors.sandbox.server import Fault, Response
from syncd.writing.canary import CanaryFailed
from tests.world import is_read_back, is_write

COUNT = 45


def meddle(world, name):
    """A program of the org puts its own value over ours."""

    def put(row, old):
        row[name] = "Theirs"
        return False

    world.org.add_validation_rule("Lead", "none", put, "Email")


def people(world):
    for place in range(COUNT):
        world.person(f"n{place:02}")


def test_the_canary_is_read_back_once_and_the_rest_is_sent(world):
    people(world)
    asked = []
    with world.hook("salesforce", lambda call: is_read_back(call) and not asked.append(call.body), {}):
        assert world.cycle("apply", forced=("tasks_per_owner",)).exit_code == 0
    assert len(world.records("Lead")) == len(world.tasks()) == COUNT
    assert [body.count(b"00Q") for body in asked if b"LastName" in body] == [20]


def test_a_field_that_is_not_kept_is_set_aside_and_the_rest_is_sent_without_it(world):
    people(world)
    meddle(world, "Title")
    sent = []
    with world.hook("salesforce", lambda call: is_write(call) and not sent.append(call.body), {}):
        outcome = world.cycle("apply", forced=("tasks_per_owner",))
    assert (outcome.exit_code, outcome.run.quarantined) == (1, 1)
    assert sum(body.count(b'"Title"') for body in sent) == 20
    assert len(world.records("Lead")) == COUNT
    assert [code for code, _ in world.set_aside()] == ["NOT_KEPT"]
    assert len(world.tasks()) == COUNT
    assert world.cycle().exit_code == 0


def test_a_canary_of_which_nothing_is_there_stops_everything(world):
    people(world)
    nothing = Fault(Response(200, [None] * 20))
    with world.hook("salesforce", is_read_back, {1: lambda: nothing}):
        with pytest.raises(CanaryFailed, match="none of the first 20 leads holds anything of what was written"):
            world.cycle("apply", forced=("tasks_per_owner",))
    assert len(world.records("Lead")) == 20
    assert world.tasks() == {}
