"""Single records by id and by external id, and what was deleted or updated in a span of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.salesforce.errors import Refusal, not_found
from connectors.sandbox.salesforce.ids import normal_id
from connectors.sandbox.salesforce.query import no_such_column
from connectors.sandbox.salesforce.recycling import BIN_LIFE
from connectors.sandbox.salesforce.routes.call import Call
from connectors.sandbox.salesforce.schema import Field, SObject
from connectors.sandbox.salesforce.soql import Query
from connectors.sandbox.salesforce.tables import Row
from connectors.sandbox.salesforce.values import parse_instant, stamp
from connectors.sandbox.server import Response, Router

MOST_IDS = 600_000  # facts: salesforce B5


def register(router: Router) -> None:
    """Add the routes."""
    router.add("POST", "/sobjects/{sobject}", create)
    router.add("GET", "/sobjects/{sobject}/deleted", deleted)
    router.add("GET", "/sobjects/{sobject}/updated", updated)
    router.add("GET", "/sobjects/{sobject}/{record_id}", get)
    router.add("PATCH", "/sobjects/{sobject}/{record_id}", update)
    router.add("DELETE", "/sobjects/{sobject}/{record_id}", delete)
    router.add("GET", "/sobjects/{sobject}/{field}/{value}", get_by)
    router.add("PATCH", "/sobjects/{sobject}/{field}/{value}", upsert)


def create(call: Call, sobject: str) -> Response:
    """201 with the new id."""
    target = call.sobject(sobject, written=True)
    record_id = call.org.writer.insert(target, _fields(call, target), call.actor())
    headers = {"Location": call.url(f"sobjects/{target.name}/{record_id}")}
    return Response(201, {"id": record_id, "success": True, "errors": []}, headers)


def get(call: Call, sobject: str, record_id: str) -> Response:
    """A record with all fields, or those that `fields` names."""
    target = call.sobject(sobject)
    return Response(body=shown(call, target, _row(call, target, record_id), call.request.arg("fields")))


def update(call: Call, sobject: str, record_id: str) -> Response:
    """204 without a body."""
    target = call.sobject(sobject, written=True)
    row = _row(call, target, record_id)
    call.org.writer.update(target, row["Id"], _fields(call, target), call.actor())
    return Response(204)


def delete(call: Call, sobject: str, record_id: str) -> Response:
    """204 without a body."""
    target = call.sobject(sobject, written=True)
    call.org.writer.delete(target, _row(call, target, record_id)["Id"], call.actor())
    return Response(204)


def get_by(call: Call, sobject: str, field: str, value: str) -> Response:
    """The record with that external id; 300 when there are several."""
    target = call.sobject(sobject)
    rows = _living(call, target, key_field(target, field), value)
    if not rows:
        raise not_found()
    return _several(call, target, rows) or Response(body=shown(call, target, rows[0], call.request.arg("fields")))


def upsert(call: Call, sobject: str, field: str, value: str) -> Response:
    """201 for a new record, 200 for a changed one, 300 with their addresses when several have the value."""
    target = call.sobject(sobject, written=True)
    key = key_field(target, field)
    data = _fields(call, target, key)
    rows = _living(call, target, key, value)
    if several := _several(call, target, rows):
        return several
    if rows:
        call.org.writer.update(target, rows[0]["Id"], data, call.actor())
        return Response(200, {"id": rows[0]["Id"], "success": True, "errors": [], "created": False})
    if call.flag("updateOnly"):
        raise not_found()
    record_id = call.org.writer.insert(target, {**data, key.name: value}, call.actor())
    headers = {"Location": call.url(f"sobjects/{target.name}/{record_id}")}
    return Response(201, {"id": record_id, "success": True, "errors": [], "created": True}, headers)


def deleted(call: Call, sobject: str) -> Response:
    """What was deleted between start and end, and is no more in the recycle bin too; merged records as well."""
    target = call.sobject(sobject)
    span = _span(call)
    gone = [(row["SystemModstamp"], row["Id"]) for row in _stamped(call, target, span) if row.get("IsDeleted")]
    ghosts = call.org.tables[target.name].ghosts.items()
    gone += [(at, record_id) for record_id, at in ghosts if span.since <= at < span.until and at <= span.covered]
    _few(gone)
    found = [{"id": record_id, "deletedDate": at} for at, record_id in sorted(gone)]
    body = {"deletedRecords": found, "earliestDateAvailable": span.earliest, "latestDateCovered": span.covered}
    return Response(body=body)


def updated(call: Call, sobject: str) -> Response:
    """The ids of living records that changed between start and end."""
    target = call.sobject(sobject)
    span = _span(call)
    ids = [row["Id"] for row in _stamped(call, target, span) if not row.get("IsDeleted")]
    _few(ids)
    return Response(body={"ids": ids, "latestDateCovered": span.covered})


def key_field(sobject: SObject, name: str) -> Field:
    """The field that an upsert goes by: an external id, or one with idLookup. Raises 404."""
    field = sobject.field(name)
    if field is None or not (field.external_id or field.id_lookup) or field.name == "Id":
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return field


def shown(call: Call, sobject: SObject, row: Row, names: str | None = None) -> dict[str, Any]:
    """A row as JSON, all its fields or those named with commas between. Raises INVALID_FIELD."""
    wanted = [name.strip() for name in names.split(",")] if names else [field.name for field in sobject.visible()]
    for name in wanted:
        if sobject.field(name) is None and "." not in name:
            raise no_such_column(name, sobject.name)
    query = Query(tuple(tuple(name.split(".")) for name in wanted), sobject.name)
    return call.org.evaluator.renderer(query, sobject, call.version)(row)


def _row(call: Call, sobject: SObject, text: str) -> Row:
    record_id = normal_id(text)
    if record_id is None:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {text}")
    row = call.org.tables[sobject.name].rows.get(record_id)
    if row is None:
        raise not_found()
    if row.get("IsDeleted"):
        raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
    return row


def _fields(call: Call, sobject: SObject, key: Field | None = None) -> dict[str, Any]:
    """The fields that were sent. Neither the id nor the key of an upsert may be among them."""
    body = call.body()
    attributes = body.pop("attributes", None)
    if isinstance(attributes, dict) and str(attributes.get("type", sobject.name)).lower() != sobject.name.lower():
        raise Refusal("INVALID_TYPE", "The type of the record does not fit the address")
    for name in body:
        if name.lower() == "id" or (key and name.lower() == key.name.lower()):
            shown_name = "Id" if name.lower() == "id" else key.name if key else name
            message = f"The {shown_name} field should not be specified in the sobject data."
            raise Refusal("INVALID_FIELD", message)
    return body


def _living(call: Call, sobject: SObject, field: Field, value: object) -> list[Row]:
    return [row for row in call.org.tables[sobject.name].equal(field.name, value) if not row.get("IsDeleted")]


def _several(call: Call, sobject: SObject, rows: list[Row]) -> Response | None:
    """300 with addresses instead of an error list (facts: salesforce B3); None unless there are several."""
    if len(rows) < 2:
        return None
    return Response(300, [call.url(f"sobjects/{sobject.name}/{row['Id']}") for row in rows])


@dataclass(frozen=True, slots=True)
class _Span:
    """From `since` to before `until`, of which what lies up to `covered` has happened; all in the stored form."""

    since: str
    until: str
    earliest: str
    covered: str


def _span(call: Call) -> _Span:
    now = call.org.clock()
    since, until = (_minute(call.request.arg(name) or "") for name in ("start", "end"))
    if since is None or until is None:
        raise Refusal("MALFORMED_QUERY", "start and end have to be dateTimes with a zone")
    if datetime.fromisoformat(until) - datetime.fromisoformat(since) <= timedelta(minutes=1):
        raise Refusal("INVALID_REPLICATION_DATE", "startDate has to be more than one minute before endDate")
    earliest = stamp(now - BIN_LIFE)
    if since < earliest:
        raise Refusal("INVALID_REPLICATION_DATE", f"startDate before {earliest}")
    return _Span(since, until, earliest, min(until, stamp(now)))


def _minute(text: str) -> str | None:
    """The stored form of an instant without its seconds, which the feeds do not look at (believed)."""
    instant = parse_instant(text)
    return f"{instant[:16]}:00.000+0000" if instant else None


def _stamped(call: Call, sobject: SObject, span: _Span) -> Iterator[Row]:
    rows = call.org.tables[sobject.name].stamped(span.since, span.covered)
    return (row for row in rows if row["SystemModstamp"] < span.until)


def _few(found: Sequence[object]) -> None:
    if len(found) > MOST_IDS:
        raise Refusal("EXCEEDED_ID_LIMIT", f"more than {MOST_IDS} ids: choose a shorter span")
