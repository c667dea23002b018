"""Up to 200 rows a call, each with its own result, in the order in which they were sent (facts: salesforce B3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connectors.sandbox.salesforce.errors import Refusal, unparsable
from connectors.sandbox.salesforce.ids import normal_id
from connectors.sandbox.salesforce.query import no_such_column, unsupported
from connectors.sandbox.salesforce.routes.call import Call
from connectors.sandbox.salesforce.routes.records import key_field
from connectors.sandbox.salesforce.schema import SObject
from connectors.sandbox.salesforce.soql import Query
from connectors.sandbox.salesforce.upserting import Upsert, own_id
from connectors.sandbox.server import Response, Router

MOST_ROWS, MOST_READ = 200, 2_000
_ROLLED_BACK = Refusal(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


def register(router: Router) -> None:
    """Add the routes."""
    router.add("POST", "/composite/sobjects", create)
    router.add("PATCH", "/composite/sobjects", update)
    router.add("DELETE", "/composite/sobjects", delete)
    router.add("PATCH", "/composite/sobjects/{sobject}/{field}", upsert)
    router.add("POST", "/composite/sobjects/{sobject}", retrieve)
    router.add("GET", "/composite/sobjects/{sobject}", retrieve_by_address)


def create(call: Call) -> Response:
    """Create rows of any objects."""
    rows, all_or_none = _sent(call)

    def one(row: Any) -> dict[str, Any]:
        sobject, fields = _typed(call, row)
        if any(name.lower() == "id" for name in fields):
            raise Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ("Id",))
        return _done(call.org.writer.insert(sobject, fields, call.actor()))

    return _each(call, rows, one, all_or_none=all_or_none)


def update(call: Call) -> Response:
    """Change rows by Id."""
    rows, all_or_none = _sent(call)

    def one(row: Any) -> dict[str, Any]:
        sobject, fields = _typed(call, row)
        name = next((name for name in fields if name.lower() == "id"), None)
        record_id = own_id(sobject, fields.pop(name) if name else None)
        call.org.writer.update(sobject, record_id, fields, call.actor())
        return _done(record_id)

    return _each(call, rows, one, all_or_none=all_or_none)


def delete(call: Call) -> Response:
    """Delete the rows that `ids` names."""
    ids = [each for each in (call.request.arg("ids") or "").split(",") if each]
    _bounded(ids, MOST_ROWS)

    def one(text: Any) -> dict[str, Any]:
        record_id = normal_id(text)
        sobject = call.org.schema.of_id(record_id) if record_id else None
        if record_id is None or sobject is None or not sobject.writable:
            raise Refusal("MALFORMED_ID", f"malformed id {text}")
        call.org.writer.delete(sobject, record_id, call.actor())
        return _done(record_id)

    return _each(call, ids, one, all_or_none=call.flag("allOrNone"))


def upsert(call: Call, sobject: str, field: str) -> Response:
    """Create or change rows by an external id; each result says which in `created`."""
    target = call.sobject(sobject, written=True)
    key = target.fields["id"] if field.lower() == "id" else key_field(target, field)
    rows, all_or_none = _sent(call)
    write = Upsert(call.org, target, key, rows)

    def one(row: Any) -> dict[str, Any]:
        kind, fields = _typed(call, row)
        if kind.name != target.name:
            raise Refusal("INVALID_TYPE", f"all rows of an upsert have to be of type {target.name}")
        record_id, created = write(fields, call.actor())
        return {**_done(record_id), "created": created}

    return _each(call, rows, one, all_or_none=all_or_none)


def retrieve(call: Call, sobject: str) -> Response:
    """Rows by id in the order asked, null for what is missing or deleted (facts: salesforce B3)."""
    body = call.body()
    _no_others(body, {"ids", "fields"})
    ids, fields = body.get("ids"), body.get("fields")
    if not isinstance(ids, list) or not isinstance(fields, list) or not fields:
        raise unparsable("ids and fields have to be lists")
    _bounded(ids, MOST_READ)
    return Response(body=_retrieved(call, call.sobject(sobject), ids, fields))


def retrieve_by_address(call: Call, sobject: str) -> Response:
    """The same with `ids` and `fields` in the address."""
    ids = (call.request.arg("ids") or "").split(",")
    fields = [name for name in (call.request.arg("fields") or "").split(",") if name]
    _bounded(ids, MOST_READ)
    if not fields:
        raise Refusal("MISSING_ARGUMENT", "fields has to be specified")
    return Response(body=_retrieved(call, call.sobject(sobject), ids, fields))


def _retrieved(call: Call, sobject: SObject, ids: Sequence[Any], names: Sequence[Any]) -> list[dict[str, Any] | None]:
    for name in names:
        if not isinstance(name, str) or ("." not in name and sobject.field(name) is None):
            raise no_such_column(str(name), sobject.name)
    query = Query(tuple(tuple(name.split(".")) for name in names), sobject.name)
    render, table = call.org.evaluator.renderer(query, sobject, call.version), call.org.tables[sobject.name]
    found: list[dict[str, Any] | None] = []
    for text in ids:
        record_id = normal_id(text)
        if record_id is None:
            raise Refusal("MALFORMED_ID", f"malformed id {text}")
        row = table.live(record_id)
        found.append(render(row) if row else None)
    return found


def _sent(call: Call) -> tuple[list[Any], bool]:
    body = call.body()
    _no_others(body, {"allOrNone", "records"})
    rows, all_or_none = body.get("records"), body.get("allOrNone", False)
    if not isinstance(rows, list) or not isinstance(all_or_none, bool):
        raise unparsable("records has to be a list, allOrNone true or false")
    _bounded(rows, MOST_ROWS)
    return rows, all_or_none


def _no_others(body: dict[str, Any], known: set[str]) -> None:
    if others := sorted(set(body) - known):
        raise unparsable(f'Unrecognized field "{others[0]}", not marked as ignorable')


def _bounded(rows: Sequence[Any], most: int) -> None:
    if len(rows) > most:
        message = f"record limit reached. cannot submit more than {most} records in this request"
        raise Refusal("EXCEEDED_ID_LIMIT", message)


def _typed(call: Call, row: Any) -> tuple[SObject, dict[str, Any]]:
    attributes = row.get("attributes") if isinstance(row, dict) else None
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):  # this row only (facts: salesforce B3)
        raise unparsable("Include the entity type as an attribute of each record")
    sobject = call.org.schema.find(name)
    if sobject is None:
        raise unsupported(name)
    if not sobject.writable:
        raise Refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type {name} cannot be written")
    return sobject, {key: value for key, value in row.items() if key != "attributes"}


def _each(call: Call, rows: Sequence[Any], one: Callable[[Any], dict[str, Any]], *, all_or_none: bool) -> Response:
    """One result a row. The answer is 200 even when every row failed (facts: salesforce 0.6)."""
    results: list[dict[str, Any]] = []
    try:
        with call.org.tables.transaction():
            for row in rows:
                try:
                    with call.org.tables.transaction():
                        results.append(one(row))
                except Refusal as refusal:
                    results.append(_failed(refusal))
            if all_or_none and not all(result["success"] for result in results):
                raise _ROLLED_BACK
    except Refusal as refusal:
        if refusal is not _ROLLED_BACK:
            raise
        results = [_failed(_ROLLED_BACK) if result["success"] else result for result in results]
    return Response(body=results)


def _done(record_id: str) -> dict[str, Any]:
    return {"id": record_id, "success": True, "errors": []}


def _failed(refusal: Refusal) -> dict[str, Any]:
    return {"success": False, "errors": [refusal.row()]}  # no id (facts: salesforce B3)
