"""The ledger as a file: JSON Lines, CSV or Parquet. Whoever has one can recompute the chain, with syncd or without.

Sealed parts stay closed in it. No cell can begin a formula: bodies begin with a brace, hashes and kinds are words.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeAlias

import orjson

from syncd.endings import Told

Format: TypeAlias = Literal["jsonl", "csv", "parquet"]
SUFFIXES: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv"}
SUFFIXES[".parquet"] = "parquet"
COLUMNS = ("seq", "at", "kind", "run", "body", "prev", "hash")
ROWS_AT_ONCE = 10_000


class CopyBroken(Told):
    """A file that is no copy of a ledger."""

    code = "copy"
    next_step = "name a file that `syncd audit export` wrote"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is no copy of a ledger")


def format_of(path: Path) -> Format:
    """The format that a file's name asks for; JSON Lines unless it says another."""
    return SUFFIXES.get(path.suffix.lower(), "jsonl")


def write(path: Path, rows: Iterable[Mapping[str, Any]], form: Format) -> None:
    """Write entries, as `ledger.raw` gives them, to a new file that only we may read. Raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        if form == "jsonl":
            out.writelines(orjson.dumps(row) + b"\n" for row in rows)
        elif form == "csv":
            text = io.TextIOWrapper(out, "utf-8", newline="")
            table = csv.writer(text)
            table.writerow(COLUMNS)
            table.writerows([row[name] for name in COLUMNS] for row in rows)
            text.flush()
            text.detach()
        else:
            _write_parquet(out, rows)


def read(path: Path) -> Iterator[tuple[Any, ...]]:
    """The entries of a copy in its order, as (seq, at, kind, run, body, prev, hash). Raises CopyBroken."""
    readers = {"jsonl": _read_lines, "csv": _read_table, "parquet": _read_parquet}
    try:
        yield from readers[format_of(path)](path)
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise CopyBroken(path) from error


def _read_lines(path: Path) -> Iterator[tuple[Any, ...]]:
    with path.open("rb") as lines:
        for line in lines:
            row = orjson.loads(line)
            yield tuple(row[name] for name in COLUMNS)


def _read_table(path: Path) -> Iterator[tuple[Any, ...]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values = {**row, "seq": int(row["seq"]), "at": int(row["at"]), "run": row["run"] or None}
            yield tuple(values[name] for name in COLUMNS)


def _read_parquet(path: Path) -> Iterator[tuple[Any, ...]]:
    import pyarrow.parquet  # noqa: PLC0415 (large, and only for this format)

    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=list(COLUMNS)):
            for row in batch.to_pylist():
                yield tuple(row[name] for name in COLUMNS)


def _write_parquet(out: Any, rows: Iterable[Mapping[str, Any]]) -> None:  # noqa: ANN401 (any open file)
    import pyarrow as pa  # noqa: PLC0415 (large, and only for this format)
    import pyarrow.parquet  # noqa: PLC0415

    shape = pa.schema([(name, pa.int64() if name in ("seq", "at") else pa.string()) for name in COLUMNS])
    left = iter(rows)
    with pyarrow.parquet.ParquetWriter(out, shape) as file:
        while some := list(islice(left, ROWS_AT_ONCE)):
            file.write_table(pa.Table.from_pylist(some, shape))
