"""Asking and telling about many rows at once, on both databases."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Table

SIZE = 500
"""Ids in one statement: far below what either database allows, and enough to make the statement itself cheap."""

Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int = SIZE) -> Iterator[list[Item]]:
    """The items in order, in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def insert_into(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ON CONFLICT in the words of the database at hand."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)
