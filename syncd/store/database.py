"""Opening the store, its transactions, and the lock that makes one process the writer."""

from __future__ import annotations

import errno
import math
import os
import sqlite3
import threading
import time
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import Connection, Engine, bindparam, create_engine, select
from sqlalchemy import exc as sql
from sqlalchemy.engine import URL, make_url

from syncd.store import schema, tables
from syncd.store.batches import insert_into
from syncd.store.errors import (
    FolderMissing,
    StoreBroken,
    StoreBusy,
    StoreError,
    StoreForeign,
    StoreMissing,
    StoreUnreachable,
)
from syncd.store.locks import (
    BACKFILL,
    POLL_SECONDS,
    WAITING,
    Lead,
    advisory_lock,
    advisory_mark,
    file_lock,
    file_mark,
    is_marked_by_advisory_lock,
    is_marked_by_file,
    lead_by_advisory_lock,
    lead_by_file_lock,
)
from syncd.store.told import told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

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

POSTGRESQL = "postgresql"
DRIVERS = (("sqlite", "pysqlite"), (POSTGRESQL, "psycopg"))
"""Databases that stores are kept in, and what speaks to each."""
NO_ADDRESS = "SYNCD_STORE_URL is not the address of a store"
WRITE_ADDRESS = "write sqlite:////var/lib/syncd/syncd.db, or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
BUSY_MILLISECONDS = 10_000
AFTER_YOU = 3 * POLL_SECONDS
"""Seconds that somebody who has just written leaves to others who wait: jobs of a service one after the other kept a
backfill waiting for a minute.
"""
PAGE_BYTES = 8192
"""Of a new file: in pages of SQLite's default, half of each would be empty beside the one contact that it holds."""
CHECKPOINT_PAGES = 5_000
"""40 MB of WAL between checkpoints: 1.7 times the throughput of SQLite's default (facts: engine 4)."""
WAL_BYTES_KEPT = 64 * 1024 * 1024
CACHE_KIBIBYTES = 2 * 1024
"""Of each connection: threads that read while another writes have one each."""
PAIR = ("portal", "org")
"""The notes of what the store is bound to."""
OF_READING = "reading: "
"""How notes begin that say how far both CRMs are read: each cycle looks at all of them, at once."""
SWEEP_KIBIBYTES = 64 * 1024
"""Of a process that walks through everybody: companies lie elsewhere than people, and those of 100,000 fit in. Of a
million people it saves three quarters of the kernel's time.
"""
_m = tables.meta.c
_NOTED = select(_m.value).where(_m.key == bindparam("which"))
_PAIR = select(_m.key, _m.value).where(_m.key.in_(PAIR))
_BEGINNING = select(_m.key, _m.value).where(_m.key >= bindparam("from"), _m.key < bindparam("to"))
"""Made once, as all that an idle cycle asks: to make a statement costs three times what SQLite takes to answer it."""
SCRUB_SECONDS, SCRUB_POLL = 5.0, 0.05
"""How long readers are waited for so that the WAL can be emptied, and how often it is tried."""
LEFT_IN_WAL = "the store's WAL is being read by another process and has the old pages; run this again when it has ended"
LEFT_BY_POSTGRES = (
    "PostgreSQL keeps deleted rows in its write-ahead log until that is recycled, in backups and in replicas; an admin"
    " of the database can run VACUUM FULL and CHECKPOINT"
)


