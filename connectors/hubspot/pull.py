"""What changed in a window: CRM records by search, owners, forms and archived records by list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import ge
from typing import Any

from connectors.answers import known_form
from connectors.errors import ConnectorError, Refused, Unreachable
from connectors.hubspot.client import Api, Json, next_cursor, results
from connectors.hubspot.kinds import Kind
from connectors.hubspot.rows import cleared, id_order, instant, milliseconds, records_of, within
from connectors.hubspot.together import together
from connectors.records import Page, Record, System, Window

PAGE = 200
"""The most that one search page holds (facts: hubspot B5)."""
SHARED = 3
"""Rows that a page has in common with the one before where both are asked for at once: one fewer than these may leave
the search between the two answers.
"""
MOST_OF_NAMES = 6_000
"""Characters of properties in an address, which HubSpot takes up to 8,000 long (facts: hubspot E14)."""
ONE_BY_ONE = 10
"""Pages that are asked for one by one after several at once gave no more than the first."""
MOST_EMPTY_PAGES = 50
"""10,000 results is as far as a cursor goes: more empty pages of 200 cannot be real."""


def changed_records(api: Api, kind: Kind, window: Window, properties: Sequence[str]) -> Iterator[Page]:
    """Pages of the records of a kind that changed in the window, in ascending order of id.

    The search works on an index that lags behind: a record whose fresher value lies outside the window is real and is
    handed on. Raises Unreachable when ids do not advance.
    """
    for rows in _filled(walked(api, kind, in_window(kind, window), properties, window.after_id)):
        page = records_of(kind, rows, properties)
        yield Page(page, page[-1].id)


def _filled(pages: Iterator[Sequence[Json]]) -> Iterator[Sequence[Json]]:
    """The same rows in full pages, since a batch with histories holds a fourth of one. What came before something went
    wrong is handed on before that is raised.
    """
    held: list[Json] = []
    try:
        for rows in pages:
            held += rows
            if len(held) >= PAGE:
                yield held[:PAGE]
                held = held[PAGE:]
    except ConnectorError:
        if held:
            yield held
        raise
    if held:
        yield held


def in_window(kind: Kind, window: Window) -> Json:
    """The filter for what changed in a window."""
    until = milliseconds(window.until)
    if window.since is None:
        return {"propertyName": kind.modified, "operator": "LTE", "value": until}
    since = milliseconds(window.since)
    return {"propertyName": kind.modified, "operator": "BETWEEN", "value": since, "highValue": until}


def walked(
    api: Api, kind: Kind, condition: Json, properties: Sequence[str], after_id: str | None = None
) -> Iterator[Sequence[Json]]:
    """The rows of all records that fulfil a filter, page by page in ascending order of id.

    The filter on the id is in every page's request, so that neither many records of one instant nor more than 10,000
    of them stop the walk. Its end is a page after which the search itself says that nothing is left, or an empty one
    without a cursor, and nothing else: short and even empty pages come in the middle (facts: hubspot B8, E10 to E12).
    A cursor is used only to get past an empty page. Where answers are slow, some pages are asked for at once, by
    offsets from one id.
    """
    names = list(dict.fromkeys((*properties, *kind.added)))
    last, left, empty, missed = after_id or "0", 0, 0, 0
    cursor: str | None = None
    while True:
        offsets = _offsets(left, 1 if missed else api.searches_at_once)
        missed = max(0, missed - 1)
        ask = partial(_asked, api, kind, _body(condition, last, names))
        first, *others = together(ask, [cursor, *offsets])
        if not (rows := results(first)):
            before, cursor, empty, left = cursor, next_cursor(first), empty + 1, 0
            if cursor is None:
                return
            if cursor == before or empty > MOST_EMPTY_PAGES:
                raise Unreachable(System.HUBSPOT, f"the search for {kind.path} goes on with empty pages")
            continue
        last, left, cursor, empty = _advanced(kind, last, rows), _left(first, 0), None, 0
        yield rows
        for offset, other in zip(offsets, others, strict=True):
            if not (rows := _adjoining(kind, last, results(other))):
                missed = ONE_BY_ONE if offset == offsets[0] else 0
                break
            last, left = rows[-1]["id"], _left(other, offset)
            yield rows
        if not left:
            return


def _offsets(left: int, at_once: int) -> Sequence[int]:
    """Where pages begin that are asked for together with the first one of so many rows."""
    return range(PAGE - SHARED, min(left - SHARED, at_once * (PAGE - SHARED)), PAGE - SHARED)


def _left(answer: Json, offset: int) -> int:
    """How many rows a search has after a page: none only where its total and its cursor both say so."""
    total, following = answer.get("total"), next_cursor(answer)
    known = total - offset - len(results(answer)) if isinstance(total, int) else 1
    return max(known, 1 if following else 0)


def _asked(api: Api, kind: Kind, body: Json, after: str | int | None) -> Json:
    """A page of a search, from a cursor or an offset on."""
    if after is None:
        return api.search(kind.path, body)
    try:
        return api.search(kind.path, {**body, "after": str(after)})
    except Refused:
        if isinstance(after, str):
            raise
        return {"results": []}  # not every index is read by offsets; by ids every one is


def _adjoining(kind: Kind, last: str, rows: Sequence[Json]) -> Sequence[Json]:
    """The rows after an id of a page that holds this id or one before: nothing lies between then, whatever left the
    search or came to it meanwhile. None of any other page, for nobody knows.
    """
    if rows:
        _advanced(kind, "0", rows)
    return [row for row in rows if int(row["id"]) > int(last)] if rows and int(rows[0]["id"]) <= int(last) else []


def _body(condition: Json, last: str, names: Sequence[str]) -> dict[str, Any]:
    return {
        "filterGroups": [{"filters": [condition, {"propertyName": "hs_object_id", "operator": "GT", "value": last}]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": names,
        "limit": PAGE,
    }


def _advanced(kind: Kind, last: str, rows: Sequence[Json]) -> str:
    """The last id of the page, if all ids ascend from the one before. Ids are compared as numbers."""
    try:
        ids = [int(row["id"]) for row in rows]
    except (KeyError, TypeError, ValueError):
        ids = [-1]
    if ids[0] <= int(last) or (len(ids) > 1 and any(map(ge, ids, ids[1:]))):
        raise Unreachable(System.HUBSPOT, f"the search for {kind.path} repeats or disorders its ids")
    return str(ids[-1])


def archived_records(api: Api, kind: Kind, window: Window) -> Iterator[Page]:
    """One page of the records of a kind archived in the window, deleted and without properties.

    Archiving moves no modified date and archived records are in no search: only this list has them, for about 90 days
    (facts: hubspot B7, B9). It is read whole, so this is for once a day and not for every cycle.
    """
    rows = [row for answer in api.listed(kind.path, ["hs_object_id"], archived=True) for row in results(answer)]
    with known_form(System.HUBSPOT, kind.word):
        found = [_archived(kind, row) for row in rows]
    yield from _one_page((each for each in found if within(window, each.modified_at)), window)


def listed_records(api: Api, kind: Kind, properties: Sequence[str], after: str | None = None) -> Iterator[Page]:
    """Pages of all living records of a kind, as they are and not as an index has them, in HubSpot's own order, or of
    those after a cursor. Each carries the next cursor, the last one none. Where the names of the properties are too
    long for an address, no record has any: `read` has them.
    """
    if sum(len(f"&properties={name}") for name in properties) > MOST_OF_NAMES:
        properties = ()
    names = list(dict.fromkeys((*properties, *kind.added)))
    for answer in api.listed(kind.path, names, archived=False, after=after):
        yield Page(records_of(kind, results(answer), properties), next_cursor(answer))


def _archived(kind: Kind, row: Mapping[str, Any]) -> Record:
    at = instant(row.get("archivedAt") or row["updatedAt"])
    return Record(kind.word, str(row["id"]), at, instant(row["createdAt"]), {}, deleted=True)


def owners(api: Api, window: Window) -> Iterator[Page]:
    """One page of the owners changed in the window. Archived ones are always there: archiving leaves the modified
    date as it is (facts: hubspot B7).
    """
    rows = [row for archived in (False, True) for row in api.owners(archived=archived)]
    with known_form(System.HUBSPOT, "owner"):
        found = [_owner(row) for row in rows]
    yield from _one_page(found, window)


def _owner(row: Mapping[str, Any]) -> Record:
    shown = {name: value for name, value in row.items() if name not in ("id", "createdAt", "updatedAt")}
    return Record(
        "owner",
        str(row["id"]),
        instant(row["updatedAt"]),
        instant(row["createdAt"]),
        cleared(shown),
        deleted=bool(row.get("archived")),
    )


def forms(api: Api, window: Window) -> Iterator[Page]:
    """One page of the forms changed in the window, with their name and type."""
    rows = api.forms()
    with known_form(System.HUBSPOT, "form"):
        found = [_form(row) for row in rows]
    yield from _one_page(found, window)


def _form(row: Mapping[str, Any]) -> Record:
    return Record(
        "form",
        str(row["id"]),
        instant(row.get("updatedAt") or row["createdAt"]),
        instant(row["createdAt"]),
        {"name": row.get("name") or None, "form_type": row.get("formType")},
        deleted=bool(row.get("archived")),
    )


def _one_page(records: Iterable[Record], window: Window) -> Iterator[Page]:
    """The list endpoints know no window: it is kept here. A list is short enough to be one page."""
    page = [each for each in records if each.deleted or within(window, each.modified_at)]
    page.sort(key=lambda record: id_order(record.id))
    rest = [each for each in page if window.after_id is None or id_order(each.id) > id_order(window.after_id)]
    if rest:
        yield Page(rest, rest[-1].id)
