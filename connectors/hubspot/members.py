"""Who joined a list, and who is in one that is kept by hand (facts: hubspot B12)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from connectors.answers import known_form
from connectors.errors import ConnectorError, Missing
from connectors.halves import not_reached
from connectors.hubspot.client import Api, results
from connectors.hubspot.refusals import Declined, context_of, row_error
from connectors.hubspot.rows import instant, milliseconds, within
from connectors.hubspot.write import MOST_ROWS
from connectors.records import JsonValue, Page, Record, Recovery, RowError, System, Window, Write, WriteResult

MEMBERSHIP, LIST, JOINED = "list_membership", "list", "list_join"


def read_lists(api: Api, ids: Collection[str]) -> Mapping[str, Record]:
    """Lists by id, with their `name`, the `objectTypeId` of their records, and `processingType`: MANUAL, SNAPSHOT, or
    DYNAMIC for one that rules fill. Unknown ids are left out; a call each.
    """
    found = {}
    for one in ids:
        with suppress(Missing):
            given = api.list_of(one)
            values = {name: given.get(name) for name in ("name", "objectTypeId", "processingType")}
            found[one] = Record(LIST, one, api.now(), None, values)
    return found


def joined(api: Api, window: Window, lists: Sequence[str]) -> Iterator[Page]:
    """Who joined some lists of contacts in the window, list after list: `contact`, `list` (its name) and `list_id`. Of
    who left and came again the last time is told. `after_id` is the last list that is done. A list is read whole, 250
    members a call. Raises Missing for one that is not there.
    """
    done = lists.index(window.after_id) + 1 if window.after_id in lists else 0
    reached = window.after_id
    for one in lists[done:]:
        name = api.list_of(one).get("name")
        for answer in api.joined(one):
            with known_form(System.HUBSPOT, JOINED):
                joins = [_join(one, name, row) for row in results(answer)]
            yield Page([join for join in joins if within(window, join.modified_at)], reached)
        reached = one
        yield Page([], reached)


def _join(list_id: str, name: JsonValue, row: Mapping[str, Any]) -> Record:
    at = instant(row["membershipTimestamp"])
    contact = str(row["recordId"])
    told: dict[str, JsonValue] = {"contact": contact, "list": name, "list_id": list_id}
    return Record(JOINED, f"{list_id}:{contact}:{milliseconds(at)}", at, at, told)


def change_members(api: Api, writes: Sequence[Write]) -> Sequence[WriteResult]:
    """One result per write, in order: `id` is the list's, the fields are `record` (a contact's id) and `member`, which
    is true for one that shall be in the list. Records that are in it already, or out, are done.

    A contact that is not there is GONE; a list that takes nobody, because it is gone or filled by rules, is MAPPING.
    Raises ValueError for more than 100 writes or for other fields.
    """
    if len(writes) > MOST_ROWS:
        raise ValueError(f"{len(writes)} writes in one call, at most {MOST_ROWS}")
    found: dict[int, WriteResult] = {}
    waiting: dict[tuple[str, bool], dict[str, int]] = {}
    told = False
    for place, each in enumerate(writes):
        target, record, member = _parts(each)
        if not record.isdecimal():
            found[place] = _gone(each)
            continue
        # The second word on one record of one list waits for the first to be done.
        if any(record in waiting.get((target, way), ()) for way in (True, False)):
            found |= _change(api, waiting, writes, first=not told)
            told, waiting = True, {}
        waiting.setdefault((target, member), {})[record] = place
    found |= _change(api, waiting, writes, first=not told)
    return tuple(found[place] for place in range(len(writes)))


def _parts(write: Write) -> tuple[str, str, bool]:
    record, member = write.fields.get("record"), write.fields.get("member")
    if write.object != MEMBERSHIP or not write.id or not isinstance(record, str) or not isinstance(member, bool):
        raise ValueError("a membership needs the list's id, the id of a record, and whether it is a member")
    return write.id, record, member


def _change(
    api: Api, waiting: dict[tuple[str, bool], dict[str, int]], writes: Sequence[Write], *, first: bool
) -> dict[int, WriteResult]:
    """The results by place. What others have been told is not lost when a later call fails."""
    found: dict[int, WriteResult] = {}
    for (target, member), places in waiting.items():
        try:
            answer = api.change_members(target, list(places), member=member)
        except Declined as declined:
            refused = _of_the_list(row_error(declined.body))
            found |= {place: WriteResult(target, error=refused) for place in places.values()}
            continue
        except ConnectorError as error:
            if first and not found:
                raise
            found |= {place: WriteResult(target, error=not_reached(error)) for place in places.values()}
            continue
        missing = set(context_of({"context": answer}, "recordIdsMissing"))
        found |= {
            place: _gone(writes[place]) if record in missing else WriteResult(target)
            for record, place in places.items()
        }
    return found


def _of_the_list(error: RowError) -> RowError:
    """What is wrong with a list is wrong in the configuration that names it."""
    wrong = error.recovery in (Recovery.REJECT, Recovery.GONE)
    recovery = Recovery.MAPPING if wrong else error.recovery
    return RowError(error.code, error.message, recovery, error.fields)


def _gone(write: Write) -> WriteResult:
    error = row_error({"category": "OBJECT_NOT_FOUND", "message": "the record is not there"})
    return WriteResult(write.id, error=error)