class Store:
    """An open store. Many may read it at once; who writes holds `writer` first."""

    def __init__(self, engine: Engine, path: Path | None, *, read_only: bool) -> None:
        """`path` is the SQLite file, None on PostgreSQL."""
        self._engine = engine
        self._path = path
        self.read_only = read_only
        self._writer: tuple[int, Connection | None] | None = None
        self._wrote = -math.inf
        if path is None:
            snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            self._reading: Engine = engine.execution_options(**snapshot)
            self._writing: Engine = engine.execution_options(postgresql_readonly=read_only)
        else:
            self._reading = self._writing = engine

    @property
    def url(self) -> str:
        """The address to open it by once more. It holds the password where there is one, and is never told."""
        address = self._engine.url if self._path is None else self._engine.url.set(database=str(self._path.absolute()))
        return address.render_as_string(hide_password=False)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection to write with: all of it is committed at the end, or none on an exception.

        Raises StoreBusy when another process writes for longer than 10 s, StoreBroken when the file is damaged.
        """
        with told(self._path):
            self._still_writer()
            with self._writing.begin() as tx:
                if self._path is not None:
                    tx.exec_driver_sql("BEGIN IMMEDIATE")
                yield tx

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the store, whatever others write meanwhile."""
        with told(self._path), self._reading.connect() as tx:
            if self._path is not None:  # past SQLAlchemy, at a third of the cost: this touches nothing yet
                tx.connection.cursor().execute("BEGIN")
            yield tx

    @contextmanager
    def writer(self, wait_seconds: float) -> Iterator[None]:
        """Be the one that writes, for the length of the block. Not re-entrant.

        Raises StoreBusy, naming the holder, when somebody else still writes after `wait_seconds`. The lock falls
        with the process, however that ends.
        """
        deadline = time.monotonic() + wait_seconds
        if time.monotonic() - self._wrote < AFTER_YOU and self.is_waited_for():
            time.sleep(AFTER_YOU)
        held = advisory_lock(self._engine, deadline) if self._path is None else file_lock(self._path, deadline)
        with held as lock:
            self._writer = (threading.get_ident(), lock)
            try:
                yield
            finally:
                self._writer = None
                self._wrote = time.monotonic()
            if self._path is not None:
                self._checkpoint()

    def is_waited_for(self) -> bool:
        """Whether somebody else waits to write."""
        return self._is_marked(WAITING)

    def backfilling(self) -> AbstractContextManager[None]:
        """Say that a backfill is under way, for the length of the block: it judges whom it keeps for itself."""
        return advisory_mark(self._engine, BACKFILL) if self._path is None else file_mark(self._path, BACKFILL)

    def is_backfilled(self) -> bool:
        """Whether a backfill is under way, in whatever process."""
        return self._is_marked(BACKFILL)

    def _is_marked(self, what: str) -> bool:
        if self._path is None:
            return is_marked_by_advisory_lock(self._engine, what)
        return is_marked_by_file(self._path, what)

    def lead(self) -> Lead | None:
        """Become the one service of this store that runs jobs, until `let_go` or the end of the process. None where
        another one is. Raises StoreUnreachable.
        """
        return lead_by_advisory_lock(self._engine) if self._path is None else lead_by_file_lock(self._path)

    @property
    def is_shared(self) -> bool:
        """Whether other machines can reach it."""
        return self._path is None

    def _still_writer(self) -> None:
        """A writer whose lock fell, since the server lost sight of it, must not write: somebody else may by now."""
        if self._writer is not None and self._writer[0] == threading.get_ident() and self._writer[1] is not None:
            self._writer[1].exec_driver_sql("SELECT 1")

    def _checkpoint(self) -> None:
        """Move what can be moved from the WAL into the file; never waits for readers."""
        with told(self._path), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def scrub(self, changed: Collection[str]) -> list[str]:
        """Leave nothing readable of what was deleted from some tables: in the file, in the WAL, in free pages. What
        could not be reached is given, in sentences. No transaction may be open.
        """
        with told(self._path), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if self._path is None:
                for name in sorted(changed):
                    connection.exec_driver_sql(f'VACUUM "{name}"')
                return [LEFT_BY_POSTGRES]
            # Deleted cells and free pages are overwritten as they go (secure_delete); the WAL still has the old pages.
            deadline = time.monotonic() + SCRUB_SECONDS
            while connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
                if time.monotonic() > deadline:
                    return [LEFT_IN_WAL]
                time.sleep(SCRUB_POLL)
        return []

    def close(self) -> None:
        """Close every connection. The store may not be used after."""
        self._engine.dispose()


def open_store(url: str, *, read_only: bool = False, cache: int = CACHE_KIBIBYTES) -> Store:
    """The store at a SQLAlchemy URL (`sqlite:////var/lib/syncd/syncd.db`, `postgresql+psycopg://…`). Of a SQLite file
    each connection holds at most `cache` KiB.

    Creates it and brings its tables up to date, unless `read_only`. Raises StoreMissing when there is nothing to
    read (or no folder to create it in), StoreUnreachable when the database server does not answer, and StoreBroken
    when the URL is none of a store, or what is there is damaged, is not a syncd store, or was written by a newer syncd.
    """
    address = _address(url)
    if address.get_backend_name() == POSTGRESQL:
        path, engine = None, _postgres_engine(address)
    else:
        path = _sqlite_path(address, read_only=read_only)
        engine = _sqlite_engine(address, path, cache, read_only=read_only)
    store = Store(engine, path, read_only=read_only)
    try:
        with told(path):
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
    known = {row[0]: row[1] for row in tx.execute(_PAIR)}
    return (known["portal"], known["org"]) if len(known) == len(PAIR) else None


