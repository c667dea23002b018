"""Who was forgotten and must not come back: marks that a pulled record is held against before anything is stored.

A mark is a keyed hash of an identity key (e-mail address, HubSpot's id, Salesforce's id), with a key of this store
alone: what was forgotten cannot be read out of it, only recognized.
"""

from __future__ import annotations

import hmac
import os
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from syncd.model.nouns import dataclass
from syncd.store import tables
from syncd.store.batches import among, batches, insert_into
from syncd.store.database import get_meta, set_meta

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

    from syncd.model.instant import Instant

KEY = "suppression_key"
KEY_BYTES = 32
_s = tables.suppressed.c


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The marks of everybody who was forgotten. With none nothing is suppressed, and nothing is hashed."""

    key: bytes = b""
    marks: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.marks)

    def has_any(self, keys: Iterable[str]) -> bool:
        """Whether one of some identity keys is of somebody who was forgotten."""
        return bool(self.marks) and any(_mark(self.key, key) in self.marks for key in keys)


def load(tx: Connection) -> Suppressed:
    """The marks as they stand."""
    key = get_meta(tx, KEY)
    if key is None:
        return Suppressed()
    return Suppressed(bytes.fromhex(key), frozenset(tx.execute(select(_s.mark)).scalars()))


def add(tx: Connection, keys: Collection[str], receipt: str, at: Instant) -> None:
    """Suppress whoever has one of these identity keys. Those of one receipt are lifted together."""
    known = get_meta(tx, KEY)
    if known is None:
        known = os.urandom(KEY_BYTES).hex()
        set_meta(tx, KEY, known)
    secret = bytes.fromhex(known)
    statement = insert_into(tx, tables.suppressed).on_conflict_do_nothing(index_elements=["mark"])
    rows = [
        {"mark": _mark(secret, key), "sort": key.partition(":")[0], "receipt": receipt, "at": at}
        for key in sorted(set(keys))
    ]
    if rows:
        tx.execute(statement, rows)


def lift(tx: Connection, keys: Collection[str]) -> set[str]:
    """Let whoever has one of these keys come back; the receipts under which they were forgotten."""
    found = load(tx)
    marks = sorted(_mark(found.key, key) for key in keys) if found else []
    receipts = {
        receipt
        for batch in batches(marks)
        for receipt in tx.execute(select(_s.receipt).where(among(tx, _s.mark, batch))).scalars()
    }
    for batch in batches(sorted(receipts)):
        tx.execute(delete(tables.suppressed).where(among(tx, _s.receipt, batch)))
    return receipts


def count(tx: Connection, sort: str) -> int:
    """How many keys of a sort (`hubspot`, `salesforce`, `email`) are suppressed."""
    return int(tx.execute(select(func.count()).where(_s.sort == sort)).scalar_one())


def _mark(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), sha256).hexdigest()
