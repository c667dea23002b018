"""Persons: which records are theirs, by which keys they are known, and who must be looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, func, insert, literal_column, not_, or_, select, union, update

from connectors.records import System
from syncd.model.instant import NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.store import courses, tables
from syncd.store.batches import among, batches, insert_into, listed, read_many, write_rows
from syncd.store.canonical import from_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Insert, Select, Update

_p = tables.person.c
_i = tables.identity.c
_r = tables.record.c
_SYSTEMS = {system.value: system for system in System}
LINKED_FIRST = (("hubspot", "contact"), ("salesforce", "contact"), ("salesforce", "lead"))
"""The order in which kinds are linked."""
_THIS_RECORD = (_r.system == bindparam("of"), _r.kind == bindparam("sort"), _r.id == bindparam("which"))
_YES: ColumnElement[int] = literal_column("1")
_NO: ColumnElement[int] = literal_column("0")
"""A flag in a condition is written out, so that the partial indexes on it are used."""
_DUE: tuple[ColumnElement[Any], ...] = (
    _r.system,
    _r.kind,
    _r.id,
    _r.person_id,
    func.coalesce(_r.created_at, _r.modified_at),
    _r.deleted,
    case((_r.kind == "lead", _r.properties)),
)


def _waiting() -> Iterator[Select[Any]]:
    """A select of what is due for linking for each group of kinds. Made once: an idle cycle asks them all."""
    first = [(_r.system == system) & (_r.kind == kind) for system, kind in LINKED_FIRST]
    for group in (*first, not_(or_(*first))):
        statement = select(*_DUE).where(_r.link_due == _YES, group).order_by(_r.system, _r.kind, _r.id)
        yield statement.limit(bindparam("most"))


_WAITING = tuple(_waiting())
_ANY_WAITING = select(_r.id).where(_r.link_due == _YES).limit(1)
_KEPT, _KEPT_ANEW = 2, 3
"""What `dirty` says of somebody whom a backfill keeps for itself, and that what it made was seen since, so that another
look is due after it. 1 is for whoever judges next.
"""
_ANY_KEPT = select(_p.id).where(_p.dirty > _NO, _p.dirty > _YES).limit(1)
# Two selects, so that each goes by its own index; merged persons are in neither.
_DUE_BY_TIME = select(_p.id).where(_p.due_at <= bindparam("now"), _p.merged_into.is_(None))
_DUE_BY = union(select(_p.id).where(_p.dirty > _NO, _p.dirty == _YES, _p.merged_into.is_(None)), _DUE_BY_TIME)
_DUE_OR_KEPT = union(select(_p.id).where(_p.dirty > _NO, _p.merged_into.is_(None)), _DUE_BY_TIME)


@dataclass(frozen=True, slots=True)
class Due:
    """A record whose person must be found. `inert` says that it is deleted, or a lead that was converted."""

    system: System
    kind: str
    id: str
    person: PersonId | None
    born: Instant
    inert: bool


def save_keys(
    tx: Connection, system: System, kind: str, keys: Mapping[str, Sequence[str]], new: Collection[str] = ()
) -> None:
    """Replace the identity keys of mirrored records, by record id.

    A record whose keys changed becomes due for linking. Those that are `new` are due already (see `mirror.save`), and
    have no keys to be replaced.
    """
    before = keys_of(tx, system, kind, [record_id for record_id in keys if record_id not in new])
    other = {record_id for record_id, given in keys.items() if set(given) != set(before.get(record_id, ()))}
    gone = [record_id for record_id in other if record_id in before]
    for batch in batches(gone):
        tx.execute(delete(tables.identity).where(_i.system == str(system), _i.kind == kind, among(tx, _i.id, batch)))
    rows = [(key, system.value, kind, record_id) for record_id in sorted(other) for key in sorted(set(keys[record_id]))]
    write_rows(tx, _add_keys, ("key", "system", "kind", "id"), rows)
    for batch in batches(sorted(other.difference(new))):
        where = (_r.system == str(system), _r.kind == kind, among(tx, _r.id, batch))
        tx.execute(update(tables.record).where(*where).values(link_due=1))


def link_due(tx: Connection, limit: int = 1000) -> list[Due]:
    """Records whose person must be found (again): HubSpot contacts, Salesforce contacts, leads, the rest; by id."""
    found: list[Due] = []
    # One select for each, so that they come out of the index in their order: nothing is sorted.
    for statement in _WAITING:
        found += map(_due_of, tx.execute(statement, {"most": limit - len(found)}).all())
        if len(found) == limit:
            break
    return found


def is_link_due(tx: Connection) -> bool:
    """Whether there is any record whose person must be found (again)."""
    return tx.execute(_ANY_WAITING).first() is not None


def count_link_due(tx: Connection) -> int:
    """How many records wait for that."""
    return int(tx.execute(select(func.count()).select_from(tables.record).where(_r.link_due == _YES)).scalar_one())


def sharing(tx: Connection, keys: Collection[str]) -> list[tuple[str, Due]]:
    """(key, record) for every record that has one of the keys, by key, system, kind and id."""
    joined = tables.identity.join(tables.record, (_r.system == _i.system) & (_r.kind == _i.kind) & (_r.id == _i.id))
    holders: list[tuple[str, Due]] = []
    for batch in batches(sorted(set(keys))):
        rows = tx.execute(
            select(_i.key, *_DUE)
            .select_from(joined)
            .where(among(tx, _i.key, batch))
            .order_by(_i.key, _i.system, _i.kind, _i.id)
        )
        holders += [(row[0], _due_of(row[1:])) for row in rows.all()]
    return holders


def shared(tx: Connection, keys: Collection[str]) -> set[str]:
    """Those of some keys that several records have."""
    found: set[str] = set()
    for batch in batches(sorted(keys)):
        statement = select(_i.key).where(among(tx, _i.key, batch)).group_by(_i.key)
        found.update(tx.execute(statement.having(func.count() > literal_column("1"))).scalars())
    return found


def keys_of(tx: Connection, system: System, kind: str, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The identity keys of records in order, by record id; one without keys is left out."""
    found: dict[str, list[str]] = {}
    for rows in read_many(tx, _select_keys, ids, of=str(system), sort=kind):
        for record_id, key in rows:
            found.setdefault(record_id, []).append(key)
    return {record_id: tuple(known) for record_id, known in found.items()}


