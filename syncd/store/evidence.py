"""Touches as they hang on the record that is evidence of them: one text per record, so that a person is read whole.

The text is JSON: `t`, a list of [at, id, kind, fields or null, by or null, known at], and `r`, from when on the CRM's
own history reaches back where it is cut off, by property. An id is kept without the name of its record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.model.instant import Instant
from syncd.model.person import NOTHING, Touch
from syncd.store.canonical import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NONE = ""
"""The text of a record that is evidence of nothing."""


def packed(
    record: str, touches: Sequence[Touch], reach: Mapping[str, Instant], known_at: Instant, before: str = NONE
) -> str:
    """The text for a record (`hubspot:contact:1`) after some touches were learned at an instant.

    A touch that was known under its id keeps its place and when it was learned, unless it now says something else;
    none is ever taken away.
    """
    if not touches and not reach:
        return before
    start = len(record)
    rows: list[list[Any]] = [
        [
            touch.at,
            touch.id[start:] if touch.id.startswith(record) else touch.id,
            touch.kind,
            touch.fields or None,
            touch.by,
            known_at,
        ]
        for touch in touches
    ]
    if before == NONE:
        return to_text({"t": rows, "r": reach} if reach else {"t": rows})
    old = from_text(before)
    news = {row[1]: row for row in rows}
    kept = [row for row in old["t"] if (other := news.get(row[1])) is None or row[:5] == _as_stored(other)[:5]]
    standing = {row[1] for row in kept}
    together = [*kept, *(row for key, row in news.items() if key not in standing)]
    cut = {name: _reaching(name, at, old["t"]) for name, at in reach.items()} | old.get("r", {})
    return to_text({"t": together, "r": cut} if cut else {"t": together})


def touches_in(record: str, text: str, as_of: Instant | None = None) -> list[Touch]:
    """The touches of a record in the order in which they were learned, those known at an instant where one is given."""
    if text == NONE:
        return []
    return [
        Touch(at, record + key if key[:1] in ("", ":") else key, kind, fields or NOTHING, by)
        for at, key, kind, fields, by, known_at in from_text(text)["t"]
        if as_of is None or known_at <= as_of
    ]


def learned_in(record: str, text: str) -> dict[str, Instant]:
    """When each touch of a record was learned, by its id."""
    if text == NONE:
        return {}
    return {(record + row[1] if row[1][:1] in ("", ":") else row[1]): row[5] for row in from_text(text)["t"]}


def reach_in(text: str) -> Mapping[str, Instant]:
    """From when on the CRM's history of a record's properties reaches back, where it is cut off."""
    return {} if '"r":' not in text else from_text(text).get("r", {})


def _reaching(name: str, at: Instant, known: Sequence[list[Any]]) -> Instant:
    """Since when a property's changes are known, where the CRM's history begins at `at` and we saw some before."""
    return min((row[0] for row in known if row[1].startswith(f":{name}@")), default=at)


def _as_stored(row: list[Any]) -> list[Any]:
    """A row as it comes back out of JSON."""
    return [*row[:3], dict(row[3]) if row[3] else None, *row[4:]]
