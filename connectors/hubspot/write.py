"""Writing records: 100 to a call, each row with its own result, in both generations of answers (facts: hubspot A3,
B4, E7, E20, G).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from connectors.halves import send_more, without_the_guilty
from connectors.hubspot.client import Api, Json, results
from connectors.hubspot.kinds import WRITABLE, Kind
from connectors.hubspot.refusals import Declined, codes_of, context_of, names_of, no_answer, row_error
from connectors.nouns import dataclass
from connectors.records import JsonValue, RowError, Write, WriteResult

MOST_ROWS = 100
CONTACT = "contact"
"""The field of a new call, meeting, note or task that takes the id of the contact it is about."""
_NOBODYS = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
"""Codes that meet every row which has the property at all."""


@dataclass(frozen=True, slots=True)
class _Row:
    write: Write
    trace: str
    encoded: orjson.Fragment


@dataclass(frozen=True, slots=True)
class _Call:
    """Where the rows of one shape go: `verb` is create, update or upsert."""

    api: Api
    kind: Kind
    verb: str

    def send(self, rows: Mapping[int, _Row]) -> Json:
        body = orjson.dumps({"inputs": [row.encoded for row in rows.values()]})
        return self.api.batch_write(self.kind.path, self.verb, body)


def write(api: Api, kind: Kind, writes: Sequence[Write]) -> Sequence[WriteResult]:
    """One result per write, in order. Writes of the same record, or of the same key, go out in the order given, each in
    a call after the one before; all others share one call, or more when a row spoils it for its neighbours.

    An update or upsert can be repeated without harm, a create cannot. Raises ValueError for more than 100 writes, other
    kinds than may be written, or writes of different shapes, and the errors of `connectors.errors` when a call failed
    as a whole.
    """
    if not writes:
        return ()
    call = _call(api, kind, writes)
    found: dict[int, WriteResult] = {}
    rows: dict[int, _Row] = {}
    for place, each in enumerate(writes):
        refused = _refused(call, each)
        try:
            encoded = orjson.Fragment(orjson.dumps(_input(call, each, str(place))))
        except TypeError:  # half a surrogate pair, or a number that JSON cannot hold
            refused = {"category": "NOT_JSON", "message": "a value cannot be written as JSON"}
        if refused:
            found[place] = WriteResult(each.id, error=row_error(refused))
        else:
            rows[place] = _Row(each, str(place), encoded)
    rounds = _rounds(rows)
    if rounds:
        found |= _send(call, rounds[0])
    for together in rounds[1:]:
        found |= send_more(together, partial(_send, call))
    return tuple(found[place] for place in range(len(writes)))


def _call(api: Api, kind: Kind, writes: Sequence[Write]) -> _Call:
    if kind.word not in WRITABLE or any(each.object != kind.word for each in writes):
        raise ValueError(f"the writes of one call must all be of one kind that may be written, not of {kind.word}")
    if len(writes) > MOST_ROWS:
        raise ValueError(f"{len(writes)} writes in one call, at most {MOST_ROWS}")
    shapes = {("update", "") if each.id else ("upsert", each.key[0]) if each.key else ("create", "") for each in writes}
    if len(shapes) != 1:
        raise ValueError("the writes of one call must all be updates, upserts by one property, or creates")
    return _Call(api, kind, shapes.pop()[0])


def _refused(call: _Call, write: Write) -> Json | None:
    """HubSpot passes over an update whose id is no number, without an error."""
    if call.verb == "update" and not (write.id or "").isdecimal():
        return {"category": "OBJECT_NOT_FOUND", "message": "the id is not a number"}
    return None


def _input(call: _Call, write: Write, trace: str) -> Json:
    fields = dict(write.fields)
    body: dict[str, Any] = {"objectWriteTraceId": trace}
    if write.id:
        body["id"] = write.id
    elif write.key:
        body |= {"idProperty": write.key[0], "id": write.key[1]}
    elif call.kind.to_contact is not None and (contact := fields.pop(CONTACT, None)):
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": call.kind.to_contact}
        body["associations"] = [{"to": {"id": str(contact)}, "types": [spec]}]
    body["properties"] = {name: _text(value) for name, value in fields.items()}
    return body


def _text(value: JsonValue) -> JsonValue:
    """A value as HubSpot spells it: empty text clears."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _rounds(rows: Mapping[int, _Row]) -> Sequence[dict[int, _Row]]:
    """The rows in calls: the n-th row of one record goes into the n-th call. HubSpot refuses an id that comes twice."""
    rounds: list[dict[int, _Row]] = []
    times: dict[object, int] = {}
    for place, row in rows.items():
        identity = _named(row.write) or place
        turn = times[identity] = times.get(identity, -1) + 1
        if turn == len(rounds):
            rounds.append({})
        rounds[turn][place] = row
    return rounds


