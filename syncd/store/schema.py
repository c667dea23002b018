"""Bringing the tables of a store up to date, step by step, with Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from syncd.store.errors import StoreBroken, StoreMissing

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

VERSION_TABLE = "syncd_version"
HEAD = "0001"
"""The newest migration, kept here so that opening a store that is up to date does not load Alembic."""


def prepare(
    reading: Callable[[], AbstractContextManager[Connection]],
    writing: Callable[[], AbstractContextManager[Connection]] | None,
) -> None:
    """Make sure that the tables are those of this version; `writing` None means that nothing may be changed.

    Raises StoreMissing for an empty store that may not be written, StoreBroken for one that is not ours, is newer,
    or is older and may not be written.
    """
    with reading() as tx:
        version = version_of(tx)
    if version == HEAD:
        return
    if writing is None:
        if version is None:
            raise StoreMissing("in this database")
        raise StoreBroken(f"the store is of the older version {version}", "run `syncd sync` once to renew it")
    with writing() as tx:
        if tx.dialect.name == "postgresql":
            _require_utf8(tx)
            tx.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('syncd schema', 0))")
        # Asked again: another process may have been first while we waited.
        if version_of(tx) != HEAD:
            _migrate(tx)


def _require_utf8(tx: Connection) -> None:
    encoding = tx.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise StoreBroken(f"the PostgreSQL database keeps texts as {encoding}", "make one WITH ENCODING 'UTF8'")


def version_of(tx: Connection) -> str | None:
    """The migration that the tables stand at, None for an empty store.

    Raises StoreBroken when there are tables, but not ours, or ours of a version that is not known here.
    """
    names = set(inspect(tx).get_table_names())
    if VERSION_TABLE in names:
        version: str | None = tx.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
        if version is not None and version > HEAD:
            raise StoreBroken(f"the store was written by a newer syncd ({version})", "install that version again")
        return version
    if names and (tx.dialect.name == "sqlite" or names & {"record", "person", "ledger"}):
        raise StoreBroken("the store holds tables of something else", "name another one in SYNCD_STORE_URL")
    return None


def scripts() -> ScriptDirectory:
    """The migrations that come with this version."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 (slow, and only for migrations)

    return ScriptDirectory(str(Path(__file__).parent / "migrations"))


def _migrate(tx: Connection) -> None:
    from alembic.config import Config  # noqa: PLC0415 (slow, and only for migrations)
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415

    directory = scripts()

    def upgrade(revision: str, _context: object) -> object:
        return directory._upgrade_revs("head", revision)  # noqa: SLF001 (what `alembic upgrade` itself calls)

    with EnvironmentContext(Config(), directory, fn=upgrade) as environment:
        environment.configure(connection=tx, version_table=VERSION_TABLE)
        environment.run_migrations()
