"""Notices: what is wrong since when, until when, and to whom it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, literal_column, select, update

from syncd.model.nouns import dataclass
from syncd.store import tables
from syncd.store.canonical import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from syncd.model.instant import Instant

_c = tables.notice.c
_UNSETTLED = select(tables.notice).where(_c.settled == literal_column("0")).order_by(_c.opened_at, _c.id)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One thing that is or was wrong: `about` names which, `id` this occurrence of it, for good.

    `sent` are the messages that went out, as "opened" or "closed" and the mark of an address.
    """

    id: str
    about: str
    said: str
    next_step: str
    opened_at: Instant
    closed_at: Instant | None = None
    sent: Sequence[str] = ()


def open_one(tx: Connection, notice: NoticeRow) -> None:
    """Keep that something is wrong from now on."""
    row = {"id": notice.id, "about": notice.about, "said": notice.said, "next_step": notice.next_step}
    tx.execute(insert(tables.notice), {**row, "opened_at": notice.opened_at, "sent": "[]", "settled": 0})


def close(tx: Connection, notice: str, at: Instant) -> None:
    """Keep that it is no longer so."""
    tx.execute(update(tables.notice).where(_c.id == notice).values(closed_at=at))


def mark_sent(tx: Connection, notice: str, sent: Sequence[str], *, settled: bool) -> None:
    """Keep which messages went out; `settled`: none will go out any more."""
    tx.execute(update(tables.notice).where(_c.id == notice).values(sent=to_text([*sent]), settled=int(settled)))


def unsettled(tx: Connection) -> list[NoticeRow]:
    """Notices that are open, or of whose end somebody has still to hear; the oldest first."""
    return [_of(row) for row in tx.execute(_UNSETTLED)]


def open_ones(tx: Connection) -> list[NoticeRow]:
    """What is wrong now; the oldest first."""
    return [row for row in unsettled(tx) if row.closed_at is None]


def forget(tx: Connection, before: Instant) -> int:
    """Forget what was over and told before then. How many."""
    where = (_c.settled == 1, _c.closed_at < before)
    return tx.execute(delete(tables.notice).where(*where)).rowcount


def _of(row: Row[Any]) -> NoticeRow:
    return NoticeRow(
        row.id, row.about, row.said, row.next_step, row.opened_at, row.closed_at, tuple(from_text(row.sent))
    )