def _named(write: Write) -> str | None:
    """What names the record of a write: its id, or the value it is upserted by, in which case does not count."""
    return write.id or (write.key[1].casefold() if write.key else None)


def _send(call: _Call, rows: Mapping[int, _Row]) -> dict[int, WriteResult]:
    """The results by place. A batch that is refused for a row is halved until that row stands alone."""
    try:
        answer = call.send(rows)
    except Declined as declined:
        error = row_error(declined.body)
        return without_the_guilty(rows, _guilty(rows, declined.body), partial(_of, error), partial(_send, call))
    heard = _heard(call, rows, answer)
    rest = {place: row for place, row in rows.items() if place not in heard.results}
    found = heard.results | (_unmatched(call, rest, heard) if rest else {})
    if len(found) != len(rows):
        raise AssertionError("a row of a batch has no result")
    return found


@dataclass(frozen=True, slots=True)
class _Heard:
    """What an answer tells: results by place, ids that were written but answer to no row, errors that name no row."""

    results: dict[int, WriteResult]
    strangers: Sequence[str]
    errors: Sequence[Json]


def _heard(call: _Call, rows: Mapping[int, _Row], answer: Json) -> _Heard:
    traces = {row.trace: place for place, row in rows.items()}
    names = {name: place for place, row in rows.items() if (name := _named(row.write))}
    found: dict[int, WriteResult] = {}
    strangers: list[str] = []
    for row in results(answer) if "results" in answer else ():
        place = traces.get(str(row.get("objectWriteTraceId") or ""))
        if place is None:
            place = names.get(_answered(call, rows, row))
        if place is None or place in found:
            strangers.append(str(row.get("id") or ""))
        else:
            created = bool(row.get("new", call.verb == "create"))
            found[place] = WriteResult(str(row.get("id") or rows[place].write.id or "") or None, created=created)
    errors = answer.get("errors")
    nameless: list[Json] = []
    for error in (each for each in (errors if isinstance(errors, list) else ()) if isinstance(each, Mapping)):
        told = [traces[each] for each in _traces_in(error) if each in traces]
        told = told or [
            names[each.casefold()]
            for key in ("ids", "id")
            for each in context_of(error, key)
            if each.casefold() in names
        ]
        if not told:
            nameless.append(error)
        for place in told:
            found[place] = WriteResult(rows[place].write.id, error=row_error(error))
    return _Heard(found, strangers, nameless)


def _traces_in(error: Json) -> Sequence[str]:
    """The traces that an error names: in its context, or beside it, where a written row has its own."""
    return context_of(error, "objectWriteTraceId") or context_of({"context": error}, "objectWriteTraceId")


def _answered(call: _Call, rows: Mapping[int, _Row], row: Json) -> str:
    """What an answered row without its trace is named by: its id, or the value that it was upserted by."""
    if call.verb == "update":
        return str(row.get("id"))
    key = next(iter(rows.values())).write.key
    value = (row.get("properties") or {}).get(key[0]) if key else None
    return "" if value is None else str(value).casefold()


def _unmatched(call: _Call, rest: Mapping[int, _Row], heard: _Heard) -> dict[int, WriteResult]:
    """The results of rows that the answer names nowhere. What can be repeated is asked for again, each row alone; a
    create only where it must have failed, else nobody knows what became of it.
    """
    errors = heard.errors
    if len(rest) == 1 and len(heard.strangers) == 1 and not errors:  # under another id: it was merged
        created = call.verb == "create"
        return {place: WriteResult(heard.strangers[0] or None, created=created) for place in rest}
    failed = not heard.strangers and len(errors) >= len(rest)
    alike = len({(str(each.get("category")), str(each.get("message"))) for each in errors}) == 1
    if len(rest) == 1 or (failed and alike):
        error = row_error(errors[0]) if errors and not heard.strangers else no_answer()
        return {place: WriteResult(row.write.id, error=error) for place, row in rest.items()}
    if call.verb == "create" and not failed:
        return {place: WriteResult(None, error=no_answer()) for place in rest}
    found: dict[int, WriteResult] = {}
    for place, row in rest.items():
        found |= send_more({place: row}, partial(_send, call))
    return found


def _guilty(rows: Mapping[int, _Row], body: Json) -> set[int]:
    """The rows that a refusal of all is known to be about: those with a property nobody may set."""
    if not _NOBODYS.issuperset(codes := codes_of(body)) or not codes:
        return set()
    names = set(names_of(body))
    return {place for place, row in rows.items() if names & row.write.fields.keys()}


def _of(error: RowError, row: _Row) -> RowError:
    """The error of a batch as that of one row."""
    fields = tuple(each for each in error.fields if each in row.write.fields) or error.fields
    return RowError(error.code, error.message, error.recovery, fields, error.existing_id)
