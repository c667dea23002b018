"""Where people stand over time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from syncd.journey.flow import Visit, ranks_of, visits_of, waterfall
from syncd.model.instant import DAY
from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage
from tests.unit.journey.lives import day, entry
from tests.unit.journey.test_funnel import columns

RANKS = ranks_of(FUNNEL)
EVERY = (*FUNNEL, *SIDE_STAGES)


def visits(*entries):
    return visits_of(sorted(entries, key=lambda one: one.at), RANKS)


def stays(*entries) -> list[tuple[str, float, float | None]]:
    return [
        (str(one.stage), one.since / DAY, None if one.until is None else one.until / DAY) for one in visits(*entries)
    ]


def census(people, at) -> dict[str, int]:
    """Who stands where at an instant, by looking at every stay."""
    stood = (next((one.stage for one in reversed(life) if one.since <= at), None) for life in people)
    return {stage: n for stage, n in Counter(stood).items() if stage is not None}


def test_a_person_stands_in_one_stage_at_a_time() -> None:
    assert stays(entry("subscriber", 0), entry("mql", 2), entry("sql", 5)) == [
        ("subscriber", 0, 2),
        ("mql", 2, 5),
        ("sql", 5, None),
    ]


def test_who_is_further_already_does_not_stand_in_a_lower_stage() -> None:
    assert stays(entry("subscriber", 0), entry("mql", 2), entry("lead", 3)) == [("subscriber", 0, 2), ("mql", 2, None)]


def test_two_stages_at_one_instant_are_one_step() -> None:
    assert stays(entry("subscriber", 1), entry("mql", 1)) == [("mql", 1, None)]


def test_a_return_ends_a_cycle_and_the_next_one_goes_on_from_there() -> None:
    assert stays(entry("mql", 1), entry("recycled", 3), entry("mql", 9, cycle=2)) == [
        ("mql", 1, 3),
        ("recycled", 3, 9),
        ("mql", 9, None),
    ]


def test_a_stage_that_is_left_by_its_own_rule_falls_back_to_what_stood_before() -> None:
    assert stays(entry("subscriber", 0), entry("mql", 2, left_at=day(4)), entry("mql", 6)) == [
        ("subscriber", 0, 2),
        ("mql", 2, 4),
        ("subscriber", 4, 6),
        ("mql", 6, None),
    ]


def test_a_census_counts_who_stands_where_on_a_day() -> None:
    people = [visits(entry("subscriber", 0), entry("mql", 2)), visits(entry("subscriber", 3))]
    assert census(people, day(1)) == {"subscriber": 1}
    assert census(people, day(2)) == {"mql": 1}
    assert census(people, day(5)) == {"mql": 1, "subscriber": 1}


def test_time_in_stage_is_the_last_finished_visit_and_the_sum_of_all() -> None:
    people = {
        "comes and goes": [entry("subscriber", 0), entry("mql", 2, left_at=day(4)), entry("mql", 6, left_at=day(7))],
        "stays": [entry("mql", 1)],
    }
    found = {one.stage: one for one in columns(people, horizon=day(11)).whole().times}
    mql = found[Stage.MQL]
    assert (mql.latest.n, mql.latest.median) == (1, DAY)
    assert (mql.cumulative.n, mql.cumulative.median, mql.inside) == (2, int(6.5 * DAY), 1)
    assert found[Stage.SUBSCRIBER].inside == 1


def test_a_waterfall_says_who_came_from_where_and_went_where() -> None:
    people = [
        visits(entry("subscriber", 0), entry("mql", 5)),
        visits(entry("mql", 1), entry("recycled", 6)),
        visits(entry("mql", 7)),
    ]
    fall = {one.stage: one for one in waterfall(people, day(4), day(8), FUNNEL)}[Stage.MQL]
    assert (fall.start, fall.end) == (1, 2)
    assert fall.came == {"subscriber": 1, None: 1}
    assert fall.went == {"recycled": 1}


def test_what_happens_on_the_last_instant_is_in_and_on_the_first_is_not() -> None:
    people = [visits(entry("mql", 4)), visits(entry("mql", 8))]
    (fall,) = waterfall(people, day(4), day(8), FUNNEL)
    assert (fall.start, fall.came, fall.end) == (1, {None: 1}, 2)


lives = st.lists(
    st.tuples(st.sampled_from(EVERY), st.integers(0, 9), st.integers(1, 2), st.none() | st.integers(0, 5)), max_size=6
)


@given(st.lists(lives, max_size=5), st.integers(-1, 10), st.integers(0, 10))
def test_every_waterfall_closes_and_a_census_is_entries_less_exits(made, since, length) -> None:
    people = [
        visits(
            *(
                entry(stage, at, cycle, left_at=None if stays is None else day(at + stays))
                for stage, at, cycle, stays in life
            )
        )
        for life in made
    ]
    start, end = day(since), day(since + length)
    for fall in waterfall(people, start, end, FUNNEL):
        assert fall.start + sum(fall.came.values()) - sum(fall.went.values()) == fall.end
    assert {fall.stage: fall.end for fall in waterfall(people, start, end, FUNNEL) if fall.end} == census(people, end)
    assert {fall.stage: fall.start for fall in waterfall(people, start, end, FUNNEL) if fall.start} == census(
        people, start
    )
    for stage, n in census(people, end).items():
        entered = sum(one.stage == stage and one.since <= end for life in people for one in life)
        left = sum(one.stage == stage and one.until is not None and one.until <= end for life in people for one in life)
        assert n == entered - left
    whole = waterfall(people, None, end, FUNNEL)
    assert all(fall.start == 0 for fall in whole)
    assert sum(fall.end for fall in whole) == sum(census(people, end).values())


@given(lives)
def test_visits_follow_each_other_without_a_gap(life) -> None:
    found = visits(
        *(entry(stage, at, cycle, left_at=None if s is None else day(at + s)) for stage, at, cycle, s in life)
    )
    assert all(isinstance(one, Visit) for one in found)
    assert all(before.until == after.since for before, after in pairwise(found))
    assert [one.until for one in found[-1:]] == [None][: len(found)]
