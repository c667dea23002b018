"""The limiter: no window ever holds more calls than are allowed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from connectors.limits import Limiter, Rate


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
