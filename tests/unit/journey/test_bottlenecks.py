"""Where people wait and what it costs, counted by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.journey.bottlenecks import bottlenecks
from syncd.journey.funnel import Rate
from syncd.model.instant import DAY
from tests.unit.journey.lives import entry
from tests.unit.journey.test_funnel import columns


def places(people, before=None):
    def owner(person):
        return person[0]

    now = columns(people, labels={"owner": owner})
    then = None if before is None else columns(before, labels={"owner": owner})
    return bottlenecks(
        now.whole(), now.groups("owner"), then and then.whole(), then.groups("owner") if then is not None else ()
    )


def quick(days=1):
    return [entry("mql", 1), entry("sql", 1 + days)]


PEOPLE = {
    "a1": quick(), "a2": quick(3), "a3": quick(), "a4": [entry("mql", 50)],
    "b1": [entry("mql", 50)], "b2": [entry("mql", 50)], "b3": [entry("mql", 1), entry("recycled", 4, reason="late")],
    "b4": quick(),
}  # fmt: skip
"""Four people each of a and b became MQL; three of a's became SQL, one of b's: half of all."""


def test_the_place_that_loses_most_comes_first_with_why_and_how_long() -> None:
    first = places(PEOPLE)[0]
    assert (first.name, first.value, first.stage, first.after) == ("owner", "b", "mql", "sql")
    assert (first.rate, first.lost) == (Rate(1, 4), 1.0)
    assert (first.waiting, first.left) == (2, {"recycled: late": 1})
    assert first.median == DAY


def test_who_does_better_than_the_whole_loses_nothing() -> None:
    (mine,) = (one for one in places(PEOPLE) if (one.value, one.stage) == ("a", "mql"))
    assert (mine.lost, mine.waiting, mine.rate_change) == (0, 1, None)


def test_the_whole_is_measured_against_the_period_before() -> None:
    better = {name: quick() for name in PEOPLE}
    (whole,) = (one for one in places(PEOPLE, better) if (one.name, one.stage) == ("", "mql"))
    assert (whole.lost, whole.before.rate, whole.rate_change) == (4.0, Rate(8, 8), -0.5)
    (alone,) = (one for one in places(PEOPLE) if (one.name, one.stage) == ("", "mql"))
    assert (alone.lost, alone.before) == (0, None)


def test_where_nobody_waits_or_was_lost_is_no_place() -> None:
    assert places({"a": [entry("mql", 1), entry("sql", 2), entry("customer", 3)]}) == []
    assert places({}) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=20))
def test_what_groups_lose_is_what_others_gain(made) -> None:
    people = {f"{name}{index}": quick() if fast else [entry("mql", 1)] for index, (name, fast) in enumerate(made)}
    found = [one for one in places(people) if one.stage == "mql" and one.name]
    assert all(0 <= one.lost <= one.rate.of - one.rate.n + 1e-9 for one in found)
    assert [one.lost for one in found] == sorted((one.lost for one in found), reverse=True)
