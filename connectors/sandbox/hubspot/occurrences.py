"""Page views and custom events, which only portals of the Enterprise tier can read (facts: hubspot B12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import invalid
from connectors.sandbox.hubspot.routes import kind_named
from connectors.sandbox.hubspot.timeline import LAST, Place, Timeline, Window
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.hubspot.wire import Bulk, instant, integer, names_in, page_limit
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PAGE_VIEW = "e_visited_page"
# What HubSpot itself keeps events of. Marketing e-mail is not among them (facts: hubspot B12).
STANDARD = (PAGE_VIEW, "e_opened_sequence_email", "e_clicked_sequence_email", "e_form_submission")
# The most that is known to be taken in one page (belief).
PAGE_LIMIT = 100
Stream = Timeline["Occurrence"]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event of one record; `at` is in epoch ms."""

    at: int
    number: int
    id: str
    object_type: str
    object_id: int
    event_type: str
    properties: Mapping[str, str]

    def shown(self) -> dict[str, Any]:
        """The event as the API answers it."""
        return {
            "id": self.id,
            "objectType": kind_named(self.object_type).singular.upper(),
            "objectId": str(self.object_id),
            "eventType": self.event_type,
            "occurredAt": iso(self.at),
            "properties": dict(self.properties),
        }


class Occurrences:
    """The portal's events, and the routes that read them."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._custom: list[str] = []
        self._number = 0
        self._all: Stream = Timeline()
        self._typed: dict[str, Stream] = defaultdict(Timeline)
        self._of: dict[tuple[str, int], Stream] = defaultdict(Timeline)

    def define(self, name: str) -> str:
        """Define a custom event; returns the full name by which it is sent and read."""
        full = f"pe{self._portal.portal_id}_{name}"
        if full not in self._custom:
            self._custom.append(full)
        return full

    def add(self, object_type: str, object_id: int, event_type: str, at: int, properties: Mapping[str, str]) -> str:
        """Note an event; returns its id. ApiError 400 for a type that the portal does not know."""
        if event_type not in self._types():
            raise invalid(f"Event type {event_type} does not exist")
        self._number += 1
        event_id = f"{self._portal.portal_id:x}-{self._number:08x}"
        self._put(Occurrence(at, self._number, event_id, object_type, object_id, event_type, dict(properties)))
        return event_id

    def move(self, object_type: str, old_ids: Sequence[int], new_id: int) -> None:
        """Give the events of merged records to the new one."""
        for old_id in old_ids:
            for each in self._take(object_type, old_id):
                self._put(replace(each, object_id=new_id))

    def forget(self, object_type: str, object_id: int) -> None:
        """Drop the events of somebody who is erased."""
        self._take(object_type, object_id)

    def types(self, _request: Request) -> Response:
        """All event types, whether or not the portal's tier can have any of them."""
        return Response(200, {"eventTypes": self._types()})

    def page(self, request: Request) -> Response:
        """One page of events, newest first unless `sort=occurredAt`.

        They are narrowed by record (`objectType` with `objectId` or with a property of it), type, ids and time;
        the bounds of time themselves are left out. An id that was merged away answers with the new one.
        """
        stream, after = self._asked(request), request.arg("after")
        low, high = instant(request, "occurredAfter"), instant(request, "occurredBefore")
        window = Window(
            # Taken at their word (belief): what occurred at the very instant is neither after nor before it.
            low=0 if low is None else low + 1,
            high=LAST if high is None else high - 1,
            after=_mark(after) if after else None,
            newest_first=_newest_first(request),
        )
        kind, event_type = request.arg("objectType"), request.arg("eventType")
        wanted, ids = kind and kind_named(kind.lower()).name, set(request.query.get("id", ()))

        def keep(each: Occurrence) -> bool:
            return (
                each.object_type == (wanted or each.object_type)
                and each.event_type == (event_type or each.event_type)
                and (not ids or each.id in ids)
            )

        chosen, more = stream.page(window, keep, page_limit(request, 100, PAGE_LIMIT))
        body: dict[str, Any] = {"results": [each.shown() for each in chosen]}
        if more:
            body["paging"] = {"next": {"after": f"{chosen[-1].at}-{chosen[-1].number}"}}
        return Bulk(200, body)

    def _put(self, made: Occurrence) -> None:
        for stream in (self._all, self._typed[made.event_type], self._of[made.object_type, made.object_id]):
            stream.add(made)

    def _take(self, object_type: str, object_id: int) -> list[Occurrence]:
        """Remove the events of one record and return them."""
        taken = [*self._of.pop((object_type, object_id), ())]
        ids = {each.id for each in taken}
        for stream in (self._all, *(self._typed[name] for name in {each.event_type for each in taken})):
            stream.drop(lambda each: each.id in ids)
        return taken

    def _types(self) -> list[str]:
        return [*STANDARD, *self._custom]

    def _asked(self, request: Request) -> Stream:
        """The smallest stream that has all events that are asked for."""
        raw, object_id, event_type = (request.arg(name) for name in ("objectType", "objectId", "eventType"))
        by_property = [name for name in request.query if name.startswith("objectProperty.")]
        if raw is None and (object_id or by_property):
            raise invalid("objectType is required when objectId or objectProperty is given")
        if raw is None and not event_type and not names_in(request, "id"):
            raise invalid("An objectType, an eventType or an id is required")
        if object_id or by_property:
            kind = kind_named((raw or "").lower())
            table = self._portal.tables[kind.name]
            name = by_property[-1] if by_property else ""
            unique = name.removeprefix("objectProperty.")
            found = table.find(object_id) if object_id else table.find_unique(unique, request.arg(name) or "")
            return self._of.get((kind.name, found.id), Timeline()) if found else Timeline()
        return self._typed.get(event_type, Timeline()) if event_type else self._all


def _newest_first(request: Request) -> bool:
    sort = names_in(request, "sort")
    if len(sort) > 1 or any(each not in ("occurredAt", "-occurredAt") for each in sort):
        raise invalid(f"Invalid value for sort: {','.join(sort)}; allowed: occurredAt, -occurredAt")
    return sort != ["occurredAt"]


def _mark(text: str) -> Place:
    first, _, second = text.partition("-")
    return integer(first, "after", 0), integer(second, "after", 0)
