"""The routes that read and write associations (facts: hubspot A3, B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.associations import type_of
from connectors.sandbox.hubspot.errors import ApiError, invalid, not_found
from connectors.sandbox.hubspot.link_types import ASSOCIATION_TYPES, PRIMARY_TYPES
from connectors.sandbox.hubspot.schema import ObjectType
from connectors.sandbox.hubspot.table import Record
from connectors.sandbox.hubspot.wire import Generation, array_of, batch_answer, body_of, inputs_of, integer, page_limit
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

READ_LIMIT, WRITE_LIMIT = 1000, 2000
PAGE = 500
Row = dict[str, Any]


class LinkRoutes:
    """Handlers for the associations of one record, and for those of many."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._links = portal.associations

    def read_batch(
        self, request: Request, *, generation: Generation, from_type: ObjectType, to_type: ObjectType
    ) -> Response:
        """Associated ids of up to 1,000 records; `after` of an input continues where 500 were not enough.

        A record without any is told as an error, and not as an empty list.
        """
        results, errors = [], []
        for row in inputs_of(body_of(request), READ_LIMIT):
            raw = str(row.get("id"))
            record = self._portal.tables[from_type.name].find(raw)
            links = self._links.living(from_type.name, record.id, to_type.name) if record else {}
            if links:
                results.append(_page(generation, raw, links, integer(row.get("after"), "after", 0)))
            else:
                message = f"No {to_type.singular} is associated with {from_type.singular} {raw}."
                error = not_found(message, context={"fromObjectId": [raw]}).row()
                errors.append(error | {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"})
        return batch_answer(generation, 200, results, errors, self._portal.now())

    def list_of(
        self, request: Request, *, generation: Generation, from_type: ObjectType, from_id: str, to_type: ObjectType
    ) -> Response:
        """The records of one kind that one record is associated with, paged by 500."""
        record = self._portal.record(from_type.name, from_id)
        links = self._links.living(from_type.name, record.id, to_type.name)
        limit = page_limit(request, PAGE, PAGE)
        page = _page(generation, from_id, links, integer(request.arg("after"), "after", 0), limit)
        body = {"results": page["to"]} | ({"paging": page["paging"]} if "paging" in page else {})
        return Response(200, body)

    def labels(self, _request: Request, *, from_type: ObjectType, to_type: ObjectType) -> Response:
        """The association types from one kind of record to another."""
        ends = (from_type.name, to_type.name)
        found = [each for each in (ASSOCIATION_TYPES.get(ends), PRIMARY_TYPES.get(ends)) if each is not None]
        return Response(200, {"results": [_labelled(each) for each in found]})

    def put_default(
        self,
        _request: Request,
        *,
        generation: Generation,
        from_type: ObjectType,
        from_id: str,
        to_type: ObjectType,
        to_id: str,
    ) -> Response:
        """Associate two records with the default type."""
        row = self._associate(from_type, from_id, to_type, to_id)
        return batch_answer(generation, 200, [row], [], self._portal.now())

    def put(
        self, request: Request, *, from_type: ObjectType, from_id: str, to_type: ObjectType, to_id: str
    ) -> Response:
        """Associate two records with the types that the body lists."""
        first, second = self._portal.record(from_type.name, from_id), self._portal.record(to_type.name, to_id)
        self._add(from_type, first, to_type, second, array_of(request))
        return Response(201, _pair(from_type, first, to_type, second))

    def remove(
        self, _request: Request, *, from_type: ObjectType, from_id: str, to_type: ObjectType, to_id: str
    ) -> Response:
        """Part two records, with all their types."""
        first, second = self._portal.record(from_type.name, from_id), self._portal.record(to_type.name, to_id)
        self._links.remove(from_type.name, first.id, to_type.name, second.id)
        return Response(204)

    def create_batch(
        self, request: Request, *, generation: Generation, from_type: ObjectType, to_type: ObjectType
    ) -> Response:
        """Associate up to 2,000 pairs with the types that each row lists; unknown records are errors of their rows."""
        results, errors = [], []
        for row in inputs_of(body_of(request), WRITE_LIMIT):
            try:
                first, second = self._ends(from_type, row.get("from"), to_type, row.get("to"))
            except ApiError as error:
                errors.append(error.row())
                continue
            self._add(from_type, first, to_type, second, row.get("types"))
            results.append(_pair(from_type, first, to_type, second))
        return batch_answer(generation, 201, results, errors, self._portal.now())

    def create_default_batch(
        self, request: Request, *, generation: Generation, from_type: ObjectType, to_type: ObjectType
    ) -> Response:
        """Associate up to 2,000 pairs with the default type."""
        results, errors = [], []
        for row in inputs_of(body_of(request), WRITE_LIMIT):
            try:
                results.append(self._associate(from_type, _id_of(row.get("from")), to_type, _id_of(row.get("to"))))
            except ApiError as error:
                if error.category != "OBJECT_NOT_FOUND":
                    raise
                errors.append(error.row())
        return batch_answer(generation, 200, results, errors, self._portal.now())

    def archive_batch(self, request: Request, *, from_type: ObjectType, to_type: ObjectType) -> Response:
        """Part up to 2,000 records from those that each row lists; unknown ones are passed over."""
        for row in inputs_of(body_of(request), WRITE_LIMIT):
            others = row.get("to")
            for other in others if isinstance(others, list) else [others]:
                first = self._portal.tables[from_type.name].find(_id_of(row.get("from")))
                second = self._portal.tables[to_type.name].find(_id_of(other))
                if first and second:
                    self._links.remove(from_type.name, first.id, to_type.name, second.id)
        return Response(204)

    def _associate(self, from_type: ObjectType, from_id: str, to_type: ObjectType, to_id: str) -> Row:
        first, second = self._portal.record(from_type.name, from_id), self._portal.record(to_type.name, to_id)
        type_id = ASSOCIATION_TYPES.get((from_type.name, to_type.name))
        if type_id is None:
            raise invalid(f"No default association type exists between {from_type.singular} and {to_type.singular}")
        self._links.add(from_type.name, first, to_type.name, second, self._portal.now())
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
        return {"from": {"id": str(first.id)}, "to": {"id": str(second.id)}, "associationSpec": spec}

    def _ends(
        self, from_type: ObjectType, from_end: object, to_type: ObjectType, to_end: object
    ) -> tuple[Record, Record]:
        first = self._portal.record(from_type.name, _id_of(from_end))
        return first, self._portal.record(to_type.name, _id_of(to_end))

    def _add(self, from_type: ObjectType, first: Record, to_type: ObjectType, second: Record, specs: object) -> None:
        if not isinstance(specs, list) or not specs or not all(isinstance(each, dict) for each in specs):
            raise invalid("Invalid input JSON: an association needs its types")
        types = [type_of(from_type.name, spec) for spec in specs]
        if any(leads_to != to_type.name for _, leads_to in types):
            raise invalid(f"An association type does not lead from {from_type.singular} to {to_type.singular}")
        for type_id, _ in types:
            self._links.add(from_type.name, first, to_type.name, second, self._portal.now(), type_id)


def _id_of(end: object) -> str:
    if isinstance(end, dict) and "id" in end:
        return str(end["id"])
    raise invalid("Invalid input JSON: an association needs `from` and `to` with ids")


def _labelled(type_id: int) -> Row:
    label = "Primary" if type_id in PRIMARY_TYPES.values() else None
    return {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label}


def _pair(from_type: ObjectType, first: Record, to_type: ObjectType, second: Record) -> Row:
    return {
        "fromObjectTypeId": from_type.type_id,
        "fromObjectId": str(first.id),
        "toObjectTypeId": to_type.type_id,
        "toObjectId": str(second.id),
        "labels": [],
    }


def _page(generation: Generation, raw: str, links: dict[int, set[int]], after: int, limit: int = PAGE) -> Row:
    chosen = [*links.items()][after : after + limit]
    to = [
        {
            # v4 writes this id as a number, the dated generations as text.
            "toObjectId": other if generation is Generation.V3 else str(other),
            "associationTypes": [_labelled(each) for each in sorted(types)],
        }
        for other, types in chosen
    ]
    row: Row = {"from": {"id": raw}, "to": to}
    if after + limit < len(links):
        row["paging"] = {"next": {"after": str(after + limit)}}
    return row
