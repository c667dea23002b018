"""Page views and custom events, which only portals of the Enterprise tier can read (facts: hubspot B12)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import invalid
from connectors.sandbox.hubspot.routes import kind_named
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.hubspot.wire import Bulk, instant, integer, names_in, page_limit
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PAGE_VIEW = "e_visited_page"
# What HubSpot itself keeps events of. Marketing e-mail is not among them (facts: hubspot B12).
STANDARD = (PAGE_VIEW, "e_opened_sequence_email", "e_clicked_sequence_email", "e_form_submission")
PAGE_LIMIT = 1000
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One event of one record, ordered by time (epoch ms) and by arrival within the same millisecond."""

    at: int
    number: int
    id: str = field(compare=False)
    object_type: str = field(compare=False)
    object_id: int = field(compare=False)
    event_type: str = field(compare=False)
    properties: Mapping[str, str] = field(compare=False)

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
        self._all: list[Occurrence] = []
        self._of: dict[tuple[str, int], list[Occurrence]] = defaultdict(list)

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
        made = Occurrence(at, self._number, event_id, object_type, object_id, event_type, dict(properties))
        insort(self._all, made)
        insort(self._of[object_type, object_id], made)
        return event_id

    def move(self, object_type: str, old_ids: Sequence[int], new_id: int) -> None:
        """Give the events of merged records to the new one."""
        old = {each.id for old_id in old_ids for each in self._of.pop((object_type, old_id), ())}
        if old:
            self._all = [replace(each, object_id=new_id) if each.id in old else each for each in self._all]
            self._of[object_type, new_id] = [each for each in self._all if each.id in old]

    def forget(self, object_type: str, object_id: int) -> None:
        """Drop the events of somebody who is erased."""
        gone = {each.id for each in self._of.pop((object_type, object_id), ())}
        if gone:
            self._all = [each for each in self._all if each.id not in gone]

    def types(self, _request: Request) -> Response:
        """All event types, whether or not the portal's tier can have any of them."""
        return Response(200, {"eventTypes": self._types()})

    def page(self, request: Request) -> Response:
        """One page of events, newest first unless `sort=occurredAt`.

        They are narrowed by record (`objectType` with `objectId` or with a property of it), type, ids and time;
        the bounds of time count as inside. An id that was merged away answers with the new one.
        """
        found = self._asked(request)
        low, high = instant(request, "occurredAfter"), instant(request, "occurredBefore")
        start = 0 if low is None else bisect_left(found, low, key=_time)
        found = found[start : len(found) if high is None else bisect_right(found, high, key=_time)]
        if event_type := request.arg("eventType"):
            found = [each for each in found if each.event_type == event_type]
        if ids := set(request.query.get("id", ())):
            found = [each for each in found if each.id in ids]
        limit = page_limit(request, 100, PAGE_LIMIT)
        newest_first = _newest_first(request)
        after = request.arg("after")
        if newest_first:
            end = bisect_left(found, _mark(after), key=_place) if after else len(found)
            chosen, more = found[max(0, end - limit) : end][::-1], end > limit
        else:
            start = bisect_right(found, _mark(after), key=_place) if after else 0
            chosen, more = found[start : start + limit], start + limit < len(found)
        body: dict[str, Any] = {"results": [each.shown() for each in chosen]}
        if more:
            body["paging"] = {"next": {"after": f"{chosen[-1].at}-{chosen[-1].number}"}}
        return Bulk(200, body)

    def _types(self) -> list[str]:
        return [*STANDARD, *self._custom]

    def _asked(self, request: Request) -> list[Occurrence]:
        raw, object_id = request.arg("objectType"), request.arg("objectId")
        by_property = [name for name in request.query if name.startswith("objectProperty.")]
        if raw is None:
            if object_id or by_property:
                raise invalid("objectType is required when objectId or objectProperty is given")
            if not names_in(request, "id") and not request.arg("eventType"):
                raise invalid("An objectType, an eventType or an id is required")
            return self._all
        kind = kind_named(raw.lower())
        table = self._portal.tables[kind.name]
        if object_id:
            record = table.find(object_id)
            return [*self._of.get((kind.name, record.id), ())] if record else []
        if by_property:
            name = by_property[-1].removeprefix("objectProperty.")
            record = table.find_unique(name, request.arg(by_property[-1]) or "")
            return [*self._of.get((kind.name, record.id), ())] if record else []
        return [each for each in self._all if each.object_type == kind.name]


def _newest_first(request: Request) -> bool:
    sort = names_in(request, "sort")
    if len(sort) > 1 or any(each not in ("occurredAt", "-occurredAt") for each in sort):
        raise invalid(f"Invalid value for sort: {','.join(sort)}; allowed: occurredAt, -occurredAt")
    return sort != ["occurredAt"]


def _time(each: Occurrence) -> int:
    return each.at


def _place(each: Occurrence) -> Place:
    return each.at, each.number


def _mark(text: str) -> Place:
    first, _, second = text.partition("-")
    return integer(first, "after", 0), integer(second, "after", 0)
