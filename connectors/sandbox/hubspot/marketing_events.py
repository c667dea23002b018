"""Webinars, fairs and the like, and who took part in them (facts: hubspot B12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import invalid, not_found
from connectors.sandbox.hubspot.table import Record
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.hubspot.wire import integer, page_limit
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PAGE_LIMIT = 100
STATES = {"REGISTERED": "registered", "ATTENDED": "attended", "CANCELLED": "cancelled", "NO_SHOW": "noShows"}


@dataclass(frozen=True, slots=True)
class Participation:
    """One state that one contact reached in one event, at an instant in epoch ms."""

    number: int
    event_id: str
    contact_id: int
    state: str
    at: int
    minutes: int


@dataclass(slots=True)
class MarketingEvent:
    """One event with its participations, in order of arrival."""

    id: str
    name: str
    kind: str
    start: int
    created: int
    participations: list[Participation] = field(default_factory=list)

    def counters(self) -> dict[str, int]:
        """How many contacts are in each state, by their latest one."""
        latest = {each.contact_id: each.state for each in sorted(self.participations, key=lambda each: each.at)}
        states = [*latest.values()]
        return {word: states.count(state) for state, word in STATES.items()}


class MarketingEvents:
    """The portal's events, and the routes that read them."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._events: dict[str, MarketingEvent] = {}
        self._of: dict[int, list[Participation]] = defaultdict(list)
        self._number = 0

    def add(self, name: str, kind: str, start: int, at: int) -> str:
        """Announce an event; returns its id."""
        made = MarketingEvent(str(self._portal.next_id()), name, kind, start, at)
        self._events[made.id] = made
        return made.id

    def note(self, event_id: str, contact: Record, state: str, at: int, minutes: int = 0) -> None:
        """Note that a contact registered, attended, cancelled or did not come; ApiError 400 for any other state."""
        if state not in STATES:
            raise invalid(f"Invalid subscriber state {state}; allowed: {', '.join(STATES)}")
        self._number += 1
        self._put(Participation(self._number, self._event(event_id).id, contact.id, state, at, minutes))

    def move(self, old_ids: Sequence[int], new_id: int) -> None:
        """Give the participations of merged contacts to the new one."""
        for each in [each for old_id in old_ids for each in self._take(old_id)]:
            self._put(replace(each, contact_id=new_id))

    def forget(self, contact_id: int) -> None:
        """Drop the participations of somebody who is erased."""
        self._take(contact_id)

    def page(self, request: Request) -> Response:
        """One page of events, oldest first."""
        limit, after = page_limit(request, 10, PAGE_LIMIT), integer(request.arg("after"), "after", 0)
        events = [*self._events.values()]
        body: dict[str, Any] = {"results": [_shown(each) for each in events[after : after + limit]]}
        return Response(200, body | _paging(after + limit, len(events)))

    def get(self, _request: Request, *, event_id: str) -> Response:
        """One event."""
        return Response(200, _shown(self._event(event_id)))

    def counters(self, _request: Request, *, event_id: str) -> Response:
        """How many contacts are in each state."""
        return Response(200, self._event(event_id).counters())

    def of_event(self, request: Request, *, event_id: str) -> Response:
        """One page of the participations in one event, of one contact where `contactIdentifier` names it."""
        event = self._event(event_id)
        contact = request.arg("contactIdentifier")
        wanted = self._contact(contact).id if contact else None
        return self._breakdown(request, [each for each in event.participations if wanted in (None, each.contact_id)])

    def of_contact(self, request: Request, *, contact_id: str) -> Response:
        """One page of the participations of one contact, named by id or e-mail address."""
        return self._breakdown(request, self._of.get(self._contact(contact_id).id, []))

    def _put(self, made: Participation) -> None:
        self._of[made.contact_id].append(made)
        self._events[made.event_id].participations.append(made)

    def _take(self, contact_id: int) -> list[Participation]:
        """Remove the participations of one contact and return them."""
        taken = self._of.pop(contact_id, [])
        for each in taken:
            self._events[each.event_id].participations.remove(each)
        return taken

    def _breakdown(self, request: Request, found: Sequence[Participation]) -> Response:
        if state := request.arg("state"):
            if state not in STATES:
                raise invalid(f"Invalid value for state: {state}; allowed: {', '.join(STATES)}")
            found = [each for each in found if each.state == state]
        limit, after = page_limit(request, 10, PAGE_LIMIT), integer(request.arg("after"), "after", 0)
        ordered = sorted(found, key=attrgetter("number"))
        rows = [self._row(each) for each in ordered[after : after + limit]]
        return Response(200, {"results": rows, "total": len(found)} | _paging(after + limit, len(found)))

    def _row(self, each: Participation) -> dict[str, Any]:
        event = self._events[each.event_id]
        contact = self._portal.tables["contacts"].live.get(each.contact_id)
        values = contact.values if contact else {}
        person = {
            "contactId": str(each.contact_id),
            "email": values.get("email", ""),
            "firstname": values.get("firstname"),
            "lastname": values.get("lastname"),
        }
        properties: dict[str, Any] = {"occurredAt": each.at, "attendanceState": each.state}
        if each.state == "ATTENDED" and each.minutes:
            properties["attendanceDurationSeconds"] = each.minutes * 60
        return {
            "id": str(each.number),
            "createdAt": iso(each.at),
            "properties": properties,
            "associations": {
                "contact": {name: value for name, value in person.items() if value is not None},
                "marketingEvent": {"marketingEventId": event.id, "name": event.name},
            },
        }

    def _contact(self, named: str) -> Record:
        table = self._portal.tables["contacts"]
        found = table.find_unique("email", named) if "@" in named else table.find(named)
        if found is None:
            raise not_found(f"Contact {named} does not exist")
        return found

    def _event(self, event_id: str) -> MarketingEvent:
        found = self._events.get(event_id)
        if found is None:
            raise not_found(f"Marketing event {event_id} does not exist")
        return found


def _paging(end: int, total: int) -> dict[str, Any]:
    return {"paging": {"next": {"after": str(end)}}} if end < total else {}


def _shown(event: MarketingEvent) -> dict[str, Any]:
    counters = event.counters()
    return {
        "objectId": event.id,
        "eventName": event.name,
        "eventType": event.kind,
        "startDateTime": iso(event.start),
        "eventCancelled": False,
        "eventCompleted": bool(counters["attended"] or counters["noShows"]),
        "registrants": counters["registered"],
        "attendees": counters["attended"],
        "cancellations": counters["cancelled"],
        "noShows": counters["noShows"],
        "customProperties": [],
        "createdAt": iso(event.created),
        "updatedAt": iso(event.created),
    }
