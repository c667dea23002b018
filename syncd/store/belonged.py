"""Whose records were as known at an earlier instant: the ledger says when each was linked, and who became one when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from connectors.records import System
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.store import ledger, mirror, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from syncd.model.dossier import Mirrored
    from syncd.model.person import Entry, PersonId

    Name = tuple[str, str, str]

LINKED, MERGED, DECIDED = "linked", "merged", "decided"


@dataclass(frozen=True, slots=True)
class Then:
    """What the ledger tells of one person as of an instant, and of all who are the same person by now.

    `owners` are who each record was linked to by then, `later` the records that were linked only after it, `into` who
    had become whom by then, `others` who became this person only after it.
    """

    person: PersonId
    as_of: Instant
    owners: Mapping[Name, str]
    later: frozenset[Name]
    into: Mapping[str, str]
    others: frozenset[str]

    def is_ours(self, person: str) -> bool:
        """Whether somebody was this person by then."""
        while person in self.into:
            person = self.into[person]
        return person == self.person


def known_then(tx: Connection, person: PersonId, as_of: Instant) -> Then:
    """What the ledger tells of a person's links as of an instant."""
    owners: dict[Name, str] = {}
    later: set[Name] = set()
    into: dict[str, str] = {}
    others: set[str] = set()
    for at, about, name in _links(tx, person):
        if at <= as_of:
            owners[name] = about
        elif name not in owners:
            later.add(name)
    for row in ledger.read(tx, person=person, kind=MERGED):
        for told in row.about:
            if row.at <= as_of:
                into[told.person] = str(told.data["into"])
            else:
                others.add(told.person)
    return Then(person, as_of, owners, frozenset(later), into, frozenset(others))


def records_then(tx: Connection, then: Then, today: Sequence[Mirrored]) -> list[Mirrored]:
    """The records that were the person's by then, in the order of system, kind and id, as the mirror has them now.

    One of which no link is told, as of a submitted form or of what we made ourselves, goes with the e-mail address of
    the others where these are not the same as today's.
    """
    told = {_name(one): one for one in today}
    kept = {name: one for name, one in told.items() if name not in then.later and _owned(then, name)}
    for name, owner in then.owners.items():
        if name not in told and then.is_ours(owner) and (gone := _moved_later(tx, then, name)) is not None:
            kept[name] = gone
    if len(kept) < len(told):
        mails = {_mail(one) for name, one in kept.items() if name in then.owners}
        kept = {name: one for name, one in kept.items() if name in then.owners or _mail(one) in mails}
    return [kept[name] for name in sorted(kept)]


def entries_then(tx: Connection, then: Then, entries: Sequence[Entry]) -> list[Entry]:
    """The entries, without those that were decided about people who became this person only later."""
    if not then.others:
        return list(entries)
    ours, theirs = set[tuple[str, int, int]](), set[tuple[str, int, int]]()
    for row in ledger.read(tx, person=then.person, kind=DECIDED):
        for told in row.about:
            if row.at <= then.as_of:
                mine = ours if then.is_ours(told.person) else theirs
                mine |= {(each["stage"], each["cycle"], each["at"]) for each in told.data["entries"]}
    return [one for one in entries if (str(one.stage), one.cycle, one.at) not in theirs - ours]


def _links(tx: Connection, person: PersonId) -> Iterator[tuple[Instant, str, Name]]:
    """(when, who, record) of every link that was made of a person's records, in order.

    A run links after it has read: its links count from its beginning on, so that what it read was never nobody's.
    """
    for row in ledger.read(tx, person=person, kind=LINKED):
        r = tables.run.c
        began = tx.execute(select(r.started_at).where(r.id == row.run)).scalar() if row.run else None
        for told in row.about:
            at = row.at if began is None else Instant(began)
            yield at, told.person, (told.data["system"], told.data["kind"], told.data["id"])


def _owned(then: Then, name: Name) -> bool:
    return name not in then.owners or then.is_ours(then.owners[name])


def _moved_later(tx: Connection, then: Then, name: Name) -> Mirrored | None:
    """A record that was the person's, unless somebody else had it by then."""
    system, kind, record_id = name
    record = mirror.get(tx, System(system), kind, [record_id]).get(record_id)
    if record is None or record.person is None:
        return record
    theirs = [at for at, _, one in _links(tx, record.person) if one == name and at <= then.as_of]
    ours = [at for at, _, one in _links(tx, then.person) if one == name and at <= then.as_of]
    return record if max(ours) >= max(theirs, default=max(ours)) else None


def _name(record: Mirrored) -> Name:
    return record.system.value, record.kind, record.id


def _mail(record: Mirrored) -> str:
    said = record.properties.get("email") or record.properties.get("Email")
    return str(said or "").strip().casefold()
