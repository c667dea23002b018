"""Bulk API 2.0 over HTTP: ingest and query jobs, their data and their results (facts: salesforce B3)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from connectors.sandbox.salesforce import bulk, sheets, soql
from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.routes.call import Call
from connectors.sandbox.salesforce.schema import SObject
from connectors.sandbox.server import Response, Router

_INGESTS = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
_CREATED_WITH = frozenset(
    {"object", "operation", "externalIdFieldName", "contentType", "columnDelimiter", "lineEnding", "assignmentRuleId"}
)
_QUERIED_WITH = frozenset({"operation", "query", "contentType", "columnDelimiter", "lineEnding"})
_NOT_IN_BULK = frozenset({"TaskStatus"})  # believed, as other status objects are
_CSV = "text/csv"  # without a charset: a client that guesses Latin-1 gets umlauts wrong (facts: salesforce A2.17)


def register(router: Router) -> None:
    """Add the routes."""
    for road, ingests in (("ingest", True), ("query", False)):
        router.add("GET", f"/jobs/{road}", _listing(ingests=ingests))
        for method, handler in (("GET", told), ("PATCH", change), ("DELETE", delete)):
            router.add(method, f"/jobs/{road}/{{job_id}}", _of(handler, ingests=ingests))
    router.add("POST", "/jobs/ingest", create)
    router.add("POST", "/jobs/query", ask)
    router.add("PUT", "/jobs/ingest/{job_id}/batches", _of(upload, ingests=True))
    router.add("GET", "/jobs/ingest/{job_id}/{which}", _of(outcome, ingests=True))
    router.add("GET", "/jobs/query/{job_id}/results", _of(results, ingests=False))


def create(call: Call) -> Response:
    """A job that waits for its rows."""
    body = _only(call.body(), _CREATED_WITH)
    operation, name = str(body.get("operation")), str(body.get("object"))
    sobject = _entity(call, name)
    if operation not in _INGESTS:
        raise _invalid(f"Unsupported operation: {operation}")
    key = _key(sobject, body.get("externalIdFieldName")) if operation == "upsert" else None
    assign = bool(body.get("assignmentRuleId"))
    asked = bulk.Asked(operation, sobject.name, _dialect(body), call.version, key, assign=assign)
    return Response(body=bulk.shown(call.org.bulk.create(asked), call.org.user_id))


def ask(call: Call) -> Response:
    """A query job. What the query service would refuse is refused here."""
    body = _only(call.body(), _QUERIED_WITH)
    operation = str(body.get("operation"))
    if operation not in {"query", "queryAll"}:
        raise _invalid(f"Unsupported operation: {operation}")
    query = _query(call, str(body.get("query") or ""))
    asked = bulk.Asked(operation, _entity(call, query.source).name, _dialect(body), call.version, query=query)
    return Response(body=bulk.shown(call.org.bulk.create(asked), call.org.user_id))


def _query(call: Call, text: str) -> soql.Query:
    try:
        query = soql.parse(text)
    except Refusal as refusal:
        raise Refusal("API_ERROR", f"{refusal.code}: {refusal.message}") from None
    if query.counts or query.offset or any(isinstance(item, soql.Query) for item in query.select):
        message = "counts, OFFSET and child queries are not supported in Bulk Query"
        raise Refusal("API_ERROR", f"FUNCTIONALITY_NOT_ENABLED: {message}")
    sobject = _entity(call, query.source)
    try:
        call.org.evaluator.check(query, sobject)
    except Refusal as refusal:
        raise Refusal("API_ERROR", f"{refusal.code}: {refusal.message}") from None
    return query


def told(call: Call, job: bulk.Job) -> Response:
    """How far a job is."""
    return Response(body=bulk.told(call.org.bulk.poll(job), call.org.user_id))


def change(call: Call, job: bulk.Job) -> Response:
    """Say that all rows are there, or end the job."""
    state = _only(call.body(), {"state"}).get("state")
    if state == "Aborted":
        call.org.bulk.abort(job)
    elif state == "UploadComplete" and job.ingests:
        call.org.bulk.close(job)
    else:
        raise Refusal("INVALIDJOBSTATE", f"InvalidJobState : a job cannot be set to {state}")
    return Response(body=bulk.shown(job, call.org.user_id))


def delete(call: Call, job: bulk.Job) -> Response:
    """204 without a body."""
    call.org.bulk.delete(job)
    return Response(204)


def upload(call: Call, job: bulk.Job) -> Response:
    """201 without a body."""
    if "text/csv" not in call.request.headers.get("content-type", ""):
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", "The content type of the data has to be text/csv", status=415)
    call.org.bulk.upload(job, call.request.body)
    return Response(201)


def outcome(_call: Call, job: bulk.Job, which: str) -> Response:
    """The rows that worked, that failed with the reason, or that nobody has looked at."""
    done = job.outcome
    rows: dict[str, tuple[tuple[str, ...], Iterable[Iterable[Any]]]] = {
        "successfulresults": (("sf__Id", "sf__Created"), done.successful),
        "failedresults": (("sf__Id", "sf__Error"), done.failed),
        "unprocessedrecords": ((), done.unprocessed),
    }
    if which.lower() not in rows:
        raise Refusal("NOT_FOUND", "The requested resource does not exist", status=404)
    if job.state not in bulk.ENDED:
        raise bulk.wrong_state(job)
    first, found = rows[which.lower()]
    return Response(body=sheets.write((*first, *job.names), found, job.asked.dialect), content_type=_CSV)


def results(call: Call, job: bulk.Job) -> Response:
    """A page of what a query found; Sforce-Locator says where the next begins, the text null that there is none."""
    if job.state != "JobComplete":
        raise bulk.wrong_state(job)
    start, size = _offset(call.request.arg("locator")), _size(call)
    if start > len(job.rows):
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
    page, end = job.rows[start : start + size], start + size
    locator = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(job.rows) else "null"
    headers = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(page))}
    return Response(body=sheets.write(job.names, page, job.asked.dialect), headers=headers, content_type=_CSV)


def _of(handler: Any, *, ingests: bool) -> Any:
    def with_job(call: Call, job_id: str, **others: str) -> Response:
        response: Response = handler(call, call.org.bulk.find(job_id, ingests=ingests), **others)
        return response

    return with_job


def _listing(*, ingests: bool) -> Any:
    def listing(call: Call) -> Response:
        jobs = [bulk.shown(job, call.org.user_id) for job in call.org.bulk.jobs(ingests=ingests)]
        kind = {"jobType": "V2Ingest" if ingests else "V2Query"}
        return Response(body={"done": True, "records": [job | kind for job in jobs], "nextRecordsUrl": None})

    return listing


def _entity(call: Call, name: str) -> SObject:
    sobject = call.org.schema.find(name)
    if sobject is None or sobject.name in _NOT_IN_BULK:
        raise Refusal("INVALIDENTITY", f"InvalidEntity : Entity '{name}' is not supported by the Bulk API.")
    return sobject


def _key(sobject: SObject, name: object) -> str:
    if not name:
        message = f"External ID was blank for {sobject.name}. An External ID must be specified for upsert."
        raise _invalid(message)
    field = sobject.field(str(name))
    if field is None or not (field.external_id or field.id_lookup or field.name == "Id"):
        message = f"Field name provided, {name} does not match an External ID, Salesforce Id, or indexed field"
        raise _invalid(f"{message} for {sobject.name}")
    return field.name


def _dialect(body: dict[str, Any]) -> sheets.Dialect:
    dialect = sheets.Dialect(body.get("columnDelimiter") or "COMMA", body.get("lineEnding") or "LF")
    if body.get("contentType", "CSV") != "CSV":
        raise _invalid("the content type of a job has to be CSV")
    if dialect.delimiter not in sheets.DELIMITERS or dialect.ending not in sheets.ENDINGS:
        raise _invalid(f"columnDelimiter {dialect.delimiter} or lineEnding {dialect.ending} is none of those known")
    return dialect


def _only(body: dict[str, Any], known: Iterable[str]) -> dict[str, Any]:
    if others := sorted(set(body) - set(known)):
        raise Refusal("JSON_PARSER_ERROR", f'Unrecognized field "{others[0]}", not marked as ignorable')
    return body


def _offset(locator: str | None) -> int:
    if locator is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(locator))
    except (binascii.Error, ValueError):
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator") from None


def _size(call: Call) -> int:
    asked = call.request.arg("maxRecords")
    if asked is None:
        return call.org.bulk.page_rows
    if not asked.isdigit() or int(asked) < 1:
        raise Refusal("INVALIDJOB", "InvalidJob : maxRecords has to be a number above zero")
    return int(asked)


def _invalid(message: str) -> Refusal:
    return Refusal("INVALIDJOB", f"InvalidJob : {message}")
