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
