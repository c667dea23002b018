"""query, queryAll, and the pages of their answers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.salesforce import soql
from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.recycling import BIN_LIFE
from connectors.sandbox.salesforce.routes import definitions
from connectors.sandbox.salesforce.routes.call import Call
from connectors.sandbox.salesforce.schema import NUMERIC, SObject
from connectors.sandbox.salesforce.tables import Row
from connectors.sandbox.salesforce.values import stamp
from connectors.sandbox.server import Response, Router

MOST_ROWS, FEWEST_ROWS = 2_000, 200  # of a page (facts: salesforce B2)
MOST_WITH_LONG_TEXT, LONG_TEXT = 1_000, 4_000
CURSOR_LIFE = timedelta(days=2)  # facts: salesforce B2


@dataclass(frozen=True, slots=True)
class Cursor:
    """The answer to a query as it was when the query was asked. Rows never change in place, so this is a snapshot."""

    rows: Sequence[Row]
    render: Callable[[Row], dict[str, Any]]
    size: int
    opened_at: datetime


def register(router: Router) -> None:
    """Add the routes; the cursors live with them."""
    cursors: dict[str, Cursor] = {}

    def query(call: Call) -> Response:
        return _first(call, cursors, deleted=False)

    def query_all(call: Call) -> Response:
        return _first(call, cursors, deleted=True)

    def more(call: Call, locator: str) -> Response:
        name, _, offset = locator.rpartition("-")
        cursor = cursors.get(name)
        expired = cursor is None or call.org.clock() - cursor.opened_at > CURSOR_LIFE
        if cursor is None or expired or not offset.isdigit() or int(offset) >= len(cursor.rows):
            raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
        return _page(call, name, cursor, int(offset))

    for road, handler in (("query", query), ("queryAll", query_all)):
        router.add("GET", f"/{road}", handler)
        router.add("GET", f"/{road}/{{locator}}", more)


def _first(call: Call, cursors: dict[str, Cursor], *, deleted: bool) -> Response:
    text = call.request.arg("q")
    if not text:
        raise soql.malformed("A query string has to be specified")
    if (defined := definitions.answer(call, text)) is not None:
        return defined
    query = soql.parse(text)
    if call.flag("columns"):
        return Response(body=_columns(call, query))
    bin_since = stamp(call.org.clock() - BIN_LIFE)
    rows, render = call.org.evaluator.run(query, deleted=deleted, version=call.version, bin_since=bin_since)
    if query.counts:
        return Response(body={"totalSize": len(rows), "done": True, "records": []})
    size = min(_batch_size(call), _page_rows(call, query))
    name = f"0r8{secrets.token_hex(7)}SB"
    cursor = Cursor(rows, render, size, call.org.clock())
    if len(rows) > size:
        cursors[name] = cursor
    return _page(call, name, cursor, 0)


def _columns(call: Call, query: soql.Query) -> dict[str, Any]:
    """What a query would give, instead of its rows: the `sf` CLI asks for it to lay out its table."""
    names, _ = call.org.evaluator.columns(query)
    sobject = call.sobject(query.source)
    return {
        "columnMetadata": [_column(sobject, name) for name in names],
        "entityName": sobject.name,
        "groupBy": False,
        "idSelected": "Id" in names,
        "keyPrefix": sobject.prefix,
    }


def _column(sobject: SObject, name: str) -> dict[str, Any]:
    relationship, dot, rest = name.partition(".")
    field = None if dot else sobject.field(name)
    kind = field.type if field else "string"
    return {
        "aggregate": False,
        "apexType": "Id" if kind in {"id", "reference"} else "String",
        "booleanType": kind == "boolean",
        "columnName": relationship,
        "custom": field is not None and field.custom,
        "displayName": relationship,
        "foreignKeyName": None,
        "insertable": field is not None and field.createable,
        "joinColumns": [_column(sobject, rest)] if dot else [],
        "numberType": kind in NUMERIC,
        "textType": kind == "string",
        "updatable": field is not None and field.updateable,
    }


def _page(call: Call, name: str, cursor: Cursor, offset: int) -> Response:
    end = offset + cursor.size
    done = end >= len(cursor.rows)
    body: dict[str, Any] = {"totalSize": len(cursor.rows), "done": done}
    if not done:
        body["nextRecordsUrl"] = call.url(f"query/{name}-{end}")
    body["records"] = [cursor.render(row) for row in cursor.rows[offset:end]]
    return Response(body=body)


def _page_rows(call: Call, query: soql.Query) -> int:
    """The most rows that the org gives at once: fewer with a long text among the columns (facts: salesforce B2)."""
    sobject = call.sobject(query.source)
    columns = [sobject.field(item[0]) for item in query.select if not isinstance(item, soql.Query) and len(item) == 1]
    long = any(field and field.type == "textarea" and field.length > LONG_TEXT for field in columns)
    return min(call.org.page_rows, MOST_WITH_LONG_TEXT if long else MOST_ROWS)


def _batch_size(call: Call) -> int:
    """The page size that `Sforce-Query-Options: batchSize=200..2000` asks for."""
    header = call.request.headers.get("sforce-query-options")
    if not header:
        return MOST_ROWS
    found = re.fullmatch(r"\s*batchSize\s*=\s*(\d+)\s*", header, re.IGNORECASE)
    if not found or not FEWEST_ROWS <= int(found[1]) <= MOST_ROWS:
        raise Refusal("INVALID_QUERY_OPTIONS", "batchSize must be between 200 and 2000")
    return int(found[1])
