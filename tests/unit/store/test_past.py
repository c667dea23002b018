"""What was known at an earlier instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.records import Record, System, Version
from syncd.model.instant import Instant, instant_of
from syncd.model.person import PersonId, Touch
from syncd.store import mirror, people
from syncd.store.database import open_store
from syncd.store.past import load_known

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
ANNA = PersonId("anna")
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path):
    opened = open_store(f"sqlite:///{tmp_path}/syncd.db")
    yield opened
    opened.close()


def contact(at: datetime, history=None, **properties: object) -> Record:
    return Record("contact", "1", at, MONDAY - timedelta(days=9), properties, history or {})


def see(store, record: Record, known_at: datetime) -> None:
    with store.transaction() as tx:
        mirror.save(tx, System.HUBSPOT, [record], instant_of(known_at))
        people.create(tx, ANNA, instant_of(known_at))
        people.assign(tx, [(System.HUBSPOT, "contact", "1", ANNA)])


def known(store, at: datetime | None):
    with store.reading() as tx:
        return load_known(tx, ANNA, None if at is None else instant_of(at))


def test_a_record_is_what_its_news_said_until_then(store) -> None:
    see(store, contact(MONDAY, jobtitle="Clerk", city="Oslo"), MONDAY)
    see(store, contact(MONDAY + HOUR, jobtitle="Head of IT", city="Oslo"), MONDAY + 2 * HOUR)
    assert known(store, MONDAY + HOUR).records[0].properties == {"jobtitle": "Clerk", "city": "Oslo"}
    [later] = known(store, MONDAY + 2 * HOUR).records
    assert (later.properties["jobtitle"], later.modified_at) == ("Head of IT", instant_of(MONDAY + HOUR))
    assert known(store, None).records[0].properties == later.properties


def test_versions_that_were_read_later_were_not_known_before(store) -> None:
    first, second = Version("a", MONDAY - HOUR), Version("b", MONDAY)
    see(store, contact(MONDAY, {"x": [first]}, x="a"), MONDAY)
    see(store, contact(MONDAY + HOUR, {"x": [first, second]}, x="b"), MONDAY + HOUR)
    assert [value for _, value, _, _ in known(store, MONDAY).records[0].history["x"]] == ["a"]
    assert [value for _, value, _, _ in known(store, MONDAY + HOUR).records[0].history["x"]] == ["a", "b"]


def test_before_the_first_sighting_there_is_no_record(store) -> None:
    see(store, contact(MONDAY), MONDAY)
    assert known(store, MONDAY - HOUR).records == []


def test_a_deletion_that_was_learned_later_was_not_known_before(store) -> None:
    see(store, contact(MONDAY), MONDAY)
    gone = Record("contact", "1", MONDAY + HOUR, MONDAY, {}, deleted=True)
    see(store, gone, MONDAY + HOUR)
    assert not known(store, MONDAY).records[0].deleted
    assert known(store, MONDAY + HOUR).records[0].deleted


def test_a_touch_that_came_late_was_not_known_before(store) -> None:
    see(store, contact(MONDAY), MONDAY)
    touch = Touch(Instant(instant_of(MONDAY) - 5), "t1", "page_view")
    with store.transaction() as tx:
        late = {"1": ([touch], {})}
        mirror.save(tx, System.HUBSPOT, [contact(MONDAY)], instant_of(MONDAY + HOUR), evidence=late)
    assert known(store, MONDAY).touches == []
    assert [one.id for one in known(store, MONDAY + HOUR).touches] == ["t1"]
