"""Copies of records beside what the mirror has of them: what is news, and of what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from syncd.model.nouns import dataclass
from syncd.store import renewal, tables
from syncd.store.batches import listed, read_many
from syncd.store.canonical import from_text
from syncd.store.renewal import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import ColumnElement, Connection, Select

    from connectors.records import JsonValue, Properties, Record, System

_c = tables.record.c
_TOLD = (
    "id person_id created_at modified_at known_at seen_at deleted merged_into"
    " properties history evidence amended link_due"
)
_KEPT: tuple[ColumnElement[Any], ...] = tuple(_c[name] for name in _TOLD.split())
"""What `_read` reads, in its order."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the mirror has of some records (None: nothing), and the names of properties of which their copies tell
    something else; both by record id. `copies` are the values that were looked at; None where there are two copies.

    Of the values that the mirror has, only those are here that the one copy does not tell again: what says the same
    twice need not lie in memory twice.
    """

    kept: Mapping[str, Kept | None]
    moved: Mapping[str, Sequence[str]]
    copies: Mapping[str, Properties | None]

    def news(self, records: Iterable[Record]) -> list[Record]:
        """The records that say something the mirror does not have: new ones, and those with another value, deletion or
        merge. A copy older than the mirror's says nothing.
        """
        kept, moved = self.kept, self.moved
        return [r for r in records if (old := kept[r.id]) is None or renewal.says_more(old, r, moved[r.id])]

    def differs(self, record: Record, names: AbstractSet[str]) -> bool:
        """Whether a record is new, or tells something else under one of the names."""
        moved = self.moved.get(record.id)
        return moved is None or not names.isdisjoint(moved)

    def knows(self, record: Record) -> bool:
        """Whether this is the copy that was compared, and the only one."""
        return self.copies.get(record.id) is record.properties


NOTHING_COMPARED = Compared({}, {}, {})


def compare(tx: Connection, system: System, kind: str, records: Sequence[Record]) -> Compared:
    """Records of a kind beside what the mirror has of them. One that is there twice counts as a whole."""
    copies: dict[str, Properties | None] = {}
    for one in records:
        copies[one.id] = None if one.id in copies else one.properties
    moved: dict[str, Sequence[str]] = {}

    def beside(record_id: str, was: dict[str, JsonValue], ours: Sequence[str]) -> dict[str, JsonValue]:
        if (copy := copies[record_id]) is None:
            both = [one.properties for one in records if one.id == record_id]
            moved[record_id] = [name for one in both for name in renewal.moved(was, one)]
            return was
        moved[record_id], left = renewal.beside(was, copy, ours)
        return left

    kept: dict[str, Kept | None] = dict.fromkeys(copies)
    return Compared(kept | _read(tx, system, kind, copies, beside), moved, copies)


def known(tx: Connection, system: System, kind: str, ids: Iterable[str]) -> dict[str, Kept]:
    """What the mirror has of records, by id; unknown ids are left out."""
    return _read(tx, system, kind, ids, lambda _id, was, _ours: was)


def _read(
    tx: Connection,
    system: System,
    kind: str,
    ids: Iterable[str],
    left: Callable[[str, dict[str, JsonValue], Sequence[str]], dict[str, JsonValue]],
) -> dict[str, Kept]:
    """What the mirror has of records, by id: of the values that each has, and of the names of those that we wrote and
    have not read again, `left` says what is kept of them.
    """
    found: dict[str, Kept] = {}
    for rows in read_many(tx, _kept, ids, of=str(system), sort=kind):
        for one, person, created, modified, at, seen, deleted, merged, said, history, evidence, amended, due in rows:
            ours = tuple(from_text(amended)) if amended else ()
            values = left(one, from_text(said), ours)
            found[one] = Kept(
                person, created, modified, at, seen, deleted == 1, merged, values, history, evidence, ours, due == 1
            )
    return found


def _kept(tx: Connection) -> Select[Any]:
    return select(*_KEPT).where(_c.system == bindparam("of"), _c.kind == bindparam("sort"), listed(tx, _c.id))
