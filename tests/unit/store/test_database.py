"""What is particular to the SQLite file: who may read it, what it is when it is none, and its migrations."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event

from syncd.store import database, dossier, people, quarantine, schema, tables


def opened(path: Path, **options) -> database.Store:
    return database.open_store(f"sqlite:///{path}", **options)


def pragma(store: database.Store, name: str) -> object:
    with store.reading() as tx:
        return tx.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_importing_the_package_loads_no_database_library():
    script = (
        "import sys, syncd.store; sys.exit(any(m in sys.modules for m in ('sqlalchemy', 'alembic', 'cryptography')))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False).returncode == 0


def test_opening_a_store_that_is_up_to_date_does_not_load_alembic(tmp_path):
    opened(tmp_path / "s.db").close()
    script = (
        "import sys; from syncd.store import database;"
        f"database.open_store('sqlite:///{tmp_path}/s.db').close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False).returncode == 0


def test_nobody_else_may_read_any_file_of_the_store(tmp_path):
    before = os.umask(0)
    try:
        store = opened(tmp_path / "s.db")
        with store.writer(0), store.transaction() as tx:
            database.set_meta(tx, "a", "b")
            assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
            assert {path.name for path in tmp_path.iterdir()} == {"s.db", "s.db-wal", "s.db-shm", "s.db.lock"}
        store.close()
    finally:
        os.umask(before)


def test_a_store_outlives_another_one_of_its_process_and_another_process(tmp_path):
    """The page of a service opens the store once more, and somebody types a command meanwhile."""
    script = (
        "from syncd.store import database as d\n"
        f"store = d.open_store('sqlite:///{tmp_path}/s.db')\n"
        "with store.transaction() as tx: d.set_meta(tx, 'theirs', 'yes')\n"
        "with store.reading() as tx: print(d.get_meta(tx, 'before'), d.get_meta(tx, 'ours'))\n"
        "store.close()"
    )

    def elsewhere() -> str:
        ran = [sys.executable, "-c", script]
        return subprocess.run(ran, cwd=Path(__file__).parents[3], check=True, capture_output=True, text=True).stdout

    store = opened(tmp_path / "s.db")
    with store.transaction() as tx:
        database.set_meta(tx, "before", "yes")
    opened(tmp_path / "s.db", read_only=True).close()
    opened(tmp_path / "s.db").close()
    assert elsewhere() == "yes None\n"
    with store.transaction() as tx:
        assert database.get_meta(tx, "theirs") == "yes"
        database.set_meta(tx, "ours", "yes")
    assert elsewhere() == "yes yes\n"
    store.close()


def test_what_is_committed_survives_and_what_is_deleted_is_overwritten(tmp_path):
    store = opened(tmp_path / "s.db")
    assert (pragma(store, "journal_mode"), pragma(store, "synchronous")) == ("wal", 2)
    assert (pragma(store, "secure_delete"), pragma(store, "foreign_keys")) == (1, 1)
    store.close()


def test_the_holder_of_the_lock_is_named_in_its_file(tmp_path):
    store = opened(tmp_path / "s.db")
    with store.writer(0):
        assert (tmp_path / "s.db.lock").read_text() == f"{os.getpid()}\n"
    assert (tmp_path / "s.db.lock").read_text() == ""
    store.close()


@pytest.mark.parametrize(
    "content", [b"this is no database, only a long enough text to be read" * 20, b"PK\x03\x04" * 300]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "s.db"
    path.write_bytes(content)
    with pytest.raises(database.StoreBroken, match="move it away"):
        opened(path)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "s.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE invoice (id)")
    other.close()
    with pytest.raises(database.StoreBroken, match="something else"):
        opened(path)
    other = sqlite3.connect(path)
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("invoice",)]
    other.close()


def test_a_damaged_file_says_what_to_do(tmp_path):
    path = tmp_path / "s.db"
    store = opened(path)
    with store.transaction() as tx:
        people.create_many(tx, {f"person-{n:05}": 1 for n in range(5000)})
    store.close()
    damaged = bytearray(path.read_bytes())
    damaged[4096 * 2 :] = os.urandom(len(damaged) - 4096 * 2)
    path.write_bytes(damaged)
    with pytest.raises(database.StoreBroken, match="put back a copy"):
        store = opened(path)
        with store.reading() as tx:
            people.due(tx, 5)
            tx.exec_driver_sql("SELECT count(why) FROM entry").all()


OPEN_ON_A_FULL_DISK = """
import resource, sys
from syncd.endings import exit_code_of
from syncd.store.database import open_store
resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384))
try:
    open_store(sys.argv[1])
