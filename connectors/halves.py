"""Rows that a CRM refused together, though few of them are to blame: the one way out of it, for both CRMs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol, TypeVar

from connectors.errors import ConnectorError, Forbidden
from connectors.records import Recovery, RowError, Write, WriteResult

NO_ANSWER = "NO_ANSWER"
"""The code of a row of which nobody knows what became."""
MANY = 12
"""So many rows refused alike, each alone, by an error that names no property: it is about the call, not about them."""


class Row(Protocol):
    """A write on its way, encoded."""

    @property
    def write(self) -> Write:
        """What is to be written."""
        ...


Sent = TypeVar("Sent", bound=Row)
Results = dict[int, WriteResult]


def without_the_guilty(
    rows: Mapping[int, Sent],
    guilty: Collection[int],
    error_of: Callable[[Sent], RowError],
    send: Callable[[Mapping[int, Sent]], Results],
) -> Results:
    """The results by place of rows that were refused in one call, for `guilty` where that is known: then all others go
    out again. Else each half goes out by itself, until a row stands alone.

    `error_of` says why a row failed that is to blame, `send` gives the results of fewer rows. Raises nothing: what a
    neighbour has been told must not be lost.
    """
    to_blame = set(rows) if len(rows) == 1 else {*guilty}
    failed = {place: WriteResult(rows[place].write.id, error=error_of(rows[place])) for place in to_blame}
    rest = [place for place in rows if place not in to_blame]
    if to_blame:
        return failed | (_again(rows, rest, send) if rest else {})
    first, second = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    found = _again(rows, first, send)
    if len(first) >= MANY and all(_alike(found[place].error, error_of(rows[place])) for place in first):
        return found | {place: WriteResult(rows[place].write.id, error=error_of(rows[place])) for place in second}
    return found | _again(rows, second, send)


def send_more(rows: Mapping[int, Sent], send: Callable[[Mapping[int, Sent]], Results]) -> Results:
    """As `send`, for a call that is not the first of its write: where it fails as a whole, its rows are told so. Their
    next try tells what the failure is.
    """
    try:
        return send(rows)
    except ConnectorError as error:
        return {place: WriteResult(row.write.id, error=not_reached(error)) for place, row in rows.items()}


def not_reached(error: ConnectorError) -> RowError:
    """The error of a row whose own call failed after a call for its neighbours had been answered."""
    recovery = Recovery.PERMISSION if isinstance(error, Forbidden) else Recovery.RETRY
    return RowError(NO_ANSWER, error.what, recovery)


def _again(rows: Mapping[int, Sent], places: Collection[int], send: Callable[[Mapping[int, Sent]], Results]) -> Results:
    return send_more({place: rows[place] for place in places}, send)


def _alike(found: RowError | None, error: RowError) -> bool:
    return found == error and not error.fields
