"""Opening the store, its transactions, and the lock that makes one process the writer."""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy import exc as sql
from sqlalchemy.engine import URL, make_url

from syncd.store import schema, tables
from syncd.store.batches import insert_into
from syncd.store.errors import StoreBroken, StoreBusy, StoreError, StoreForeign, StoreMissing, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Store",
    "StoreBroken",
    "StoreBusy",
    "StoreError",
    "StoreForeign",
    "StoreMissing",
    "StoreUnreachable",
    "bind_pair",
    "get_meta",
    "open_store",
    "pair",
    "set_meta",
]

BUSY_MILLISECONDS = 10_000
CHECKPOINT_PAGES = 10_000
"""40 MB of WAL between checkpoints: 1.7 times the throughput of SQLite's default (facts: engine 4)."""
WAL_BYTES_KEPT = 64 * 1024 * 1024
CACHE_KIBIBYTES = 12 * 1024
POLL_SECONDS = 0.05


class Store:
    """An open store. Many may read it at once; who writes holds `writer` first."""

    def __init__(self, engine: Engine, path: Path | None, *, read_only: bool) -> None:
        """`path` is the SQLite file, None on PostgreSQL."""
        self._engine = engine
        self._path = path
        self.read_only = read_only
        if path is None:
            snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            self._reading: Engine = engine.execution_options(**snapshot)
            self._writing: Engine = engine.execution_options(postgresql_readonly=read_only)
        else:
            self._reading = engine
            self._writing = engine.execution_options(syncd_begin="BEGIN IMMEDIATE")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection to write with: all of it is committed at the end, or none on an exception.

        Raises StoreBusy when another process writes for longer than 10 s, StoreBroken when the file is damaged.
        """
        with _told(self._path), self._writing.begin() as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the store, whatever others write meanwhile."""
        with _told(self._path), self._reading.connect() as tx:
            yield tx

    @contextmanager
    def writer(self, wait_seconds: float) -> Iterator[None]:
        """Be the one that writes, for the length of the block. Not re-entrant.

        Raises StoreBusy, naming the holder, when somebody else still writes after `wait_seconds`. The lock falls
        with the process, however that ends.
        """
        deadline = time.monotonic() + wait_seconds
        held = _advisory_lock(self._engine, deadline) if self._path is None else _file_lock(self._path, deadline)
        with held:
            yield
            if self._path is not None:
                self._checkpoint()

    def _checkpoint(self) -> None:
        """Move what can be moved from the WAL into the file; never waits for readers."""
        with _told(self._path), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close every connection. The store may not be used after."""
        self._engine.dispose()


def open_store(url: str, *, read_only: bool = False) -> Store:
    """The store at a SQLAlchemy URL (`sqlite:////var/lib/syncd/syncd.db`, `postgresql+psycopg://…`).

    Creates it and brings its tables up to date, unless `read_only`. Raises StoreMissing when there is nothing to
    read (or no folder to create it in), StoreUnreachable when the database server does not answer, and StoreBroken
    when the file is damaged, is not a syncd store, or was written by a newer syncd.
    """
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        path, engine = None, _postgres_engine(address)
    else:
        path = _sqlite_path(address, read_only=read_only)
        engine = _sqlite_engine(address, path, read_only=read_only)
    store = Store(engine, path, read_only=read_only)
    try:
        with _told(path):
            schema.prepare(store.reading, None if read_only else store.transaction)
    except BaseException:
        store.close()
        raise
    return store


def bind_pair(tx: Connection, portal_id: str, org_id: str) -> None:
    """Bind the store to one HubSpot portal and one Salesforce org, for good.

    Raises StoreForeign(known, given) when it is bound to another pair already.
    """
    known = pair(tx)
    if known is None:
        set_meta(tx, "portal", portal_id)
        set_meta(tx, "org", org_id)
    elif known != (portal_id, org_id):
        raise StoreForeign(known, (portal_id, org_id))


def pair(tx: Connection) -> tuple[str, str] | None:
    """(portal id, org id) that the store is bound to, None before the first contact."""
    portal, org = get_meta(tx, "portal"), get_meta(tx, "org")
    return None if portal is None or org is None else (portal, org)


def get_meta(tx: Connection, key: str) -> str | None:
    """The value kept under a key, None where there is none."""
    value: str | None = tx.execute(select(tables.meta.c.value).where(tables.meta.c.key == key)).scalar()
    return value


def set_meta(tx: Connection, key: str, value: str) -> None:
    """Keep a value under a key."""
    statement = insert_into(tx, tables.meta)
    statement = statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
    tx.execute(statement, {"key": key, "value": value})


def _sqlite_path(address: URL, *, read_only: bool) -> Path:
    if not address.database or address.database == ":memory:":
        raise StoreBroken("the store", "needs a file", "name one, as in sqlite:////var/lib/syncd/syncd.db")
    path = Path(address.database)
    if read_only and not path.exists():
        raise StoreMissing(str(path))
    try:
        # Created here and not by SQLite, so that nobody else can read it for even a moment; WAL files inherit this.
        os.close(os.open(path, os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT, 0o600))
    except FileNotFoundError as error:
        raise StoreMissing(str(path.parent)) from error
    except OSError as error:
        raise StoreBroken(str(path), f"cannot be opened ({error.strerror})", "check who owns it") from error
    return path


def _sqlite_engine(address: URL, path: Path, *, read_only: bool) -> Engine:
    name = f"file:{quote(str(path.absolute()))}?mode={'ro' if read_only else 'rw'}"
    pragmas = ["foreign_keys=ON", f"cache_size=-{CACHE_KIBIBYTES}", "temp_store=MEMORY"]
    if read_only:
        pragmas += ["query_only=ON"]
    else:
        pragmas += ["journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"]
        pragmas += [f"wal_autocheckpoint={CHECKPOINT_PAGES}", f"journal_size_limit={WAL_BYTES_KEPT}"]

    def connect() -> sqlite3.Connection:
        # isolation_level None: Python's own BEGIN is deferred and would fail at once on a busy snapshot.
        connection = sqlite3.connect(
            name, uri=True, isolation_level=None, timeout=BUSY_MILLISECONDS / 1000, check_same_thread=False
        )
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine(address, creator=connect)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("syncd_begin", "BEGIN"))

    return engine


def _postgres_engine(address: URL) -> Engine:
    return create_engine(address, connect_args={"application_name": f"syncd process {os.getpid()}"}, pool_pre_ping=True)


@contextmanager
def _file_lock(path: Path, deadline: float) -> Iterator[None]:
    """Hold an exclusive flock on `<store>.lock`. The kernel lets go of it when the process ends."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    holder = os.pread(lock, 32, 0).decode(errors="replace").strip()
                    raise StoreBusy(f"process {holder}" if holder else "another process") from error
                time.sleep(POLL_SECONDS)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(lock, 0)
    finally:
        os.close(lock)


