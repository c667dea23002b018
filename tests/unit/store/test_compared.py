"""Copies beside what the mirror has: the short way, which nearly every copy goes, ends where the long one does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.records import Record, System, Version
from syncd.model.instant import Instant, instant_of
from syncd.store import mirror, mirrored, renewal
from syncd.store.database import Store, open_store

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRACKED = ("phone", "city")
SHORT, LONG = "contact", "lead"
"""One kind is kept by what was compared, the other as if nothing had been."""

VALUES = st.sampled_from(["a", "ours", None, 'x","phone":[[', True, 1])
TOLD = st.fixed_dictionaries({"phone": VALUES, "city": VALUES}, optional={"lastmodifieddate": VALUES, "email": VALUES})
COPIES = st.fixed_dictionaries(
    {
        "given": st.one_of(TOLD, TOLD, TOLD.map(lambda told: dict(reversed(told.items()))), st.just({})),
        "hours": st.integers(0, 2),
        "deleted": st.booleans(),
        "merged_into": st.sampled_from([None, None, "other"]),
        "history": st.lists(st.integers(0, 4), max_size=2, unique=True).map(sorted),
        "ours": st.booleans(),
    }
)
numbers = count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{Path(tmp_path_factory.mktemp('compared'))}/syncd.db")
    yield opened
    opened.close()


def record_of(kind: str, one: str, said: dict) -> Record:
    past = [Version(f"v{hour}", MONDAY + hour * HOUR) for hour in said["history"]]
    copy = Record(kind, one, MONDAY + said["hours"] * HOUR, MONDAY, said["given"], {"city": past} if past else {})
    return replace(copy, deleted=said["deleted"], merged_into=said["merged_into"])


@settings(max_examples=200, deadline=None)
@given(st.lists(COPIES, min_size=1, max_size=8))
def test_a_copy_that_was_compared_ends_as_one_that_was_not(store: Store, copies: list[dict]) -> None:
    one = f"{next(numbers)}"
    for place, said in enumerate(copies):
        at = Instant(instant_of(MONDAY) + place)
        short, long = record_of(SHORT, one, said), record_of(LONG, one, said)
        with store.transaction() as tx:
            compared = mirror.compare(tx, System.HUBSPOT, SHORT, [short])
            old = mirror.get(tx, System.HUBSPOT, LONG, [one]).get(one)
            news = compared.news([short])
            assert bool(news) == (old is None or is_news(old, long))
            before = mirror.revisions(tx, System.HUBSPOT, LONG, one)
            mirror.save(tx, System.HUBSPOT, news, at, TRACKED, compared=compared)
            mirror.save(tx, System.HUBSPOT, [long] if news else [], at, TRACKED)
            [ours], [theirs] = (mirror.get(tx, System.HUBSPOT, kind, [one]).values() for kind in (SHORT, LONG))
            told, told_too = (mirror.revisions(tx, System.HUBSPOT, kind, one) for kind in (SHORT, LONG))
            assert (replace(ours, kind=LONG), told) == (theirs, told_too)
            if old is not None and len(told) > len(before):
                assert like(mirrored.undone(theirs, told[-1])) == like(old)
            if said["ours"]:
                for kind in (SHORT, LONG):
                    mirror.amend_many(tx, System.HUBSPOT, kind, [(one, {"city": "ours"}, None)], at)


def is_news(old: mirrored.Mirrored, copy: Record) -> bool:
    """What `news` says, value by value."""
    moved = renewal.moved(old.properties, copy.properties)
    other = moved or copy.deleted != old.deleted or copy.merged_into != old.merged_into
    at, merged = instant_of(copy.modified_at), copy.merged_into not in (None, old.merged_into)
    shows_others = any(name in moved for name in old.amended)
    return bool(other) and (merged or at > old.modified_at or (at == old.modified_at and not shows_others))


def like(one: mirrored.Mirrored) -> mirrored.Mirrored:
    """The record without what changes with every save, and without which of its values are ours: none can be undone."""
    said = {name: value for name, value in one.properties.items() if name not in mirrored.VOLATILE}
    return replace(one, properties=said, amended=())
