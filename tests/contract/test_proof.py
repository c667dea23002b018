"""Forgetting, and the tables against the ledger, on SQLite and on a real PostgreSQL alike."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from connectors.records import System
from syncd.model.dossier import Quarantined
from syncd.model.instant import Instant
from syncd.model.person import Entry
from syncd.model.stage import Stage
from syncd.privacy.forget import forget, key_of, lift
from syncd.store import entries, intents, ledger, mirror, people, quarantine, rebuild, runs, suppression, tables

from .test_store import ANNA, BERT, NOW, contact, persons

HUBSPOT = System.HUBSPOT
MAIL = "anna@canary.example"


def lived(store):
    """Anna and Bert with records, keys, entries, a write and a case, all told to the ledger as a run does."""
    persons(store, ANNA, BERT)
    with store.transaction() as tx:
        run = runs.start(tx, command="sync", mode="apply", at=NOW, definitions="d", config="c")
        mirror.save(tx, HUBSPOT, [contact("1", email=MAIL), contact("2", email="bert@x.example")], NOW)
        people.save_keys(tx, HUBSPOT, "contact", {"1": ["hubspot:1", f"email:{MAIL}"], "2": ["hubspot:2"]})
        people.assign(tx, [(HUBSPOT, "contact", "1", ANNA), (HUBSPOT, "contact", "2", BERT)])
        items = []
        for person in (ANNA, BERT):
            entry = Entry(Stage.MQL, 1, NOW, "definition", f"why of {MAIL}", (), "d")
            entries.record(tx, run, person, [entry], NOW)
            data = [{"stage": "mql", "cycle": 1, "at": NOW, "left_at": None, "source": "definition", "definition": "d"}]
            sealed = {"proofs": [[entry.why, [], None]]}
            items.append(ledger.LedgerItem("decided", {}, [ledger.About(person, {"entries": data}, sealed)]))
            row = Quarantined(
                f"q-{person}", "salesforce", "lead", None, person, "data", "c", MAIL, "RevOps", first_at=NOW
            )
            quarantine.put(tx, [row], NOW)
            told = {"id": row.id, "cause": "data", "code": "c", "kind": "lead"}
            items.append(ledger.LedgerItem("quarantined", told, [ledger.About(person)]))
            name = f"{run}:{person}"
            fields = {"Email": MAIL}
            given = (name, run, person, "salesforce", "lead", "update", "00Q1", None, fields, "update", "open")
            intent = intents.Intent(*given, None, None, NOW, None)
            intents.open_many(tx, [intent])
            about = ledger.About(person, {"intent": name, "id": "00Q1", "fields": ["Email"]}, intents.sealed(intent))
            items.append(ledger.LedgerItem("intent", {"system": "salesforce", "kind": "lead"}, [about]))
        ledger.append(tx, run, NOW, items)


def test_the_tables_say_what_the_ledger_tells(store):
    lived(store)
    with store.reading() as tx:
        found = rebuild.compare(tx)
        assert (found.ok, found.checked) == (True, {"entry": 2, "intent": 2, "quarantine": 2})
    with store.transaction() as tx:
        tx.execute(text("UPDATE entry SET why = 'another' WHERE person_id = 'bert'"))
        assert [one.table for one in rebuild.compare(tx).differences] == ["entry"]


@pytest.mark.parametrize(
    "forged",
    ["UPDATE course SET times = '[1]' WHERE person_id = 'bert'", "DELETE FROM course WHERE person_id = 'anna'"],
    ids=["another time", "somebody is missing"],
)
def test_what_reports_count_by_is_what_the_entries_say(store, forged: str):
    lived(store)
    with store.transaction() as tx:
        tx.execute(text(forged))
        assert {one.table for one in rebuild.compare(tx).differences} == {"course"}


def test_a_merged_person_is_told_anew_as_merged(store):
    lived(store)
    with store.transaction() as tx:
        people.merge(tx, BERT, ANNA, Instant(NOW + 5))
        merged = ledger.LedgerItem("merged", {}, [ledger.About(BERT, {"into": ANNA})])
        ledger.append(tx, None, Instant(NOW + 5), [merged])
        assert rebuild.compare(tx).differences == []


def test_whoever_is_forgotten_is_in_no_table_any_more_and_recognized_by_their_keys_alone(store):
    lived(store)
    receipt = forget(store, ANNA, key_of(MAIL), "dpo", "asked", NOW)
    assert receipt.records == {"hubspot": ["contact:1"]}
    with store.transaction() as tx:
        for table in tables.metadata.sorted_tables:
            if table not in (tables.ledger, tables.ledger_person, tables.meta) and "person_id" in table.c:
                assert tx.execute(select(table).where(table.c.person_id == ANNA)).all() == [], table.name
        assert tx.execute(select(tables.person.c.id)).scalars().all() == [BERT]
        assert tx.execute(select(tables.record.c.id)).scalars().all() == ["2"]
        assert ledger.verify(tx).ok
        assert rebuild.compare(tx).differences == []
        away = suppression.load(tx)
        assert away.has_any([f"email:{MAIL}"])
        assert away.has_any(["hubspot:1"])
        assert not away.has_any(["hubspot:2", "email:bert@x.example"])
        assert not any(MAIL in mark for mark in away.marks)
        assert lift(tx, "hubspot:1", "dpo", "", NOW) == {receipt.id}
        assert not suppression.load(tx)


def test_the_family_of_a_person_is_forgotten_together(store):
    lived(store)
    with store.transaction() as tx:
        people.merge(tx, BERT, ANNA, Instant(NOW + 5))
        merged = ledger.LedgerItem("merged", {}, [ledger.About(BERT, {"into": ANNA})])
        ledger.append(tx, None, Instant(NOW + 5), [merged])
    forget(store, ANNA, None, "dpo", "", NOW)
    with store.reading() as tx:
        assert tx.execute(select(tables.person)).all() == []
        assert tx.execute(select(tables.person_key)).all() == []
        assert rebuild.compare(tx).differences == []
