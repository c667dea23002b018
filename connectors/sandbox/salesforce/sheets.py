"""CSV as Bulk API 2.0 takes and gives it: delimiters and line endings by name, every value given in quotes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_ZONE = "+0000"


class Unreadable(Exception):
    """The file as a whole cannot be read; the text becomes the job's errorMessage."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one job's files are written."""

    delimiter: str = "COMMA"
    ending: str = "LF"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The heading of a file and its rows, each as long as the heading."""

    names: tuple[str, ...]
    rows: Sequence[Sequence[str]]


def read(content: bytes, dialect: Dialect) -> Sheet:
    """The rows of an uploaded file. Raises Unreadable for what fails a whole job."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("ClientInputError : the data is not UTF-8") from None
    if _ending(text) not in {dialect.ending, None}:
        message = f"LineEnding is invalid on user data. Current LineEnding setting is {dialect.ending}"
        raise Unreadable(f"ClientInputError : {message}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[dialect.delimiter], strict=True)
    try:
        heading, *rows = [row for row in reader if row] or [[]]
    except csv.Error as error:
        raise Unreadable(f"InvalidBatch : Failed to parse CSV: {error}") from None
    if not heading:
        raise Unreadable("InvalidBatch : Failed to parse CSV header: the data is empty")
    for place, row in enumerate(rows, 2):
        if len(row) != len(heading):
            raise Unreadable(f"InvalidBatch : Failed to parse CSV: row {place} has not as many columns as the header")
    return Sheet(tuple(name.strip() for name in heading), rows)


def write(names: Iterable[str], rows: Iterable[Iterable[Any]], dialect: Dialect) -> bytes:
    """A file as the API gives it: null is empty, instants end in Z."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out, delimiter=DELIMITERS[dialect.delimiter], lineterminator=ENDINGS[dialect.ending], quoting=csv.QUOTE_ALL
    )
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text.removesuffix(_ZONE) + "Z" if text.endswith(f".000{_ZONE}") else text


def _ending(text: str) -> str | None:
    """The line ending after the heading, whose names hold no line break; None for a single line."""
    place = text.find("\n")
    if place < 0:
        return None
    return "CRLF" if text[place - 1 : place] == "\r" else "LF"
