"""What no window and no list tells of: records that are gone without a trace, and those that came back.

HubSpot's GDPR deletion leaves nothing behind, and a contact that was restored has its old modified date: only counting
and ids tell (facts: hubspot B7, B9). Salesforce's feed names rows that never lay in the bin when we looked (facts:
salesforce B5). Who was erased there may have to be forgotten here, too: a request for people, never done by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.errors import Unreachable
from connectors.records import Page, Record, Source, System, Window
from syncd.links.keys import HUBSPOT_ID
from syncd.model.dossier import Quarantined, case_id
from syncd.model.instant import DAY, MINUTE, Instant, datetime_of, instant_of
from syncd.store import ledger, mirror, quarantine, streams, suppression
from syncd.store.batches import batches
from syncd.store.ledger import About, LedgerItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.desk import Desk, Run

CAUSE, CODE = "forget", "erased"
"""How a request to forget somebody stands in quarantine, until `syncd forget` or `quarantine drop`."""

CREATED = "createdate"
SETTLED = 15 * MINUTE
"""Contacts made this shortly before the last reading are not counted: the index may still be late."""

RESTORABLE = 92 * DAY
"""How long HubSpot keeps what was archived, and so lets it come back (facts: hubspot B9)."""

AT_ONCE, FEW = 1_000, 20
"""Contacts that are looked for at a time; that few are looked up one by one where an answer leaves them out."""


def unseen_contacts(desk: Desk, properties: Sequence[str]) -> Iterator[Page]:
    """Contacts that came back out of HubSpot's bin, as they are now, and those that it erased, as deleted ones.

    Who was archived lately is looked for by id, a hundred a call. Else it costs one call, as long as HubSpot counts as
    many contacts as the mirror has then: where it counts fewer, those that live are looked for by id, where it counts
    more, all that were ever deleted.
    """
    with desk.store.reading() as tx:
        read_until = streams.get(tx, System.HUBSPOT, "contact").watermark
        if read_until is None:
            return
        before = Instant(read_until - SETTLED)
        held = mirror.count(tx, System.HUBSPOT, "contact", before=before)
        away = suppression.count(tx, HUBSPOT_ID)
        lately = mirror.ids(tx, System.HUBSPOT, "contact", deleted=True, since=Instant(desk.clock() - RESTORABLE))
        gone = mirror.ids(tx, System.HUBSPOT, "contact", deleted=True)
    now = desk.hubspot.now()
    for page in _back(desk, sorted(lately, key=int), now, properties):
        held += sum(one.created_at is None or instant_of(one.created_at) < before for one in page.records)
        yield page
    live = desk.hubspot.count("contact", CREATED, None, datetime_of(before))
    if live < held:
        yield from _erased(desk, now)
    # Who was forgotten here may live there still, or not: that tells nothing.
    if live > held + away:
        yield from _back(desk, sorted(gone - lately, key=int), now, properties)


def _back(desk: Desk, gone: Sequence[str], now: datetime, properties: Sequence[str]) -> Iterator[Page]:
    for some in batches(gone, AT_ONCE):
        back = [one for asked, one in _found(desk.hubspot, some, properties).items() if one.id == asked]
        if back:
            yield Page([replace(one, modified_at=now) for one in back], back[-1].id)


def _erased(desk: Desk, now: datetime) -> Iterator[Page]:
    with desk.store.reading() as tx:
        living = sorted(mirror.ids(tx, System.HUBSPOT, "contact"), key=int)
    lost: list[str] = []
    for some in batches(living, AT_ONCE):
        there = _found(desk.hubspot, some, ())
        lost += [one for one in some if one not in there]
    if lost:
        binned = {
            one.id for page in desk.hubspot.pull("archived_contact", Window(None, now), ()) for one in page.records
        }
        erased = [Record("contact", one, now, None, {}, deleted=True) for one in lost if one not in binned]
        if erased:
            yield Page(erased, erased[-1].id)


def _found(source: Source, ids: Sequence[str], properties: Sequence[str]) -> dict[str, Record]:
    """The contacts that there are. Where an answer leaves too many out without a word, fewer are asked for at once."""
    try:
        return dict(source.read("contact", ids, properties))
    except Unreachable:
        if len(ids) <= FEW:
            raise
    return {one: record for some in batches(ids, FEW) for one, record in _found(source, some, properties).items()}


def ask_to_forget(tx: Connection, desk: Desk, run: Run, system: System, kind: str, ids: Sequence[str]) -> None:
    """Set a request aside for each person whose record was erased in a CRM: it waits until somebody decides."""
    now = desk.clock()
    rows = []
    for record in mirror.get(tx, system, kind, ids).values():
        place = f"{system}:{record.id}"
        rows.append(
            Quarantined(
                id=case_id(CAUSE, place),
                system=str(system),
                kind=kind,
                record_id=record.id,
                person=record.person,
                cause=CAUSE,
                code=CODE,
                message=f"{place} was deleted there for good. `syncd forget {place}` erases the person here as well",
                who="operator",
                first_at=now,
            )
        )
    known = {row.id for row in quarantine.standing_ones(tx, {row.person for row in rows if row.person})}
    news = [row for row in rows if row.id not in known]
    quarantine.put(tx, news, now)
    run.quarantined += len(news)
    about = [
        About(row.person, {"system": row.system, "kind": row.kind, "id": row.record_id}) for row in news if row.person
    ]
    if about:
        ledger.append(tx, run.id, now, [LedgerItem("erased", {"system": str(system), "kind": kind}, about)])
