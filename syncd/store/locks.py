"""Locks between processes: one writes at a time, and one service of a store leads. The kernel, or PostgreSQL, lets go
of a lock when its process ends, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import exc as sql

from syncd.store.errors import StoreBusy
from syncd.store.told import told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

POLL_SECONDS = 0.05
LEADER = "hashtextextended('syncd leader ' || current_schema(), 0)"
WAITING, BACKFILL = "waiting", "backfill"
"""What processes say of themselves by a lock that all who say so share."""


class Lead(Protocol):
    """Being the one service that runs jobs."""

    def holds(self) -> bool:
        """Whether it is still so: a database server may have lost sight of us."""
        ...

    def let_go(self) -> None:
        """Let another one lead."""
        ...


@contextmanager
def file_lock(path: Path, deadline: float) -> Iterator[Connection | None]:
    """Hold an exclusive flock on `<store>.lock`. The kernel lets go of it when the process ends. Who waits for it
    shares one on `<store>.waiting` meanwhile.
    """
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(lock):
            with file_mark(path, WAITING):
                while not _locked(lock):
                    if time.monotonic() >= deadline:
                        holder = os.pread(lock, 32, 0).decode(errors="replace").strip()
                        raise StoreBusy(f"process {holder}" if holder else "another process")
                    time.sleep(POLL_SECONDS)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield None
        os.ftruncate(lock, 0)
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def file_mark(path: Path, what: str) -> Iterator[None]:
    """Say something of this process, by a lock that it shares with all who say so, until the end of the block."""
    mark = os.open(f"{path}.{what}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(mark, fcntl.LOCK_SH)
        yield
    finally:
        os.close(mark)


def is_marked_by_file(path: Path, what: str) -> bool:
    """Whether any process says so."""
    try:
        mark = os.open(f"{path}.{what}", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _locked(mark)
    finally:
        os.close(mark)


@contextmanager
def advisory_lock(engine: Engine, deadline: float) -> Iterator[Connection]:
    """Hold a session's advisory lock, one per schema, on a connection of its own: the lock lives as long as that. Who
    waits for it shares another one meanwhile.
    """
    name = "hashtextextended('syncd writer ' || current_schema(), 0)"
    with told(None), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not _taken(connection, name):
            with _mark(connection, WAITING):
                while not _taken(connection, name):
                    if time.monotonic() >= deadline:
                        raise StoreBusy(_holder(connection, name) or "another process")
                    time.sleep(POLL_SECONDS)
        try:
            yield connection
        finally:
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({name})")


def _taken(connection: Connection, name: str) -> bool:
    return bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({name})").scalar())


@contextmanager
def advisory_mark(engine: Engine, what: str) -> Iterator[None]:
    """The same as `file_mark`, on a connection of its own."""
    with (
        told(None),
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        _mark(connection, what),
    ):
        yield


@contextmanager
def _mark(connection: Connection, what: str) -> Iterator[None]:
    connection.exec_driver_sql(f"SELECT pg_advisory_lock_shared({_marked(what)})")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock_shared({_marked(what)})")


def _marked(what: str) -> str:
    return f"hashtextextended('syncd {what} ' || current_schema(), 0)"


def _holder(connection: Connection, name: str) -> str | None:
    """Who holds a lock, by the name of their connection."""
    held: str | None = connection.exec_driver_sql(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"  # noqa: S608
        " WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()"
        f" AND ((l.classid::bigint << 32) | l.objid::bigint) = {name}"
    ).scalar()
    return held


def is_marked_by_advisory_lock(engine: Engine, what: str) -> bool:
    """Whether any process says so."""
    with told(None), engine.connect() as connection:  # the lock that is tried falls with the transaction
        return not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({_marked(what)})").scalar()


class _Flock:
    def __init__(self, lock: int) -> None:
        self._lock = lock

    def holds(self) -> bool:
        return True

    def let_go(self) -> None:
        os.close(self._lock)


def lead_by_file_lock(path: Path) -> Lead | None:
    """Lead by an exclusive flock on `<store>.leader`."""
    lock = os.open(f"{path}.leader", os.O_RDWR | os.O_CREAT, 0o600)
    if _locked(lock):
        return _Flock(lock)
    os.close(lock)
    return None


class _AdvisoryLock:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def holds(self) -> bool:
        try:
            self._connection.exec_driver_sql("SELECT 1")
        except sql.SQLAlchemyError:
            return False
        return True

    def let_go(self) -> None:
        with suppress(sql.SQLAlchemyError):
            self._connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LEADER})")
        self._connection.invalidate()
        self._connection.close()


def lead_by_advisory_lock(engine: Engine) -> Lead | None:
    """Lead by a session's advisory lock, one per schema, on a connection of its own. Raises StoreUnreachable."""
    with told(None):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({LEADER})").scalar():
            return _AdvisoryLock(connection)
        connection.close()
        return None