@contextmanager
def _advisory_lock(engine: Engine, deadline: float) -> Iterator[None]:
    """Hold a session's advisory lock, one per schema, on a connection of its own."""
    name = "hashtextextended('syncd writer ' || current_schema(), 0)"
    with _told(None), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({name})").scalar():
            if time.monotonic() >= deadline:
                holder = connection.exec_driver_sql(
                    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"  # noqa: S608
                    " WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()"
                    f" AND ((l.classid::bigint << 32) | l.objid::bigint) = {name}"
                ).scalar()
                raise StoreBusy(holder or "another process")
            time.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({name})")


@contextmanager
def _told(path: Path | None) -> Iterator[None]:
    """Turn what a database says of itself into errors that say what to do."""
    try:
        yield
    except sql.DBAPIError as error:
        where = str(path or "the PostgreSQL database")
        said = str(error.orig)
        if re.search(r"malformed|not a database|disk image", said):
            raise StoreBroken.damaged(where) from error
        if re.search(r"database is locked|table is locked", said):
            raise StoreBusy("another process") from error
        if "disk is full" in said or "No space left" in said:
            raise StoreBroken(where, "cannot grow: the disk is full", "free some space and run again") from error
        if "readonly" in said or "read-only" in said:
            raise StoreBroken(where, "may only be read by us", "check who owns it and its folder") from error
        if path is None and isinstance(error, sql.OperationalError):
            raise StoreUnreachable(where) from error
        raise
