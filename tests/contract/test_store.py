"""What the store promises, held on SQLite and on a real PostgreSQL alike."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import create_engine, delete, exc, inspect, select, text
from sqlalchemy.engine import make_url

from connectors.records import Record, System, Version
from syncd.model.instant import NEVER, Instant, instant_of
from syncd.model.person import Entry, PersonId, Touch
from syncd.model.stage import Stage
from syncd.model.touches import strand_of
from syncd.store import (
    approvals,
    browse,
    census,
    colleagues,
    database,
    deals,
    dossier,
    entries,
    held,
    intents,
    labels,
    ledger,
    mirror,
    people,
    quarantine,
    references,
    rows,
    runs,
    search,
    streams,
    tables,
)
from syncd.store.browse import Filter
from syncd.store.evidence import learned_in
from syncd.store.held import Held
from syncd.store.ledger import About, LedgerItem
from syncd.store.mirror import Reference
from tests.running import waited

from . import postgres

HUBSPOT, SALESFORCE = System.HUBSPOT, System.SALESFORCE
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOW = instant_of(MONDAY)
ANNA, BERT = PersonId("anna"), PersonId("bert")
HOUR = timedelta(hours=1)


def contact(record_id: str, /, at: datetime = MONDAY, **properties: object) -> Record:
    return Record("contact", record_id, at, MONDAY - timedelta(days=9), properties)


def seen(
    store: database.Store, *records: Record, at: Instant = NOW, system: System = HUBSPOT, named=None, **rest
) -> None:
    with store.transaction() as tx:
        mirror.save(tx, system, records, at, **rest)
        for record in records:
            references.refer(tx, system, record.object, {record.id: named.get(record.id, ())} if named else {})


def one(store: database.Store, record_id: str, kind: str = "contact", system: System = HUBSPOT) -> mirror.Mirrored:
    with store.reading() as tx:
        return mirror.get(tx, system, kind, [record_id])[record_id]


def changed(store: database.Store, *records: Record, watched=()) -> tuple[list[str], list[str]]:
    with store.reading() as tx:
        compared = mirror.compare(tx, HUBSPOT, "contact", records)
    differing = compared.news(records)
    unread = [record.id for record in differing if compared.differs(record, frozenset(watched))]
    return [record.id for record in differing], unread


def persons(store: database.Store, *ids: PersonId) -> None:
    with store.transaction() as tx:
        people.create_many(tx, dict.fromkeys(ids, NOW))


# The store itself


def test_a_transaction_that_fails_leaves_nothing_of_its_page(store):
    class Crash(Exception):
        pass

    with pytest.raises(Crash), store.transaction() as tx:
        mirror.save(tx, HUBSPOT, [contact("1")], NOW)
        streams.save(tx, streams.StreamState("hubspot", "contact", NOW))
        raise Crash
    with store.reading() as tx:
        assert mirror.count(tx, HUBSPOT, "contact") == 0
        assert streams.all(tx) == []


def test_a_process_killed_in_the_middle_leaves_nothing_of_its_page(store, url):
    script = f"""
import os
from datetime import UTC, datetime
from connectors.records import Record, System
from syncd.store import database, mirror
store = database.open_store({url!r})
moment = datetime(2026, 11, 2, tzinfo=UTC)
with store.transaction() as tx:
    mirror.save(tx, System.HUBSPOT, [Record("contact", str(n), moment, moment, {{}}) for n in range(500)], 1)
    os._exit(9)
