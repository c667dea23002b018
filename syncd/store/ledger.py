"""The ledger: what was decided and done, append only, each entry chained to the one before by SHA-256.

What is personal is sealed with a key of the person's own before it is hashed: a person is forgotten by forgetting
the key, and the chain still verifies (facts: reliability 2.2). The database itself forbids updates and deletes.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert, select

from syncd.model.person import PersonId
from syncd.store import people, tables
from syncd.store.batches import among, batches, write_many
from syncd.store.canonical import from_text, to_sorted_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Insert, Row

    from syncd.model.instant import Instant
    from syncd.store.runs import RunId

GENESIS = "0" * 64
"""What the first entry is chained to."""
NONCE_BYTES = 12
KEY_BYTES = 32

_l = tables.ledger.c
_COLUMNS: tuple[ColumnElement[Any], ...] = (_l.seq, _l.at, _l.kind, _l.run_id, _l.person_id, _l.body, _l.prev, _l.hash)


@dataclass(frozen=True, slots=True)
class LedgerItem:
    """Something to keep. `data` stays readable for ever and holds nothing personal; `sealed` needs a `person`."""

    kind: str
    data: Mapping[str, Any]
    person: PersonId | None = None
    sealed: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """Something kept. `forgotten`: there was a sealed part, and its key is gone."""

    seq: int
    at: Instant
    kind: str
    run: RunId | None
    person: PersonId | None
    data: Mapping[str, Any]
    sealed: Mapping[str, Any] | None
    forgotten: bool
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds: how many entries, the last hash, and the number of the first that does not fit."""

    ok: bool
    entries: int
    head: str
    first_bad: int | None = None


@dataclass(slots=True)
class _Seals:
    """The ciphers of persons, made once each."""

    keys: dict[str, bytes]
    made: dict[str, AESGCM] = field(default_factory=dict)

    def of(self, person: str) -> AESGCM | None:
        if person not in self.made and person in self.keys:
            self.made[person] = AESGCM(self.keys[person])
        return self.made.get(person)


def append(tx: Connection, run: RunId | None, at: Instant, items: Sequence[LedgerItem]) -> None:
    """Chain items to the ledger in order. Raises ValueError for a sealed part without a person."""
    if not items:
        return
    seals = _Seals(_keys_for(tx, {item.person for item in items if item.sealed is not None}, at))
    seq, prev = head(tx)
    rows: list[dict[str, Any]] = []
    for item in items:
        seq += 1
        body = _body(item, seals)
        digest = _hash(prev, seq, at, item.kind, run, item.person, body)
        rows.append(
            {
                "seq": seq,
                "at": at,
                "kind": item.kind,
                "run_id": run,
                "person_id": item.person,
                "body": body,
                "prev": prev,
                "hash": digest,
            }
        )
        prev = digest
    write_many(tx, _insert, rows)


def head(tx: Connection) -> tuple[int, str]:
    """(number, hash) of the last entry; (0, 64 zeros) while there is none."""
    row = tx.execute(select(_l.seq, _l.hash).order_by(_l.seq.desc()).limit(1)).first()
    return (0, GENESIS) if row is None else (row[0], row[1])


def verify(tx: Connection, anchor: tuple[int, str] | None = None) -> Verification:
    """Recompute the whole chain, in constant memory: numbers without gaps, every link, every hash.

    `anchor` is a head (number, hash) that was kept elsewhere: the chain must still hold it, which shows an end that
    was cut off or a past that was rewritten as a whole.
    """
    prev, entries = GENESIS, 0
    statement = select(*_COLUMNS).order_by(_l.seq).execution_options(yield_per=5000)
    with tx.execute(statement) as rows:
        for seq, at, kind, run, person, body, linked, kept in rows:
            fits = seq == entries + 1 and linked == prev and kept == _hash(prev, seq, at, kind, run, person, body)
            if not fits or (anchor is not None and anchor[0] == seq and anchor[1] != kept):
                return Verification(ok=False, entries=entries, head=prev, first_bad=entries + 1)
            prev, entries = kept, seq
    if anchor is not None and anchor[0] > entries:
        return Verification(ok=False, entries=entries, head=prev, first_bad=entries + 1)
    return Verification(ok=True, entries=entries, head=prev)


