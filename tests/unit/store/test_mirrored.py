"""What becomes of a record when another copy of it arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import Record, System, Version
from syncd.model.instant import Instant, instant_of
from syncd.store import mirrored
from syncd.store.canonical import from_text, to_sorted_bytes, to_text

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
VERSIONS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["a", "b", None]), st.none(), st.none()), max_size=8)


def lead(hours: int = 0, **properties: object) -> Record:
    return Record("lead", "1", MONDAY + timedelta(hours=hours), None, properties)


def kept(record: Record) -> mirrored.Mirrored:
    return mirrored.first_seen(record, System.SALESFORCE, Instant(1), "")


@given(VERSIONS, VERSIONS)
def test_a_union_has_every_version_once_oldest_first(known, given_ones):
    both = mirrored.union(mirrored.union([], known), given_ones)
    assert {v[:2] for v in both} == {v[:2] for v in [*known, *given_ones]}
    assert [v[0] for v in both] == sorted(v[0] for v in both)
    assert mirrored.union(both, given_ones) == both


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2)))
def test_a_digest_knows_no_order_and_no_time_of_saving(properties):
    turned = dict(reversed(properties.items())) | {"SystemModstamp": "now"}
    first = mirrored.digest_of(properties, deleted=False, merged_into=None)
    assert first == mirrored.digest_of(turned, deleted=False, merged_into=None)
    assert first != mirrored.digest_of(turned, deleted=True, merged_into=None)


def test_a_copy_of_the_same_instant_is_stale_unless_it_shows_what_we_wrote():
    at = instant_of(MONDAY)
    assert mirrored.is_stale(lead(Status="Open"), at, {"Status": "Working"})
    assert not mirrored.is_stale(lead(Status="Working", Rating="Hot"), at, {"Status": "Working"})
    assert not mirrored.is_stale(lead(Status="Open"), at, {})
    assert not mirrored.is_stale(lead(1, Status="Open"), at, {"Status": "Working"})
    assert mirrored.is_stale(lead(-1, Status="Working"), at, {})


def test_the_first_value_of_a_record_without_creation_date_is_dated_when_it_was_seen():
    old = kept(lead(Status="Open"))
    new = mirrored.merged(old, lead(2, Status="Working"), Instant(2), ["Status"])
    assert [(at, value) for at, value, _, _ in new.history["Status"]] == [
        (instant_of(MONDAY), "Open"),
        (instant_of(MONDAY + timedelta(hours=2)), "Working"),
    ]


def test_our_own_write_becomes_a_version_where_the_past_is_known():
    record = Record("lead", "1", MONDAY, None, {"Status": "Open"}, {"Status": [Version("Open", MONDAY)]})
    new = mirrored.amended(kept(record), {"Status": "Working", "Rating": "Hot"}, Instant(instant_of(MONDAY) + 9), None)
    assert [value for _, value, _, _ in new.history["Status"]] == ["Open", "Working"]
    assert "Rating" not in new.history
    assert new.modified_at == instant_of(MONDAY)
    assert new.amended == ("Rating", "Status")


@pytest.mark.parametrize("value", ["\ud800", 2**70, {"a": ("\udfff", {1: None})}])
def test_what_json_cannot_hold_is_replaced_and_not_refused(value):
    assert from_text(to_text({"v": value})).keys() == {"v"}
    assert to_sorted_bytes([value])


def test_equal_values_give_equal_bytes():
    assert to_sorted_bytes({"b": {3, 1}, "a": MappingProxyType({"y": 1, "x": 2})}) == b'{"a":{"x":2,"y":1},"b":[1,3]}'


def test_what_was_before_can_be_made_again_out_of_what_is() -> None:
    old = kept(lead(1, Status="Open", City="Bonn"))
    copy = replace(lead(2, Status="Working", Phone="1"), deleted=True, history={"Status": [Version("Open", MONDAY)]})
    new = mirrored.merged(old, copy, Instant(2), [])
    undone = mirrored.undone(new, mirrored.before(old, new))
    assert (undone.properties, undone.history, undone.deleted) == (old.properties, old.history, old.deleted)
    assert (undone.modified_at, undone.known_at) == (old.modified_at, old.known_at)
    assert mirrored.before(old, old) == {}
