"""What people do about what is in quarantine: look at it, have it tried again now, or give it up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from syncd.endings import NotThere
from syncd.model.nouns import dataclass
from syncd.store import ledger, people, quarantine
from syncd.store.ledger import About, LedgerItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.model.dossier import Quarantined
    from syncd.model.instant import Instant


@dataclass(frozen=True, slots=True)
class Choice:
    """Which cases are meant: by id, or by cause, code and who can mend them; what is left out does not narrow."""

    ids: Sequence[str] = ()
    cause: str | None = None
    code: str | None = None
    who: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it."""
        return not (self.ids or self.cause or self.code or self.who)

    def takes(self, row: Quarantined) -> bool:
        """Whether a case is meant."""
        return (
            (not self.ids or row.id in self.ids)
            and self.cause in (None, row.cause)
            and self.code in (None, row.code)
            and self.who in (None, row.who)
        )


class NoSuchCase(NotThere):
    """An id that no case has."""

    code = "no_such_case"
    next_step = "`syncd quarantine list` shows the ids"

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(f"nothing is in quarantine under {', '.join(ids)}")


def chosen(tx: Connection, choice: Choice) -> list[Quarantined]:
    """The cases that are meant, oldest first. Those that were dropped are among them only by id.

    Raises NoSuchCase for ids that nothing open or dropped has.
    """
    rows = quarantine.standing_ones(tx) if choice.ids else quarantine.open_ones(tx)
    if unknown := sorted(set(choice.ids) - {row.id for row in rows}):
        raise NoSuchCase(unknown)
    return [row for row in rows if choice.takes(row)]


def retry(tx: Connection, rows: Sequence[Quarantined], who: str, at: Instant) -> None:
    """Have these tried in the next cycle, whatever their next time was; a dropped one counts again."""
    quarantine.retry(tx, [row.id for row in rows], at)
    people.mark_dirty(tx, [row.person for row in rows if row.person])
    if any(row.person is None and row.cause == "permission" for row in rows):
        people.mark_all_dirty(tx)
    people.relink(tx, [(row.system, row.kind, row.record_id) for row in rows if row.cause == "link" and row.record_id])
    _tell(tx, "retried", rows, {"who": who}, at)


def drop(tx: Connection, rows: Sequence[Quarantined], who: str, why: str, at: Instant) -> None:
    """Give these up: they are not shown and not tried any more, for as long as they are what they are now."""
    quarantine.drop(tx, [row.id for row in rows], at)
    _tell(tx, "dropped", rows, {"who": who, "why": why}, at)


def _tell(tx: Connection, kind: str, rows: Sequence[Quarantined], data: dict[str, str], at: Instant) -> None:
    if rows:
        ledger.append(tx, None, at, [LedgerItem(kind, {**data, "ids": [row.id for row in rows]}, list(_about(rows)))])


def _about(rows: Sequence[Quarantined]) -> Iterator[About]:
    for row in rows:
        if row.person:
            yield About(row.person, {"id": row.id, "code": row.code})
