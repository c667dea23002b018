"""Counting who went how far: small funnels counted by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.journey.alike import Asking
from syncd.journey.coded import Codes
from syncd.journey.columns import Columns
from syncd.journey.flow import ranks_of
from syncd.journey.funnel import Rate
from syncd.journey.in_time import InTime
from syncd.journey.splits import Buckets
from syncd.journey.units import OUTCOMES, Question
from syncd.model.instant import DAY
from syncd.model.stage import FUNNEL, Stage
from tests.unit.journey.lives import day, entry, side_by_side

CHAIN = (Stage.MQL, Stage.SQL, Stage.CUSTOMER)

PEOPLE = {
    "straight": [entry("mql", 1), entry("sql", 2), entry("customer", 3)],
    "early": [entry("customer", 1), entry("mql", 3), entry("sql", 3)],
    "skipping": [entry("mql", 1), entry("customer", 9)],
    "waiting": [entry("subscriber", 0), entry("mql", 8)],
    "returning": [
        entry("mql", 1),
        entry("recycled", 2, reason="no_budget"),
        entry("mql", 40, cycle=2),
        entry("sql", 41, cycle=2),
    ],
}


def columns(people=PEOPLE, *, labels=None, **asked) -> Columns:
    """`labels` give the value of each person by name; `buckets` that of each instant."""
    buckets = {name: InTime(of) for name, of in asked.pop("buckets", {}).items()}
    question = Question(CHAIN, takes_over=Stage.SQL, **{"horizon": day(60), **asked})
    codes = {name: Codes() for name in labels or {}}
    asking = Asking(question, ranks_of(FUNNEL), asked.get("since"), question.horizon)
    found = Columns(asking, FUNNEL, codes, buckets=buckets)
    names = [name for name, some in people.items() if some]
    courses = side_by_side(names, [sorted(people[name], key=lambda one: one.at) for name in names])
    found.add(courses, {name: [codes[name][of(each)] for each in names] for name, of in (labels or {}).items()})
    return found


def count(people=PEOPLE, **asked):
    return columns(people, **asked).whole().numbers


def first(people=PEOPLE, **asked):
    """What became of those who entered MQL."""
    return count(people, **asked).conversions[0]


def volumes(found) -> dict[str, int]:
    return {str(step.stage): step.n for step in found.steps}


def test_in_any_order_whoever_had_the_stage_counts_once_per_cycle() -> None:
    found = count()
    assert found.units == 6
    assert volumes(found) == {"subscriber": 1, "mql": 6, "sql": 3, "customer": 3}
    assert found.returns == {"recycled": 1}


def test_in_strict_order_each_stage_comes_at_or_after_the_one_before() -> None:
    assert volumes(count(strict=True)) == {"subscriber": 1, "mql": 6, "sql": 3, "customer": 1}


def test_a_rate_is_of_those_who_had_the_stage_before() -> None:
    steps = {str(step.stage): step for step in count().steps}
    assert steps["customer"].rate == Rate(2, 3)
    assert steps["customer"].of_first == Rate(3, 6)
    assert steps["mql"].rate == Rate(6, 6)


def test_a_cohort_is_who_entered_the_first_stage_in_the_period_and_what_became_of_them() -> None:
    found = count(since=day(1), until=day(3))
    assert found.units == 3
    assert volumes(found) == {"mql": 3, "sql": 1, "customer": 2}


def test_a_period_sets_entries_against_entries_and_may_exceed_all() -> None:
    found = count(since=day(2), until=day(4), basis="period")
    assert volumes(found) == {"mql": 1, "sql": 2, "customer": 1}
    assert [step.rate for step in found.steps] == [Rate(1, 1), Rate(2, 1), Rate(1, 2)]
    assert found.steps[1].rate.share == 2


def test_a_return_counts_in_the_period_in_which_it_falls() -> None:
    early, late = (count(since=day(a), until=day(b), basis="period") for a, b in ((0, 2), (2, 3)))
    assert (early.returns, late.returns) == ({}, {"recycled": 1})
    assert (early.requalified, late.requalified) == (Rate(0, 0), Rate(1, 1))
    assert late.units == 2
    assert count(since=day(50), until=day(60), basis="period").units == 0


def test_the_end_of_a_period_is_not_in_it() -> None:
    assert volumes(count(since=day(8), until=day(8.1)))["mql"] == 1
    assert volumes(count(since=day(7), until=day(8)))["mql"] == 0


def test_what_became_of_everybody_in_the_cohort_sums_up() -> None:
    found = first()
    assert found.cohort == Rate(3, 6)
    expected = {"converted": 3, "skipped": 1, "recycled": 1, "open": 1}
    assert {name: n for name, n in found.outcomes.items() if n} == expected
    assert found.reasons == {"recycled": {"no_budget": 1}}
    assert (found.open, found.leaked) == (Rate(1, 6), Rate(1, 6))


def test_who_skips_a_stage_is_neither_converted_nor_open() -> None:
    found = first({"skipping": PEOPLE["skipping"]})
    assert (found.cohort, found.open, found.leaked) == (Rate(0, 1), Rate(0, 1), Rate(0, 1))
    assert found.outcomes["skipped"] == 1


def test_both_ways_of_counting_stand_side_by_side() -> None:
    """Of two who became MQL in the period one became SQL, later; another became SQL in it who had been MQL before."""
    people = {
        "later": [entry("mql", 5), entry("sql", 30)],
        "never": [entry("mql", 6)],
        "before": [entry("mql", 1), entry("sql", 5)],
    }
    found = first(people, since=day(4), until=day(10))
    assert (found.cohort, found.period) == (Rate(1, 2), Rate(1, 2))
    assert first(people, since=day(4), until=day(5.5)).period == Rate(1, 1)
    assert first(people, since=day(5.5), until=day(40)).period == Rate(1, 1)
    assert first(people, since=day(20), until=day(40)).period == Rate(1, 0)


def test_a_rate_within_so_many_days_is_only_of_those_who_are_old_enough() -> None:
    people = {
        "in time": [entry("mql", 1), entry("sql", 8)],
        "too late": [entry("mql", 1), entry("sql", 12)],
        "to the day": [entry("mql", 1), entry("sql", 11)],
        "never": [entry("mql", 20)],
        "too young": [entry("mql", 55), entry("sql", 56)],
    }
    assert first(people, within=10 * DAY).within == Rate(1, 4)
    assert first(people).within is None


def test_nobody_gives_zeros_and_no_rate() -> None:
    found = count({})
    assert volumes(found) == {"mql": 0, "sql": 0, "customer": 0}
    assert {step.rate.share for step in found.steps} == {None}
    assert first({}).cohort.share is None


def test_who_waits_longer_than_is_normal_has_stalled_and_who_reached_the_end_has_not() -> None:
    people = {"long": [entry("mql", 1)], "won": [entry("customer", 1)], "fresh": [entry("mql", 58)]}
    found = count(people, stalled=30 * DAY)
    assert (found.conversions[0].outcomes["stalled"], found.conversions[0].outcomes["open"]) == (1, 1)
    assert found.conversions[0].leaked == Rate(1, 2)


def test_a_stage_that_was_left_by_its_own_rule_has_lapsed_until_it_is_entered_again() -> None:
    left = [entry("mql", 1, left_at=day(5))]
    assert first({"left": left}).outcomes["lapsed"] == 1
    assert first({"back": [*left, entry("mql", 7)]}).outcomes["open"] == 1


def test_sales_accepts_rejects_or_lets_silence_speak() -> None:
    people = {
        "taken": [entry("mql", 1), entry("sql", 2)],
        "by silence": [entry("mql", 1), entry("sql", 2, source="silence")],
        "no": [entry("mql", 1), entry("disqualified", 3, reason="competitor")],
        "not now": [entry("mql", 1), entry("recycled", 3)],
        "open": [entry("mql", 1)],
    }
    found = count(people).acceptance
    assert (found.accepted, found.silent, found.rejected, found.handed_over) == (2, 1, 2, 5)
    assert found.rate == Rate(1, 3)
    assert found.by_reason == {"disqualified": {"competitor": 1}, "recycled": {"(no reason)": 1}}
    assert count(people, within=DAY * 1.5).acceptance.rate == Rate(1, 1)


def test_who_was_recycled_may_qualify_again_and_counts_only_when_old_enough() -> None:
    assert count().requalified == Rate(1, 1)
    assert count(within=30 * DAY).requalified == Rate(0, 1)
    assert count(within=59 * DAY).requalified == Rate(0, 0)


def test_a_split_adds_up_to_the_whole_and_shows_the_largest_first() -> None:
    groups = columns(labels={"letter": lambda person: person[0]}).groups("letter")
    assert [group.value for group in groups] == ["r", "s", "e", "w"]
    assert sum(volumes(group.numbers)["mql"] for group in groups) == 6


def test_entries_of_a_period_are_counted_in_the_month_in_which_they_fall() -> None:
    found = columns(basis="period", buckets={"month": lambda at: "first" if at < day(30) else "second"})
    told = {group.value: volumes(group.numbers) for group in found.groups("month")}
    assert told == {"first": {"mql": 5, "sql": 2, "customer": 3}, "second": {"mql": 1, "sql": 1, "customer": 0}}


@pytest.mark.parametrize(
    ("at", "zone", "month", "week"),
    [
        ("2026-02-28T23:30:00Z", "Europe/Berlin", "2026-03", "2026-W09"),
        ("2026-02-28T23:30:00Z", "UTC", "2026-02", "2026-W09"),
        ("2026-03-01T04:30:00Z", "America/New_York", "2026-02", "2026-W09"),
        ("2026-03-29T21:59:59Z", "Europe/Berlin", "2026-03", "2026-W13"),
        ("2026-03-29T22:00:00Z", "Europe/Berlin", "2026-03", "2026-W14"),
        ("2027-01-01T12:00:00Z", "UTC", "2027-01", "2026-W53"),
    ],
    ids=["already March", "still February", "still February there", "Sunday, clock put forward", "Monday", "new year"],
)
def test_months_and_weeks_begin_at_midnight_of_the_portal(at, zone, month, week) -> None:
    from zoneinfo import ZoneInfo

    from syncd.model.instant import parse_iso

    months, weeks = Buckets("month", ZoneInfo(zone)), Buckets("week", ZoneInfo(zone))
    for _ in range(2):
        assert (months.of(parse_iso(at)), weeks.of(parse_iso(at))) == (month, week)
    assert months.of(parse_iso("2026-06-15")) == "2026-06"


moments = st.integers(0, 9)
lives = st.lists(
    st.tuples(st.sampled_from(["mql", "sql", "customer", "recycled", "subscriber"]), moments, st.integers(1, 2)),
    max_size=6,
)


def people_of(made):
    return {f"p{index}": [entry(stage, at, cycle) for stage, at, cycle in life] for index, life in enumerate(made)}


@given(st.lists(lives, max_size=6), moments, moments)
def test_strict_is_within_any_and_only_ever_shrinks(made, since, length) -> None:
    people = people_of(made)
    period = {"since": day(since), "until": day(since + length)}
    for asked in ({}, period):
        anyway, strictly = volumes(count(people, **asked)), volumes(count(people, strict=True, **asked))
        assert all(strictly[stage] <= anyway[stage] for stage in strictly)
        assert strictly["mql"] >= strictly["sql"] >= strictly["customer"]


@given(st.lists(lives, max_size=6), moments, moments, st.booleans())
def test_outcomes_sum_to_the_cohort_and_groups_to_the_whole(made, since, length, strict) -> None:
    asked = {"since": day(since), "until": day(since + length), "strict": strict, "within": 2 * DAY}
    found = columns(people_of(made), labels={"name": str}, **asked)
    whole, groups = found.whole(), found.groups("name")
    for index, one in enumerate(whole.numbers.conversions):
        assert set(one.outcomes) == set(OUTCOMES)
        assert sum(one.outcomes.values()) == one.cohort.of
        assert sum(group.numbers.conversions[index].cohort.of for group in groups) == one.cohort.of
        assert sum(group.velocities[index].entered for group in groups) == one.cohort.of
        assert one.within.n <= one.cohort.n
        assert one.within.of <= one.cohort.of
    assert sum(group.numbers.units for group in groups) == whole.numbers.units
    for fall in whole.falls:
        mine = [one for group in groups for one in group.falls if one.stage == fall.stage]
        assert (sum(one.start for one in mine), sum(one.end for one in mine)) == (fall.start, fall.end)
        assert all(one.start + sum(one.came.values()) - sum(one.went.values()) == one.end for one in mine)
    for time in whole.times:
        assert time.inside == sum(one.inside for group in groups for one in group.times if one.stage == time.stage)


@given(st.lists(lives, max_size=6), st.sampled_from(["cohort", "period"]))
def test_those_who_are_inside_a_stage_are_those_who_stand_there_at_the_end(made, basis) -> None:
    whole = columns(people_of(made), basis=basis).whole()
    assert {one.stage: one.inside for one in whole.times} == {one.stage: one.end for one in whole.falls}


def test_a_census_and_a_waterfall_of_each_month_close_and_follow_each_other() -> None:
    """By hand. Counted from noon of day 1 on, when one customer, one subscriber and three MQLs (one of whom comes back
    later) stand there; month one ends with day 29.
    """
    asked = {"since": day(1.5), "basis": "period", "buckets": {"month": lambda at: "one" if at < day(30) else "two"}}
    one, two = columns(**asked).groups("month")
    told = {fall.stage: (fall.start, dict(fall.came), dict(fall.went), fall.end) for fall in one.falls}
    assert told == {
        "subscriber": (1, {}, {"mql": 1}, 0),
        "mql": (3, {"subscriber": 1}, {"sql": 1, "recycled": 1, "customer": 1}, 1),
        "sql": (0, {"mql": 1}, {"customer": 1}, 0),
        "customer": (1, {"sql": 1, "mql": 1}, {}, 3),
        "recycled": (0, {"mql": 1}, {}, 1),
    }
    told = {fall.stage: (fall.start, dict(fall.came), dict(fall.went), fall.end) for fall in two.falls}
    assert told == {
        "mql": (1, {"recycled": 1}, {"sql": 1}, 1),
        "sql": (0, {"mql": 1}, {}, 1),
        "customer": (3, {}, {}, 3),
        "recycled": (1, {}, {"mql": 1}, 0),
    }


def test_conversion_leakage_acceptance_and_velocity_are_told_of_each_month() -> None:
    """By hand. Month one: five MQLs, of whom two became SQL (after 1 day, and at once), one skipped it, one waits and
    one was recycled. Month two: the one who came back is an SQL a day later.
    """
    buckets = {"month": lambda at: "one" if at < day(30) else "two"}
    one, two = columns(basis="period", buckets=buckets).groups("month")
    (first, second), (again, last) = one.numbers.conversions, two.numbers.conversions
    assert (first.cohort, first.period, first.leaked, first.open) == (Rate(2, 5), Rate(2, 5), Rate(1, 5), Rate(1, 5))
    assert (again.cohort, again.period, again.leaked, again.open) == (Rate(1, 1), Rate(1, 1), Rate(0, 1), Rate(0, 1))
    assert (second.cohort, second.period, last.cohort) == (Rate(2, 2), Rate(3, 2), Rate(0, 1))
    assert first.reasons == {"recycled": {"no_budget": 1}}
    assert (one.numbers.acceptance.rate, two.numbers.acceptance.rate) == (Rate(3, 4), Rate(1, 1))
    assert (one.numbers.requalified, two.numbers.requalified) == (Rate(1, 1), Rate(0, 0))
    assert (one.numbers.returns, two.numbers.returns) == ({"recycled": 1}, {})
    speeds = [(group.velocities[0].arrived.n, group.velocities[0].arrived.median) for group in (one, two)]
    assert speeds == [(2, DAY // 2), (1, DAY)]


def test_the_time_in_a_stage_is_told_in_the_month_in_which_it_was_left() -> None:
    """By hand: of the five MQLs three left in month one after 1, 1 and 8 days, and the one who came back in month two
    after 1 day; the first SQL left after 1 day.
    """
    buckets = {"month": lambda at: "one" if at < day(30) else "two"}
    one, two = columns(basis="period", buckets=buckets).groups("month")
    assert {time.stage: (time.latest.n, time.latest.median, time.inside) for time in one.times} == {
        "subscriber": (1, 8 * DAY, 0), "mql": (3, DAY, 1), "sql": (1, DAY, 0), "customer": (0, None, 3),
        "recycled": (0, None, 1),
    }  # fmt: skip
    assert {time.stage: (time.latest.n, time.latest.median, time.inside) for time in two.times} == {
        "mql": (1, DAY, 1), "sql": (0, None, 1), "customer": (0, None, 3), "recycled": (1, 38 * DAY, 0),
    }  # fmt: skip


def test_times_in_stages_are_those_of_the_cohort_or_of_those_who_left_in_the_period() -> None:
    people = {"before": [entry("mql", 1), entry("sql", 6)], "in it": [entry("mql", 5), entry("sql", 20)]}

    def mql(**asked):
        (found,) = [one for one in columns(people, **asked).whole().times if one.stage == "mql"]
        return found.latest.n, found.latest.median, found.cumulative.median

    assert mql() == (2, 10 * DAY, 10 * DAY)
    assert mql(since=day(4)) == (1, 15 * DAY, 15 * DAY)
    assert mql(since=day(4), until=day(9), basis="period") == (1, 5 * DAY, 5 * DAY)


@given(st.lists(lives, max_size=6), moments)
def test_waterfalls_of_buckets_follow_each_other_and_sum_to_that_of_all(made, since) -> None:
    found = columns(people_of(made), basis="period", since=day(since), buckets={"day": lambda at: f"{at // DAY:02}"})
    whole, days = found.whole(), found.groups("day")
    for fall in whole.falls:
        mine = [one for group in days for one in group.falls if one.stage == fall.stage]
        assert all(one.start + sum(one.came.values()) - sum(one.went.values()) == one.end for one in mine)
        assert all(before.end == after.start for before, after in pairwise(mine) if before.end or after.start)
        assert sum(sum(one.came.values()) for one in mine) == sum(fall.came.values())
        assert sum(sum(one.went.values()) for one in mine) == sum(fall.went.values())
    for time in whole.times:
        assert time.latest.n == sum(one.latest.n for group in days for one in group.times if one.stage == time.stage)


@given(st.lists(lives, max_size=6), st.booleans())
def test_each_cycle_of_a_period_is_in_the_buckets_of_its_entries_once(made, strict) -> None:
    found = columns(people_of(made), basis="period", strict=strict, buckets={"day": lambda at: f"{at // DAY}"})
    whole, groups = volumes(found.whole().numbers), [volumes(one.numbers) for one in found.groups("day")]
    assert all(sum(group[stage] for group in groups) == whole[stage] for stage in whole)


@given(st.lists(lives, max_size=6))
def test_a_step_is_the_one_before_for_cumulative_rates(made) -> None:
    steps = [step for step in count(people_of(made), strict=True).steps if step.stage in CHAIN]
    assert all(after.rate == Rate(after.n, before.n) for before, after in pairwise(steps))