"""
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False).returncode == 9
    with store.reading() as tx:
        assert mirror.count(tx, HUBSPOT, "contact") == 0


def test_one_writes_at_a_time_and_the_other_is_told_who(store, url):
    other = database.open_store(url)
    with store.writer(0):
        with pytest.raises(database.StoreBusy, match=f"process {os.getpid()}"), other.writer(0.1):
            pass
    with other.writer(0):
        pass
    other.close()


def test_one_leads_and_another_when_it_lets_go(store, url):
    other = database.open_store(url)
    first = store.lead()
    assert first is not None
    assert first.holds()
    assert other.lead() is None
    first.let_go()
    second = other.lead()
    assert second is not None
    second.let_go()
    other.close()


def test_two_portals_lead_and_write_side_by_side(store, neighbour_url):
    neighbour = database.open_store(neighbour_url)
    leads = [store.lead(), neighbour.lead()]
    with store.writer(0), neighbour.writer(0):
        with store.transaction() as tx, neighbour.transaction() as there:
            database.set_meta(tx, "mine", "1")
            database.set_meta(there, "theirs", "2")
        assert not store.is_waited_for()
    with store.reading() as tx:
        assert (database.get_meta(tx, "mine"), database.get_meta(tx, "theirs")) == ("1", None)
    for one in leads:
        assert one is not None
        one.let_go()
    neighbour.close()


def test_who_writes_sees_whether_somebody_waits(store, url):
    other = database.open_store(url)

    def wait(seconds):
        with suppress(database.StoreBusy), other.writer(seconds):
            pass

    with store.writer(0):
        assert not store.is_waited_for()
        waiting = Thread(target=wait, args=(5,))
        waiting.start()
        until = time.monotonic() + 5
        while not store.is_waited_for() and time.monotonic() < until:
            time.sleep(0.01)
        assert store.is_waited_for()
    waiting.join()
    assert not store.is_waited_for()
    with store.writer(0):
        wait(0)
        assert not store.is_waited_for()
    other.close()


def test_the_lock_falls_when_its_block_fails(store):
    with pytest.raises(ZeroDivisionError), store.writer(0):
        1 / 0  # noqa: B018
    with store.writer(0):
        pass


def test_who_writes_and_who_waits_for_it_are_told_that_the_server_lost_sight_of_them(postgres_url):
    url = postgres.own_schema(postgres_url)
    store, other, third = (database.open_store(url) for _ in range(3))
    ours = "application_name ~ 'syncd' AND pid <> pg_backend_pid()"
    drop = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}"
    told = []

    def wait():
        try:
            with other.writer(30):
                pass
        except database.StoreUnreachable as error:
            told.append(error)

    waiting = Thread(target=wait)
    with pytest.raises(database.StoreUnreachable), store.writer(0):
        waiting.start()
        assert waited(store.is_waited_for)
        with third.transaction() as tx:
            tx.execute(text(drop))
        for _ in range(2):
            with suppress(database.StoreUnreachable), store.transaction():
                raise AssertionError("whose lock fell does not write")
    waiting.join()
    assert len(told) == 1
    with store.writer(0):
        pass
    for one in (store, other, third):
        one.close()


def test_a_server_that_was_not_set_up_for_us_is_told_with_what_to_do(postgres_url):
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    given = make_url(postgres_url)
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE ROLE guest LOGIN")
        connection.exec_driver_sql("CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    for address, said in (
        (given.set(username="guest"), "may not make or read tables"),
        (given.update_query_dict({"options": "-csearch_path=nowhere"}), "the schema is not there"),
        (given.update_query_dict({"sslmod": "require"}), "an option that PostgreSQL does not know"),
        (given.set(database="old"), "keeps texts as LATIN1"),
    ):
        with pytest.raises(database.StoreBroken, match=said):
            database.open_store(address.render_as_string(hide_password=False))
    admin.dispose()


def test_a_reader_sees_one_moment_while_another_writes(store):
    seen(store, contact("1"))
    with store.reading() as tx:
        before = mirror.count(tx, HUBSPOT, "contact")
        seen(store, contact("2"))
        assert mirror.count(tx, HUBSPOT, "contact") == before == 1


def test_a_store_opened_to_read_refuses_to_write(store, url):
    seen(store, contact("1"))
    reader = database.open_store(url, read_only=True)
    with reader.reading() as tx:
        assert mirror.ids(tx, HUBSPOT, "contact") == {"1"}
    with pytest.raises(database.StoreBroken, match="only be read"), reader.transaction() as tx:
        database.set_meta(tx, "a", "b")
    reader.close()


def test_reading_a_store_that_is_not_there_says_so(url):
    with pytest.raises(database.StoreMissing):
        database.open_store(url, read_only=True)


def test_a_store_of_a_newer_version_is_refused(store, url):
    with store.transaction() as tx:
        tx.execute(text("UPDATE syncd_version SET version_num = '9999'"))
    with pytest.raises(database.StoreBroken, match="newer"):
        database.open_store(url)


def test_a_store_belongs_to_one_pair(store):
    with store.transaction() as tx:
        assert database.pair(tx) is None
        database.bind_pair(tx, "111", "00D1")
        database.bind_pair(tx, "111", "00D1")
        assert database.pair(tx) == ("111", "00D1")
        with pytest.raises(database.StoreForeign) as refused:
            database.bind_pair(tx, "222", "00D1")
    assert (refused.value.known, refused.value.given) == (("111", "00D1"), ("222", "00D1"))


def test_the_migrations_make_the_tables_that_the_code_names(store):
    with store.reading() as tx:
        there = inspect(tx)
        for table in tables.metadata.sorted_tables:
            columns = [(c["name"], c["nullable"]) for c in there.get_columns(table.name)]
            assert columns == [(c.name, c.nullable) for c in table.columns], table.name
            assert {i["name"] for i in there.get_indexes(table.name)} == {i.name for i in table.indexes}, table.name


def test_runs_are_listed_newest_first_with_how_they_ended(store):
    with store.transaction() as tx:
        first = runs.start(tx, command="sync", mode="apply", at=NOW, definitions="d", config="c")
        second = runs.start(tx, command="plan", mode="plan_only", at=Instant(NOW + 1), definitions="d", config="c")
        runs.finish(tx, first, at=Instant(NOW + 9), exit_code=4, stopped_by="creates", summary={"moved": 1})
        assert [run.id for run in runs.recent(tx, 5)] == [second, first]
        ended = runs.get(tx, first)
        assert ended is not None
        assert (ended.exit_code, ended.stopped_by, ended.summary) == (4, "creates", {"moved": 1})
        assert runs.get(tx, "none") is None


def test_a_stream_goes_on_where_it_stopped(store):
    state = streams.StreamState("hubspot", "contact", NOW, None, Instant(NOW + 5), "77", "history capped", NOW)
    with store.transaction() as tx:
        assert streams.get(tx, "hubspot", "contact") == streams.StreamState("hubspot", "contact")
        streams.save(tx, state)
        streams.save(tx, replace(state, after_id="78"))
        assert streams.get(tx, HUBSPOT, "contact").after_id == "78"
        assert len(streams.all(tx)) == 1


# The mirror


def test_a_record_that_says_nothing_new_is_not_changed(store):
    seen(store, contact("1", email="a@x.example", lastmodifieddate="1"))
    later = contact("1", at=MONDAY + HOUR, email="a@x.example", lastmodifieddate="2")
    assert changed(store, later, contact("2")) == (["2"], ["2"])


def test_history_is_read_only_where_a_watched_property_changed(store):
    seen(store, contact("1", email="a", stage="lead"), contact("2", email="b", stage="lead"))
    moved = [
        contact("1", at=MONDAY + HOUR, email="a", stage="mql"),
        contact("2", at=MONDAY + HOUR, email="c", stage="lead"),
    ]
    assert changed(store, *moved, watched=["stage"]) == (["1", "2"], ["1"])


def test_a_property_that_is_read_for_the_first_time_is_a_change_even_when_it_is_empty(store):
    seen(store, contact("1", email="a"))
    assert changed(store, contact("1", email="a", stage=None), watched=["stage"]) == (["1"], ["1"])


def test_an_older_copy_never_overwrites_a_newer_one(store):
    seen(store, contact("1", at=MONDAY + HOUR, email="new"))
    old = contact("1", email="old")
    assert changed(store, old) == ([], [])
    seen(store, old, at=Instant(NOW + 5))
    assert one(store, "1").properties == {"email": "new"}


def test_versions_of_the_crm_are_added_and_never_forgotten(store):
    def with_history(*versions: tuple[str, int]) -> Record:
        history = {"stage": [Version(value, MONDAY + n * HOUR, "CRM_UI", "7") for value, n in versions]}
        return replace(contact("1", at=MONDAY + 9 * HOUR, stage="sql"), history=history)

    seen(store, with_history(("lead", 1), ("mql", 2)))
    seen(store, with_history(("mql", 2), ("sql", 3)), at=Instant(NOW + 1))
    versions = one(store, "1").history["stage"]
    assert [value for _, value, _, _ in versions] == ["lead", "mql", "sql"]
    assert versions[0] == (instant_of(MONDAY + HOUR), "lead", "CRM_UI", "7")


def test_a_tracked_property_gets_its_past_from_what_was_seen(store):
    seen(store, contact("1", status="Open"), tracked=["status"])
    assert one(store, "1").history == {}
    seen(store, contact("1", at=MONDAY + HOUR, status="Working"), tracked=["status"])
    seen(store, contact("1", at=MONDAY + 2 * HOUR, status="Recycle"), tracked=["status"])
    created = instant_of(MONDAY - timedelta(days=9))
    assert [(at, value) for at, value, _, _ in one(store, "1").history["status"]] == [
        (created, "Open"),
        (instant_of(MONDAY + HOUR), "Working"),
        (instant_of(MONDAY + 2 * HOUR), "Recycle"),
    ]
    with store.reading() as tx:
        (row,) = tx.execute(select(*rows.COLUMNS))
    past = rows.mirrored_of(row, to_judge=True).history
    assert [version[1] for version in past["status"]] == ["Open", "Working", "Recycle"]


def test_every_change_is_logged_once_with_what_was_before_it(store):
    seen(store, contact("1", email="a", city="Bonn"))
    seen(store, contact("1", at=MONDAY + HOUR, email="b", city="Bonn"), at=Instant(NOW + 1))
    seen(store, contact("1", at=MONDAY + HOUR, email="b", city="Bonn"), at=Instant(NOW + 2))
    seen(store, replace(contact("1", at=MONDAY + 2 * HOUR), deleted=True), at=Instant(NOW + 3))
    with store.reading() as tx:
        log = mirror.revisions(tx, HUBSPOT, "contact", "1")
        assert mirror.revisions(tx, HUBSPOT, "contact", "1", since=Instant(NOW + 1)) == log[1:]
    assert [{**told, "at": told["at"][1] - NOW} for told in log] == [
        {"was": {"email": "a"}, "at": 0},
        {"deleted": False, "at": 2},
    ]
    assert one(store, "1").properties["city"] == "Bonn"
    assert one(store, "1").seen_at == NOW


def test_the_same_record_twice_on_a_page_ends_as_the_newer(store):
    seen(store, contact("1", at=MONDAY + HOUR, email="new"), contact("1", email="old"))
    assert one(store, "1").properties == {"email": "new"}


def test_whoever_changed_and_was_merged_on_one_page_ends_as_merged(store):
    """Whichever copy comes first: a merged id is looked for among those that were compared, too."""
    seen(store, contact("1", email="a"), contact("2", email="b"), contact("3", email="c"))
    page = [
        contact("1", at=MONDAY + HOUR, email="new"),
        replace(contact("2", at=MONDAY + 2 * HOUR, email="b", phone="1"), replaces=("1",)),
        contact("3", at=MONDAY + HOUR, email="d"),
        replace(contact("3", at=MONDAY + 3 * HOUR, email="d"), deleted=True),
    ]
    with store.reading() as tx:
        compared = mirror.compare(tx, HUBSPOT, "contact", page)
    seen(store, *page, at=Instant(NOW + 1), compared=compared)
    gone, stays, deleted = (one(store, record_id) for record_id in "123")
    assert (gone.deleted, gone.merged_into, gone.properties) == (True, "2", {"email": "new"})
    assert (stays.deleted, stays.properties) == (False, {"email": "b", "phone": "1"})
    assert (deleted.deleted, deleted.modified_at) == (True, instant_of(MONDAY + 3 * HOUR))


def test_ids_that_were_merged_away_point_to_the_record_that_stays(store):
    persons(store, ANNA)
    seen(store, contact("1", email="a"), contact("2", email="b"))
    with store.transaction() as tx:
        people.assign(tx, [(HUBSPOT, "contact", "1", ANNA)])
    survivor = replace(contact("3", at=MONDAY + HOUR, email="a"), replaces=("1", "2", "3", "9"))
    seen(store, survivor, at=Instant(NOW + 1))
    with store.reading() as tx:
        found = mirror.get(tx, HUBSPOT, "contact", ["1", "2", "3", "9"])
        assert {i: (m.merged_into, m.deleted) for i, m in found.items()} == {
            "1": ("3", True),
            "2": ("3", True),
            "3": (None, False),
            "9": ("3", True),
        }
        assert found["1"].person == ANNA
        assert [record.id for record in people.link_due(tx)] == ["1", "2"]
        assert mirror.ids(tx, HUBSPOT, "contact") == {"3"}


def test_our_own_write_is_mirrored_and_a_copy_from_before_it_does_not_undo_it(store):
    seen(store, contact("1", stage="lead"))
    with store.transaction() as tx:
        mirror.amend_many(tx, HUBSPOT, "contact", [("1", {"stage": "mql"}, None)], Instant(NOW + 1))
    assert changed(store, contact("1", stage="lead")) == ([], [])
    seen(store, contact("1", stage="lead"), at=Instant(NOW + 2))
    assert one(store, "1").properties == {"stage": "mql"}
    assert changed(store, contact("1", at=MONDAY + HOUR, stage="mql")) == ([], [])
    assert changed(store, contact("1", at=MONDAY + HOUR, stage="lead")) == (["1"], [])


def test_a_record_that_we_created_gives_way_to_the_first_copy_whatever_our_clock_said(store):
    persons(store, ANNA)
    with store.transaction() as tx:
        future = instant_of(MONDAY + 5 * HOUR)
        mirror.amend_many(tx, SALESFORCE, "lead", [("00Q1", {"LastName": "Li"}, ANNA)], future, created=True)
    lead = Record("lead", "00Q1", MONDAY, MONDAY, {"LastName": "Li", "Status": "New"})
    seen(store, lead, system=SALESFORCE)
    mirrored = one(store, "00Q1", "lead", SALESFORCE)
    assert (mirrored.properties["Status"], mirrored.person) == ("New", ANNA)


def test_what_a_record_names_is_replaced_only_where_it_is_told(store):
    role = Record("opportunity_contact_role", "r1", MONDAY, MONDAY, {})
    names = [Reference("contact", "contact", "c1"), Reference("opportunity", "opportunity", "o1")]
    seen(store, role, system=SALESFORCE, named={"r1": names})
    seen(store, role, system=SALESFORCE)
    with store.reading() as tx:
        assert mirror.referring(tx, SALESFORCE, role.object, "contact", ["c1", "c2"]) == {"c1": ["r1"]}
    seen(store, role, system=SALESFORCE, named={"r1": [Reference("contact", "contact", "c2")]})
    with store.reading() as tx:
        assert mirror.referring(tx, SALESFORCE, role.object, "contact", ["c1", "c2"]) == {"c2": ["r1"]}
        assert mirror.referring(tx, SALESFORCE, role.object, "opportunity", ["o1"]) == {}


@pytest.mark.parametrize(
    "value", ["half \ud83d surrogate", "zero \x00 byte", 2**80, float("nan"), "ẞ\u2028🦊", {"a": [1]}]
)
def test_no_value_of_a_crm_stops_the_page_it_came_on(store, value):
    seen(store, contact("1", odd=value), contact("2", odd="fine"))
    assert one(store, "2").properties == {"odd": "fine"}
    assert "odd" in one(store, "1").properties
    assert changed(store, contact("1", odd=value))[0] in ([], ["1"])


# Persons


def test_records_are_due_for_linking_when_new_and_when_their_keys_change(store):
    persons(store, ANNA)
    seen(store, contact("2"), contact("1"), due=["1", "2"])
    seen(store, replace(contact("00Q1"), object="lead"), contact("0031"), system=SALESFORCE, due=["00Q1", "0031"])
    with store.transaction() as tx:
        people.save_keys(tx, SALESFORCE, "lead", {"00Q1": ["email:a"]})
        people.save_keys(tx, SALESFORCE, "contact", {"0031": []})
        people.save_keys(tx, HUBSPOT, "contact", {"1": ["email:a", "email:b"], "2": []})
        assert [m.id for m in people.link_due(tx)] == ["1", "2", "0031", "00Q1"]
        everyone = [(m.system, m.kind, m.id, ANNA) for m in people.link_due(tx)]
        people.assign(tx, everyone)
        assert people.link_due(tx) == []
        people.save_keys(tx, HUBSPOT, "contact", {"1": ["email:b", "email:a"], "2": []})
        assert people.link_due(tx) == []
        people.save_keys(tx, HUBSPOT, "contact", {"1": ["email:c"]})
        assert [m.id for m in people.link_due(tx)] == ["1"]
        assert people.keys_of(tx, HUBSPOT, "contact", ["1", "2"]) == {"1": ("email:c",)}
        assert [(key, one.id, one.person) for key, one in people.sharing(tx, ["email:a", "email:c"])] == [
            ("email:a", "00Q1", ANNA),
            ("email:c", "1", ANNA),
        ]


def test_nobodys_record_is_due_again_by_its_news_and_stays_due_until_it_was_looked_at(store):
    """Whatever is written of it meanwhile: of one that is due already only what it says is written."""
    seen(store, contact("1", city="a"), contact("2", city="a"), due=["1", "2"])
    with store.transaction() as tx:
        people.unqueue(tx, [("hubspot", "contact", "2")])
    for hour, due in ((1, ["1", "2"]), (2, ["1", "2"]), (3, [])):
        page = [contact(record_id, at=MONDAY + hour * HOUR, city=str(hour)) for record_id in "12"]
        with store.reading() as tx:
            compared = mirror.compare(tx, HUBSPOT, "contact", page)
        seen(store, *page, at=Instant(NOW + hour), due=due, compared=compared)
        with store.reading() as tx:
            assert [m.id for m in people.link_due(tx)] == ["1", "2"]
            assert one(store, "2").properties == {"city": str(hour)}


def test_persons_are_due_when_dirty_or_when_their_time_has_come(store):
    persons(store, BERT, ANNA, PersonId("Zoe"))
    with store.transaction() as tx:
        assert people.due(tx, NOW) == ["Zoe", "anna", "bert"]
        people.settle(tx, [(p, NEVER, Stage.LEAD, 1, NOW) for p in ("anna", "bert", "Zoe")])
        assert people.due(tx, NOW) == []
        people.settle(tx, [(ANNA, Instant(NOW + 10), "mql", 1, NOW)])
        people.mark_dirty(tx, [BERT, BERT])
        assert people.due(tx, NOW) == [BERT]
        assert people.due(tx, Instant(NOW + 10)) == [ANNA, BERT]
        people.create(tx, BERT, NOW)
        people.mark_all_dirty(tx)
        assert people.count(tx) == len(people.due(tx, NOW)) == 3


def test_whom_a_backfill_keeps_is_due_to_it_until_something_new_happens(store):
    persons(store, ANNA, BERT)
    with store.transaction() as tx:
        assert not people.is_any_kept(tx)
        people.keep_due(tx, NOW)
        assert people.is_any_kept(tx)
        assert people.due(tx, NOW, kept=False) == []
        assert people.due(tx, NOW) == [ANNA, BERT]
        people.mark_dirty(tx, [BERT])
        assert people.due(tx, NOW, kept=False) == [BERT]
        assert people.still_kept(tx, [ANNA, BERT]) == {ANNA}
        people.mark_all_dirty(tx)
        assert not people.is_any_kept(tx)


def test_whom_a_backfill_reads_of_is_kept_unless_they_wait_for_a_cycle(store):
    persons(store, ANNA)
    with store.transaction() as tx:
        people.create_many(tx, {BERT: NOW}, kept=True)
        people.mark_dirty(tx, [ANNA, BERT], kept=True)
        assert people.due(tx, NOW, kept=False) == [ANNA]
        people.settle(tx, [(ANNA, Instant(NOW + 1), "lead", 1, NOW)])
        people.mark_all_dirty(tx, kept=True)
        assert people.due(tx, NOW, kept=False) == []
        assert people.still_kept(tx, [ANNA, BERT]) == {ANNA, BERT}


def test_a_backfill_is_seen_by_others_for_as_long_as_it_lasts(store):
    assert not store.is_backfilled()
    with store.backfilling(), store.backfilling():
        assert store.is_backfilled()
        assert not store.is_waited_for()
    assert not store.is_backfilled()


def test_a_touch_counts_once_and_hangs_on_its_record(store):
    persons(store, ANNA)
    planned = Touch(NOW, "hubspot:meeting:1", "meeting", {"outcome": "SCHEDULED"}, "sales")
    held = planned._replace(at=Instant(NOW + 5), fields={"outcome": "COMPLETED"})
    first = Touch(Instant(NOW + 1), "a", "page_view")
    meeting = replace(contact("1"), object="meeting")

    def shown(*touches: Touch, at: int, **reach: Instant) -> None:
        evidence = {"1": (list(map(strand_of, touches)), reach)}
        with store.transaction() as tx:
            mirror.save(tx, HUBSPOT, [meeting], Instant(at), evidence=evidence)
            people.assign(tx, [(HUBSPOT, "meeting", "1", ANNA)])

    shown(planned, first, at=NOW)
    shown(first, at=NOW + 1)
    shown(held, at=NOW + 2, outcome=Instant(7))
    with store.reading() as tx:
        found = next(dossier.load(tx, [ANNA]))
    assert found.touches == [first, held]
    [record] = found.records
    assert record.reach == {"outcome": 7}
    assert learned_in(record.name, record.evidence) == {"a": NOW, "hubspot:meeting:1": NOW + 2}
    assert dossier.touches_of([record], Instant(NOW + 1)) == [first]


def test_whether_records_of_other_kinds_name_any_is_told_by_crm(store):
    with store.transaction() as tx:
        assert not references.others_name(tx, HUBSPOT, "contact")
        references.refer(tx, HUBSPOT, "contact", {"1": (Reference("company", "company", "7"),)})
        references.refer(tx, SALESFORCE, "task", {"00T1": (Reference("who", "contact", "0031"),)})
        assert not references.others_name(tx, HUBSPOT, "contact")
        assert references.others_name(tx, SALESFORCE, "contact")
        for kind in ("call", "meeting"):  # before and after in the order of the index
            references.refer(tx, HUBSPOT, kind, {"9": (Reference("who", "contact", "1"),)})
            assert references.others_name(tx, HUBSPOT, "contact")
            references.refer(tx, HUBSPOT, kind, {"9": ()})
            assert not references.others_name(tx, HUBSPOT, "contact")


def test_a_merged_person_leaves_everything_to_the_other(store):
    persons(store, ANNA, BERT)
    touches = [Touch(NOW, "hubspot:contact:1:x@1", "call"), Touch(Instant(NOW + 1), "hubspot:contact:2:x@2", "call")]
    with store.transaction() as tx:
        shown = {"1": ([strand_of(touches[0])], {}), "2": ([strand_of(touches[1])], {})}
        mirror.save(tx, HUBSPOT, [contact("1"), contact("2")], NOW, evidence=shown)
    lead, earlier = Entry(Stage.LEAD, 1, NOW, "record", "new"), Entry(Stage.LEAD, 1, Instant(NOW - 5), "record", "new")
    with store.transaction() as tx:
        people.assign(tx, [(HUBSPOT, "contact", "1", ANNA), (HUBSPOT, "contact", "2", BERT)])
        entries.record_many(
            tx, None, [(ANNA, [lead]), (BERT, [earlier, Entry(Stage.MQL, 1, NOW, "definition", "w")])], NOW
        )
        people.settle(tx, [(p, NEVER, "lead", 1, NOW) for p in (ANNA, BERT)])
        people.merge(tx, BERT, ANNA, Instant(NOW + 9))
        people.merge(tx, BERT, ANNA, Instant(NOW + 9))
        assert people.resolve(tx, BERT) == ANNA
        assert people.family(tx, ANNA) == [ANNA, BERT]
        assert people.due(tx, NEVER) == [ANNA]
        found = next(dossier.load(tx, [ANNA]))
        assert [record.id for record in found.records] == ["1", "2"]
        assert found.touches == touches
        assert [(entry.stage, entry.at) for entry in found.entries] == [("lead", NOW - 5), ("mql", NOW)]
        assert people.count(tx) == 1
        people.create(tx, PersonId("cleo"), NOW)
        people.merge(tx, ANNA, PersonId("cleo"), NOW)
        assert people.resolve(tx, BERT) == "cleo"


def test_a_person_is_found_by_id_key_and_record(store):
    persons(store, ANNA, BERT)
    seen(store, contact("1"), contact("2"))
    with store.transaction() as tx:
        people.assign(tx, [(HUBSPOT, "contact", "1", ANNA), (HUBSPOT, "contact", "2", BERT)])
        people.save_keys(tx, HUBSPOT, "contact", {"1": ["email:a@x.example"], "2": ["email:a@x.example"]})
        assert people.find(tx, "anna") == [ANNA]
        assert people.find(tx, "A@x.example") == [ANNA, BERT]
        assert people.find(tx, "hubspot:2") == [BERT]
        assert people.find(tx, "nobody") == []


# Entries, ledger, intents, quarantine


def test_an_entry_is_superseded_and_still_known_as_of_then(store):
    persons(store, ANNA)
    lead = Entry(Stage.LEAD, 1, NOW, "record", "began", ("hubspot:contact:1",), "d1")
    with store.transaction() as tx:
        entries.record(tx, None, ANNA, [lead], Instant(NOW + 1))
        entries.record(tx, None, ANNA, [lead], Instant(NOW + 2))
        left = replace(lead, left_at=Instant(NOW + 3))
        mql = Entry(Stage.MQL, 1, Instant(NOW + 3), "definition", "visited", (), "d2")
        entries.record(tx, None, ANNA, [left, mql], Instant(NOW + 4))
        assert entries.of_persons(tx, [ANNA, BERT]) == {ANNA: [left, mql], BERT: []}
        assert entries.of_persons(tx, [ANNA], as_of=Instant(NOW + 2)) == {ANNA: [lead]}
        assert list(entries.iterate(tx)) == [(ANNA, [left, mql])]
        assert list(entries.iterate(tx, as_of=NOW)) == []
        assert len(tx.execute(select(tables.entry)).all()) == 3


def test_the_ledger_proves_itself_and_opens_what_was_sealed(store):
    with store.transaction() as tx:
        run = runs.start(tx, command="sync", mode="apply", at=NOW, definitions="d", config="c")
        assert ledger.verify(tx) == ledger.Verification(ok=True, entries=0, head="0" * 64)
        anna = ledger.About(ANNA, {"cycle": 1}, {"email": "anna@x.example"})
        decision = ledger.LedgerItem("decision", {"stage": "mql"}, [anna, ledger.About(BERT)])
        ledger.append(tx, run, NOW, [decision, ledger.LedgerItem("run", {"n": 1})])
        ledger.append(tx, None, NOW, [decision])
        proof = ledger.verify(tx)
        assert (proof.ok, proof.entries, (3, proof.head)) == (True, 3, ledger.head(tx))
        assert [row.seq for row in ledger.read(tx, person=ANNA)] == [1, 3]
        assert [row.seq for row in ledger.read(tx, run=run, kind="run")] == [2]
        opened = next(ledger.read(tx, person=ANNA))
        assert opened.data == {"stage": "mql"}
        assert opened.about == [ledger.Told(ANNA, {"cycle": 1}, {"email": "anna@x.example"}, forgotten=False)]
        assert [told.person for told in next(ledger.read(tx)).about] == [ANNA, BERT]
        bodies = tx.execute(select(tables.ledger.c.body)).scalars().all()
        assert not any("anna@" in body for body in bodies)


def test_a_person_is_forgotten_by_the_key_and_the_chain_still_verifies(store):
    with store.transaction() as tx:
        anna = ledger.About(ANNA, {"stage": "mql"}, {"email": "a"})
        ledger.append(tx, None, NOW, [ledger.LedgerItem("decision", {}, [anna])])
        tx.execute(delete(tables.person_key))
        assert ledger.verify(tx).ok
        assert next(ledger.read(tx)).about == [ledger.Told(ANNA, {"stage": "mql"}, None, forgotten=True)]


@pytest.mark.parametrize("statement", ["UPDATE ledger SET kind = 'x'", "DELETE FROM ledger"])
def test_the_database_itself_refuses_to_change_the_ledger(store, statement):
    with store.transaction() as tx:
        ledger.append(tx, None, NOW, [ledger.LedgerItem("run", {})])
    with pytest.raises(exc.DBAPIError, match="append only"), store.transaction() as tx:
        tx.execute(text(statement))


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        ("UPDATE ledger SET body = replace(body, '2', '7') WHERE seq = 3", 3),
        ("UPDATE ledger SET at = at + 1 WHERE seq = 2", 2),
        ("UPDATE ledger SET body = replace(body, 'anna', 'bert') WHERE seq = 4", 4),
        ("DELETE FROM ledger WHERE seq = 3", 3),
        ("DELETE FROM ledger WHERE seq = 1", 1),
    ],
)
def test_what_was_altered_behind_the_ledgers_back_is_found(store, tamper, first_bad):
    with store.transaction() as tx:
        ledger.append(tx, None, NOW, [ledger.LedgerItem("step", {"n": n}, [ledger.About(ANNA)]) for n in range(5)])
        without_triggers(tx)
        tx.execute(text(tamper))
        assert ledger.verify(tx).first_bad == first_bad


def test_an_end_that_was_cut_off_is_found_by_a_head_kept_elsewhere(store):
    with store.transaction() as tx:
        ledger.append(tx, None, NOW, [ledger.LedgerItem("step", {"n": n}) for n in range(5)])
        kept = ledger.head(tx)
        without_triggers(tx)
        tx.execute(text("DELETE FROM ledger WHERE seq = 5"))
        assert ledger.verify(tx).ok
        assert ledger.verify(tx, dict([kept])).first_bad == 5
        assert not ledger.verify(tx, {4: "f" * 64}).ok


def without_triggers(tx) -> None:
    if tx.dialect.name == "postgresql":
        tx.execute(text("ALTER TABLE ledger DISABLE TRIGGER ALL"))
    else:
        tx.execute(text("DROP TRIGGER ledger_no_update"))
        tx.execute(text("DROP TRIGGER ledger_no_delete"))


def intent(name: str, **rest) -> intents.Intent:
    usual = {
        "id": name, "run": runs.RunId("r1"), "person": ANNA, "system": "salesforce", "kind": "task", "op": "upsert",
        "record_id": None, "key": ("Syncd_Key__c", f"key-{name}"), "fields": {"Subject": "Call"}, "before": {},
        "purpose": "call",
        "state": "open", "result_id": None, "code": None, "created_at": NOW, "ended_at": None,
    }  # fmt: skip
    return intents.Intent(**(usual | rest))


def test_intents_are_there_before_the_call_and_end_once(store):
    with store.transaction() as tx:
        assert not intents.any_ever(tx)
        intents.open_many(tx, [intent("b"), intent("a"), intent("c", key=None, op="create")])
    with store.transaction() as tx:
        assert [i.id for i in intents.open_ones(tx)] == ["a", "b", "c"]
        intents.finish(tx, [("a", "done", "00T1", None), ("b", "failed", None, "LOCKED")], Instant(NOW + 1))
        assert intents.open_ones(tx) == [intent("c", key=None, op="create")]
        assert intents.done_keys(tx, ["key-a", "key-b", "none"]) == {"key-a": "00T1"}
        assert [i.state for i in intents.of_run(tx, "r1")] == ["done", "failed", "open"]
        assert intents.any_ever(tx)


def test_an_intent_that_was_used_before_is_refused(store):
    with store.transaction() as tx:
        intents.open_many(tx, [intent("a")])
    with pytest.raises(exc.IntegrityError), store.transaction() as tx:
        intents.open_many(tx, [intent("a")])


def aside(name: str = "q1", **rest) -> quarantine.Quarantined:
    usual = {
        "id": name, "system": "salesforce", "kind": "lead", "record_id": "00Q1", "person": ANNA, "key": None,
        "cause": "reject", "code": "INVALID_EMAIL", "message": "no", "who": "RevOps", "first_at": NOW, "last_at": NOW,
        "next_at": None, "attempts": 1, "state": "open", "digest": "d",
    }  # fmt: skip
    return quarantine.Quarantined(**(usual | rest))


def test_what_is_set_aside_again_counts_its_attempts(store):
    with store.transaction() as tx:
        quarantine.put(tx, [aside()], NOW)
        quarantine.put(tx, [aside(first_at=Instant(NOW + 9), code="OTHER", digest="e")], Instant(NOW + 9))
        assert quarantine.open_ones(tx) == [aside(code="OTHER", digest="e", attempts=2, last_at=Instant(NOW + 9))]
        assert quarantine.open_ones(tx, [BERT]) == []
        quarantine.resolve(tx, ["q1", "none"], Instant(NOW + 10))
        assert quarantine.open_ones(tx, [ANNA]) == []
        resolved = quarantine.get(tx, "q1")
        assert resolved is not None
        assert (resolved.state, resolved.last_at) == ("resolved", NOW + 10)
        assert quarantine.get(tx, "none") is None


# Dossiers


def test_a_dossier_gathers_what_surrounds_a_person_and_nobody_elses(store):
    persons(store, ANNA, BERT)

    def there(system: System, kind: str, record_id: str, *names: Reference) -> None:
        record = Record(kind, record_id, MONDAY, MONDAY, {"name": record_id})
        seen(store, record, system=system, named={record_id: names})

    there(HUBSPOT, "contact", "1", Reference("company", "company", "77"))
    there(HUBSPOT, "company", "77")
    there(SALESFORCE, "lead", "00Q1", Reference("opportunity", "opportunity", "0062"))
    there(SALESFORCE, "contact", "0031", Reference("account", "account", "0011"))
    there(SALESFORCE, "contact", "0039", Reference("account", "account", "0011"))
    there(SALESFORCE, "account", "0011")
    for role, who, deal in (("r1", "0031", "0061"), ("r2", "0031", "0062"), ("r9", "0039", "0069")):
        names = Reference("contact", "contact", who), Reference("opportunity", "opportunity", deal)
        there(SALESFORCE, "opportunity_contact_role", role, *names)
        there(SALESFORCE, "opportunity", deal)
    for task, kind, who in (("00T1", "lead", "00Q1"), ("00T2", "contact", "0031"), ("00T9", "contact", "0039")):
        there(SALESFORCE, "task", task, Reference("who", kind, who))
    with store.transaction() as tx:
        mine = [(HUBSPOT, "contact", "1"), (SALESFORCE, "lead", "00Q1"), (SALESFORCE, "contact", "0031")]
        people.assign(tx, [(*record, ANNA) for record in mine])
        people.assign(tx, [(SALESFORCE, "contact", "0039", BERT)])
        quarantine.put(tx, [aside(), aside("q2", state="dropped")], NOW)
        intents.open_many(tx, [intent("a"), intent("b", person=BERT), intent("c")])
        intents.finish(tx, [("a", "done", "00T1", None), ("b", "done", "00T9", None)], NOW)
    with store.reading() as tx:
        bert, anna = dossier.load(tx, [BERT, ANNA])

    def ids(records) -> set[str]:
        return {record.id for record in records}

    assert (bert.person, ids(bert.opportunities), ids(bert.tasks)) == (BERT, {"0069"}, {"00T9"})
    assert ids(anna.records) == {"1", "00Q1", "0031"}
    assert ids(anna.companies) == {"77", "0011"}
    assert [deal.id for deal in anna.opportunities] == ["0061", "0062"]
    assert ids(anna.roles) == {"r1", "r2"}
    assert ids(anna.tasks) == {"00T1", "00T2"}
    assert [one.id for one in anna.quarantined] == ["q1"]
    assert anna.done_keys == {"key-a"}


def test_a_dossier_has_the_colleagues_of_both_crms_only_where_they_are_asked_for(store):
    names = [ANNA, BERT, *map(PersonId, ("cleo", "dora", "emil"))]
    persons(store, *names)
    at_work = [
        (HUBSPOT, "1", "company", "77", ANNA),
        (HUBSPOT, "2", "company", "77", BERT),
        (SALESFORCE, "0031", "account", "0011", ANNA),
        (SALESFORCE, "0033", "account", "0011", names[2]),
        (HUBSPOT, "4", "company", "78", names[3]),
        (HUBSPOT, "6", "company", "77", None),
    ]
    for system, one, kind, to, whose in at_work:
        seen(store, contact(one), system=system, named={one: (Reference(kind, kind, to),)})
        with store.transaction() as tx:
            people.assign(tx, [(system, "contact", one, whose)] if whose else [])
    seen(
        store,
        Record("contact", "5", MONDAY, MONDAY, {}, deleted=True),
        named={"5": (Reference("company", "company", "77"),)},
    )
    task = Record("task", "00T3", MONDAY, MONDAY, {})
    seen(store, task, system=SALESFORCE, named={"00T3": (Reference("who", "contact", "0033"),)})
    with store.transaction() as tx:
        people.assign(tx, [(HUBSPOT, "contact", "5", names[4])])
    with store.reading() as tx:
        anna, dora, emil = dossier.load(tx, [ANNA, names[3], names[4]], with_colleagues=True)
        (unasked,) = dossier.load(tx, [ANNA])
        everybody = colleagues.of_contacts(tx, HUBSPOT, ["6"])
    assert [one.person for one in anna.colleagues] == [BERT, "cleo"]
    assert [one.id for one in anna.colleagues[1].tasks] == ["00T3"]
    assert (dora.colleagues, emil.colleagues, unasked.colleagues) == ([], [], None)
    assert everybody == {ANNA, BERT}


def test_who_is_said_to_have_very_many_colleagues_has_none_that_are_known(store, monkeypatch):
    monkeypatch.setattr(colleagues, "AT_MOST", 1)
    persons(store, ANNA, BERT)
    for one, whose in (("1", ANNA), ("2", BERT)):
        seen(store, contact(one), named={one: (Reference("company", "company", "77"),)})
        with store.transaction() as tx:
            people.assign(tx, [(HUBSPOT, "contact", one, whose)])
    with store.reading() as tx:
        assert next(dossier.load(tx, [ANNA], with_colleagues=True)).colleagues is None


def test_dossiers_come_in_the_order_asked_beyond_one_batch(store):
    names = [PersonId(f"p{n:04}") for n in range(1200)]
    persons(store, *names)
    with store.reading() as tx:
        assert [found.person for found in dossier.load(tx, reversed(names))] == names[::-1]


def test_a_read_of_all_records_of_a_kind_is_in_order_of_id(store):
    seen(store, *(contact(i) for i in ("b", "A", "a", "10", "9")))
    with store.reading() as tx:
        assert [m.id for m in mirror.iterate(tx, HUBSPOT, "contact")] == ["10", "9", "A", "a", "b"]


def test_an_approval_is_an_entry_of_the_ledger_and_is_found_again(store):
    given = [
        approvals.Approval("v1", "anna@us.example", ("marketing",), "anna", Instant(1), "as agreed", "the page"),
        approvals.Approval("v2", "bo@us.example", ("sales",), "bo", Instant(2)),
    ]
    for one in given:
        with store.transaction() as tx:
            approvals.record(tx, one)
    with store.reading() as tx:
        assert approvals.all_of(tx) == given
        assert [row.kind for row in ledger.read(tx, kind=approvals.KIND)] == [approvals.KIND] * 2
        assert ledger.verify(tx).ok


# What reports ask


def test_values_for_splits_are_read_for_everybody_at_once_those_of_companies_too(store):
    persons(store, ANNA, BERT)
    names = {"5": (Reference("company", "company", "77"),)}
    seen(store, contact("5", origin="search"), contact("6", origin=""), named=names)
    seen(store, Record("company", "77", MONDAY, MONDAY, {"industry": "steel"}))
    with store.transaction() as tx:
        people.assign(tx, [(HUBSPOT, "contact", "5", ANNA), (HUBSPOT, "contact", "6", BERT)])
    with store.reading() as tx:
        read = {person: values for person, _, values in labels.values_of(tx, HUBSPOT, "contact", ["origin", "more"])}
        assert read == {ANNA: ["search", None], BERT: ["", None]}
        assert [(who, said) for who, _, said in labels.values_of(tx, HUBSPOT, "company", ["industry"])] == [
            (ANNA, ["steel"])
        ]
        assert labels.changed_after(tx, NOW) == set()
        assert labels.changed_after(tx, Instant(NOW - 1)) == {ANNA, BERT}


def test_what_records_hold_is_kept_with_each_person_until_something_happens(store):
    persons(store, ANNA, BERT)
    fields = [("hubspot", "contact", "origin"), ("hubspot", "company", "industry")]
    names = {"5": (Reference("company", "company", "77"),)}
    seen(store, contact("5", origin="search"), contact("7", origin="ads"), contact("6", origin=""), named=names)
    seen(store, Record("company", "77", MONDAY, MONDAY, {"industry": "steel"}))

    def told(at=NOW, of=fields):
        with store.reading() as tx:
            kept = labels.kept(tx, of, at, [ANNA, BERT])
            return kept, labels.not_kept(tx, of, at)

    assert told() == (([], [[], []]), [ANNA, BERT])
    with store.transaction() as tx:
        people.assign(tx, [(HUBSPOT, "contact", "5", ANNA), (HUBSPOT, "contact", "6", BERT)])
        people.settle(tx, [(who, NEVER, "mql", 1, NOW) for who in (ANNA, BERT)])
        labels.keep(tx, [ANNA, BERT], fields)
    assert told() == (([ANNA, BERT], [["search", None], ["steel", None]]), [])
    assert told(of=fields[::-1]) == (([], [[], []]), [ANNA, BERT])
    assert told(at=Instant(NOW - 1)) == (([], [[], []]), [ANNA, BERT])
    with store.transaction() as tx:
        people.mark_dirty(tx, [BERT])
    assert told()[1] == [BERT]
    with store.transaction() as tx:
        mirror.amend_many(tx, HUBSPOT, "contact", [("5", {"origin": "shop"}, None)], NOW)
    assert told()[1] == [ANNA, BERT]


def test_what_is_kept_of_a_person_is_what_the_record_says_that_speaks_of_several(store):
    persons(store, ANNA, BERT)
    fields = [
        ("salesforce", "account", "Industry"),
        ("salesforce", "contact", "Title"),
        ("salesforce", "lead", "Title"),
    ]
    works = {one: (Reference("account", "account", "a1"),) for one in ("c1", "c2")}
    old, new = contact("c1", Title="Clerk"), contact("c2", MONDAY + timedelta(1), Title="Head")
    seen(store, old, new, system=SALESFORCE, named=works)
    seen(store, Record("account", "a1", MONDAY, MONDAY, {"Industry": "steel"}), system=SALESFORCE)
    seen(store, Record("lead", "l1", MONDAY, MONDAY, {"Title": "Boss"}), system=SALESFORCE)
    with store.transaction() as tx:
        whose = [("contact", "c1", ANNA), ("contact", "c2", ANNA), ("lead", "l1", BERT)]
        people.assign(tx, [(SALESFORCE, kind, one, person) for kind, one, person in whose])
        labels.keep(tx, [ANNA, BERT], fields)
    with store.reading() as tx:
        kept = labels.kept(tx, fields, NEVER, [ANNA, BERT])
    assert kept == ([ANNA, BERT], [["steel", None], ["Head", None], [None, "Boss"]])


def test_who_is_on_a_deal_is_told_by_roles_and_leads_the_primary_contact_first(store):
    persons(store, ANNA, BERT)
    roles = [
        Record("opportunity_contact_role", "r1", MONDAY, MONDAY, {"ContactId": "c1", "IsPrimary": False}),
        Record("opportunity_contact_role", "r2", MONDAY, MONDAY, {"ContactId": "c2", "IsPrimary": True}),
    ]
    names = {
        role.id: (
            Reference("contact", "contact", str(role.properties["ContactId"])),
            Reference("opportunity", "opportunity", "d1"),
        )
        for role in roles
    }
    seen(store, *roles, system=SALESFORCE, named=names)
    seen(store, contact("c1"), contact("c2"), system=SALESFORCE)
    lead = Record("lead", "l1", MONDAY, MONDAY, {})
    seen(store, lead, system=SALESFORCE, named={"l1": (Reference("opportunity", "opportunity", "d2"),)})
    with store.transaction() as tx:
        whose = [("contact", "c1", ANNA), ("contact", "c2", BERT), ("lead", "l1", ANNA)]
        people.assign(tx, [(SALESFORCE, kind, record, person) for kind, record, person in whose])
    with store.reading() as tx:
        assert deals.people_on(tx, ["d1", "d2", "d3"]) == {"d1": [BERT, ANNA], "d2": [ANNA]}


def test_entries_are_walked_without_their_proofs_and_bi_tools_read_views(store):
    persons(store, ANNA)
    entry = Entry(Stage.MQL, 1, NOW, "definition", "visited", reason=None)
    with store.transaction() as tx:
        entries.record(tx, None, ANNA, [entry], NOW)
    deal = Record("opportunity", "d1", MONDAY, MONDAY, {"Amount": "12.50", "IsWon": True, "StageName": "Won"})
    seen(store, deal, system=SALESFORCE)
    with store.reading() as tx:
        assert list(entries.walk(tx)) == [(ANNA, [(Stage.MQL, 1, NOW, None, "definition", None, "")])]
        assert list(entries.walk(tx, Instant(NOW - 1))) == []
        (row,) = tx.exec_driver_sql("SELECT person, stage, at FROM bi_transition").all()
        assert (row[0], row[1], str(row[2])[:10]) == (ANNA, "mql", "2026-11-02")
        assert tx.exec_driver_sql("SELECT opportunity, amount FROM bi_opportunity").all() == [("d1", "12.50")]
        assert tx.exec_driver_sql("SELECT count(*) FROM bi_task").scalar() == 0
        assert tx.exec_driver_sql("SELECT count(*) FROM bi_person").scalar() == 1


def test_a_plan_that_waits_is_kept_once_and_leaves_nothing_behind(store):
    def plan(digest, run="r1"):
        return Held(
            run,
            Instant(1),
            "guard",
            "updates",
            "too many",
            "look",
            digest,
            "d",
            {"salesforce": 2},
            Counter({"value": 3}),
        )

    def rows(count):
        return [(PersonId(f"p{number % 2}"), "update", {"n": number}) for number in range(count)]

    with store.transaction() as tx:
        held.keep(tx, plan("a"), rows(5))
        assert held.waiting(tx) == plan("a")
        assert held.changes(tx, "update", 2, 3) == [{"n": 3}, {"n": 4}]
        assert held.counts(tx) == {"update": 5}
        held.keep(tx, plan("a", "r2"), rows(1))
        assert held.waiting(tx).run == "r2"
        assert held.counts(tx) == {"update": 5}
        held.keep(tx, plan("b"), rows(1))
        assert held.counts(tx) == {"update": 1}
        held.clear(tx)
        assert (held.waiting(tx), held.changes(tx, None, 9)) == (None, [])


def test_people_are_found_by_the_beginning_of_an_address_and_by_words(store):
    with store.transaction() as tx:
        for number, (name, mail) in enumerate((("Anna", "anna@acme.example"), ("Bert 100%", "bert@acme.example"))):
            person = PersonId(f"p{number}")
            people.create(tx, person, Instant(number))
            mirror.save(tx, HUBSPOT, [contact(str(number), firstname=name, email=mail)], NOW)
            people.save_keys(tx, System.HUBSPOT, "contact", {str(number): [f"email:{mail}"]})
            people.assign(tx, [(System.HUBSPOT, "contact", str(number), person)])
        assert search.by_address(tx, " ANNA@", 9) == ["p0"]
        assert search.by_address(tx, "a", 9) == ["p0"]
        assert search.by_words(tx, ["bert", "acme"], 9) == ["p1"]
        assert search.by_words(tx, ["100%"], 9) == ["p1"]
        assert search.by_words(tx, ["1_0"], 9) == []
        people.settle(tx, [(PersonId("p1"), Instant(5), "mql", 1, Instant(3))])
        assert [one.person for one in search.in_stage(tx, None, 9)] == ["p1", "p0"]
        assert [one.stage for one in search.in_stage(tx, "mql", 9)] == ["mql"]
        assert search.in_stage(tx, None, 9, 1)[0].person == "p0"


def test_the_ledger_is_leafed_through_newest_first(store):
    with store.transaction() as tx:
        people.create(tx, PersonId("p1"), Instant(1))
        for number in range(5):
            about = [About(PersonId("p1"))] if number % 2 else []
            ledger.append(tx, None, Instant(number), [LedgerItem("pulled" if number < 3 else "decided", {}, about)])
        assert [leaf.seq for leaf in browse.newest(tx, Filter(), 2)] == [5, 4]
        assert [leaf.seq for leaf in browse.newest(tx, Filter(), 9, before=3)] == [2, 1]
        assert [leaf.seq for leaf in browse.newest(tx, Filter(kind="pulled"), 9)] == [3, 2, 1]
        assert [leaf.seq for leaf in browse.newest(tx, Filter(person=PersonId("p1")), 9)] == [4, 2]
        assert browse.count(tx, Filter(kind="decided")) == 2
        assert [row.seq for row in ledger.read(tx, seq=4)] == [4]


def test_values_are_counted_over_living_records_whatever_their_type(store):
    gone = replace(contact("4", email="d@x.example"), deleted=True)
    odd = contact("3", **{"email": "", 'a "quoted" name': 7})
    seen(store, contact("1", email="a@x.example", size=5), contact("2", email=None), odd, gone)
    with store.reading() as tx:
        assert census.filled(tx, "hubspot", "contact", ["email", "size", "nothing"]) == [1, 1, 0]
        assert census.filled(tx, "hubspot", "contact", []) == []
        assert census.filled(tx, "salesforce", "lead", ["Email"]) == [0]


def test_records_are_found_in_which_a_counter_moved(store):
    def views(since: Instant | None) -> list[str]:
        with store.reading() as tx:
            return census.counting(tx, HUBSPOT, "contact", ["views"], since)

    seen(store, contact("1", views="2"), contact("2", views="0"), contact("3"), contact("4", views=None))
    assert views(None) == ["1"]
    later, last = Instant(NOW + 1), Instant(NOW + 2)
    moved = MONDAY + HOUR
    seen(store, contact("1", moved, views="2", city="Ghent"), contact("2", moved, views="1"), at=later)
    seen(store, contact("5", views="1"), contact("6", views=""), at=later)
    assert (views(None), views(later), views(last)) == (["1", "2", "5"], ["2", "5"], [])


def test_a_copy_that_tells_less_than_the_mirror_has_takes_nothing_away(store):
    """What was compared is kept in part only; what was not looked at then is read again."""
    seen(store, contact("1", email="a@x.example", city="Ghent"), contact("2", email="b@x.example", city="Bonn"))
    wins = replace(contact("1", MONDAY + HOUR, email="c@x.example"), replaces=("2",))
    loses = contact("2", MONDAY + HOUR, phone="1")
    with store.transaction() as tx:
        compared = mirror.compare(tx, HUBSPOT, "contact", [wins, loses])
        mirror.save(tx, HUBSPOT, [wins, loses], Instant(NOW + 1), compared=compared)
    assert one(store, "1").properties == {"email": "c@x.example", "city": "Ghent"}
    assert one(store, "2").properties == {"email": "b@x.example", "city": "Bonn", "phone": "1"}
    assert one(store, "2").merged_into == "1"


def test_a_record_that_comes_twice_in_a_page_ends_as_the_newer_copy(store):
    seen(store, contact("1", email="a@x.example", city="Ghent"))
    twice = [contact("1", MONDAY + HOUR, email="b@x.example"), contact("1", MONDAY + 2 * HOUR, phone="1")]
    with store.transaction() as tx:
        compared = mirror.compare(tx, HUBSPOT, "contact", twice)
        mirror.save(tx, HUBSPOT, twice, Instant(NOW + 1), compared=compared)
    assert one(store, "1").properties == {"email": "b@x.example", "city": "Ghent", "phone": "1"}
