"""Forgetting: after it no byte of the person is left in anything that syncd keeps, and no pull brings them back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.store import held, ledger
from tests.world import World, just_now

NAME, MAIL, PHONE, BLOB = "Quixotexa", "zanzibarra@canary.example", "0047551199887", "Vuvuzelaxx"
CANARIES = [text.lower().encode() for text in (NAME, MAIL, PHONE, BLOB)]


def canary(world: World) -> str:
    """Somebody with a name, an address and a phone number found nowhere else, in everything that syncd can know."""
    world.portal.define_property("contacts", "remarks")
    world.edit("fields.yaml", "read:\n", "read:\n  remarks: {from: hubspot.contact.remarks}\n")
    world.edit("fields.yaml", "write:\n", "write:\n  salesforce.lead.Street: {from: remarks, owner: hubspot_wins}\n")
    contact = world.person("canary", email=MAIL, firstname=NAME, lastname=BLOB, phone=PHONE, remarks=f"{BLOB} {NAME}")
    world.portal.update("contacts", contact, {"remarks": f"older {PHONE}"}, just_now())
    world.portal.update("contacts", contact, {"remarks": f"newer {MAIL}"}, just_now())
    return contact


def told_of(folder: Path) -> list[str]:
    """The files below a folder in which a canary is still to be read, in any case of letters."""
    return [
        str(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(text in path.read_bytes().lower() for text in CANARIES)
    ]


@pytest.fixture
def known(world):
    canary(world)
    world.person("ann")
    plan = world.directory / "plan.json"
    assert world.here("plan", "--out", str(plan)).code == 0
    # Salesforce refuses the canary's task with a text that quotes it, so that quarantine tells of them.
    world.org.add_validation_rule("Task", f"{BLOB} again", lambda row, _old: BLOB in str(row["Subject"]), "Subject")
    world.here("apply")
    call = world.portal.create("calls", {"hs_call_title": f"With {NAME}", "hs_call_body": f"{PHONE}"}, just_now())
    world.portal.associate("calls", call, "contacts", world.contacts["canary"], just_now())
    world.here("sync")
    assert told_of(world.directory)
    assert plan.exists()
    return world


def test_after_forgetting_no_byte_of_the_person_is_left_in_the_state_folder(known):
    plan = known.directory / "plan.json"
    assert known.here("pause").code == 0
    known.portal.update("contacts", known.contacts["canary"], {"remarks": f"held {BLOB}"}, just_now())
    assert known.cycle().stopped_by == "pause"  # a plan that waits tells of them, too
    ran = known.here("forget", MAIL, "--yes", "--why", f"{MAIL.upper()} asked to", "--json")
    assert ran.code == 0
    assert told_of(known.directory) == []
    assert not plan.exists()
    assert ran.data["systems"]["syncd"]["files"] == [str(plan)]
    assert known.here("audit", "verify").code == 0
    assert known.ledger_is_sound()


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_exports_that_tell_of_the_person_are_deleted_wherever_they_lie(known, tmp_path, kind):
    folder = tmp_path / "elsewhere"
    assert known.here("export", str(folder), "--format", kind, "--with-personal-data").code == 0
    assert told_of(folder) or kind == "parquet"
    ran = known.here("forget", MAIL, "--yes", "--json")
    assert str(folder / f"persons.{'jsonl' if kind == 'json' else kind}") in ran.data["systems"]["syncd"]["files"]
    assert told_of(folder) == []


def test_the_rows_of_a_simulation_are_deleted_too(known, tmp_path):
    file = tmp_path / "gained.csv"
    text = (known.config / "definitions.yaml").read_text()
    other = tmp_path / "other.yaml"
    other.write_text(text.replace("score.fit: {at_least: 40}", "score.fit: {at_least: 60}", 1))
    assert known.here("simulate", str(other), "--from", "2020-01-01", "--csv", str(file)).code == 0
    assert file.exists()
    assert known.here("forget", MAIL, "--yes").code == 0
    assert not file.exists()


def test_a_plan_that_waits_tells_nothing_of_who_was_forgotten(world):
    canary(world)
    assert world.here("sync").code == 4
    with world.store() as store, store.reading() as tx:
        assert NAME in str(held.changes(tx, None, 99))
    assert world.here("forget", MAIL, "--yes").code == 0
    with world.store() as store, store.reading() as tx:
        assert held.changes(tx, None, 99) == []
    assert told_of(world.directory) == []


def test_the_receipt_says_what_is_to_be_done_in_each_crm_and_by_whom(known, tmp_path):
    file = tmp_path / "receipt.json"
    lead = next(row["Id"] for row in known.org.rows("Lead") if row["Email"] == MAIL)
    contact = known.contacts["canary"]
    ran = known.here("forget", f"hubspot:{contact}", "--yes", "--receipt", str(file), "--json")
    systems = ran.data["systems"]
    assert (systems["syncd"]["state"], systems["syncd"]["rest"]) == ("done", [])
    assert systems["hubspot"] == systems["hubspot"] | {
        "state": "to do",
        "by": "HubSpot admin",
        "records": [f"contact:{contact}"],
    }
    assert systems["salesforce"]["records"] == [f"lead:{lead}"]
    assert json.loads(file.read_text()) == ran.data
    assert file.stat().st_mode & 0o077 == 0
    with known.store() as store, store.reading() as tx:
        (entry,) = ledger.read(tx, kind="forgotten")
        told = [row for row in ledger.read(tx, person=entry.about[0].person) if row.kind in ("intent", "decided")]
    assert entry.data["receipt"] == ran.data["receipt"]
    assert all(about.sealed is None for row in told for about in row.about)
    assert any(about.forgotten for row in told for about in row.about)


def test_a_later_pull_does_not_bring_the_person_back(known):
    contact, before = known.contacts["canary"], len(known.org.rows("Task"))
    assert known.here("forget", MAIL, "--yes").code == 0
    known.visit(contact)
    known.portal.update("contacts", contact, {"remarks": f"again {BLOB}"}, just_now())
    lead = next(row["Id"] for row in known.org.rows("Lead") if row["Email"] == MAIL)
    known.org.update("Lead", lead, {"Title": NAME})
    call = known.portal.create("calls", {"hs_call_title": f"With {NAME}"}, just_now())
    known.portal.associate("calls", call, "contacts", contact, just_now())
    for _ in range(2):
        assert known.cycle().exit_code == 0
    with known.desk() as desk:
        from syncd.cycle import run_cycle
        from syncd.desk import Order
        from syncd.model.instant import Instant

        run_cycle(desk, Order("backfill", since=Instant(desk.clock() - 90 * 86_400_000)))
    assert told_of(known.directory) == []
    assert len(known.org.rows("Task")) == before
    assert known.here("explain", MAIL).code == 2
    assert known.ledger_is_sound()


def test_another_contact_with_the_same_address_is_kept_away_too_until_it_is_lifted(known):
    assert known.here("forget", MAIL, "--yes").code == 0
    known.portal.archive("contacts", known.contacts["canary"])
    known.person("second", email=MAIL.upper())
    known.cycle()
    assert known.here("explain", MAIL).code == 2
    assert len(known.here("forget", MAIL, "--lift", "--json").data["lifted"]) == 1
    known.visit(known.contacts["second"])
    known.cycle()
    assert known.here("explain", f"hubspot:{known.contacts['second']}").code == 0
    assert known.here("forget", MAIL, "--lift").out == "Nobody was forgotten by that name.\n"


def test_somebody_who_is_not_known_yet_is_kept_away(world):
    world.person("ann")
    assert world.here("forget", "ann@acme.example", "--yes").code == 0
    assert world.cycle("apply").plan.changes == ()
    assert world.here("explain", "ann@acme.example").code == 2
    assert world.here("forget", "p-nobody", "--yes").code == 2


def test_the_others_stay_as_they_are(known):
    before = known.here("explain", "ann@acme.example", "--json").data
    assert known.here("forget", MAIL, "--yes").code == 0
    known.cycle()
    assert known.here("explain", "ann@acme.example", "--json").data["stage"] == before["stage"]


def test_nobody_is_forgotten_without_a_yes(known):
    ran = known.here("forget", MAIL)
    assert ran.code == 2
    assert known.here("explain", MAIL).code == 0
