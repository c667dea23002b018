"""How long it takes, with those who still wait."""

from __future__ import annotations

import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.journey.lengths import GONE
from syncd.journey.velocity import Spread, quantile, spread, survival_median
from syncd.model.instant import DAY
from tests.unit.journey.lives import day, entry
from tests.unit.journey.test_funnel import columns


def speed(people, **asked):
    return columns(people, **asked).whole().velocities[0]


def test_the_median_and_the_ninetieth_percentile_lie_between_neighbours() -> None:
    assert spread([4, 1, 2, 3]) == Spread(4, 2, 4, 4)
    assert (quantile([10, 20], 0.5), quantile([10, 20], 0.9), quantile([7], 0.9)) == (15, 19, 7)
    assert spread([]) == Spread(0, None, None, None)


@given(st.lists(st.integers(0, 10**9), min_size=2))
def test_quantiles_are_those_of_the_standard_library(lengths) -> None:
    cuts = statistics.quantiles(lengths, n=100, method="inclusive")
    found = spread(lengths)
    for mine, theirs in ((found.median, cuts[49]), (found.p90, cuts[89]), (found.p95, cuts[94])):
        assert mine == pytest.approx(theirs, abs=1)


def test_those_who_arrived_are_measured_and_those_who_wait_are_counted() -> None:
    people = {
        "three days": [entry("mql", 1), entry("sql", 4)],
        "five days": [entry("mql", 1), entry("sql", 6)],
        "waits": [entry("mql", 50)],
        "was sent back": [entry("mql", 1), entry("recycled", 9)],
    }
    found = speed(people)
    assert (found.arrived.n, found.arrived.median, found.waiting, found.entered) == (2, 4 * DAY, 1, 4)
    assert found.many_wait


def test_survival_takes_those_into_account_who_may_still_arrive() -> None:
    """By hand: of 6, one arrives after 1 day (5/6), one is lost at 2, one arrives at 3 (5/6 x 3/4 = 5/8), one at 4
    (5/8 x 2/3 = 5/12): half are there after 4 days, though the median of those who arrived is 3.
    """
    assert survival_median([1, 3, 4], [2, 9, 9]) == 4
    assert survival_median([1, 2, 3, 4], []) == 2
    assert survival_median([1], [2, 2]) is None
    assert survival_median([], []) is None


def test_who_arrives_on_the_day_on_which_another_is_lost_from_sight_was_seen_to_arrive_first() -> None:
    assert survival_median([5], [5]) == 5


@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=12)
    | st.lists(st.tuples(st.integers(0, 99), st.integers(0, 3).map(bool)), min_size=120, max_size=160)
)
def test_survival_agrees_with_exact_fractions(made) -> None:
    left, share, expected = len(made), Fraction(1), None
    for length in sorted({length for length, _ in made}):
        here = [arrived for each, arrived in made if each == length]
        share *= 1 - Fraction(sum(here), left)
        left -= len(here)
        if any(here) and share <= Fraction(1, 2):
            expected = length
            break
    seen = [sorted(length for length, arrived in made if arrived is had) for had in (True, False)]
    assert survival_median(*seen) == expected


def test_nobody_waits_for_what_comes_after_the_last_stage() -> None:
    found = columns({"won": [entry("mql", 1), entry("sql", 2), entry("customer", 3)]}).whole()
    assert [one.waiting for one in found.velocities] == [0, 0]


def test_whoever_skipped_a_stage_is_seen_until_then() -> None:
    found = columns({"skips": [entry("mql", 1), entry("customer", 9)]})
    assert found._lengths.whole().of((GONE, 0)) == [8 * DAY]


def test_entries_before_the_period_are_not_in_the_cohort() -> None:
    people = {"before": [entry("mql", 1), entry("sql", 4)], "in it": [entry("mql", 10), entry("sql", 12)]}
    assert speed(people, since=day(5)).arrived == Spread(1, 2 * DAY, 2 * DAY, 2 * DAY)
