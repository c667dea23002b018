"""Everybody is met once, in order, however few are in memory at a time."""

from __future__ import annotations

import pytest

from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.store import everybody, people
from syncd.store.database import open_store


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_everybody_is_met_once_but_those_who_turned_out_to_be_others(tmp_path, size) -> None:
    store = open_store(f"sqlite:///{tmp_path}/syncd.db")
    with store.transaction() as tx:
        for name in ("dora", "anna", "bert", "cleo"):
            people.create(tx, PersonId(name), Instant(0))
        people.merge(tx, PersonId("cleo"), PersonId("dora"), Instant(1))
        found = list(everybody.chunks(tx, size))
    store.close()
    assert [one for some in found for one in some] == ["anna", "bert", "dora"]
    assert max(map(len, found)) <= size


@pytest.mark.parametrize(("size", "lasts"), [(1, ["anna", "bert", "dora", None]), (2, ["bert", None]), (5, [None])])
def test_everybody_is_in_one_span(tmp_path, size, lasts) -> None:
    store = open_store(f"sqlite:///{tmp_path}/syncd.db")
    with store.transaction() as tx:
        for name in ("dora", "anna", "bert"):
            people.create(tx, PersonId(name), Instant(0))
        spans = everybody.spans(tx, size)
        found = [one for span in spans for some in everybody.chunks(tx, 2, span) for one in some]
    store.close()
    assert [span.last for span in spans] == lasts
    assert found == ["anna", "bert", "dora"]
