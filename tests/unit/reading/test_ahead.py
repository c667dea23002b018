"""The next pages are asked for and looked at while the present one is being kept."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier, Event, current_thread

import pytest

from connectors.errors import Unreachable
from connectors.records import Page, System
from connectors.walked import Pages
from syncd.desk import Order, TurnOver
from syncd.model.instant import Instant
from syncd.reading.ahead import ahead, in_order
from syncd.reading.take import Read

SOON = 5


def page(number: int) -> Page:
    return Page([], str(number))


def seen(one: Page) -> str | None:
    return one.after_id


def looked(one: Page) -> Read:
    return Read(one, None, cost_calls=one.after_id == "2")


def asked_for(order: Order, *, paced: bool) -> Iterator[set[str]]:
    """The names of the threads that pages were asked for by, after each page that is given."""
    threads: list[str] = []
    behind = Event()

    def pages() -> Iterator[Page]:
        for number in range(6):
            threads.append(current_thread().name)
            if number == 5:
                behind.set()
            yield page(number)

    found = in_order(order, pages(), looked, lambda: False, paced=paced)
    for number, _ in enumerate(found):
        if number == 3:
            assert behind.wait(SOON)
        yield {name.split("_")[0] for name in threads}


def test_pages_that_a_limit_paces_are_asked_for_one_by_one_until_one_costs_calls_of_its_own():
    ours = current_thread().name
    assert list(asked_for(Order("test"), paced=True))[:3] == [{ours}] * 3
    assert list(asked_for(Order("test"), paced=True))[-1] == {ours, "ahead"}


@pytest.mark.parametrize(("order", "paced"), [(Order("test", since=Instant(1)), True), (Order("test"), False)])
def test_a_backfill_and_who_reads_pages_that_no_limit_paces_ask_ahead_at_once(order: Order, *, paced: bool):
    assert list(asked_for(order, paced=paced))[-1] == {current_thread().name, "ahead"}


def test_two_pages_are_looked_at_while_one_is_used_and_no_third_one():
    fetched = [Event() for _ in range(6)]

    def pages() -> Iterator[Page]:
        for number, event in enumerate(fetched):
            event.set()
            yield page(number)

    found = ahead(pages(), seen)
    assert next(found) == "0"
    assert fetched[2].wait(SOON)
    assert not fetched[3].wait(0.05)
    assert list(found) == ["1", "2", "3", "4", "5"]


def test_the_next_page_is_looked_at_while_the_one_before_still_is_and_comes_after_it():
    both = Barrier(2, timeout=SOON)

    def slow(one: Page) -> str | None:
        if one.after_id in ("1", "2"):
            both.wait()  # neither goes on before the other is there
        return one.after_id

    assert list(ahead(map(page, range(4)), slow)) == ["0", "1", "2", "3"]


def test_what_goes_wrong_is_raised_in_its_place():
    def pages() -> Iterator[Page]:
        yield page(0)
        yield page(1)
        raise Unreachable(System.HUBSPOT, "gone")

    found = ahead(pages(), seen)
    assert [next(found), next(found)] == ["0", "1"]
    with pytest.raises(Unreachable, match="gone"):
        next(found)


def test_what_goes_wrong_with_one_page_comes_after_those_before_it():
    def refuse(one: Page) -> str | None:
        if one.after_id == "2":
            raise Unreachable(System.HUBSPOT, "no histories")
        return one.after_id

    found = ahead(map(page, range(4)), refuse)
    assert [next(found), next(found)] == ["0", "1"]
    with pytest.raises(Unreachable, match="no histories"):
        next(found)


def test_who_stops_half_way_waits_for_nothing():
    never = Event()

    def pages() -> Iterator[Page]:
        yield page(0)
        never.wait(SOON)
        yield page(1)

    found = ahead(pages(), seen)
    next(found)
    found.close()
    never.set()


def test_pages_that_were_given_and_not_kept_come_again():
    pages = Pages(map(page, range(5)))
    first = pages.walk()
    assert [next(first).after_id for _ in range(3)] == ["0", "1", "2"]
    pages.keep()
    second = pages.walk()
    assert next(second).after_id == "1"
    assert [one.after_id for one in pages.walk()] == ["1", "2", "3", "4"]
    assert list(first) == list(second) == []


def test_an_error_that_nobody_heard_at_the_end_of_a_slice_is_raised_in_the_next_and_not_taken_for_the_end():
    failed = Event()

    def broken() -> Iterator[Page]:
        yield page(0)
        yield page(1)
        failed.set()
        raise Unreachable(System.HUBSPOT, "gone")

    pages = Pages(broken())
    first = ahead(pages.walk(), seen)
    assert next(first) == "0"
    pages.keep()
    assert failed.wait(SOON)
    first.close()
    second = pages.walk()
    assert next(second).after_id == "1"
    with pytest.raises(Unreachable, match="gone"):
        next(second)


def test_a_first_page_that_is_hurried_is_asked_for_before_anybody_wants_it_and_its_error_waits():
    asked = Event()

    def refused() -> Iterator[Page]:
        asked.set()
        raise Unreachable(System.HUBSPOT, "gone")
        yield page(0)

    pages = Pages(refused())
    pages.hurry()
    assert asked.wait(SOON)
    with pytest.raises(Unreachable, match="gone"):
        next(pages.walk())
    good = Pages(map(page, range(3)))
    good.hurry()
    assert [one.after_id for one in good.walk()] == ["0", "1", "2"]


def test_who_waits_for_a_page_that_is_not_wanted_any_more_is_told():
    never = Event()

    def slow(one: Page) -> str | None:
        if one.after_id == "1":
            never.wait(SOON)
        return one.after_id

    over = Event()
    found = ahead(map(page, range(3)), slow, over.is_set)
    assert next(found) == "0"
    over.set()
    with pytest.raises(TurnOver):
        next(found)
    never.set()
