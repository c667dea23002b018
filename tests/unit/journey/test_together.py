"""Journeys of people who belong together, a lot at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.records import Record, System
from syncd.files.load import load_config
from syncd.files.starter import write_starter
from syncd.journey import together as places
from syncd.journey.together import as_data, together
from syncd.model.dossier import Reference
from syncd.model.instant import datetime_of, parse_iso
from syncd.model.person import PersonId
from syncd.store import mirror, people, references
from syncd.store.database import open_store

NOW = parse_iso("2026-11-21T08:30:00Z")
BEFORE = datetime_of(parse_iso("2026-11-01T08:30:00Z"))
STAFF = [PersonId(name) for name in ("ann", "bob", "cas", "dan", "eve")]


@pytest.fixture
def company(tmp_path: Path):
    store = open_store(f"sqlite:///{tmp_path}/syncd.db")
    with store.transaction() as tx:
        people.create_many(tx, dict.fromkeys(STAFF, NOW))
        contacts = [Record("contact", one, BEFORE, BEFORE, {"email": f"{one}@acme.example"}) for one in STAFF]
        mirror.save(tx, System.HUBSPOT, [*contacts, Record("company", "7", BEFORE, BEFORE, {"name": "Acme"})], NOW)
        references.refer(tx, System.HUBSPOT, "contact", dict.fromkeys(STAFF, (Reference("company", "company", "7"),)))
        people.assign(tx, [(System.HUBSPOT, "contact", one, one) for one in STAFF])
    write_starter(tmp_path / "config", "startup")
    yield store, load_config(tmp_path / "config")
    store.close()


def test_everybody_at_a_company_is_on_exactly_one_page(company, monkeypatch: pytest.MonkeyPatch) -> None:
    store, config = company
    monkeypatch.setattr(places, "MOST", 2)
    with store.reading() as tx:
        pages = [together(tx, config, "company", "7", NOW, page=page) for page in (1, 2, 3)]
    assert [[one.verdict.person for one in page.people] for page in pages] == [STAFF[:2], STAFF[2:4], STAFF[4:]]
    assert {(page.count, page.pages) for page in pages} == {(5, 3)}
    assert as_data(pages[1])["page"] == {"n": 2, "of": 3}
    assert {one.person for one in pages[2].events} == {"eve"}


def test_few_people_are_all_on_the_only_page(company) -> None:
    store, config = company
    with store.reading() as tx:
        found = together(tx, config, "company", "7", NOW)
    assert (len(found.people), found.page, found.pages) == (5, 1, 1)
