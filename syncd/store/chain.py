"""The chain of the ledger: how an entry is hashed, and whether entries hold together, wherever they are read from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from sqlalchemy import exc

from syncd.model.nouns import dataclass
from syncd.store.canonical import to_sorted_bytes

GENESIS = "0" * 64
"""What the first entry is chained to."""
NO_ANCHORS: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds: how many entries, the last hash, and the number of the first that does not fit."""

    ok: bool
    entries: int
    head: str
    first_bad: int | None = None


def hash_of(prev: str, seq: int, at: int, kind: str, run: str | None, body: str) -> str:
    """An entry's hash: SHA-256 of the hash before it and the JSON of [seq, at, kind, run, body]."""
    return sha256(prev.encode() + to_sorted_bytes([seq, at, kind, run, body])).hexdigest()


def check(rows: Iterable[Sequence[Any]], anchors: Mapping[int, str] = NO_ANCHORS) -> Verification:
    """Whether entries, (seq, at, kind, run, body, prev, hash) each in their order, are a whole chain from its start.

    `anchors` are heads (number: hash) that were kept elsewhere: the chain must still hold them, which shows an end
    that was cut off or a past that was rewritten as a whole. What is no text any more does not fit either.
    """
    prev, entries = GENESIS, 0
    for row in _readable(rows):
        if row is None or not _fits(row, prev, entries) or anchors.get(entries + 1, row[6]) != row[6]:
            return Verification(ok=False, entries=entries, head=prev, first_bad=entries + 1)
        prev, entries = row[6], entries + 1
    if any(number > entries for number in anchors):
        return Verification(ok=False, entries=entries, head=prev, first_bad=entries + 1)
    return Verification(ok=True, entries=entries, head=prev)


def _fits(row: Sequence[Any], prev: str, entries: int) -> bool:
    seq, at, kind, run, body, linked, kept = row
    # Types are compared too: a number that became a text would be written to JSON as another value, or as none.
    whole = type(seq) is int and type(at) is int and type(body) is str and type(kind) is str
    if not whole or seq != entries + 1 or linked != prev:
        return False
    return bool(kept == hash_of(prev, seq, at, kind, run, body))


def _readable(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any] | None]:
    """The rows; None in place of one that the database cannot give as what it is, and nothing after it."""
    try:
        yield from rows
    except exc.OperationalError as error:
        if "decode" not in str(error.orig):
            raise
        yield None