except Exception as error:
    print(f"{type(error).__name__} {exit_code_of(error):d}: {error}")
"""


def test_a_store_that_its_disk_does_not_let_us_open_is_tried_again(tmp_path):
    """A service that was stopped has left no files beside the store, and a disk may be full when it starts again."""
    opened(tmp_path / "s.db").close()
    given = [sys.executable, "-c", OPEN_ON_A_FULL_DISK, f"sqlite:///{tmp_path / 's.db'}"]
    said = subprocess.run(given, capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"StoreFull 5: {tmp_path / 's.db'} cannot be read or written (disk I/O error)")
    opened(tmp_path / "s.db").close()


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(database.StoreMissing, match="nowhere"):
        opened(tmp_path / "nowhere" / "s.db")


def test_a_store_in_memory_is_refused():
    with pytest.raises(database.StoreBroken, match="needs a file"):
        database.open_store("sqlite://")


@pytest.mark.parametrize(
    "url",
    [
        "/var/lib/syncd.db",
        "postgres://anna:geheim@host/syncd",
        "postgresql+asyncpg://anna:geheim@host/syncd",
        "postgresql+psycopg://anna:geheim@host:port/syncd",
        "postgresql+psycopg://anna:geheim@host/syncd?port=port",
        "mysql://anna:geheim@host/syncd",
    ],
)
def test_what_is_no_address_of_a_store_is_refused_and_makes_no_file(tmp_path, monkeypatch, url):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(database.StoreBroken, match="SYNCD_STORE_URL is not the address") as told:
        database.open_store(url)
    assert "geheim" not in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_a_name_with_odd_characters_is_a_file_of_that_name(tmp_path):
    store = opened(tmp_path / "a b#c.db")
    store.close()
    assert (tmp_path / "a b#c.db").exists()


def test_a_server_that_does_not_answer_is_unreachable():
    pytest.importorskip("psycopg")
    with pytest.raises(database.StoreUnreachable, match="did not answer"):
        database.open_store("postgresql+psycopg://syncd@127.0.0.1:1/syncd")


def test_a_new_store_and_all_migrations_give_the_same_schema(tmp_path):
    opened(tmp_path / "migrated.db").close()
    engine = create_engine(f"sqlite:///{tmp_path}/fresh.db")
    tables.metadata.create_all(engine)
    engine.dispose()

    def schema_of(name: str) -> dict[str, str]:
        connection = sqlite3.connect(tmp_path / name)
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'view'"
        ).fetchall()
        connection.close()
        return {name: " ".join(sql.split()) for name, sql in rows if name != schema.VERSION_TABLE}

    assert schema_of("migrated.db") == schema_of("fresh.db")


def test_the_newest_migration_is_the_one_that_opening_asks_for():
    assert schema.scripts().get_current_head() == schema.HEAD


def test_no_query_of_a_dossier_or_of_what_is_due_walks_a_whole_table(tmp_path):
    store = opened(tmp_path / "s.db")
    plans: list[str] = []

    @event.listens_for(store._engine, "before_cursor_execute")
    def explain(connection, cursor, statement, parameters, context, many):
        if statement.startswith("SELECT"):
            rows = connection.connection.dbapi_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in rows)

    with store.transaction() as tx:
        people.create_many(tx, {"anna": 1})
        people.due(tx, 5)
        people.due(tx, 5, kept=False)
        people.is_any_kept(tx)
        people.link_due(tx)
        people.sharing(tx, ["email:a"])
        list(dossier.load(tx, ["anna"]))
        quarantine.mappings(tx)
        quarantine.questions(tx)
        quarantine.of_nobody(tx)
    store.close()
    walks = [plan for plan in plans if plan.startswith("SCAN") and "json_each" not in plan]
    assert set(walks) == {"SCAN record USING INDEX record_link_due"}