def whose(tx: Connection, system: System, kind: str, ids: Iterable[str]) -> set[PersonId]:
    """The persons whom records belong to; records without one are left out."""
    found: set[PersonId] = set()
    for rows in read_many(tx, _select_whose, ids, of=str(system), sort=kind):
        found.update(row[0] for row in rows)
    return found


def assign(tx: Connection, links: Sequence[tuple[System, str, str, PersonId]]) -> None:
    """Say whose records are: (system, kind, id, person) each. They are then no longer due for linking."""
    rows = [(str(system), kind, record_id, person) for system, kind, record_id, person in links]
    write_rows(tx, _assign, ("of", "sort", "which", "whose"), rows)


def relink(tx: Connection, records: Iterable[tuple[str, str, str]]) -> None:
    """Have these records, (system, kind, id) each, linked again."""
    _set_link_due(tx, records, 1)


def unqueue(tx: Connection, records: Iterable[tuple[str, str, str]]) -> None:
    """These records were looked at: they are no longer due for linking, whether they found their person or not."""
    _set_link_due(tx, records, 0)


def create(tx: Connection, person: PersonId, at: Instant) -> None:
    """Make a person, dirty from the start. One that exists stays as it is. See `create_many`."""
    create_many(tx, {person: at})


def create_many(tx: Connection, born: Mapping[PersonId, Instant], *, kept: bool = False) -> None:
    """Make persons, each since an instant, dirty from the start as `mark_dirty` does. Who exists stays as they are."""
    rows = [(person, at, _mark(kept=kept), NEVER) for person, at in born.items()]
    write_rows(tx, _create, ("id", "created_at", "dirty", "due_at"), rows)


def merge(tx: Connection, loser: PersonId, winner: PersonId, at: Instant) -> None:
    """Two persons turn out to be one: all that `loser` had becomes the winner's, who must be evaluated again.

    Where both entered the same stage in the same cycle, the earlier entry stands and the other is superseded at
    `at`. Ledger entries and keys for sealing stay under the old id, which `resolve` and `family` follow.
    """
    loser, winner = resolve(tx, loser), resolve(tx, winner)
    if loser == winner:
        return
    for table in (tables.record, tables.entry, tables.quarantine, tables.intent):
        tx.execute(update(table).where(table.c.person_id == loser).values(person_id=winner))
    _settle_entries(tx, winner, at)
    courses.renew(tx, [loser, winner])
    tx.execute(delete(tables.said).where(tables.said.c.person_id.in_([loser, winner])))
    tx.execute(update(tables.person).where(_p.merged_into == loser).values(merged_into=winner))
    tx.execute(update(tables.person).where(_p.id == loser).values(merged_into=winner, dirty=0, due_at=NEVER))
    mark_dirty(tx, [winner])


