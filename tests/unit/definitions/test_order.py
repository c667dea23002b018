"""The order of stages is one and the same where files are read and where people are judged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.definitions.order import merged
from syncd.files.order import stage_order
from syncd.model.stage import FUNNEL, Stage

names = st.lists(st.sampled_from((*FUNNEL, Stage("trial"), Stage("sal"), Stage("poc"))), unique=True)


def test_own_stages_stand_after_their_predecessor():
    assert merged((Stage.MQL, Stage("sal"), Stage("poc"), Stage.SQL)) == (*FUNNEL[:3], "sal", "poc", *FUNNEL[3:])
    assert merged((Stage("trial"), Stage.MQL)) == (*FUNNEL[:2], "trial", *FUNNEL[2:])
    assert merged((Stage("trial"),)) == (*FUNNEL, "trial")
    assert merged((Stage.MQL, Stage.RECYCLED)) == FUNNEL


@given(names)
def test_files_and_definitions_agree_on_the_order(named):
    assert merged(tuple(named)) == stage_order(named)


@given(names)
def test_a_file_that_names_known_stages_in_their_order_keeps_it_once_read(named):
    known = iter(sorted((stage for stage in named if stage in FUNNEL), key=FUNNEL.index))
    written = [next(known) if stage in FUNNEL else stage for stage in named]
    order = stage_order(written)
    assert merged(tuple(stage for stage in order if stage in written)) == order
