"""Tables written as files that other tools read, each with a manifest that says what is in it."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

import orjson

from syncd.endings import Told
from syncd.journey.exported import Cell, Column, Source, Table, columns_of
from syncd.model.instant import Instant, datetime_of, iso
from syncd.model.nouns import dataclass

Format: TypeAlias = Literal["csv", "json", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "json", "parquet")
SUFFIX: Mapping[Format, str] = {"csv": "csv", "json": "jsonl", "parquet": "parquet"}
STEERS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would take for a formula."""
AT_ONCE = 20_000
"""Rows of a group of a Parquet file, which are in memory together."""


class NoParquet(Told):
    """What writes Parquet is not installed."""

    code = "usage"
    next_step = "install syncd with its extra `parquet`, or write --format csv"

    def __init__(self) -> None:
        super().__init__("Parquet needs the library pyarrow, which is not installed")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a file: its table, rows and digest, and by what and up to when it was counted."""

    file: str
    table: str
    format: Format
    rows: int
    sha256: str
    columns: Sequence[Mapping[str, str]]
    personal_data: bool
    query: Mapping[str, Any]


def write_table(
    table: Table, source: Source, folder: Path, kind: Format, query: Mapping[str, Any], *, personal: bool
) -> Manifest:
    """Write a table and its manifest into a folder; a file that is there is replaced once the new one is whole.

    Raises OSError, and NoParquet.
    """
    places = columns_of(table, personal=personal)
    columns = [table.columns[place] for place in places]
    rows = ([row[place] for place in places] for row in table.rows(source))
    path = folder / f"{table.name}.{SUFFIX[kind]}"
    with _whole(path) as part:
        count = {"csv": _write_csv, "json": _write_json, "parquet": _write_parquet}[kind](part, columns, rows)
    said = [{"name": one.name, "type": one.kind, "says": one.says} for one in columns]
    manifest = Manifest(path.name, table.name, kind, count, _digest(path), said, personal, query)
    with _whole(folder / f"{table.name}.manifest.json") as part:
        part.write(orjson.dumps(asdict(manifest), default=str, option=orjson.OPT_INDENT_2) + b"\n")
    return manifest


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, readable by us alone: it may tell about persons. It has its name only once it is whole."""
    part = path.with_name(f".{path.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Lines:
    """Takes the lines of the csv module as UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode("utf-8", "replace"))


def _write_csv(file: IO[bytes], columns: Sequence[Column], rows: Iterator[Sequence[Cell]]) -> int:
    writer = csv.writer(_Lines(file), lineterminator="\n")
    writer.writerow([one.name for one in columns])
    count = 0
    for row in rows:
        writer.writerow([harmless(_plain(one, cell)) for one, cell in zip(columns, row, strict=True)])
        count += 1
    return count


def _write_json(file: IO[bytes], columns: Sequence[Column], rows: Iterator[Sequence[Cell]]) -> int:
    count = 0
    for row in rows:
        said = {one.name: _plain(one, cell) for one, cell in zip(columns, row, strict=True)}
        file.write(orjson.dumps(said, default=str) + b"\n")
        count += 1
    return count


def _plain(column: Column, cell: Cell) -> str | int | bool | None:
    """A cell as text where JSON has no such type: instants in UTC, days, exact numbers."""
    if cell is None:
        return None
    if column.kind == "instant":
        return iso(Instant(int(str(cell))))
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return cell.isoformat() if isinstance(cell, date) else str(cell) if isinstance(cell, str) else cell


def harmless(cell: str | int | bool | None) -> str | int | bool | None:  # noqa: FBT001 - any cell
    """A cell that no spreadsheet runs: a text that begins like a formula begins with an apostrophe instead."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(STEERS) else cell


def _write_parquet(file: IO[bytes], columns: Sequence[Column], rows: Iterator[Sequence[Cell]]) -> int:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, outside of what the core needs
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise NoParquet from error
    types = {
        "text": pa.string(), "integer": pa.int64(), "decimal": pa.decimal128(38, 6),
        "instant": pa.timestamp("ms", tz="UTC"), "date": pa.date32(), "flag": pa.bool_(),
    }  # fmt: skip
    schema = pa.schema([pa.field(one.name, types[one.kind], metadata={"says": one.says}) for one in columns])
    count = 0
    with parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(rows, AT_ONCE)):
            cells = [
                pa.array([_typed(one, cell) for cell in column], types[one.kind])
                for one, column in zip(columns, zip(*some, strict=True), strict=True)
            ]
            writer.write_batch(pa.record_batch(cells, schema=schema))
            count += len(some)
    return count


def _typed(column: Column, cell: Cell) -> object:
    if cell is None:
        return None
    if column.kind == "instant":
        return datetime_of(Instant(int(str(cell))))
    if isinstance(cell, Decimal):
        return cell.quantize(Decimal("0.000001"))
    return str(cell) if column.kind == "text" else cell
