"""Touches in strands."""

from __future__ import annotations

from syncd.model.instant import Instant
from syncd.model.person import Touch
from syncd.model.touches import Strand, strand_of

VIEWS = Strand("page_view", None, "hubspot:contact:1", ":url@", (Instant(5), Instant(9)))


def test_a_strand_tells_when_those_were_that_a_proof_names() -> None:
    every = {one.id: one.at for one in VIEWS.touches()}
    assert VIEWS.times_of(every) == [5, 9]
    assert VIEWS.times_of({"hubspot:contact:1:url@9", "hubspot:contact:2:url@5"}) == [9]
    assert VIEWS.times_of(set()) == []


def test_a_touch_by_itself_is_named_as_a_whole() -> None:
    call = strand_of(Touch(Instant(7), "salesforce:task:00T1", "call", {}))
    assert call.times_of({"salesforce:task:00T1"}) == [7]
    assert call.times_of({"salesforce:task:00T"}) == []
