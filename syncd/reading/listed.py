"""All contacts as HubSpot lists them, not as its search finds them: once a week, for what no window ever showed.

A search index can be days late, and a contact that was archived before anybody read it comes back with its old modified
date (facts: hubspot B7 to B9). The list is no index. It costs a call a hundred contacts, and what says nothing new is
passed over as in every window. Where there are more properties than a list can be asked for, those contacts alone are
read whole that the mirror lacks or that changed since. A cycle reads on for a few seconds only, where the one before it
left off: what changes meanwhile must not wait for a million contacts.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from connectors.errors import Refused
from connectors.records import Window
from syncd.model.instant import DAY, SECOND, Instant, instant_of
from syncd.model.nouns import dataclass
from syncd.reading.take import read_up, take
from syncd.store import ledger, mirror, streams
from syncd.store.canonical import from_text, to_text
from syncd.store.database import OF_READING, set_meta
from syncd.store.ledger import LedgerItem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.records import Page, Record
    from syncd.desk import Desk, Run
    from syncd.model.dossier import Mirrored
    from syncd.streams import Stream

LISTED = f"{OF_READING}list of hubspot.contact"
"""The store's note of when the list was last begun that was read to its end."""
PLACE = f"{OF_READING}place in the list of hubspot.contact"
"""The store's note of where the list was left off, "" where it was not."""
WEEK = 7 * DAY
SLICE = 5 * SECOND
"""How long one cycle reads on."""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the list is read: when that began, the cursor of the next page, records and those that were news."""

    begun: Instant
    cursor: str | None = None
    seen: int = 0
    news: int = 0


def read_list(desk: Desk, run: Run, stream: Stream, notes: Mapping[str, str]) -> None:
    """Take what the list of contacts says and the mirror does not know, a week after all was read: in a sweep, a day
    later in any cycle, and on in each that follows. `notes` say how far it was read before. Raises as `pull`.
    """
    place = _place(desk, run, notes)
    if place is None:
        return
    before, ends = place.news, desk.clock() + SLICE
    run.pulled[f"{stream.name} list"] = 0
    window = Window(None, desk.hubspot.now(), place.cursor)
    try:
        for page in desk.hubspot.pull(f"listed_{stream.kind}", window, stream.properties):
            place = _take(desk, run, stream, page, place)
            run.pulled[f"{stream.name} list"] = place.news - before
            if page.after_id is not None:
                desk.may_end()
                if desk.clock() >= ends:
                    return
    except Refused:
        if place.cursor is None:
            raise
        _note(desk, "")  # it does not know the cursor any more: the list is begun anew
        return
    with desk.store.transaction() as tx:
        set_meta(tx, LISTED, str(int(place.begun)))
        set_meta(tx, PLACE, "")
        data = {"stream": f"{stream.name} list", "news": place.news}
        ledger.append(tx, run.id, desk.clock(), [LedgerItem("pulled", data)])


def _place(desk: Desk, run: Run, notes: Mapping[str, str]) -> _Place | None:
    """Where to read on; None where the list is not due."""
    now, noted = desk.clock(), notes.get(LISTED)
    if left_off := notes.get(PLACE):
        return _Place(**from_text(left_off))
    if noted is None:  # all of them were read just now
        with desk.store.transaction() as tx:
            set_meta(tx, LISTED, str(int(now)))
        return None
    return _Place(now) if now - int(noted) >= WEEK + (0 if run.order.sweeps else DAY) else None


def _take(desk: Desk, run: Run, stream: Stream, page: Page, place: _Place) -> _Place:
    """The place after a page that was taken."""
    with desk.store.reading() as tx:
        state = streams.get(tx, stream.system, stream.kind)
    news = take(desk, run, stream, read_up(desk, stream, _whole(desk, stream, page)), state)
    reached = replace(place, cursor=page.after_id, seen=place.seen + len(page.records), news=place.news + news)
    _note(desk, to_text(asdict(reached)))
    desk.progress.count(f"comparing with HubSpot's list, {stream.name}", reached.seen)
    return reached


def _whole(desk: Desk, stream: Stream, page: Page) -> Page:
    """A page with properties. Of one that has none, those that the mirror lacks, or has as they were before; among
    these is, each time, whoever's date moved while nothing did that we read.
    """
    if any(one.properties for one in page.records):
        return page
    with desk.store.reading() as tx:
        known = mirror.get(tx, stream.system, stream.kind, [one.id for one in page.records])
    news = [one.id for one in page.records if not _is_known(known.get(one.id), one)]
    found = desk.hubspot.read(stream.kind, news, stream.properties).values()
    return replace(page, records=list({one.id: one for one in found}.values()))


def _is_known(old: Mirrored | None, listed: Record) -> bool:
    return old is not None and not old.deleted and instant_of(listed.modified_at) <= old.modified_at


def _note(desk: Desk, text: str) -> None:
    with desk.store.transaction() as tx:
        set_meta(tx, PLACE, text)
