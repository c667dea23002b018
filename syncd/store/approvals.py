"""Who approved which version of the definitions: entries of the ledger, found again without reading all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from syncd.model.nouns import dataclass
from syncd.store import ledger, tables
from syncd.store.canonical import from_text, to_text
from syncd.store.database import get_meta, set_meta
from syncd.store.ledger import LedgerItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.model.instant import Instant

KIND, NUMBERS = "approval", "approvals"
"""The kind of such entries, and the store's note of their numbers."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's yes to a version, by its hash, for the `sides` (marketing, sales) that they spoke for then.

    `login` is who was logged in on the machine; `page` is what they were shown, in plain words. Addresses stand open in
    the ledger: whoever approves answers for it by name.
    """

    definitions: str
    email: str
    sides: tuple[str, ...]
    login: str
    at: Instant
    note: str = ""
    page: str = ""


def record(tx: Connection, approval: Approval) -> None:
    """Keep an approval in the ledger."""
    data = {
        "definitions": approval.definitions,
        "email": approval.email,
        "sides": list(approval.sides),
        "login": approval.login,
        "note": approval.note,
        "page": approval.page,
    }
    ledger.append(tx, None, approval.at, [LedgerItem(KIND, data)])
    number, _ = ledger.head(tx)
    set_meta(tx, NUMBERS, to_text([*_numbers(tx), number]))


def all_of(tx: Connection) -> list[Approval]:
    """Every approval, oldest first, as the ledger has it."""
    entries = tables.ledger.c
    statement = select(entries.at, entries.body).where(entries.seq.in_(_numbers(tx)), entries.kind == KIND)
    return [_approval_of(at, body) for at, body in tx.execute(statement.order_by(entries.seq)).all()]


def _numbers(tx: Connection) -> list[int]:
    noted = get_meta(tx, NUMBERS)
    return [] if noted is None else [int(each) for each in from_text(noted)]


def _approval_of(at: Instant, body: str) -> Approval:
    data = from_text(body)["data"]
    return Approval(
        definitions=data["definitions"],
        email=data["email"],
        sides=tuple(data["sides"]),
        login=data["login"],
        at=at,
        note=data["note"],
        page=data["page"],
    )
