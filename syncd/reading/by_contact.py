"""What HubSpot lists contact by contact: asked of those alone who are worth a call each."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.facts.references import COUNTERS
from syncd.model.instant import DAY, Instant, instant_of
from syncd.store import mirror
from syncd.store.canonical import from_text, to_text
from syncd.store.database import get_meta, set_meta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.records import Page, Window
    from syncd.desk import Desk
    from syncd.store.streams import StreamState


LOOKED = "last looked who moved for "
"""The store's note of when that was, by the end of the last window and of the one that may have been broken off."""


def of_contacts(desk: Desk, kind: str, state: StreamState, window: Window) -> Iterator[Page]:
    """Pages of a kind of OF_CONTACTS, of a stream that stands there.

    A contact who takes part in a marketing event need not change by that. So all events are asked once a day, and
    whoever is asked about is asked for all that they ever took part in (facts: hubspot B11, B12).
    """
    moved = _who_moved(desk, kind, state)
    if kind in COUNTERS:
        return desk.hubspot.of_contacts(kind, moved, window)
    whenever = replace(window, since=None)
    by_contact = desk.hubspot.of_contacts(kind, moved, whenever)
    begins_a_day = state.watermark is not None and state.watermark // DAY < instant_of(window.until) // DAY
    return chain(desk.hubspot.pull(kind, whenever, ()), by_contact) if begins_a_day else by_contact


def _who_moved(desk: Desk, kind: str, state: StreamState) -> list[str]:
    """The contacts that are worth a call each: those whose counter moved since it was last looked who did; where
    HubSpot counts nothing, those of whom anything was learned.

    A window that was broken off is read on after its last contact, and up to its own end: whoever moved since it began
    is due with the next one.
    """
    looks = _looks(desk, state)
    now, since = desk.clock(), None
    if state.watermark is not None:
        since = looks.get(state.watermark, state.checked_at)
    counter = COUNTERS.get(kind)
    seen = desk.schemas.get((System.HUBSPOT, "contact"))
    with desk.store.reading() as tx:
        if counter is None or (seen is not None and counter not in seen.fields):
            moved = mirror.known_since(tx, System.HUBSPOT, "contact", since)
        else:
            moved = mirror.counting(tx, System.HUBSPOT, "contact", [counter], since)
    if moved and state.until is not None and state.until not in looks:
        kept = {end: at for end, at in looks.items() if end == state.watermark}
        with desk.store.transaction() as tx:
            set_meta(tx, LOOKED + state.kind, to_text([*kept.items(), (state.until, now)]))
    return moved


def _looks(desk: Desk, state: StreamState) -> dict[Instant, Instant]:
    with desk.store.reading() as tx:
        noted = get_meta(tx, LOOKED + state.kind)
    return {Instant(end): Instant(at) for end, at in from_text(noted or "[]")}
