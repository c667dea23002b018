"""Asking and telling about many rows at once, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import Delete, Insert, Update

from syncd.store.canonical import to_text

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

SIZE = 500
"""Ids in one statement: far below what either database allows, and enough to make the statement itself cheap."""
MANY = 2500
"""Values that `read_many` asks for at once: who wants fewer rows in memory asks for fewer."""

Item = TypeVar("Item")
Build: TypeAlias = "Callable[[Connection], Insert | Update | Delete]"

LISTED = "listed"
"""The parameter that holds the values of `listed`."""
_found: dict[tuple[Callable[[Connection], Select[Any]], str], Select[Any]] = {}
_prepared: dict[tuple[Build, str, tuple[str, ...]], tuple[str, tuple[str, ...] | None]] = {}


def batches(items: Iterable[Item], size: int = SIZE) -> Iterator[list[Item]]:
    """The items in order, in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def side_by_side(tx: Connection, rows: Select[Any], *separators: str) -> list[str] | None:
    """The columns of what a select finds, each as one text with its separator between the values; None of no rows.

    For very many short rows: as texts they cost a third of what they cost one by one. All columns are in one order.
    """
    found = rows.subquery()
    texts = [func.aggregate_strings(column, mark) for column, mark in zip(found.c, separators, strict=True)]
    told: list[Any] = list(tx.execute(select(*texts)).one())
    return None if told[0] is None else told


def insert_into(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ON CONFLICT in the words of the database at hand."""
    if tx.dialect.name != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  four MB for those who use another

    return postgresql.insert(table)


def among(tx: Connection, column: Column[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a column has one of the values, as one parameter: the statement is the same for any number.

    SQLite unpacks a JSON array, PostgreSQL takes an array.
    """
    if tx.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(Text)))
    return column.in_(select(text("value")).select_from(func.json_each(to_text(list(values)))))


def listed(tx: Connection, column: Column[Any]) -> ColumnElement[bool]:
    """The condition of a statement for `read_many`: that a column has one of the values that it is asked for."""
    if tx.dialect.name == "postgresql":
        return column == any_(bindparam(LISTED, type_=ARRAY(Text)))
    return column.in_(select(text("value")).select_from(func.json_each(bindparam(LISTED))))


def read_many(
    tx: Connection, find: Callable[[Connection], Select[Any]], values: Iterable[str], **given: str | int
) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """What the select that `find` makes finds for the values, asked in batches: the rows of each in its order.

    `find` is a function of a module, which makes the same statement every time, with `listed`; `given` are its other
    parameters. It is made once per database: building one costs as much as SQLite takes to answer it.
    """
    key = (find, tx.dialect.name)
    if key not in _found:
        _found[key] = find(tx)
    for batch in batches(values, MANY):
        asked: Any = batch if tx.dialect.name == "postgresql" else to_text(batch)
        yield tx.execute(_found[key], {LISTED: asked, **given}).all()


def write_many(tx: Connection, build: Build, rows: Sequence[Mapping[str, Any]]) -> int:
    """Run the statement that `build` makes once per row, all with the same names. See `write_rows`."""
    if not rows:
        return 0
    names = tuple(rows[0])
    return write_rows(tx, build, names, list(map(itemgetter(*names), rows)))


def write_rows(tx: Connection, build: Build, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> int:
    """Run the statement that `build` makes once per row of values under some names, and count the rows that it changed.

    `build` is a function of a module, which makes the same statement every time; every value is in the rows. The
    statement is compiled once per database and the rows go to the driver as they are: a third of what SQLAlchemy's own
    way costs, and these are the statements that run a million times.
    """
    if not rows:
        return 0
    key = (build, tx.dialect.name, names)
    if key not in _prepared:
        compiled = build(tx).compile(dialect=tx.dialect, column_keys=list(names))
        order = tuple(compiled.positiontup or ()) if compiled.positional else None
        _prepared[key] = (str(compiled), order)
    sql, order = _prepared[key]
    if order is None:
        return tx.exec_driver_sql(sql, [dict(zip(names, row, strict=True)) for row in rows]).rowcount
    if order == names:
        return tx.exec_driver_sql(sql, list(rows)).rowcount
    values = itemgetter(*map(names.index, order))
    return tx.exec_driver_sql(sql, list(map(values, rows))).rowcount
