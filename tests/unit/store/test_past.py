"""What was known at an earlier instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.records import Record, System, Version
from syncd.model.instant import Instant, instant_of
from syncd.model.person import Entry, PersonId, Touch
from syncd.model.stage import Stage
from syncd.model.touches import strand_of
from syncd.store import entries, ledger, mirror, people, runs
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
        late = {"1": ([strand_of(touch)], {})}
        mirror.save(tx, System.HUBSPOT, [contact(MONDAY)], instant_of(MONDAY + HOUR), evidence=late)
    assert known(store, MONDAY).touches == []
    assert [one.id for one in known(store, MONDAY + HOUR).touches] == ["t1"]


def linked(store, at: datetime, person: str, *records: tuple[str, str, str]) -> None:
    """Link records to somebody, as a cycle does it and notes it."""
    about = [
        ledger.About(PersonId(person), {"system": system, "kind": kind, "id": one, "rule": "email"})
        for system, kind, one in records
    ]
    with store.transaction() as tx:
        people.create(tx, PersonId(person), instant_of(at))
        people.assign(tx, [(System(system), kind, one, PersonId(person)) for system, kind, one in records])
        ledger.append(tx, None, instant_of(at), [ledger.LedgerItem("linked", {}, about)])


def merged(store, at: datetime, loser: str, winner: str) -> None:
    with store.transaction() as tx:
        people.merge(tx, PersonId(loser), PersonId(winner), instant_of(at))
        about = [ledger.About(PersonId(loser), {"into": winner})]
        ledger.append(tx, None, instant_of(at), [ledger.LedgerItem("merged", {}, about)])


def lead(at: datetime, name: str = "00Q1") -> Record:
    return Record("lead", name, at, MONDAY - timedelta(days=3), {"Email": "anna@acme.example"}, {})


def names(store, at: datetime | None, person: str = "anna") -> list[str]:
    with store.reading() as tx:
        found = load_known(tx, PersonId(person), None if at is None else instant_of(at))
    return [one.name for one in found.records]


CONTACT, LEAD = ("hubspot", "contact", "1"), ("salesforce", "lead", "00Q1")


@pytest.fixture
def both(store):
    """A contact and a lead, seen on Monday."""
    with store.transaction() as tx:
        mirror.save(tx, System.HUBSPOT, [contact(MONDAY, email="anna@acme.example")], instant_of(MONDAY))
        mirror.save(tx, System.SALESFORCE, [lead(MONDAY)], instant_of(MONDAY))
    return store


def test_a_record_that_was_linked_later_was_not_the_persons_before(both) -> None:
    linked(both, MONDAY, "anna", CONTACT)
    linked(both, MONDAY + 2 * HOUR, "anna", LEAD)
    assert names(both, MONDAY + HOUR) == ["hubspot:contact:1"]
    assert names(both, MONDAY + 2 * HOUR) == names(both, None) == ["hubspot:contact:1", "salesforce:lead:00Q1"]


def test_two_who_became_one_later_were_two_before(both) -> None:
    linked(both, MONDAY, "anna", CONTACT)
    linked(both, MONDAY, "other", LEAD)
    with both.transaction() as tx:
        for person, stage in (("anna", Stage.MQL), ("other", Stage.SQL)):
            entry = Entry(stage, 1, instant_of(MONDAY), "definition", "why")
            entries.record(tx, None, PersonId(person), [entry], instant_of(MONDAY))
            data = {"entries": [{"stage": str(stage), "cycle": 1, "at": entry.at}]}
            about = [ledger.About(PersonId(person), data)]
            ledger.append(tx, None, instant_of(MONDAY), [ledger.LedgerItem("decided", {}, about)])
    merged(both, MONDAY + 2 * HOUR, "other", "anna")
    assert names(both, MONDAY + HOUR) == ["hubspot:contact:1"]
    assert names(both, MONDAY + HOUR, "other") == ["salesforce:lead:00Q1"]
    assert names(both, MONDAY + 3 * HOUR) == ["hubspot:contact:1", "salesforce:lead:00Q1"]
    assert [one.stage for one in known(both, MONDAY + HOUR).entries] == [Stage.MQL]
    assert {one.stage for one in known(both, MONDAY + 3 * HOUR).entries} == {Stage.MQL, Stage.SQL}


def test_a_record_that_went_to_somebody_else_later_was_still_the_persons_then(both) -> None:
    linked(both, MONDAY, "anna", CONTACT, LEAD)
    linked(both, MONDAY + 2 * HOUR, "berit", LEAD)
    assert names(both, None) == ["hubspot:contact:1"]
    assert names(both, MONDAY + HOUR) == ["hubspot:contact:1", "salesforce:lead:00Q1"]
    assert names(both, MONDAY + 3 * HOUR) == ["hubspot:contact:1"]
    assert names(both, MONDAY + HOUR, "berit") == []


def test_a_form_goes_with_the_contact_at_its_address(both) -> None:
    form = Record("form_submission", "f1", MONDAY, MONDAY, {"email": "Anna@acme.example"}, {})
    with both.transaction() as tx:
        mirror.save(tx, System.HUBSPOT, [form], instant_of(MONDAY))
        people.create(tx, ANNA, instant_of(MONDAY))
        people.assign(tx, [(System.HUBSPOT, "form_submission", "f1", ANNA)])
    linked(both, MONDAY, "anna", CONTACT)
    linked(both, MONDAY + 2 * HOUR, "anna", LEAD)
    assert names(both, MONDAY + HOUR) == ["hubspot:contact:1", "hubspot:form_submission:f1"]


def test_what_a_run_read_and_then_linked_was_never_nobodys(both) -> None:
    with both.transaction() as tx:
        run = runs.start(tx, command="sync", mode="apply", at=instant_of(MONDAY), definitions="d", config="c")
        people.create(tx, ANNA, instant_of(MONDAY))
        people.assign(tx, [(System.HUBSPOT, "contact", "1", ANNA)])
        about = [ledger.About(ANNA, {"system": "hubspot", "kind": "contact", "id": "1", "rule": "new"})]
        ledger.append(tx, run, instant_of(MONDAY + HOUR), [ledger.LedgerItem("linked", {}, about)])
    assert names(both, MONDAY) == ["hubspot:contact:1"]
