"""Everybody there is, for reports that look at each person anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from syncd.model.person import PersonId
from syncd.store import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

_p = tables.person.c


def chunks(tx: Connection, size: int) -> Iterator[list[PersonId]]:
    """All persons in order of id, in lists of at most `size`; those merged into others are not among them.

    Each list is asked for when it is needed, so that memory is constant.
    """
    last = ""
    while True:
        where = (_p.id > last, _p.merged_into.is_(None))
        found = tx.execute(select(_p.id).where(*where).order_by(_p.id).limit(size)).scalars().all()
        if not found:
            return
        yield [PersonId(one) for one in found]
        last = found[-1]
