"""What a database says of itself, as errors that say what to do."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc as sql

from syncd.store.errors import StoreBroken, StoreBusy, StoreFull, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def told(path: Path | None) -> Iterator[None]:
    """Turn what a database says of itself into errors that say what to do."""
    where = str(path or "the PostgreSQL database")
    try:
        yield
    except sql.PendingRollbackError as error:  # whose connection was lost before
        raise StoreUnreachable(where) from error
    except sql.DBAPIError as error:
        said = str(error.orig)
        if re.search(r"malformed|not a database|disk image", said):
            raise StoreBroken.damaged(where) from error
        if re.search(r"database is locked|table is locked", said):
            raise StoreBusy("another process") from error
        if "disk is full" in said or "No space left" in said:
            raise StoreFull.of(where) from error
        if re.search(r"disk I/O error|unable to open", said):
            raise StoreFull.failing(where, said) from error
        if "readonly" in said or "read-only" in said:
            raise StoreBroken(f"{where} may only be read by us", "check who owns it and its folder") from error
        if path is None and isinstance(error, sql.OperationalError):
            raise StoreUnreachable(where) from error
        if path is None and (why := _of_the_server(error)):
            raise StoreBroken(*why) from error
        raise


def _of_the_server(error: sql.DBAPIError) -> tuple[str, str] | None:
    """What is wrong with how PostgreSQL was set up for us, and what to do. None for what we did wrong."""
    match getattr(error.orig, "sqlstate", None):
        case "42501":
            ours = "our user may not make or read tables in its schema of the PostgreSQL database"
            return ours, "have an admin of it make the schema ours: ALTER SCHEMA ... OWNER TO our user"
        case "3F000":
            hidden = "the schema is not there in the PostgreSQL database, or our user may not use it"
            return hidden, "make it, or name another in SYNCD_STORE_URL"
        case None if isinstance(error, sql.ProgrammingError):
            return "SYNCD_STORE_URL has an option that PostgreSQL does not know", "take it out, or mend its spelling"
        case _:
            return None
