"""Nouns are compared, hashed, replaced and sent to other processes like any frozen dataclass."""

from __future__ import annotations

import pickle
from dataclasses import field, replace

import pytest

from connectors.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Firm:
    name: str
    cities: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    at: int


@dataclass(slots=True)
class Desk:
    key: str = field(repr=False)
    people: int = 0


@dataclass(frozen=True, slots=True)
class Nobody:
    pass


def test_nouns_with_the_same_values_are_equal_and_one_key() -> None:
    one, other = Firm("Steel", ("Bremen",)), Firm("Steel", ("Bremen",), ["seen"])
    assert one == other
    assert {one: 1}[other] == 1
    assert replace(one, name="Iron") != one
    assert pickle.loads(pickle.dumps(one)) == one


def test_nouns_that_are_not_compared_are_each_their_own_key() -> None:
    assert len({Meeting(1), Meeting(1)}) == 2


def test_nouns_show_what_may_be_shown() -> None:
    assert repr(Firm("Steel", ("Bremen",))) == "Firm(name='Steel', cities=('Bremen',), notes=[])"
    assert repr(Desk("key")) == "Desk(people=0)"


def test_nouns_of_different_kinds_differ() -> None:
    assert Nobody() == Nobody()
    assert Nobody() != Meeting(1)
    assert Firm("Steel") != ("Steel", ())


def test_what_may_be_changed_is_no_key() -> None:
    assert Desk("key") == Desk("key")
    with pytest.raises(TypeError):
        hash(Desk("key"))


def test_nouns_take_no_other_names() -> None:
    with pytest.raises(AttributeError):
        Firm("Steel").town = "Bremen"  # type: ignore[attr-defined]  # what mypy refuses, slots refuse too
