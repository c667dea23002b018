"""Streams between stages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.journey.flow import Flow, flows
from syncd.journey.funnel import Unit
from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.model.stage import Stage

CHAIN = (Stage.MQL, Stage.SQL, Stage.SQO, Stage.CUSTOMER)
ANY = (Stage.LEAD, *CHAIN, Stage.RECYCLED, Stage.DISQUALIFIED)


def unit(*stages: Stage) -> Unit:
    return Unit(PersonId("p"), 1, {stage: Instant(at) for at, stage in enumerate(stages)}, ())


def test_people_flow_to_the_next_stage_they_had_to_where_they_returned_or_stay() -> None:
    units = [
        unit(Stage.LEAD, Stage.MQL),
        unit(Stage.MQL, Stage.SQL, Stage.RECYCLED),
        unit(Stage.MQL, Stage.SQO, Stage.CUSTOMER),
        unit(Stage.LEAD),
    ]
    assert flows(units, CHAIN) == [
        Flow(Stage.MQL, Stage.SQL, 1),
        Flow(Stage.MQL, Stage.SQO, 1),
        Flow(Stage.MQL, None, 1),
        Flow(Stage.SQL, Stage.RECYCLED, 1),
        Flow(Stage.SQO, Stage.CUSTOMER, 1),
    ]


def test_stages_out_of_order_make_no_circle() -> None:
    assert flows([unit(Stage.SQL, Stage.MQL)], CHAIN) == [Flow(Stage.MQL, Stage.SQL, 1), Flow(Stage.SQL, None, 1)]


@given(st.lists(st.lists(st.sampled_from(ANY), unique=True)))
def test_what_comes_into_a_stage_or_begins_there_goes_out_of_it(journeys: list[list[Stage]]) -> None:
    units = [unit(*stages) for stages in journeys]
    found = flows(units, CHAIN)
    for stage in CHAIN[:-1]:
        assert sum(one.n for one in found if one.source == stage) == sum(stage in one.first for one in units)
    for one in found:
        if one.to in CHAIN:
            assert CHAIN.index(one.source) < CHAIN.index(one.to)
