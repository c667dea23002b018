"""The ledger: what was decided and done, append only, each entry chained to the one before by SHA-256.

What is personal is sealed with a key of the person's own before it is hashed: a person is forgotten by forgetting
the key, and the chain still verifies (facts: reliability 2.2). The database itself forbids updates and deletes.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc, insert, select

from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.store import people, tables
from syncd.store.batches import among, listed, read_many, write_many, write_rows
from syncd.store.canonical import from_text, to_sorted_bytes
from syncd.store.chain import GENESIS, NO_ANCHORS, Verification, check, hash_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from sqlalchemy import ColumnElement, Connection, Insert, Select

    from syncd.model.instant import Instant
    from syncd.store.runs import RunId

__all__ = [
    "About",
    "LedgerItem",
    "LedgerRow",
    "Told",
    "Verification",
    "append",
    "has_news",
    "head",
    "items_of",
    "raw",
    "read",
    "verify",
]

NONCE_BYTES = 12
KEY_BYTES = 32

_l = tables.ledger.c
_COLUMNS: tuple[ColumnElement[Any], ...] = (_l.seq, _l.at, _l.kind, _l.run_id, _l.body, _l.prev, _l.hash)


@dataclass(frozen=True, slots=True)
class About:
    """What an item says of one person. `data` stays readable for ever and holds nothing personal; `sealed` may."""

    person: PersonId
    data: Mapping[str, Any] = field(default_factory=dict)
    sealed: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class LedgerItem:
    """Something to keep, which may be about many persons: what was decided of a batch is one item.

    `data` stays readable for ever and holds nothing personal.
    """

    kind: str
    data: Mapping[str, Any]
    about: Sequence[About] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry says of one person. `forgotten`: there was a sealed part, and its key is gone."""

    person: PersonId
    data: Mapping[str, Any]
    sealed: Mapping[str, Any] | None
    forgotten: bool


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """Something kept."""

    seq: int
    at: Instant
    kind: str
    run: RunId | None
    data: Mapping[str, Any]
    about: Sequence[Told]
    hash: str


def items_of(
    kind: str,
    data: Mapping[str, Any],
    told: Iterable[tuple[PersonId | None, Mapping[str, Any], Mapping[str, Any] | None]],
) -> list[LedgerItem]:
    """What is told of some writes, (person, data, sealed) each: of people in one item, and of each that is about nobody
    in one of its own.
    """
    about, of_nobody = [], []
    for person, said, sealed in told:
        if person is None:
            of_nobody.append(LedgerItem(kind, {**data, **said}))
        else:
            about.append(About(person, said, sealed))
    return [*([LedgerItem(kind, data, about)] if about else []), *of_nobody]


def append(tx: Connection, run: RunId | None, at: Instant, items: Sequence[LedgerItem]) -> None:
    """Chain items to the ledger in order."""
    if not items:
        return
    _be_alone(tx)
    sealing = {told.person for item in items for told in item.about if told.sealed is not None}
    seals = _seals_of(_keys_for(tx, sealing, at))
    seq, prev = head(tx)
    rows: list[dict[str, Any]] = []
    concerned: list[tuple[str, int]] = []
    for item in items:
        seq += 1
        body = _body(item, seals)
        digest = hash_of(prev, seq, at, item.kind, run, body)
        rows.append(
            {"seq": seq, "at": at, "kind": item.kind, "run_id": run, "body": body, "prev": prev, "hash": digest}
        )
        concerned += [(person, seq) for person in sorted({told.person for told in item.about})]
        prev = digest
    write_many(tx, _insert, rows)
    write_rows(tx, _concern, ("person_id", "seq"), concerned)


def _be_alone(tx: Connection) -> None:
    """Let nobody else append before this transaction ends: a pause does not wait for the writer's lock.

    SQLite lets only one write anyway.
    """
    if tx.dialect.name == "postgresql":
        lock = "SELECT pg_advisory_xact_lock(hashtextextended('syncd ledger ' || current_schema(), 0))"
        tx.exec_driver_sql(lock)


def head(tx: Connection) -> tuple[int, str]:
    """(number, hash) of the last entry; (0, 64 zeros) while there is none."""
    row = tx.execute(select(_l.seq, _l.hash).order_by(_l.seq.desc()).limit(1)).first()
    return (0, GENESIS) if row is None else (row[0], row[1])


def verify(tx: Connection, anchors: Mapping[int, str] = NO_ANCHORS) -> Verification:
    """Recompute the whole chain, in constant memory: numbers without gaps, every link, every hash.

    `anchors` are heads (number: hash) that were kept elsewhere: see `chain.check`.
    """
    return check(_rows(tx), anchors)


def _rows(tx: Connection) -> Iterator[Sequence[Any]]:
    """The entries in order. Where a page of them cannot be read as text, the rest comes one by one up to the broken."""
    given = 0
    for at_once in (5000, 1):
        statement = select(*_COLUMNS).order_by(_l.seq).offset(given).execution_options(yield_per=at_once)
        try:
            with tx.execute(statement) as rows:
                for row in rows:
                    given += 1
                    yield row
        except exc.OperationalError as error:
            if "decode" not in str(error.orig) or at_once == 1:
                raise
        else:
            return


