"""The limiter: no window ever holds more calls than are allowed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.limits import Day, Limiter, Rate, Told, midnight

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@given(st.integers(1, 20), st.lists(st.floats(0, 3), max_size=80))
def test_no_window_holds_more_calls_than_allowed(calls, gaps):
    rate, now, sent = Rate(calls, 10.0), 0.0, []
    for gap in gaps:
        now += gap
        now += rate.reserve(now)
        sent.append(now)
    for first, later in zip(sent, sent[calls:], strict=False):
        assert later - first >= 10.0 - 1e-9


def test_what_the_crm_tells_is_taken_over_less_the_share_of_others():
    rate = Rate(100, 10.0, share=0.8)
    assert rate.calls == 80
    rate.learn(190, 10.0)
    assert rate.calls == 152


def test_an_own_limit_is_never_raised():
    rate = Rate(100, 10.0, share=0.8, at_most=50)
    rate.learn(250, 10.0)
    assert rate.calls == 50
    rate.learn(10, 10.0)
    assert rate.calls == 8


def test_an_own_limit_can_be_lowered_and_lifted_while_calls_go_out():
    rate = Rate(100, 10.0, share=0.8)
    rate.lower(share=0.5, at_most=30)
    assert rate.calls == 30
    rate.learn(20, 10.0)
    assert rate.calls == 10
    rate.lower()
    assert rate.calls == 10
    rate.learn(100, 10.0)
    assert rate.calls == 50


def test_calls_of_another_process_are_counted_once_and_never_told_as_our_own():
    theirs, ours = Rate(4, 10.0), Rate(4, 10.0)
    for _ in range(3):
        theirs.reserve(100.0)
    assert theirs.lately(102.0) == [2.0, 2.0, 2.0]
    ours.reserve(7.0)
    for _ in range(2):  # told twice
        ours.join(theirs.lately(102.0), 8.0)
    assert ours.lately(8.0) == [1.0]
    assert ours.reserve(8.0) == pytest.approx(8.0, abs=0.001)  # theirs went out at 6 by our clock, and leave it at 16
    assert ours.reserve(16.5) == 0.0
    assert theirs.lately(120.0) == []


def test_a_rate_that_is_held_gives_nobody_a_place_before():
    rate = Rate(2, 10.0)
    rate.hold(5.0)
    assert [rate.reserve(0.0) for _ in range(3)] == [5.0, 5.0, 15.0]


def test_calls_made_before_a_limit_is_lowered_count():
    rate = Rate(10, 10.0)
    for _ in range(10):
        assert rate.reserve(0.0) == 0.0
    rate.learn(5, 10.0)
    assert rate.reserve(1.0) == 9.0


def test_at_least_one_call_is_always_allowed():
    assert Rate(1, 10.0, share=0.1).calls == 1


def test_a_path_waits_for_the_tightest_of_its_limits():
    limiter = Limiter(Rate(100, 10.0), {"/search": Rate(1, 1.0)})
    assert limiter.reserve("/contacts/search", 0.0) == 0.0
    assert limiter.reserve("/contacts", 0.0) == 0.0
    assert limiter.reserve("/contacts/search", 0.0) == 1.0


def test_places_are_given_once_over_all_threads():
    rate = Rate(10, 10.0)
    with ThreadPoolExecutor(8) as pool:
        waits = sorted(pool.map(lambda _: rate.reserve(0.0), range(40)))
    assert waits == [0.0] * 10 + [10.0] * 10 + [20.0] * 10 + [30.0] * 10


def taken(day, now, calls):
    """How many of so many calls may go out."""
    return sum(day.take(now) is None for _ in range(calls))


def test_an_own_limit_of_the_day_ends_at_midnight_of_the_crm():
    day = Day(at_most=3)
    day.settle("Europe/Amsterdam", NOON)
    assert taken(day, NOON, 5) == 3
    assert day.take(NOON) == MIDNIGHT - HOUR
    assert day.take(MIDNIGHT - HOUR) is None
    assert day.use(MIDNIGHT - HOUR).ours == 1


def test_the_last_part_of_the_day_is_left_to_others():
    day = Day(share=0.8)
    day.settle("UTC", NOON)
    day.learn(797, 1000)
    assert taken(day, NOON, 10) == 3
    assert day.take(NOON) == MIDNIGHT
    assert day.take(MIDNIGHT) is None


def test_a_day_that_rolls_is_looked_at_again_in_an_hour():
    day = Day(share=0.8, rolls=True)
    day.settle("UTC", NOON)
    day.learn(800, 1000)
    assert day.take(NOON) == NOON + HOUR
    assert day.take(NOON + HOUR) is None
    day.learn(900, 1000)
    assert day.take(NOON + HOUR) == NOON + 2 * HOUR


def test_a_day_whose_midnight_is_not_known_is_looked_at_again_in_an_hour():
    day = Day(share=0.8)
    day.learn(800, 1000)
    assert day.take(NOON) == NOON + HOUR


def test_a_day_that_the_crm_closed_lets_nothing_out_until_then():
    day = Day()
    assert day.close(NOON, MIDNIGHT) == MIDNIGHT
    assert day.take(MIDNIGHT - HOUR) == MIDNIGHT
    assert day.take(MIDNIGHT) is None
    assert day.use(MIDNIGHT).ours == 1


def test_calls_go_on_being_counted_where_another_process_stopped():
    day = Day()
    day.settle("UTC", NOON)
    day.resume("2026-11-22", 100, NOON)
    day.take(NOON)
    day.resume("2026-11-22", 100, NOON)
    day.resume("2026-11-21", 5000, NOON)
    assert day.use(NOON).ours == 101
    assert day.use(MIDNIGHT).ours == 0


def test_a_lower_limit_counts_at_once_and_a_higher_one_opens_the_day_again():
    day = Day()
    assert taken(day, NOON, 10) == 10
    day.lower(share=0.8, at_most=10)
    assert day.take(NOON) == MIDNIGHT
    day.lower(share=0.8, at_most=12)
    assert taken(day, NOON, 10) == 2


@pytest.mark.parametrize(
    ("zone", "at", "ends"),
    [
        ("America/New_York", datetime(2026, 3, 8, 12, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 8, 4, 30, tzinfo=UTC), datetime(2026, 3, 8, 5, tzinfo=UTC)),
        ("Australia/Lord_Howe", NOON, datetime(2026, 11, 22, 13, tzinfo=UTC)),
        ("Nowhere/Land", NOON, MIDNIGHT),
        (None, NOON, MIDNIGHT),
    ],
)
def test_midnight_is_the_zones(zone, at, ends):
    assert midnight(at, zone) == ends


def test_all_threads_together_take_no_more_than_the_day_has():
    day = Day(at_most=100)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: day.take(NOON) is None, range(300))) == 100


def test_a_limiter_learns_what_answers_tell_and_keeps_to_the_operators_limits():
    told = [Told((190, 10.0), 10, 100), Told(), Told(None, 20, 100)]
    limiter = Limiter(Rate(100, 10.0, share=0.8), day=Day(share=0.8), read=lambda _: told.pop(0))
    for calls in (152, 152, 152):
        limiter.hear({})
        assert limiter.burst.calls == calls
    assert limiter.day.use(NOON).used == 20
    limiter.lower(share=0.5, burst=40, a_day=7, at_once=1)
    assert limiter.burst.calls == 40
    assert taken(limiter.day, NOON, 10) == 7
    assert limiter.slots.acquire(blocking=False)
    assert not limiter.slots.acquire(blocking=False)


def test_an_own_number_of_calls_at_once_only_lowers():
    for limiter, most in ((Limiter(Rate(100, 10.0)), 4), (Limiter(Rate(100, 10.0), at_once=8), 8)):
        limiter.lower(share=0.8, at_once=50)
        assert sum(limiter.slots.acquire(blocking=False) for _ in range(50)) == most
        limiter.lower(share=0.8)
        assert sum(limiter.slots.acquire(blocking=False) for _ in range(50)) == most


def test_a_call_that_goes_out_late_counts_from_when_it_did() -> None:
    """Four were to go out at once and were held up: the next four come a second after that, not at once."""
    rate = Rate(4, 1.0)
    for _ in range(4):
        assert rate.reserve(0.0) == 0.0
    for _ in range(4):
        rate.late(0.0, 0.9)
    assert rate.reserve(1.0) == pytest.approx(0.9)
    assert rate.reserve(1.0) == pytest.approx(0.9)


def test_searches_that_all_calls_hold_up_do_not_go_out_together_afterwards() -> None:
    limiter = Limiter(Rate(4, 10.0), {"/search": Rate(2, 1.0)})
    assert [limiter.reserve("/contacts", 0.0) for _ in range(4)] == [0.0] * 4
    assert [limiter.reserve("/contacts/search", at) for at in (1.0, 2.0, 3.0)] == [9.0, 8.0, 8.0]
