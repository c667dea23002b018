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
        raise
