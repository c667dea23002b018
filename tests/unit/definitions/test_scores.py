"""Scores: exact, free of order, and falling at whole days after each touch."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.definitions.scores import MICRO, at_least, decay_table, score_at
from syncd.model.instant import BEGINNING, DAY, HOUR, NEVER

scored = st.lists(st.tuples(st.integers(0, 20 * DAY), st.sampled_from((-15, 5, 8, 15, 40))), max_size=8).map(sorted)


def test_a_touch_counts_whole_on_its_first_day_and_half_after_its_half_life():
    touches = [(0, 10)]
    assert score_at(touches, 14 * DAY, -1) == 0
    assert score_at(touches, 14 * DAY, DAY - 1) == 10 * MICRO
    assert score_at(touches, 14 * DAY, 14 * DAY) == 5 * MICRO


def test_weights_fall_and_end():
    table = decay_table(14 * DAY)
    assert table[0] == MICRO
    assert list(table) == sorted(table, reverse=True)
    assert table[-1] == 1
    assert decay_table(12 * HOUR)[:3] == (MICRO, MICRO // 4, MICRO // 16)


def test_without_half_life_a_touch_counts_for_ever():
    assert at_least([([(5, 10)], None)], None, 10 * MICRO) == [(5, NEVER)]
    assert score_at([(5, 10)], None, 10**15) == 10 * MICRO


def test_a_score_of_nothing_is_always_at_least_nothing():
    assert at_least([], DAY, 0) == [(BEGINNING, NEVER)]
    assert at_least([], DAY, 1) == []


@settings(max_examples=60, deadline=None)
@given(
    scored,
    st.sampled_from((None, HOUR // 60, HOUR, DAY, 3 * DAY)),
    st.sampled_from((-10, 0, 1, 8, 20, 45)),
    st.lists(st.integers(0, 60 * DAY)),
)
def test_the_intervals_are_exactly_where_the_score_is_high_enough(touches, half_life, points, more):
    threshold = points * MICRO
    found = at_least([(touches, None)], half_life, threshold)
    ends = [moment for interval in found for moment in interval if BEGINNING < moment < NEVER]
    for moment in {*more, *ends, *(end - 1 for end in ends), *(at for at, _ in touches)}:
        inside = any(start <= moment < end for start, end in found)
        assert inside == (score_at(touches, half_life, moment) >= threshold)


@pytest.mark.parametrize("half_life", [None, 14 * DAY])
def test_touches_of_one_instant_count_together(half_life):
    assert at_least([([(7, 10), (7, 10)], None)], half_life, 20 * MICRO)[0][0] == 7
