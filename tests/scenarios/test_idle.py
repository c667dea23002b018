"""A cycle that finds nothing new asks for as little as it can."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from syncd.cycle import run_cycle
from syncd.desk import Order

MOST_SALESFORCE_CALLS = 3


def test_a_cycle_without_news_searches_each_kind_once_and_writes_nothing(world):
    world.town()
    near, far = world.twin.servers

    # Five past an hour: the first window of an hour looks further back.
    to_the_hour = timedelta(minutes=65 - datetime.now(UTC).minute)

    def turn(minutes: int, command: str = "sync") -> None:
        world.portal.clock = world.org.clock = lambda: datetime.now(UTC) + to_the_hour + timedelta(minutes=minutes)
        run_cycle(desk, Order(command, by_hand=command == "apply"))

    with world.desk() as desk:
        turn(0, "apply")
        turn(1)  # its own writes come back
        turn(90)  # an answer tells the time
        turn(91)  # and what is read once an hour is read
        searched, called = len(near.journal), len(far.journal)
        turn(110)
    asked = Counter(call.path for call in near.journal[searched:])
    assert {path.rpartition("/")[2] for path in asked} == {"search"}
    assert set(asked.values()) == {1}
    assert len(far.journal) - called <= MOST_SALESFORCE_CALLS
