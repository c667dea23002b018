"""The next page is asked for while the present one is being kept."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from connectors.errors import Unreachable
from connectors.records import Page, System
from syncd.ahead import ahead

SOON = 5


def page(number: int) -> Page:
    return Page([], str(number))


def test_the_next_page_is_fetched_while_one_is_used_and_no_further_one():
    fetched = [Event() for _ in range(4)]

    def pages() -> Iterator[Page]:
        for number, event in enumerate(fetched):
            event.set()
            yield page(number)

    found = ahead(pages())
    assert next(found) == page(0)
    assert fetched[1].wait(SOON)
    assert not fetched[2].wait(0.05)
    assert list(found) == [page(1), page(2), page(3)]


def test_what_goes_wrong_is_raised_in_its_place():
    def pages() -> Iterator[Page]:
        yield page(0)
        raise Unreachable(System.HUBSPOT, "gone")

    found = ahead(pages())
    assert next(found) == page(0)
    with pytest.raises(Unreachable, match="gone"):
        next(found)


def test_who_stops_half_way_waits_for_nothing():
    never = Event()

    def pages() -> Iterator[Page]:
        yield page(0)
        never.wait(SOON)
        yield page(1)

    found = ahead(pages())
    next(found)
    found.close()
    never.set()
