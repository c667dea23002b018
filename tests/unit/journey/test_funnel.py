"""Counting who went how far."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.journey.funnel import Question, Rate, funnel, units_of
from syncd.model.person import PersonId
from syncd.model.stage import FUNNEL, Stage
from tests.unit.journey.lives import day, entry

CHAIN = (Stage.MQL, Stage.SQL, Stage.CUSTOMER)

PEOPLE = {
    "straight": [entry("mql", 1), entry("sql", 2), entry("customer", 3)],
    "early": [entry("customer", 1), entry("mql", 3), entry("sql", 3)],
    "skipping": [entry("mql", 1), entry("customer", 9)],
    "waiting": [entry("subscriber", 0), entry("mql", 8)],
    "returning": [entry("mql", 1), entry("recycled", 2), entry("mql", 40, cycle=2), entry("sql", 41, cycle=2)],
}


def count(*, strict=False, since=None, until=None, group_of=None, people=PEOPLE):
    units = [unit for name, entries in people.items() for unit in units_of(PersonId(name), entries)]
    return funnel(units, Question(CHAIN, strict, since, until), FUNNEL, group_of)


def numbers(found) -> dict[str, int]:
    return {str(step.stage): step.n for step in found.steps}


def test_in_any_order_whoever_had_the_stage_counts_once_per_cycle() -> None:
    found = count()
    assert found.units == 6
    assert numbers(found) == {"subscriber": 1, "mql": 6, "sql": 3, "customer": 3}
    assert found.returns == {"recycled": 1}


def test_in_strict_order_each_stage_comes_at_or_after_the_one_before() -> None:
    assert numbers(count(strict=True)) == {"subscriber": 1, "mql": 6, "sql": 3, "customer": 1}


def test_a_rate_is_of_those_who_had_the_stage_before() -> None:
    steps = {str(step.stage): step for step in count().steps}
    assert steps["customer"].rate == Rate(2, 3)
    assert steps["customer"].of_first == Rate(3, 6)
    assert steps["mql"].rate == Rate(6, 6)


def test_a_cohort_is_who_entered_the_first_stage_in_the_period_and_what_became_of_them() -> None:
    found = count(since=day(1), until=day(3))
    assert found.units == 3
    assert numbers(found) == {"mql": 3, "sql": 1, "customer": 2}


def test_the_end_of_a_period_is_not_in_it() -> None:
    assert numbers(count(since=day(8), until=day(8.1)))["mql"] == 1
    assert numbers(count(since=day(7), until=day(8)))["mql"] == 0


def test_what_is_out_of_order_is_counted_and_named() -> None:
    [odd] = count().odd
    assert (odd.person, odd.cycle, odd.anomaly.kind) == ("early", 1, "out_of_order")


def test_a_split_adds_up_to_the_whole() -> None:
    found = count(group_of=lambda person: "s" if person.startswith("s") else "other")
    assert list(found.by) == ["other", "s"]
    assert sum(numbers_of["mql"] for numbers_of in map(steps_as_numbers, found.by.values())) == 6


def steps_as_numbers(steps) -> dict[str, int]:
    return {str(step.stage): step.n for step in steps}


def test_without_anybody_there_are_zeros_and_no_rates() -> None:
    found = count(people={})
    assert numbers(found) == {"mql": 0, "sql": 0, "customer": 0}
    assert {step.rate for step in found.steps} == {Rate(0, 0)}


lives = st.lists(st.tuples(st.sampled_from(["mql", "sql", "customer"]), st.integers(0, 9)), max_size=4)


@given(st.lists(lives, max_size=6))
def test_strict_never_counts_more_than_any_and_only_ever_shrinks(made) -> None:
    people = {f"p{index}": [entry(stage, at) for stage, at in life] for index, life in enumerate(made)}
    anyway, strictly = numbers(count(people=people)), numbers(count(strict=True, people=people))
    assert all(strictly[stage] <= anyway[stage] for stage in strictly)
    assert strictly["mql"] >= strictly["sql"] >= strictly["customer"]