def get_meta(tx: Connection, key: str) -> str | None:
    """The value kept under a key, None where there is none."""
    value: str | None = tx.execute(_NOTED, {"which": key}).scalar()
    return value


def noted(tx: Connection, prefix: str) -> dict[str, str]:
    """The values kept under keys that begin so, by key."""
    rows = tx.execute(_BEGINNING, {"from": prefix, "to": prefix + "\uffff"}).all()
    return {row[0]: row[1] for row in rows}


def set_meta(tx: Connection, key: str, value: str) -> None:
    """Keep a value under a key."""
    statement = insert_into(tx, tables.meta)
    statement = statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
    tx.execute(statement, {"key": key, "value": value})


def _address(url: str) -> URL:
    """The URL of a store in its parts, of which nothing is told: it may hold a password."""
    try:
        address = make_url(url)
        known = (address.get_backend_name(), address.get_driver_name()) in DRIVERS
    except (sql.ArgumentError, ValueError) as error:
        raise StoreBroken(NO_ADDRESS, WRITE_ADDRESS) from error
    if not known:
        raise StoreBroken(NO_ADDRESS, WRITE_ADDRESS)
    return address


def _sqlite_path(address: URL, *, read_only: bool) -> Path:
    if not address.database or address.database == ":memory:":
        raise StoreBroken("the store needs a file", "name one, as in sqlite:////var/lib/syncd/syncd.db")
    path = Path(address.database)
    try:
        if read_only:
            path.stat()
        else:
            # Created here and not by SQLite, so that nobody else can read it for even a moment; WAL files inherit this.
            # One that is there is never opened: closing it would let go of the locks of every other store that this
            # process has open on it, and the next process to end would take their WAL away (sqlite.org/howtocorrupt).
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileNotFoundError as error:
        raise (StoreMissing(str(path)) if read_only else FolderMissing(str(path.parent))) from error
    except OSError as error:
        raise StoreBroken(f"{path} cannot be opened ({error.strerror})", "check who owns it") from error
    allowed = os.access(path, os.R_OK if read_only else os.R_OK | os.W_OK)
    if path.is_dir() or not allowed:
        why = os.strerror(errno.EACCES if not allowed else errno.EISDIR)
        raise StoreBroken(f"{path} cannot be opened ({why})", "check who owns it")
    return path


def _sqlite_engine(address: URL, path: Path, cache: int, *, read_only: bool) -> Engine:
    name = f"file:{quote(str(path.absolute()))}?mode={'ro' if read_only else 'rw'}"
    pragmas = ["foreign_keys=ON", f"cache_size=-{cache}", "temp_store=MEMORY"]
    if read_only:
        pragmas += ["query_only=ON"]
    else:
        pragmas += [f"page_size={PAGE_BYTES}", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"]
        pragmas += [f"wal_autocheckpoint={CHECKPOINT_PAGES}", f"journal_size_limit={WAL_BYTES_KEPT}"]

    def connect() -> sqlite3.Connection:
        # isolation_level None: Python's own BEGIN is deferred and would fail at once on a busy snapshot. Each
        # transaction says its own; a listener of SQLAlchemy's for it would make every statement dearer.
        connection = sqlite3.connect(
            name, uri=True, isolation_level=None, timeout=BUSY_MILLISECONDS / 1000, check_same_thread=False
        )
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    return create_engine(address, creator=connect)


def _postgres_engine(address: URL) -> Engine:
    # A host that vanished is noticed by the server after 20 s, not after two hours: its locks fall by then.
    told_by_server = "-c tcp_keepalives_idle=8 -c tcp_keepalives_interval=4 -c tcp_keepalives_count=3"
    ours = {"keepalives_idle": 8, "keepalives_interval": 4, "keepalives_count": 3}
    ours |= {"tcp_user_timeout": 20_000, "connect_timeout": 10}
    options = f"{address.query.get('options', '')} {told_by_server}".strip()
    name = f"syncd process {os.getpid()}"
    told = {"application_name": name, "options": options, **ours}
    try:
        return create_engine(address, connect_args=told, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise StoreBroken("PostgreSQL needs psycopg, which is not installed", "install syncd[postgres]") from error
    except sql.ArgumentError as error:
        raise StoreBroken(NO_ADDRESS, WRITE_ADDRESS) from error
