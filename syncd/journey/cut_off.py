"""Up to when a report's data goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.store import streams

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.model.instant import Instant

DECISIVE = {
    ("hubspot", "contact"),
    ("salesforce", "contact"),
    ("salesforce", "lead"),
    ("salesforce", "opportunity"),
    ("salesforce", "task"),
}
"""Streams that every cycle reads and stages follow from."""


def cut_off(tx: Connection, as_of: Instant | None = None) -> Instant | None:
    """The instant up to which all decisive streams were read, or `as_of` if that is earlier; None before the first."""
    read = [
        state.watermark
        for state in streams.all(tx)
        if (state.system, state.kind) in DECISIVE and state.watermark is not None
    ]
    if as_of is not None:
        read.append(as_of)
    return min(read, default=None)
