"""Streams between stages."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from syncd.journey.paths import Path, paths
from syncd.model.stage import Stage

CHAIN = (Stage.MQL, Stage.SQL, Stage.SQO, Stage.CUSTOMER)
ANY = (Stage.LEAD, *CHAIN, Stage.RECYCLED, Stage.DISQUALIFIED)


def counted(journeys):
    return Counter(map(frozenset, journeys))


def test_people_go_to_the_next_stage_they_had_to_where_they_returned_or_stay() -> None:
    journeys = [
        [Stage.LEAD, Stage.MQL],
        [Stage.MQL, Stage.SQL, Stage.RECYCLED],
        [Stage.MQL, Stage.SQO, Stage.CUSTOMER],
        [Stage.LEAD],
    ]
    assert paths(counted(journeys), CHAIN) == [
        Path(Stage.MQL, Stage.SQL, 1),
        Path(Stage.MQL, Stage.SQO, 1),
        Path(Stage.MQL, None, 1),
        Path(Stage.SQL, Stage.RECYCLED, 1),
        Path(Stage.SQO, Stage.CUSTOMER, 1),
    ]


def test_stages_out_of_order_make_no_circle() -> None:
    found = paths(counted([[Stage.SQL, Stage.MQL]] * 2), CHAIN)
    assert found == [Path(Stage.MQL, Stage.SQL, 2), Path(Stage.SQL, None, 2)]


@given(st.lists(st.lists(st.sampled_from(ANY), unique=True)))
def test_what_comes_into_a_stage_or_begins_there_goes_out_of_it(journeys: list[list[Stage]]) -> None:
    found = paths(counted(journeys), CHAIN)
    for stage in CHAIN[:-1]:
        assert sum(one.n for one in found if one.source == stage) == sum(stage in one for one in journeys)
    for one in found:
        if one.to in CHAIN:
            assert CHAIN.index(one.source) < CHAIN.index(one.to)
