from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from connectors.sandbox.hubspot.timeline import Timeline, Window


class Moment(NamedTuple):
    at: int
    number: int


@pytest.mark.parametrize("seed", range(8))
def test_pages_are_what_a_plain_reading_of_all_events_gives(seed):
    chance = random.Random(seed)
    events = [Moment(chance.randint(0, 20), number) for number in range(60)]
    timeline = Timeline(events[:30])
    for event in events[30:]:
        timeline.add(event)
    timeline.drop(lambda each: each.number % 7 == 0)
    for newest_first in (True, False):
        low, high = sorted((chance.randint(0, 20), chance.randint(0, 20)))
        plain = [each for each in events if each.number % 7 and low <= each.at <= high and each.number % 3]
        plain.sort(reverse=newest_first)
        read, after, more = [], None, True
        while more:
            window = Window(low, high, after, newest_first)
            page, more = timeline.page(window, lambda each: each.number % 3 > 0, 4)
            read += page
            after = page[-1] if page else None
        assert read == plain
