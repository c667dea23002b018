"""Entries of a stage that is left and entered again stand beside each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.model.instant import Instant
from syncd.model.person import Entry, PersonId
from syncd.model.stage import Stage
from syncd.store import entries, people
from syncd.store.database import open_store

ANNA = PersonId("anna")
FIRST = Entry(Stage.MQL, 1, Instant(10), "definition", "visited", left_at=Instant(20))
AGAIN = Entry(Stage.MQL, 1, Instant(30), "definition", "visited again")


@pytest.fixture
def tx(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/syncd.db")
    with store.transaction() as tx:
        people.create(tx, ANNA, Instant(0))
        yield tx
    store.close()


def keep(tx, *given, at=100):
    return [entry for _, entry in entries.record_many(tx, None, [(ANNA, given)], Instant(at))]


def test_a_second_entry_of_one_cycle_leaves_the_first_as_it_is(tx):
    assert keep(tx, FIRST) == [FIRST]
    assert keep(tx, FIRST, AGAIN) == [FIRST, AGAIN]
    assert entries.of_persons(tx, [ANNA]) == {ANNA: [FIRST, AGAIN]}


def test_what_is_told_twice_is_news_once(tx):
    keep(tx, FIRST, AGAIN)
    assert keep(tx, FIRST, AGAIN) == []


def test_one_that_is_gone_has_those_that_stay_told(tx):
    keep(tx, FIRST, AGAIN)
    assert keep(tx, AGAIN) == [AGAIN]
    assert entries.of_persons(tx, [ANNA]) == {ANNA: [AGAIN]}


def test_an_entry_that_is_dated_anew_takes_the_place_of_the_one_that_stood(tx):
    keep(tx, AGAIN, at=100)
    earlier = replace(AGAIN, at=Instant(25))
    assert keep(tx, earlier, at=200) == [earlier]
    assert entries.of_persons(tx, [ANNA]) == {ANNA: [earlier]}
    assert entries.of_persons(tx, [ANNA], Instant(150)) == {ANNA: [AGAIN]}


def test_a_stage_that_is_not_named_stands(tx):
    keep(tx, FIRST)
    keep(tx, Entry(Stage.SQL, 1, Instant(40), "definition", "talked"))
    assert [entry.stage for entry in entries.of_persons(tx, [ANNA])[ANNA]] == [Stage.MQL, Stage.SQL]