def raw(tx: Connection) -> Iterator[dict[str, Any]]:
    """Every entry in order as it was hashed, sealed parts closed: whoever has these can recompute the chain.

    An entry's hash is SHA-256 of the hash before it and the JSON of [seq, at, kind, run, person, body].
    """
    statement = select(*_COLUMNS).order_by(_l.seq).execution_options(yield_per=5000)
    with tx.execute(statement) as rows:
        for seq, at, kind, run, person, body, prev, kept in rows:
            yield {
                "seq": seq,
                "at": at,
                "kind": kind,
                "run": run,
                "person": person,
                "body": body,
                "prev": prev,
                "hash": kept,
            }


def read(
    tx: Connection, *, person: PersonId | None = None, run: str | None = None, kind: str | None = None
) -> Iterator[LedgerRow]:
    """Entries in order, narrowed by person (with all that were merged into it), run and kind; unsealed where the
    key is there.
    """
    statement = select(*_COLUMNS).order_by(_l.seq)
    if person is not None:
        statement = statement.where(among(tx, _l.person_id, people.family(tx, person)))
    if run is not None:
        statement = statement.where(_l.run_id == run)
    if kind is not None:
        statement = statement.where(_l.kind == kind)
    with tx.execute(statement.execution_options(yield_per=1000)) as result:
        for rows in result.partitions():
            seals = _Seals(_keys_of(tx, {row.person_id for row in rows if row.person_id}))
            for row in rows:
                yield _read_row(row, seals)


def _body(item: LedgerItem, seals: _Seals) -> str:
    if item.sealed is None:
        return to_sorted_bytes({"data": item.data}).decode()
    seal = None if item.person is None else seals.of(item.person)
    if seal is None or item.person is None:
        message = f"a ledger entry {item.kind!r} has a sealed part and no person to seal it for"
        raise ValueError(message)
    nonce = os.urandom(NONCE_BYTES)
    # The person's id is bound in, so that a sealed part cannot be moved to another person's entry.
    closed = nonce + seal.encrypt(nonce, to_sorted_bytes(item.sealed), item.person.encode())
    return to_sorted_bytes({"data": item.data, "sealed": b64encode(closed).decode()}).decode()


def _hash(prev: str, seq: int, at: int, kind: str, run: str | None, person: str | None, body: str) -> str:
    return sha256(prev.encode() + to_sorted_bytes([seq, at, kind, run, person, body])).hexdigest()


def _read_row(row: Row[*tuple[Any, ...]], seals: _Seals) -> LedgerRow:
    body = from_text(row.body)
    sealed = None
    closed = body.get("sealed")
    if closed is not None and (seal := seals.of(row.person_id)) is not None:
        raw = b64decode(closed)
        sealed = from_text(seal.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], row.person_id.encode()).decode())
    return LedgerRow(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        run=row.run_id,
        person=row.person_id,
        data=body["data"],
        sealed=sealed,
        forgotten=closed is not None and sealed is None,
        hash=row.hash,
    )


def _keys_of(tx: Connection, persons: Iterable[str]) -> dict[str, bytes]:
    c = tables.person_key.c
    found: dict[str, bytes] = {}
    for batch in batches(sorted(persons)):
        for person, key in tx.execute(select(c.person_id, c.key).where(among(tx, c.person_id, batch))).all():
            found[person] = b64decode(key)
    return found


def _keys_for(tx: Connection, persons: set[PersonId | None], at: Instant) -> dict[str, bytes]:
    """The keys of persons, made for those who have none."""
    wanted = {str(person) for person in persons if person is not None}
    keys = _keys_of(tx, wanted)
    made = {person: os.urandom(KEY_BYTES) for person in sorted(wanted - keys.keys())}
    if made:
        rows = [{"person_id": p, "key": b64encode(key).decode(), "created_at": at} for p, key in made.items()]
        write_many(tx, _insert_keys, rows)
    return keys | made


def _insert(_tx: Connection) -> Insert:
    return insert(tables.ledger)


def _insert_keys(_tx: Connection) -> Insert:
    return insert(tables.person_key)
