"""Nouns are compared, hashed, replaced and sent to other processes like any frozen dataclass."""

from __future__ import annotations

import pickle
from dataclasses import field, replace

import pytest

from syncd.model.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Firm:
    name: str
    cities: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    at: int


def test_nouns_with_the_same_values_are_equal_and_one_key() -> None:
    one, other = Firm("Steel", ("Bremen",)), Firm("Steel", ("Bremen",), ["seen"])
    assert one == other
    assert {one: 1}[other] == 1
    assert replace(one, name="Iron") != one
    assert pickle.loads(pickle.dumps(one)) == one


def test_nouns_that_are_not_compared_are_each_their_own_key() -> None:
    assert len({Meeting(1), Meeting(1)}) == 2


def test_nouns_take_no_other_names() -> None:
    with pytest.raises(AttributeError):
        Firm("Steel").town = "Bremen"  # type: ignore[attr-defined]  # what mypy refuses, slots refuse too