def resolve(tx: Connection, person: PersonId) -> PersonId:
    """The person that this one is now; the same where nothing was merged, or nobody is known by that id."""
    into = tx.execute(select(_p.merged_into).where(_p.id == person)).scalar()
    return person if into is None else PersonId(into)


def standing(tx: Connection, persons: Iterable[PersonId]) -> set[PersonId]:
    """Those of the persons who are still known, and by themselves: neither forgotten nor merged into somebody else."""
    found: set[PersonId] = set()
    for batch in batches(sorted(set(persons))):
        found.update(tx.execute(select(_p.id).where(among(tx, _p.id, batch), _p.merged_into.is_(None))).scalars())
    return found


def family(tx: Connection, person: PersonId) -> list[PersonId]:
    """The person and all that were merged into it, in order of id after the person itself."""
    return [person, *tx.execute(select(_p.id).where(_p.merged_into == person).order_by(_p.id)).scalars()]


def mark_dirty(tx: Connection, persons: Iterable[PersonId], *, kept: bool = False) -> None:
    """Have these persons evaluated in the next cycle. With `kept`, those who did not wait for one are for the end of
    the backfill that asks, until something new happens to them.
    """
    for batch in batches(sorted(set(persons))):
        due = update(tables.person).where(_before(kept=kept)).values(dirty=_mark(kept=kept))
        tx.execute(due.where(among(tx, _p.id, batch)))


def _before(*, kept: bool) -> ColumnElement[bool]:
    """Whom a mark is new to."""
    return _p.dirty == _NO if kept else _p.dirty != _YES


def _mark(*, kept: bool) -> int:
    return _KEPT if kept else 1


def mark_seen(tx: Connection, persons: Iterable[PersonId]) -> None:
    """Nothing is new of these persons but what we made ourselves: a backfill that keeps them goes on with them, and
    they are evaluated in the cycle after it.
    """
    anew = case((_p.dirty == _KEPT, _KEPT_ANEW), else_=1)
    for batch in batches(sorted(set(persons))):
        tx.execute(update(tables.person).where(among(tx, _p.id, batch), _p.dirty.in_([0, _KEPT])).values(dirty=anew))


def mark_all_dirty(tx: Connection, *, kept: bool = False) -> None:
    """Have everybody evaluated as `mark_dirty` does: the definitions changed."""
    tx.execute(update(tables.person).where(_p.merged_into.is_(None), _before(kept=kept)).values(dirty=_mark(kept=kept)))


def due(tx: Connection, now: Instant, *, kept: bool = True) -> list[PersonId]:
    """Persons to evaluate, in order: those something happened to, and those whose verdict time may have changed. With
    `kept` also those whom a backfill keeps for itself.
    """
    return sorted(tx.execute(_DUE_OR_KEPT if kept else _DUE_BY, {"now": now}).scalars().all())


def keep_due(tx: Connection, now: Instant) -> None:
    """Keep all persons to evaluate for the backfill that asks, until something new happens to them."""
    waiting = or_(_p.dirty.in_([1, _KEPT_ANEW]), _p.due_at <= now)
    tx.execute(update(tables.person).where(waiting, _p.merged_into.is_(None)).values(dirty=_KEPT))


def is_any_kept(tx: Connection) -> bool:
    """Whether a backfill keeps anybody for itself, or did when it was killed."""
    return tx.execute(_ANY_KEPT).first() is not None


def still_kept(tx: Connection, persons: Iterable[PersonId]) -> set[PersonId]:
    """Those of the persons whom a backfill keeps: nobody judged them since, and nothing happened to them."""
    found: set[PersonId] = set()
    for batch in batches(sorted(set(persons))):
        found.update(tx.execute(select(_p.id).where(among(tx, _p.id, batch), _p.dirty >= _KEPT)).scalars())
    return found


def settle(tx: Connection, rows: Sequence[tuple[PersonId, Instant, str, int, Instant]]) -> None:
    """Keep verdicts: (person, next instant at which time alone changes it, stage, cycle, since) each; not dirty, unless
    something was seen anew of somebody whom a backfill keeps.
    """
    write_rows(tx, _settle, ("whose", "due", "now_in", "now_cycle", "from"), list(rows))


