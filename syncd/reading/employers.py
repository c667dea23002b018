"""The companies of contacts: of those that name none, who may be associated with one all the same, and after a merge.

HubSpot tells it for a thousand contacts a call (facts: hubspot B6), and pages have fewer: so contacts wait, in the
store, until there are as many, or until all are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.errors import Forbidden, Missing
from connectors.records import System
from syncd.definitions.language import counts_colleagues
from syncd.model.dossier import Reference
from syncd.store import colleagues, mirror, people, references
from syncd.store.affected import affected
from syncd.store.batches import batches
from syncd.store.canonical import from_text, to_text
from syncd.store.database import OF_READING, get_meta, set_meta

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection

    from connectors.records import Record
    from syncd.desk import Desk
    from syncd.model.person import PersonId

    Named = Mapping[str, Sequence[Reference]]

AT_ONCE = 1_000
"""Contacts of one call."""
WAITING = f"{OF_READING}contacts whose company is to be asked for"
"""What they are noted under."""
NOBODY = to_text([])
REFUSED = f"{OF_READING}companies of contacts were not told"
"""Noted where HubSpot refused to tell them: whoever waited then is not noted one by one."""


def let_wait(tx: Connection, contacts: Collection[str]) -> None:
    """Note contacts that name no company, or not any more."""
    if contacts:
        _note(tx, [*_waiting(tx), *contacts])


def relate(desk: Desk, *, least: int = 1) -> None:
    """Ask for the companies of those who wait, a thousand at a time, as long as there are so many."""
    while True:
        with desk.store.reading() as tx:
            waiting = _waiting(tx)
        if len(waiting) < least:
            return
        some, refused = waiting[:AT_ONCE], False
        try:
            _relate(desk, some)
        except (Forbidden, Missing):
            refused = True
        with desk.store.transaction() as tx:
            _note(tx, _waiting(tx)[len(some) :])
            if refused:
                set_meta(tx, REFUSED, "yes")


def do_wait(notes: Mapping[str, str]) -> bool:
    """Whether contacts waited when this was noted."""
    return notes.get(WAITING, NOBODY) != NOBODY


def were_refused(notes: Mapping[str, str]) -> bool:
    """Whether there were contacts then of whom HubSpot would not tell the company."""
    return bool(notes.get(REFUSED))


def follow(tx: Connection, companies: Sequence[Record]) -> None:
    """Let contacts of a company that was merged name the one that it became: no date of theirs moves with it (facts:
    hubspot B7, B9).
    """
    became = {old: one.id for one in companies for old in one.replaces}
    naming = references.referring(tx, System.HUBSPOT, "contact", "company", became) if became else {}
    moved = {
        one: (Reference("company", "company", became[old]),) for old, contacts in naming.items() for one in contacts
    }
    references.refer(tx, System.HUBSPOT, "contact", moved)


def relate_again(desk: Desk) -> None:
    """Ask for the companies of all contacts that name none: nobody could tell while companies, or who works where, were
    not readable. Raises Forbidden or Missing where it still may not be asked, which is a gap of the companies then.
    """
    with desk.store.reading() as tx:
        contacts = mirror.iterate(tx, System.HUBSPOT, "contact")
        alone = [one.id for one in contacts if not (one.deleted or one.properties.get("associatedcompanyid"))]
    for batch in batches(alone, AT_ONCE):
        _relate(desk, batch)
    with desk.store.transaction() as tx:
        set_meta(tx, REFUSED, "")


def near(
    tx: Connection, desk: Desk, system: System, kind: str, named: Named, moved: AbstractSet[PersonId] = frozenset()
) -> set[PersonId]:
    """The colleagues of who is affected, and of contacts that are nobody's yet; nobody where no rule counts them."""
    if not any(map(counts_colleagues, desk.config.versions)) or kind in ("company", "account", "opportunity"):
        return set()
    at_work = colleagues.of_persons(tx, moved).values()
    others = colleagues.of_contacts(tx, system, named) if kind == "contact" else set()
    return others.union(*(one for one in at_work if one is not None))


def _relate(desk: Desk, contacts: Sequence[str]) -> None:
    found = desk.hubspot.related("contact", contacts, "company")
    ours = System.HUBSPOT, "contact"
    with desk.store.transaction() as tx:
        there = mirror.get(tx, *ours, found)  # nobody who was forgotten meanwhile
        told = {one: (Reference("company", "company", found[one][0]),) if one in there else () for one in contacts}
        before = references.named(tx, *ours, contacts)
        named = {one: company for one, company in told.items() if company != before.get(one, ())}
        left = near(tx, desk, *ours, named)
        references.refer(tx, *ours, named)
        moved = affected(tx, *ours, named)
        people.mark_dirty(tx, moved | left | near(tx, desk, *ours, named, moved), kept=desk.keeps)


def _waiting(tx: Connection) -> list[str]:
    return list(from_text(get_meta(tx, WAITING) or NOBODY))


def _note(tx: Connection, contacts: Collection[str]) -> None:
    set_meta(tx, WAITING, to_text(list(dict.fromkeys(contacts))))
