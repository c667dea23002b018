"""What HubSpot lists contact by contact: asked of those alone who are worth a call each."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.facts.references import COUNTERS
from syncd.model.instant import DAY, instant_of
from syncd.store import mirror

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.records import Page, Window
    from syncd.desk import Desk
    from syncd.store.streams import StreamState


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
    """The contacts that are worth a call each: those whose counter moved since all of them were asked; where HubSpot
    counts nothing, those of whom anything was learned.
    """
    since = state.checked_at if state.watermark is not None else None
    counter = COUNTERS.get(kind)
    seen = desk.schemas.get((System.HUBSPOT, "contact"))
    with desk.store.reading() as tx:
        if counter is None or (seen is not None and counter not in seen.fields):
            return mirror.known_since(tx, System.HUBSPOT, "contact", since)
        return mirror.counting(tx, System.HUBSPOT, "contact", [counter], since)
