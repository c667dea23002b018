"""Writing rows: 200 to a call, each row with its own result (facts: salesforce B3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

import orjson

from connectors.errors import Unreachable
from connectors.halves import NO_ANSWER, not_reached, without_the_guilty
from connectors.nouns import dataclass
from connectors.records import System, Write, WriteResult
from connectors.salesforce.answers import Declined
from connectors.salesforce.kinds import Kind
from connectors.salesforce.refusals import row_error
from connectors.salesforce.soql import name

MOST_ROWS = 200  # facts: salesforce B2
# Refusals of a whole call that one row can cause: several matches, a row that cannot be parsed, too long a body.
_OF_A_ROW = frozenset({300, 400, 413})
# Refusals with these statuses that no row causes: half of the rows would only be refused again.
_OF_THE_CALL = frozenset({"MALFORMED_QUERY", "UNSUPPORTED_API_VERSION"})


UPDATE, UPSERT = "update", "upsert"  # as jobs call them too


class Shape(NamedTuple):
    """What the rows of one call have in common: what is done, and the field that names a row."""

    verb: str
    key: str


CREATE = Shape("insert", "")


class Writer(Protocol):
    """The call that writing needs; `connectors.salesforce.client.Api` makes it."""

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one call below the versioned address."""
        ...


@dataclass(frozen=True, slots=True)
class _Call:
    """Where the rows of one shape go. `by_key` says that they are upserts, of which one may be there already."""

    writer: Writer
    method: str
    path: str
    by_key: bool = False

    def send(self, rows: Sequence[orjson.Fragment]) -> Sequence[Any]:
        """The results as answered, in the order of the rows."""
        body = {"allOrNone": False, "records": list(rows)}
        answers = self.writer.rest(self.method, self.path, body)
        if not isinstance(answers, list):
            raise Unreachable(System.SALESFORCE, f"{self.method} {self.path}: the answer is not a list of results")
        return answers


@dataclass(frozen=True, slots=True)
class _Row:
    write: Write
    encoded: orjson.Fragment


def write(writer: Writer, kind: Kind, writes: Sequence[Write]) -> Sequence[WriteResult]:
    """One result per write, in order, from one call, or from more when a row spoils the call for its neighbours.

    Raises ValueError for more than 200 writes or writes of different shapes, and the errors of `connectors.errors`
    when the call as a whole failed; upserts without an answer fail with NO_ANSWER instead, each to be looked for by its
    key before it is sent again.
    """
    if not writes:
        return ()
    if len(writes) > MOST_ROWS:
        raise ValueError(f"{len(writes)} writes in one call, at most {MOST_ROWS}")
    call = _call(writer, kind, shape_of(kind, writes))
    rows: dict[int, _Row] = {}
    results: dict[int, WriteResult] = {}
    for place, each in enumerate(writes):
        try:
            rows[place] = _Row(each, orjson.Fragment(orjson.dumps(_body(kind, each))))
        except TypeError:  # half a surrogate pair, or a number that JSON cannot hold
            results[place] = refused(each, "NOT_JSON", "a value cannot be written as JSON")
    if rows:
        results |= _send(call, rows)
    return tuple(results[place] for place in range(len(writes)))


def shape_of(kind: Kind, writes: Sequence[Write]) -> Shape:
    """The one shape that all writes have. Raises ValueError where they differ."""
    if any(each.object != kind.word for each in writes):
        raise ValueError(f"the writes of one call must all be of the kind {kind.word}")
    shapes = {Shape(UPDATE, "Id") if each.id else Shape(UPSERT, each.key[0]) if each.key else CREATE for each in writes}
    if len(shapes) != 1:
        raise ValueError("the writes of one call must all be updates, upserts by one field, or creates")
    return shapes.pop()


def _call(writer: Writer, kind: Kind, shape: Shape) -> _Call:
    if shape.verb == UPSERT:
        return _Call(writer, "PATCH", f"composite/sobjects/{kind.api_name}/{name(shape.key)}", by_key=True)
    return _Call(writer, "PATCH" if shape.verb == UPDATE else "POST", "composite/sobjects")


def _body(kind: Kind, write: Write) -> Mapping[str, Any]:
    body: dict[str, Any] = {"attributes": {"type": kind.api_name}, **write.fields}
    if write.id:
        body["Id"] = write.id
    elif write.key:
        body[write.key[0]] = write.key[1]
    return body


def _send(call: _Call, rows: Mapping[int, _Row]) -> dict[int, WriteResult]:
    """The results by place. Where the call was refused for a row, it is halved until that row stands alone."""
    try:
        answers = call.send([row.encoded for row in rows.values()])
    except Declined as declined:
        if declined.status not in _OF_A_ROW or declined.code in _OF_THE_CALL:
            raise
        column, error = declined.field, row_error({"statusCode": declined.code, "message": declined.message})
        guilty = [place for place, row in rows.items() if column in row.write.fields] if column else []
        return without_the_guilty(rows, guilty, lambda _: error, partial(_send, call))
    except Unreachable as unheard:
        if not call.by_key:
            raise
        return {place: WriteResult(None, error=not_reached(unheard)) for place in rows}
    # A row without an answer may or may not have been written: ask again.
    lost = [{"success": False, "errors": [{"statusCode": NO_ANSWER, "message": "the answer has no such row"}]}]
    answered = [*answers, *lost * max(0, len(rows) - len(answers))]
    return {place: _result(row.write, answered[i]) for i, (place, row) in enumerate(rows.items())}


def _result(write: Write, answer: Any) -> WriteResult:
    """What one entry of the answer says. Failed rows may come without an id (facts: salesforce B3)."""
    entry = answer if isinstance(answer, Mapping) else {}
    if entry.get("success") is True:
        return WriteResult(str(entry.get("id") or write.id or "") or None, created=_created(write, entry))
    errors = entry.get("errors") or [{"statusCode": NO_ANSWER, "message": "the row failed without a reason"}]
    return WriteResult(write.id, error=row_error(errors[0]))


def _created(write: Write, entry: Mapping[str, Any]) -> bool:
    """Only upserts are told; a create that succeeded has created."""
    return bool(entry.get("created", not write.id and not write.key))


def refused(write: Write, code: str, message: str) -> WriteResult:
    """The result of a write that failed with a code."""
    return WriteResult(write.id, error=row_error({"statusCode": code, "message": message}))
