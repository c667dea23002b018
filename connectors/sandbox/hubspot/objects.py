"""The routes of single records: list, read, create, update, archive, merge, erase."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connectors.sandbox.hubspot.associations import Link
from connectors.sandbox.hubspot.errors import invalid, missing_required, not_found
from connectors.sandbox.hubspot.merging import merge_records
from connectors.sandbox.hubspot.rules import check_demands, check_required, without_backward_stage
from connectors.sandbox.hubspot.schema import ObjectType
from connectors.sandbox.hubspot.table import API_SOURCE, Record, Version
from connectors.sandbox.hubspot.values import instant_ms, iso
from connectors.sandbox.hubspot.wire import Bulk, Generation, body_of, flag, integer, names_in, page_limit
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PAGE_LIMIT, PAGE_LIMIT_WITH_HISTORY = 100, 50


def known_names(portal: HubSpotPortal, kind: ObjectType, names: Sequence[str]) -> tuple[str, ...]:
    """The properties to answer: those asked for and the three that always come, or the default ones.

    Names that the portal does not know are passed over in silence.
    """
    if not names:
        return kind.defaults
    definitions = portal.properties[kind.name]
    asked = dict.fromkeys((*names, kind.created, kind.modified, "hs_object_id"))
    return tuple(name for name in asked if name in definitions)


def shown(kind: ObjectType, record: Record, names: Sequence[str], with_history: Sequence[str] = ()) -> dict[str, Any]:
    """A record as reads answer it; a property without a value is null (facts: hubspot B13)."""
    values = record.values
    body: dict[str, Any] = {
        "id": values["hs_object_id"],
        "properties": {name: values.get(name) for name in names},
        "createdAt": values[kind.created],
        "updatedAt": values[kind.modified],
        "archived": record.archived is not None,
    }
    if with_history:
        body["propertiesWithHistory"] = {name: _history(kind, record, name) for name in with_history}
    if record.archived is not None:
        body["archivedAt"] = iso(record.archived)
    return body


def shown_after_write(
    kind: ObjectType, record: Record, written: Mapping[str, str], trace: object = None
) -> dict[str, Any]:
    """A record as writes answer it: what was written, and computed properties nobody asked for.

    The dates of lifecycle stages come as epoch milliseconds here, as ISO texts in reads (facts: hubspot B13).
    """
    computed = [name for name in record.values if name.startswith(("hs_lifecyclestage_", "hs_object_"))]
    names = dict.fromkeys((*written, *computed, kind.created, kind.modified, "hs_object_id"))
    body = shown(kind, record, [*names])
    for name, value in body["properties"].items():
        if name.startswith("hs_lifecyclestage_") and value:
            body["properties"][name] = str(instant_ms(value))
    return body | ({"objectWriteTraceId": trace} if trace is not None else {})


def _history(kind: ObjectType, record: Record, name: str) -> list[dict[str, Any]]:
    if name == kind.modified:
        return [_version(Version(record.values[name], record.modified, record.source))]
    # Newest first, and capped: what is older is gone for good (facts: hubspot G).
    return [_version(each) for each in reversed(record.versions(name)[-kind.history_cap :])]


def _version(version: Version) -> dict[str, Any]:
    source = version.source
    body: dict[str, Any] = {"value": version.value, "timestamp": iso(version.at), "sourceType": source.type}
    if source.id is not None:
        body["sourceId"] = source.id
    if source.label is not None:
        body["sourceLabel"] = source.label
    if source.user_id is not None:
        body["updatedByUserId"] = source.user_id
    return body


@dataclass(frozen=True, slots=True)
class Draft:
    """A new record, checked and not yet written."""

    values: dict[str, str]
    links: Sequence[Link]


class ObjectRoutes:
    """Handlers for one record, or for lists of all."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal

    def page(self, request: Request, *, kind: ObjectType) -> Response:
        """One page in order of id: 100 records, 50 with history (facts: hubspot B6, E5)."""
        with_history = self._history_names(request, kind)
        limit = page_limit(request, 10, PAGE_LIMIT_WITH_HISTORY if with_history else PAGE_LIMIT)
        table, archived = self._portal.tables[kind.name], flag(request, "archived")
        records, ids = (table.archived, sorted(table.archived)) if archived else (table.live, table.ids)
        start = bisect_right(ids, integer(request.arg("after"), "after", 0))
        names = known_names(self._portal, kind, names_in(request, "properties"))
        chosen = ids[start : start + limit]
        results = [self._with_associations(request, kind, records[each], names, with_history) for each in chosen]
        body: dict[str, Any] = {"results": results}
        if start + limit < len(ids):
            after = str(chosen[-1])
            body["paging"] = {"next": {"after": after, "link": f"{_link(request)}&after={after}"}}
        return Bulk(200, body)

    def get(self, request: Request, *, kind: ObjectType, object_id: str) -> Response:
        """One record; an id that was merged away answers with the new record and its id (facts: hubspot B9)."""
        archived = flag(request, "archived")
        record = self.find(kind, object_id, request.arg("idProperty"), archived=archived)
        if record is None:
            raise not_found()
        names = known_names(self._portal, kind, names_in(request, "properties"))
        return Response(200, self._with_associations(request, kind, record, names, self._history_names(request, kind)))

    def create(self, request: Request, *, generation: Generation, kind: ObjectType) -> Response:
        """Create one record."""
        body = body_of(request)
        draft = self.draft(generation, kind, body.get("properties"), body.get("associations"))
        return Response(201, shown_after_write(kind, self.insert(kind, draft), draft.values))

    def update(self, request: Request, *, generation: Generation, kind: ObjectType, object_id: str) -> Response:
        """Change one record. What changes nothing moves no date; a backward stage is dropped in silence."""
        record = self.find(kind, object_id, request.arg("idProperty"))
        if record is None:
            raise not_found()
        values = self.amended(generation, kind, record, body_of(request).get("properties"))
        self.apply(kind, record, values)
        return Response(200, shown_after_write(kind, record, values))

    def archive(self, _request: Request, *, kind: ObjectType, object_id: str) -> Response:
        """Archive one record; an unknown id is answered with 204 as well (facts: hubspot G)."""
        if record := self._portal.tables[kind.name].find(object_id):
            self._portal.discard(kind.name, record, self._portal.now())
        return Response(204)

    def merge(self, request: Request, *, kind: ObjectType) -> Response:
        """Merge two records into a new one."""
        body = body_of(request)
        first = self._portal.record(kind.name, str(body.get("primaryObjectId")))
        second = self._portal.record(kind.name, str(body.get("objectIdToMerge")))
        merged = merge_records(self._portal, kind.name, first, second, self._portal.now())
        return Response(200, shown_after_write(kind, merged, dict.fromkeys(kind.defaults, "")))

    def erase(self, request: Request, *, kind: ObjectType) -> Response:
        """Forget a person: no archived record stays, no event tells of it (facts: hubspot B9)."""
        body = body_of(request)
        raw, id_property = str(body.get("objectId")), body.get("idProperty")
        for archived in (False, True):
            if record := self.find(kind, raw, id_property, archived=archived):
                self._portal.erase(kind.name, record)
        return Response(204)

    def find(self, kind: ObjectType, raw_id: str, id_property: str | None, *, archived: bool = False) -> Record | None:
        """A record by id or by a unique property; ApiError 400 for a property that is not unique."""
        table = self._portal.tables[kind.name]
        if id_property in (None, "", "hs_object_id"):
            return table.find(raw_id, archived=archived)
        definition = self._portal.properties[kind.name].get(str(id_property))
        if definition is None or not definition.unique:
            raise invalid(f"The property {id_property} is not a unique property of {kind.name}")
        return None if archived else table.find_unique(definition.name, raw_id)

    def draft(self, generation: Generation, kind: ObjectType, given: object, associations: object) -> Draft:
        """A checked new record. From 2026-09 on the admin's rules hold for the API too (facts: hubspot 0.4)."""
        values = self._portal.checked(kind.name, given, by_api=True)
        check_required(kind, values)
        if generation is Generation.SEPTEMBER_2026:
            given_names = {name for name, value in values.items() if value}
            if missing := self._portal.required_on_create.get(kind.name, frozenset()) - given_names:
                raise missing_required(kind.label, "creates", missing)
            check_demands(kind, "creates", {}, values, self._portal.demands.get(kind.name, ()))
        links = self._portal.associations.asked_for(kind, associations)
        to_contact = any(each.to_type == "contacts" for each in links)
        # A lead needs a name and a contact that exists (facts: hubspot B10).
        if kind.name == "leads" and not (values.get("hs_lead_name") and to_contact):
            raise invalid("A lead needs hs_lead_name and an association to a contact")
        return Draft(values, links)

    def amended(self, generation: Generation, kind: ObjectType, record: Record, given: object) -> dict[str, str]:
        """Checked values for a change of a record; from 2026-09 on by the admin's rules too (facts: hubspot 0.4)."""
        values = self._portal.checked(kind.name, given, by_api=True)
        if generation is Generation.SEPTEMBER_2026:
            check_demands(kind, "updates", record.values, values, self._portal.demands.get(kind.name, ()))
        return values

    def insert(self, kind: ObjectType, draft: Draft) -> Record:
        """Create a record from its draft."""
        now = self._portal.now()
        record = self._portal.insert(kind.name, draft.values, now, API_SOURCE)
        self._portal.associations.add_all(kind, record, draft.links, now)
        return record

    def apply(self, kind: ObjectType, record: Record, values: dict[str, str]) -> None:
        """Write checked values as the API does."""
        definitions = self._portal.properties[kind.name]
        kept = without_backward_stage(definitions, record, values)
        self._portal.change(kind.name, record, kept, self._portal.now(), API_SOURCE)

    def _history_names(self, request: Request, kind: ObjectType) -> list[str]:
        definitions = self._portal.properties[kind.name]
        return [name for name in names_in(request, "propertiesWithHistory") if name in definitions]

    def _with_associations(
        self, request: Request, kind: ObjectType, record: Record, names: Sequence[str], with_history: Sequence[str]
    ) -> dict[str, Any]:
        body = shown(kind, record, names, with_history)
        if wanted := names_in(request, "associations"):
            body["associations"] = self._portal.associations.inline(kind, record, wanted)
        return body


def _link(request: Request) -> str:
    pairs = [(name, value) for name, values in request.query.items() if name != "after" for value in values]
    return f"https://api.hubapi.com{request.path}?" + "&".join(f"{name}={quote(value)}" for name, value in pairs)
