"""The batch routes, with the partial errors of each generation (facts: hubspot A3, E7, E20, G)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot import rules
from connectors.sandbox.hubspot.errors import ApiError, conflict, invalid, missing_objects
from connectors.sandbox.hubspot.objects import Draft, ObjectRoutes, known_names, shown, shown_after_write
from connectors.sandbox.hubspot.schema import ObjectType
from connectors.sandbox.hubspot.table import Record
from connectors.sandbox.hubspot.wire import Generation, batch_answer, body_of, flag, inputs_of, strings
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

LIMIT, LIMIT_WITH_HISTORY = 100, 50
Row = dict[str, Any]
Commit = Callable[[], Row]
Claims = dict[tuple[str, str], int]


class BatchRoutes:
    """Handlers for up to 100 records at once."""

    def __init__(self, portal: HubSpotPortal, objects: ObjectRoutes) -> None:
        self._portal = portal
        self._objects = objects

    def read(self, request: Request, *, generation: Generation, kind: ObjectType) -> Response:
        """Up to 100 records, 50 with history, by id or unique property; each record comes once."""
        body = body_of(request)
        definitions = self._portal.properties[kind.name]
        with_history = [name for name in strings(body, "propertiesWithHistory") if name in definitions]
        inputs = inputs_of(body, LIMIT_WITH_HISTORY if with_history else LIMIT)
        names = known_names(self._portal, kind, strings(body, "properties"))
        found: dict[int, Record] = {}
        missing: list[str] = []
        for row in inputs:
            raw = str(row.get("id"))
            record = self._objects.find(kind, raw, body.get("idProperty"), archived=flag(request, "archived"))
            if record is None:
                missing.append(raw)
            else:
                found[record.id] = record
        results = [shown(kind, record, names, with_history) for record in found.values()]
        errors = [missing_objects(kind.label, missing).row()] if missing else []
        return batch_answer(generation, 200, results, errors, self._portal.now())

    def create(self, request: Request, *, generation: Generation, kind: ObjectType) -> Response:
        """Create up to 100 records."""
        claims: Claims = {}

        def prepare(row: Row) -> Commit:
            draft = self._objects.draft(generation, kind, row.get("properties"), row.get("associations"))
            self._claim(kind, draft.values, None, claims)
            return lambda: self._insert(kind, row, draft)

        return self._write(generation, 201, inputs_of(body_of(request), LIMIT), prepare)

    def update(self, request: Request, *, generation: Generation, kind: ObjectType) -> Response:
        """Change up to 100 records. An id that is no number changes nothing and raises nothing (facts: hubspot E20)."""
        inputs = [row for row in inputs_of(body_of(request), LIMIT) if row.get("idProperty") or _is_id(row.get("id"))]
        _refuse_duplicates(inputs)
        claims: Claims = {}

        def prepare(row: Row) -> Commit:
            record = self._objects.find(kind, str(row.get("id")), row.get("idProperty"))
            if record is None:
                raise missing_objects(kind.label, [str(row.get("id"))])
            values = self._objects.amended(generation, kind, record, row.get("properties"))
            self._claim(kind, values, record, claims)
            return lambda: self._change(kind, row, record, values)

        return self._write(generation, 200, inputs, prepare)

    def upsert(self, request: Request, *, generation: Generation, kind: ObjectType) -> Response:
        """Create or change up to 100 records by a unique property; `new` says which it was."""
        inputs = inputs_of(body_of(request), LIMIT)
        _refuse_duplicates(inputs)
        claims: Claims = {}

        def prepare(row: Row) -> Commit:
            id_property, raw = row.get("idProperty"), str(row.get("id"))
            if not id_property:
                raise invalid("idProperty is required for an upsert")
            record = self._objects.find(kind, raw, id_property)
            given = row.get("properties")
            if record is not None:
                values = self._objects.amended(generation, kind, record, given)
                self._claim(kind, values, record, claims)
                return lambda: self._change(kind, row, record, values) | {"new": False}
            named = {id_property: raw} | given if isinstance(given, dict) else given
            draft = self._objects.draft(generation, kind, named, row.get("associations"))
            self._claim(kind, draft.values, None, claims)
            return lambda: self._insert(kind, row, draft) | {"new": True}

        return self._write(generation, 200, inputs, prepare)

    def archive(self, request: Request, *, kind: ObjectType) -> Response:
        """Archive up to 100 records; unknown ids are passed over."""
        for row in inputs_of(body_of(request), LIMIT):
            if record := self._portal.tables[kind.name].find(str(row.get("id"))):
                self._portal.discard(kind.name, record, self._portal.now())
        return Response(204)

    def _write(
        self, generation: Generation, status: int, inputs: Sequence[Row], prepare: Callable[[Row], Commit]
    ) -> Response:
        """Check all rows, then write the good ones.

        With an `objectWriteTraceId` on every row each failure stands by itself. Without, the first invalid row fails
        the whole batch and nothing is written (facts: hubspot E7, G); only unknown ids are told row by row.
        """
        traced = bool(inputs) and all(row.get("objectWriteTraceId") for row in inputs)
        commits: list[Commit] = []
        errors: list[Row] = []
        for row in inputs:
            try:
                commits.append(prepare(row))
            except ApiError as error:
                if not traced and error.category != "OBJECT_NOT_FOUND":
                    raise
                errors.append(error.row(str(row["objectWriteTraceId"]) if traced else None))
        return batch_answer(generation, status, [commit() for commit in commits], errors, self._portal.now())

    def _claim(self, kind: ObjectType, values: dict[str, str], record: Record | None, claims: Claims) -> None:
        """Refuse a unique value that a record, or an earlier row of the batch, holds."""
        definitions = self._portal.properties[kind.name]
        rules.check_unique(self._portal.tables[kind.name], definitions, values, record.id if record else None)
        for name, value in values.items():
            if value and definitions[name].unique:
                if (name, value) in claims:
                    raise conflict(kind.label, claims[name, value])
                claims[name, value] = record.id if record else 0

    def _insert(self, kind: ObjectType, row: Row, draft: Draft) -> Row:
        record = self._objects.insert(kind, draft)
        return shown_after_write(kind, record, draft.values, row.get("objectWriteTraceId"))

    def _change(self, kind: ObjectType, row: Row, record: Record, values: dict[str, str]) -> Row:
        self._objects.apply(kind, record, values)
        return shown_after_write(kind, record, values, row.get("objectWriteTraceId"))


def _refuse_duplicates(inputs: Sequence[Row]) -> None:
    seen: set[str] = set()
    for row in inputs:
        if (raw := str(row.get("id"))) in seen:
            raise invalid(f"Duplicate IDs found in batch input: [{raw}]. IDs must be unique")
        seen.add(raw)


def _is_id(raw: object) -> bool:
    return str(raw).isdecimal()
