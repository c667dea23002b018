"""Work on ranges of persons gives the same in one process as in several, in order, and tells of its failures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from syncd.journey.ranges import by_ranges
from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.store import everybody, people
from syncd.store.database import Store, open_store

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.store.everybody import Span

NAMES = [f"p{number}" for number in range(9)]


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/with space.db")
    with opened.transaction() as tx:
        people.create_many(tx, {PersonId(name): Instant(0) for name in NAMES})
    yield opened
    opened.close()


def said(tx: Connection, span: Span, word: str) -> tuple[int, list[str]]:
    return os.getpid(), [f"{word} {one}" for some in everybody.chunks(tx, 2, span) for one in some]


def failing(tx: Connection, span: Span, word: str) -> str:
    if span.after >= "p4":
        raise LookupError(word)
    return span.after


@pytest.mark.parametrize("many", [1, 100])
def test_work_gives_everybody_once_and_in_order(store, many, monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    found = list(by_ranges(store, said, "hello", many=many, size=2))
    assert [one for _, some in found for one in some] == [f"hello {name}" for name in NAMES]
    assert (os.getpid() in {process for process, _ in found}) is (many > len(NAMES))


def test_work_that_fails_is_told(store, monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with pytest.raises(LookupError, match="why"):
        list(by_ranges(store, failing, "why", many=1, size=2))


def test_nobody_is_nothing_to_work_on(tmp_path) -> None:
    empty = open_store(f"sqlite:///{tmp_path}/empty.db")
    assert list(by_ranges(empty, said, "hello")) == []
    empty.close()
