"""The routes of lists and their memberships (facts: hubspot B12)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import invalid, not_found
from connectors.sandbox.hubspot.lists import refuse_unless_manual
from connectors.sandbox.hubspot.routes import kind_named
from connectors.sandbox.hubspot.schema import ObjectType
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.hubspot.wire import array_of, body_of, inputs_of, integer, names_in, page_limit, strings
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PAGE_LIMIT, SEARCH_LIMIT, CHANGE_LIMIT, BATCH_LIMIT = 250, 500, 100_000, 100
# Lists are found by search up to this offset and no further (facts: hubspot B12).
SEARCH_CAP = 10_000
Mark = tuple[int, int]


class ListRoutes:
    """Handlers for lists."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._lists = portal.lists

    def create(self, request: Request) -> Response:
        """Make a list. One with filters is refused: the sandbox keeps no members by filter."""
        body = body_of(request)
        missing = [name for name in ("name", "objectTypeId", "processingType") if not body.get(name)]
        if missing:
            raise invalid(f"Invalid input JSON: Some required fields were not set: [{', '.join(missing)}]")
        if body["processingType"] == "DYNAMIC" or body.get("filterBranch"):
            raise invalid("The sandbox evaluates no filters of lists; use the processing type MANUAL")
        kind = kind_named(str(body["objectTypeId"]))
        made = self._lists.add(str(body["name"]), kind.name, self._portal.now(), str(body["processingType"]))
        return Response(200, {"list": self._lists.shown(made)})

    def some(self, request: Request) -> Response:
        """The lists with the ids that `listIds` names; unknown ones are passed over."""
        wanted = set(names_in(request, "listIds"))
        return Response(200, {"lists": [self._lists.shown(each) for each in self._lists.all() if each.id in wanted]})

    def get(self, _request: Request, *, list_id: str) -> Response:
        """One list."""
        return Response(200, {"list": self._lists.shown(self._lists.live(list_id))})

    def named(self, _request: Request, *, kind: ObjectType, name: str) -> Response:
        """One list by the kind of its records and its name."""
        found = self._lists.named(kind, name)
        if found is None:
            raise not_found(f"List does not exist with name {name} and object type ID {kind.type_id}.")
        return Response(200, {"list": self._lists.shown(found)})

    def delete(self, _request: Request, *, list_id: str) -> Response:
        """Delete a list; it can be restored."""
        self._lists.live(list_id).deleted = self._portal.now()
        return Response(204)

    def restore(self, _request: Request, *, list_id: str) -> Response:
        """Bring a deleted list back with its members."""
        self._lists.deleted(list_id).deleted = None
        return Response(204)

    def search(self, request: Request) -> Response:
        """Lists by words of their name, by ids and by processing type, in order of id."""
        body = body_of(request)
        offset, count = integer(body.get("offset"), "offset", 0), integer(body.get("count"), "count", 20)
        if not 1 <= count <= SEARCH_LIMIT or not 0 <= offset <= SEARCH_CAP - count:
            raise invalid(f"count must be between 1 and {SEARCH_LIMIT}, and offset + count at most {SEARCH_CAP}")
        query, ids, types = str(body.get("query") or ""), strings(body, "listIds"), strings(body, "processingTypes")
        found = [
            each
            for each in self._lists.all()
            if query.lower() in each.name.lower()
            and (not ids or each.id in ids)
            and (not types or each.processing in types)
        ]
        rows = [_found(self._lists.shown(each)) for each in found[offset : offset + count]]
        end = min(offset + count, len(found))
        return Response(200, {"lists": rows, "hasMore": end < len(found), "offset": end, "total": len(found)})

    def members(self, request: Request, *, list_id: str) -> Response:
        """One page of members in order of their id."""
        found = self._lists.members(self._lists.live(list_id))
        return self._page(request, sorted(found.items()), by_time=False)

    def joined(self, request: Request, *, list_id: str) -> Response:
        """One page of members in the order in which they joined, latest first where `before` alone is given."""
        found = self._lists.members(self._lists.live(list_id))
        return self._page(request, sorted((at, record_id) for record_id, at in found.items()), by_time=True)

    def add(self, request: Request, *, list_id: str) -> Response:
        """Put records on a list; those that do not exist are told, those on it already are not."""
        return self._change(list_id, _ids(array_of(request)), [])

    def remove(self, request: Request, *, list_id: str) -> Response:
        """Take records off a list."""
        return self._change(list_id, [], _ids(array_of(request)))

    def add_and_remove(self, request: Request, *, list_id: str) -> Response:
        """Do both in one call."""
        body = body_of(request)
        added, removed = body.get("recordIdsToAdd") or [], body.get("recordIdsToRemove") or []
        return self._change(list_id, _ids(added), _ids(removed))

    def of_record(self, _request: Request, *, kind: ObjectType, record_id: str) -> Response:
        """The lists that one record is on."""
        rows = self._lists.of(kind, self._portal.record(kind.name, record_id).id)
        return Response(200, {"results": rows, "total": len(rows)})

    def of_records(self, request: Request) -> Response:
        """The lists that up to 100 records are on."""
        results = []
        for row in inputs_of(body_of(request), BATCH_LIMIT):
            kind = kind_named(str(row.get("objectTypeId")))
            record = self._portal.tables[kind.name].find(str(row.get("recordId")))
            found = self._lists.of(kind, record.id) if record else []
            results.append(
                {"objectTypeId": kind.type_id, "recordId": str(row.get("recordId")), "recordListMemberships": found}
            )
        now = iso(self._portal.now())
        return Response(200, {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now})

    def _change(self, list_id: str, to_add: list[str], to_remove: list[str]) -> Response:
        if len(to_add) + len(to_remove) > CHANGE_LIMIT:
            raise invalid(f"At most {CHANGE_LIMIT} memberships can be changed in one request")
        chosen = self._lists.live(list_id)
        refuse_unless_manual(chosen)
        removed = self._lists.leave(chosen, to_remove)
        added, missing = self._lists.join(chosen, to_add, self._portal.now())
        # The name of the first field is HubSpot's own slip.
        return Response(200, {"recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": missing})

    def _page(self, request: Request, marks: list[Mark], *, by_time: bool) -> Response:
        limit = page_limit(request, 100, PAGE_LIMIT)
        after, before = request.arg("after"), request.arg("before")
        backwards = bool(before) and not after
        if backwards:
            end = bisect_left(marks, _mark(before))
            chosen, more = marks[max(0, end - limit) : end][::-1], end > limit
        else:
            start = bisect_right(marks, _mark(after)) if after else 0
            chosen, more = marks[start : start + limit], start + limit < len(marks)
        rows = []
        for first, second in chosen:
            at, record_id = (first, second) if by_time else (second, first)
            rows.append({"recordId": str(record_id), "membershipTimestamp": iso(at)})
        body: dict[str, Any] = {"results": rows, "total": len(marks)}
        if more:
            mark = f"{chosen[-1][0]}-{chosen[-1][1]}"
            body["paging"] = {"prev": {"before": mark}} if backwards else {"next": {"after": mark}}
        return Response(200, body)


def _ids(given: object) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(each, str | int) for each in given):
        raise invalid("Invalid input JSON: record ids must be a list of ids")
    return [str(each) for each in given]


def _mark(text: str | None) -> Mark:
    first, _, second = (text or "").partition("-")
    return integer(first, "after", 0), integer(second, "after", 0)


def _found(body: dict[str, Any]) -> dict[str, Any]:
    """A list as a search answers it: its size is an additional property."""
    return body | {"additionalProperties": {"hs_list_size": str(body.pop("size"))}}
