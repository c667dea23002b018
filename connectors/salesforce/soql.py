"""Texts in Salesforce's query language, built so that no value can leave its quotes (facts: salesforce B4, A2.19)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from connectors.records import Window
from connectors.salesforce.kinds import Kind

MOST_VALUES = 299  # per IN list
MOST_CHARACTERS = 95_000  # of one query; the org takes 100,000 (facts: salesforce B2)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ESCAPES = str.maketrans(
    {"\\": r"\\", "'": r"\'", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}
)


def text(value: str) -> str:
    """A string literal: single quotes, with what could end or change it escaped."""
    return f"'{value.translate(_ESCAPES)}'"


def instant(moment: datetime) -> str:
    """A dateTime literal in UTC with whole milliseconds. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a query needs an aware datetime")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def name(word: str) -> str:
    """A field or object name, unchanged. Raises ValueError for anything that is not one plain name."""
    if not _NAME.fullmatch(word):
        raise ValueError(f"{word!r} is not a field name")
    return word


def in_window(kind: Kind, fields: Sequence[str], window: Window, after_id: str | None, limit: int | None = None) -> str:
    """The query for what changed in a window, by ascending Id after `after_id`, at most `limit` rows.

    Both ends of the window are included; without `since` there is no lower bound. A kind that is read whole has none.
    """
    most = "" if limit is None else f" LIMIT {limit}"
    return f"{in_any_order(kind, fields, window, after_id)} ORDER BY Id{most}"


def in_any_order(kind: Kind, fields: Sequence[str], window: Window, after_id: str | None) -> str:
    """The same query without its order, which would keep Bulk from reading in parts."""
    return _select(kind.api_name, tuple(fields)) + _where(kind, window, after_id)


def amount(kind: Kind, window: Window) -> str:
    """The query for how many rows `in_window` finds."""
    return f"SELECT COUNT() FROM {name(kind.api_name)}{_where(kind, window, window.after_id)}"  # noqa: S608  as `counted`


def _where(kind: Kind, window: Window, after_id: str | None) -> str:
    terms = []
    if not kind.whole:
        terms += [] if window.since is None else [f"{kind.window} >= {instant(window.since)}"]
        terms.append(f"{kind.window} <= {instant(window.until)}")
    if after_id is not None:
        terms.append(f"Id > {text(after_id)}")
    return f" WHERE {' AND '.join(terms)}" if terms else ""


def with_values(source: str, fields: Sequence[str], field: str, values: Iterable[str]) -> Iterator[str]:
    """Queries that together find the rows of an object whose field has one of the values; none for no values.

    Each has fewer than 300 values, and as many characters as one query may have.
    """
    head, tail = f"{_select(source, tuple(fields))} WHERE {name(field)} IN (", ") ORDER BY Id"
    chunk: list[str] = []
    length = len(head + tail)
    for value in dict.fromkeys(values):
        literal = text(value)
        if chunk and (len(chunk) == MOST_VALUES or length + len(literal) >= MOST_CHARACTERS):
            yield head + ",".join(chunk) + tail
            chunk, length = [], len(head + tail)
        chunk.append(literal)
        length += len(literal) + 1
    if chunk:
        yield head + ",".join(chunk) + tail


def counted(source: str, field: str, since: datetime | None, until: datetime | None) -> str:
    """The query for how many living rows have an instant in a field, from `since` on and before `until`."""
    terms = [f"{name(field)} != null"]
    terms += [] if since is None else [f"{name(field)} >= {instant(since)}"]
    terms += [] if until is None else [f"{name(field)} < {instant(until)}"]
    return f"SELECT COUNT() FROM {name(source)} WHERE {' AND '.join(terms)}"  # noqa: S608  names only, checked above


@lru_cache(maxsize=64)
def _select(source: str, fields: tuple[str, ...]) -> str:
    """The beginning of a query: the same in every cycle, so that its names are checked once."""
    columns = ", ".join(name(field) for field in fields)
    return f"SELECT {columns} FROM {name(source)}"  # noqa: S608  names only, checked above