def has_news(tx: Connection, since: int, but: Iterable[str]) -> bool:
    """Whether anything came after an entry that is about somebody, or of another kind than those named."""
    of_people = select(tables.ledger_person.c.seq).where(tables.ledger_person.c.seq > since)
    others = select(_l.seq).where(_l.seq > since, _l.kind.not_in(sorted(but)))
    return any(tx.execute(some.limit(1)).first() is not None for some in (others, of_people))


def raw(tx: Connection) -> Iterator[dict[str, Any]]:
    """Every entry in order as it was hashed, sealed parts closed: whoever has these can recompute the chain.

    An entry's hash is SHA-256 of the hash before it and the JSON of [seq, at, kind, run, body].
    """
    statement = select(*_COLUMNS).order_by(_l.seq).execution_options(yield_per=5000)
    with tx.execute(statement) as rows:
        for seq, at, kind, run, body, prev, kept in rows:
            yield {"seq": seq, "at": at, "kind": kind, "run": run, "body": body, "prev": prev, "hash": kept}


def read(
    tx: Connection,
    *,
    person: PersonId | None = None,
    run: str | None = None,
    kind: str | None = None,
    seq: int | None = None,
) -> Iterator[LedgerRow]:
    """Entries in order, narrowed by person (with all that were merged into it; then `about` is of these alone), run,
    kind and number; unsealed where the key is there.
    """
    statement = select(*_COLUMNS).order_by(_l.seq)
    family = None
    if person is not None:
        family = frozenset(people.family(tx, person))
        c = tables.ledger_person.c
        statement = statement.where(_l.seq.in_(select(c.seq).where(among(tx, c.person_id, sorted(family)))))
    if run is not None:
        statement = statement.where(_l.run_id == run)
    if kind is not None:
        statement = statement.where(_l.kind == kind)
    if seq is not None:
        statement = statement.where(_l.seq == seq)
    with tx.execute(statement.execution_options(yield_per=100)) as rows:
        for row in rows:
            body = from_text(row.body)
            told = [one for one in body.get("about", ()) if family is None or one["person"] in family]
            seals = _seals_of(_keys_of(tx, {one["person"] for one in told if "sealed" in one}))
            about = [_told(one, seals) for one in told]
            yield LedgerRow(row.seq, row.at, row.kind, row.run_id, body["data"], about, row.hash)


def _body(item: LedgerItem, seals: Mapping[str, AESGCM]) -> str:
    if not item.about:
        return to_sorted_bytes({"data": item.data}).decode()
    return to_sorted_bytes({"data": item.data, "about": [_part(told, seals) for told in item.about]}).decode()


def _part(told: About, seals: Mapping[str, AESGCM]) -> dict[str, Any]:
    part: dict[str, Any] = {"person": told.person, "data": told.data}
    seal = None if told.sealed is None else seals.get(told.person)
    if seal is not None:
        nonce = os.urandom(NONCE_BYTES)
        # The person's id is bound in, so that a sealed part cannot be moved to another person.
        closed = nonce + seal.encrypt(nonce, to_sorted_bytes(told.sealed), told.person.encode())
        part["sealed"] = b64encode(closed).decode()
    return part


def _told(part: Mapping[str, Any], seals: Mapping[str, AESGCM]) -> Told:
    person, closed = part["person"], part.get("sealed")
    sealed = None
    if closed is not None and (seal := seals.get(person)) is not None:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  seven MB for those who open nothing

        raw = b64decode(closed)
        # A key that was made anew after the old one was destroyed does not open what that one closed.
        with suppress(InvalidTag):
            sealed = from_text(seal.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], person.encode()).decode())
    return Told(person, part["data"], sealed, closed is not None and sealed is None)


def _keys_of(tx: Connection, persons: Iterable[str]) -> dict[str, bytes]:
    return {person: b64decode(key) for some in read_many(tx, _select_keys, sorted(persons)) for person, key in some}


def _keys_for(tx: Connection, persons: set[PersonId], at: Instant) -> dict[str, bytes]:
    """The keys of persons, made for those who have none."""
    wanted = set(map(str, persons))
    keys = _keys_of(tx, wanted)
    made = {person: os.urandom(KEY_BYTES) for person in sorted(wanted - keys.keys())}
    if made:
        rows = [{"person_id": p, "key": b64encode(key).decode(), "created_at": at} for p, key in made.items()]
        write_many(tx, _insert_keys, rows)
    return keys | made


def _seals_of(keys: Mapping[str, bytes]) -> dict[str, AESGCM]:
    """The ciphers of persons, by their keys."""
    if not keys:
        return {}
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  only where somebody is told of

    return {person: AESGCM(key) for person, key in keys.items()}


def _insert(_tx: Connection) -> Insert:
    return insert(tables.ledger)


def _concern(_tx: Connection) -> Insert:
    return insert(tables.ledger_person)


def _select_keys(tx: Connection) -> Select[Any]:
    c = tables.person_key.c
    return select(c.person_id, c.key).where(listed(tx, c.person_id))


def _insert_keys(_tx: Connection) -> Insert:
    return insert(tables.person_key)
