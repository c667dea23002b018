"""What becomes of a record by our own writes, and how it is made again as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import System
from syncd.model.instant import Instant, instant_of
from syncd.store import mirrored
from syncd.store.canonical import from_text, to_sorted_bytes, to_text

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
VERSIONS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["a", "b", None]), st.none(), st.none()), max_size=8)


def lead(**properties: object) -> mirrored.Mirrored:
    at = instant_of(MONDAY)
    return mirrored.Mirrored(
        System.SALESFORCE, "lead", "1", None, None, at, at, deleted=False, merged_into=None, properties=properties
    )


@given(VERSIONS, VERSIONS)
def test_a_union_has_every_version_once_oldest_first(known, given_ones):
    both = mirrored.union(mirrored.union([], known), given_ones)
    assert {v[:2] for v in both} == {v[:2] for v in [*known, *given_ones]}
    assert [v[0] for v in both] == sorted(v[0] for v in both)
    assert mirrored.union(both, given_ones) == both


def test_our_own_write_becomes_a_version_where_the_past_is_known():
    old = replace(lead(Status="Open"), history={"Status": [(instant_of(MONDAY), "Open", None, None)]})
    new = mirrored.amended(old, {"Status": "Working", "Rating": "Hot"}, Instant(instant_of(MONDAY) + 9), None)
    assert [value for _, value, _, _ in new.history["Status"]] == ["Open", "Working"]
    assert "Rating" not in new.history
    assert new.modified_at == instant_of(MONDAY)
    assert new.amended == ("Rating", "Status")


def test_our_own_write_is_dated_by_the_crms_clock_as_those_of_people_are():
    old = replace(lead(Status="Open"), history={"Status": [(instant_of(MONDAY), "Open", None, None)]})
    theirs, ours = Instant(instant_of(MONDAY) + 9), Instant(instant_of(MONDAY) + 99)
    new = mirrored.amended(old, {"Status": "Working"}, ours, None, theirs)
    assert (new.history["Status"][-1][0], new.known_at) == (theirs, ours)


@pytest.mark.parametrize("value", ["\ud800", 2**70, {"a": ("\udfff", {1: None})}])
def test_what_json_cannot_hold_is_replaced_and_not_refused(value):
    assert from_text(to_text({"v": value})).keys() == {"v"}
    assert to_sorted_bytes([value])


def test_equal_values_give_equal_bytes():
    assert to_sorted_bytes({"b": {3, 1}, "a": MappingProxyType({"y": 1, "x": 2})}) == b'{"a":{"x":2,"y":1},"b":[1,3]}'


def test_our_own_write_can_be_undone() -> None:
    old = lead(Status="Open", City="Bonn")
    new = mirrored.amended(old, {"Status": "Working", "Rating": "Hot"}, Instant(old.known_at + 9), None)
    undone = mirrored.undone(new, mirrored.before(old, new))
    assert (undone.properties, undone.known_at) == (old.properties, old.known_at)
    assert mirrored.before(old, old) == {}
