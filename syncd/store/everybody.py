"""Everybody there is, for reports that look at each person anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.store import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

_p = tables.person.c


@dataclass(frozen=True, slots=True)
class Span:
    """Persons by id: those after one id up to and with another, None where nothing bounds them."""

    after: str = ""
    last: str | None = None


ALL = Span()
"""Everybody."""


def spans(tx: Connection, size: int) -> list[Span]:
    """All persons in order of id, cut into spans of `size`, the last one shorter."""
    found, after = [], ""
    while True:
        beyond = select(_p.id).where(_p.id > after, _p.merged_into.is_(None)).order_by(_p.id)
        last = tx.execute(beyond.offset(size - 1).limit(1)).scalar()
        found.append(Span(after, last))
        if last is None:
            return found
        after = last


def chunks(tx: Connection, size: int, span: Span = ALL) -> Iterator[list[PersonId]]:
    """The persons of a span in order of id, in lists of at most `size`; those merged into others are not among them.

    Each list is asked for when it is needed, so that memory is constant.
    """
    after = span.after
    bound = () if span.last is None else (_p.id <= span.last,)
    while True:
        where = (_p.id > after, *bound, _p.merged_into.is_(None))
        found = tx.execute(select(_p.id).where(*where).order_by(_p.id).limit(size)).scalars().all()
        if not found:
            return
        yield [PersonId(one) for one in found]
        after = found[-1]
