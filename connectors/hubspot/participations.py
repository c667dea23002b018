"""How people took part in webinars, fairs and the like: by contact, or by event where that is fewer calls.

HubSpot keeps no counter of them with a contact, but counts an event's people with the event (facts: hubspot B12).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from connectors.answers import known_form
from connectors.errors import Missing
from connectors.hubspot.client import OCCURRENCES_AT_ONCE, Api
from connectors.hubspot.rows import fingerprint, instant, text_of, within
from connectors.hubspot.together import AT_A_TIME, together
from connectors.records import JsonValue, Page, Record, System, Window

FEW = 10
"""So many contacts are asked for one by one without a look at the events."""
_COUNTED = ("registrants", "attendees", "cancellations", "noShows")


def of_contact(api: Api, contact: str, _window: Window) -> Iterable[Record]:
    """How one contact took part; HubSpot knows no window here. Raises Missing for one who is not there."""
    rows = list(api.participations(contact))
    with known_form(System.HUBSPOT, "participation"):
        return [_participation(row, contact) for row in rows]


def cheaper_events(api: Api, contacts: float) -> Sequence[str] | None:
    """The events that somebody took part in, by id, where asking for all of them is fewer calls than asking for so many
    contacts; else None.
    """
    found, calls = [], 0.0
    try:
        for number, event in enumerate(api.marketing_events()):
            counters = [event.get(name) for name in _COUNTED]
            people = sum(each for each in counters if isinstance(each, int))
            if people or None in counters:  # what is not counted is not known to be none
                found.append(event)
                calls += max(1, math.ceil(people / OCCURRENCES_AT_ONCE))
            if calls + number / OCCURRENCES_AT_ONCE >= contacts:
                return None
        with known_form(System.HUBSPOT, "marketing event"):
            return [str(event["objectId"]) for event in found]
    except Missing:
        return None


def of_everybody(api: Api, window: Window) -> Iterator[Page]:
    """Pages of how anybody took part in any event, in the window; nothing where HubSpot does not tell it by event."""
    events = cheaper_events(api, math.inf)
    with suppress(Missing):
        yield from of_events(api, events or (), window, window.after_id)


def of_events(api: Api, events: Sequence[str], window: Window, last: str | None) -> Iterator[Page]:
    """Pages of how anybody took part in some events, in the window; the last page carries the contact `last`, and the
    others where the window began, since contacts come in no order. Raises Missing where not one of them is there.

    The first event is asked for alone, so that a portal which may not be asked refuses one call; the others several at
    a time.
    """
    ask = partial(_of_event, api, window)
    held: Sequence[Record] = ()
    missing: list[Missing] = []
    for start in (0, *range(1, len(events), AT_A_TIME)):
        for answer in together(ask, events[start : start + AT_A_TIME] if start else events[:1]):
            if isinstance(answer, Missing):  # it was taken back just now
                missing.append(answer)
                continue
            if held:
                yield Page(held, window.after_id)
            held = answer
    if missing and len(missing) == len(events):
        raise missing[0]
    yield Page(held, last)


def _of_event(api: Api, window: Window, event: str) -> Sequence[Record] | Missing:
    try:
        rows = [row for row in api.participants(event) if _contact(row)]
    except Missing as missing:
        return missing
    with known_form(System.HUBSPOT, "participation"):
        told = [_participation(row, _contact(row)) for row in rows]
    return [one for one in told if within(window, one.modified_at)]


def _contact(row: Mapping[str, Any]) -> str:
    with known_form(System.HUBSPOT, "participation"):
        return str(((row.get("associations") or {}).get("contact") or {}).get("contactId") or "")


def _participation(row: Mapping[str, Any], contact: str) -> Record:
    given, links = row["properties"], row.get("associations") or {}
    event, person = links.get("marketingEvent") or {}, links.get("contact") or {}
    told: dict[str, JsonValue] = {
        "contact": contact,
        "event_type": given.get("attendanceState"),
        "event": event.get("name") or None,
        "event_id": text_of(event.get("marketingEventId")),
        "email": person.get("email") or None,
        "seconds": given.get("attendanceDurationSeconds"),
    }
    at = instant(given.get("occurredAt") or row["createdAt"])
    identity = text_of(row.get("id")) or fingerprint(contact, told["event_id"], told["event_type"])
    return Record("marketing_event", identity, at, instant(row.get("createdAt") or given["occurredAt"]), told)