def verdicts(tx: Connection, persons: Iterable[PersonId]) -> dict[PersonId, tuple[str, int, Instant]]:
    """The (stage, cycle, since) that was last decided of persons; who was not judged yet is left out."""
    found: dict[PersonId, tuple[str, int, Instant]] = {}
    for batch in batches(sorted(set(persons))):
        statement = select(_p.id, _p.stage, _p.cycle, _p.since).where(among(tx, _p.id, batch), _p.stage.is_not(None))
        found |= {row[0]: (row[1], row[2], row[3]) for row in tx.execute(statement).all()}
    return found


def count(tx: Connection) -> int:
    """How many persons there are, those merged into others not counted."""
    return int(tx.execute(select(func.count()).where(_p.merged_into.is_(None))).scalar_one())


def stages(tx: Connection) -> dict[str, int]:
    """How many persons are in each stage now, by stage; who was not judged yet is in none."""
    statement = select(_p.stage, func.count()).where(_p.merged_into.is_(None), _p.stage.is_not(None))
    return {row[0]: row[1] for row in tx.execute(statement.group_by(_p.stage).order_by(_p.stage)).all()}


def find(tx: Connection, text: str) -> list[PersonId]:
    """Persons known by a text: their own id, `hubspot:ID` or `salesforce:ID` of a record, or an identity key.

    A key is tried as it stands and as `email:` in lower case. Empty when nobody is; several when it is ambiguous.
    """
    if tx.execute(select(_p.id).where(_p.id == text)).first():
        return [resolve(tx, PersonId(text))]
    found = {holder.person for _, holder in sharing(tx, [text, f"email:{text.strip().lower()}"])}
    system, _, record_id = text.partition(":")
    if record_id:
        where = (_r.system == system, _r.id == record_id, _r.kind.in_(["contact", "lead"]))
        found.update(tx.execute(select(_r.person_id).where(*where)).scalars())
    return sorted(person for person in found if person is not None)


def _set_link_due(tx: Connection, records: Iterable[tuple[str, str, str]], due: int) -> None:
    rows = [(str(system), kind, record_id) for system, kind, record_id in records]
    write_rows(tx, _queue if due else _unqueue, ("of", "sort", "which"), rows)


def _due_of(row: Sequence[Any]) -> Due:
    system, kind, record_id, person, born, deleted, lead = row
    converted = lead is not None and from_text(lead).get("IsConverted") is True
    return Due(_SYSTEMS[system], kind, record_id, person, born, deleted == 1 or converted)


def _settle_entries(tx: Connection, person: PersonId, at: Instant) -> None:
    e = tables.entry.c
    rows = tx.execute(
        select(e.seq, e.stage, e.cycle).where(e.person_id == person, e.superseded_at.is_(None)).order_by(e.at, e.seq)
    )
    standing: set[tuple[str, int]] = set()
    for seq, stage, cycle in rows.all():
        if (stage, cycle) in standing:
            tx.execute(update(tables.entry).where(e.seq == seq).values(superseded_at=at))
        standing.add((stage, cycle))


def _select_keys(tx: Connection) -> Select[Any]:
    where = (_i.system == bindparam("of"), _i.kind == bindparam("sort"), listed(tx, _i.id))
    return select(_i.id, _i.key).where(*where).order_by(_i.id, _i.key)


def _select_whose(tx: Connection) -> Select[Any]:
    of_kind = (_r.system == bindparam("of"), _r.kind == bindparam("sort"))
    return select(_r.person_id).where(*of_kind, listed(tx, _r.id), _r.person_id.is_not(None))


def _add_keys(_tx: Connection) -> Insert:
    return insert(tables.identity)


def _create(tx: Connection) -> Insert:
    return insert_into(tx, tables.person).on_conflict_do_nothing(index_elements=["id"])


def _assign(_tx: Connection) -> Update:
    return update(tables.record).where(*_THIS_RECORD).values(person_id=bindparam("whose"), link_due=literal_column("0"))


def _queue(_tx: Connection) -> Update:
    return update(tables.record).where(*_THIS_RECORD).values(link_due=literal_column("1"))


def _unqueue(_tx: Connection) -> Update:
    return update(tables.record).where(*_THIS_RECORD).values(link_due=literal_column("0"))


def _settle(_tx: Connection) -> Update:
    return (
        update(tables.person)
        .where(_p.id == bindparam("whose"))
        .values(
            dirty=case((_p.dirty == literal_column(str(_KEPT_ANEW)), _YES), else_=_NO),
            due_at=bindparam("due"),
            stage=bindparam("now_in"),
            cycle=bindparam("now_cycle"),
            since=bindparam("from"),
        )
    )
