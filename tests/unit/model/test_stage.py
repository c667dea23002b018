"""One order of stages, for files that are read and for people who are judged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.definitions.language import AllOf, Definitions, StageRule
from syncd.definitions.order import order_of, rank
from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage, label_of, stage_order

names = st.lists(st.sampled_from((*FUNNEL, *SIDE_STAGES, Stage("trial"), Stage("sal"), Stage("poc"))), unique=True)


def test_own_stages_stand_after_their_predecessor():
    assert stage_order(["mql", "sal", "poc", "sql"]) == (*FUNNEL[:3], "sal", "poc", *FUNNEL[3:])
    assert stage_order(["trial", "mql"]) == (*FUNNEL[:2], "trial", *FUNNEL[2:])
    assert stage_order(["trial"]) == (*FUNNEL, "trial")


def test_a_team_that_names_one_stage_of_its_own_keeps_the_known_ones_without_a_rule():
    rules = [StageRule(Stage("sal"), AllOf(())), StageRule(Stage.SQL, AllOf(()))]
    order = order_of(Definitions("1", stages=rules))
    assert set(FUNNEL) < set(order)
    assert order.index("sal") < order.index(Stage.SQL)


def test_side_stages_and_unknown_ones_come_before_all_others():
    definitions = Definitions("1")
    assert rank(definitions, Stage.RECYCLED) == rank(definitions, Stage("gone")) == -1
    assert [rank(definitions, stage) for stage in FUNNEL] == list(range(len(FUNNEL)))


def test_a_stage_of_the_teams_own_is_labelled_by_its_name():
    assert [label_of(stage) for stage in (Stage.MQL, Stage("proof of concept"))] == ["MQL", "Proof of concept"]


@given(names)
def test_every_stage_is_in_the_order_once_and_side_stages_are_not(named):
    order = stage_order(named)
    assert set(order) == {*FUNNEL, *named} - {*SIDE_STAGES}
    assert len(order) == len(set(order))
    assert [stage for stage in order if stage in FUNNEL] == list(FUNNEL)


@given(names)
def test_a_file_that_names_known_stages_in_their_order_keeps_it_once_read(named):
    known = iter(sorted((stage for stage in named if stage in FUNNEL), key=FUNNEL.index))
    written = [next(known) if stage in FUNNEL else stage for stage in named]
    order = stage_order(written)
    assert stage_order([stage for stage in order if stage in written]) == order
