"""What changed in a window: CRM records by search, owners, forms and archived records by list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import ge
from typing import Any

from connectors.errors import Unreachable
from connectors.hubspot.client import Api, Json, next_cursor, results
from connectors.hubspot.kinds import Kind
from connectors.hubspot.rows import cleared, id_order, instant, known_form, milliseconds, record_of, within
from connectors.hubspot.wide import PAGE, following
from connectors.records import Page, Record, System, Window

MOST_EMPTY_PAGES = 50
"""10,000 results is as far as a cursor goes: more empty pages of 200 cannot be real."""


def changed_records(api: Api, kind: Kind, window: Window, properties: Sequence[str]) -> Iterator[Page]:
    """Pages of the records of a kind that changed in the window, in ascending order of id.

    The search works on an index that lags behind: a record whose fresher value lies outside the window is real and is
    handed on. Raises Unreachable when ids do not advance.
    """
    unwanted = kind.unasked - set(properties)
    for rows in walked(api, kind, in_window(kind, window), properties, window.after_id):
        page = [record_of(kind, row, unwanted) for row in rows]
        yield Page(page, page[-1].id)


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
    of them stop the walk; the end is an empty page without a cursor and nothing else, for short and even empty pages
    come in the middle (facts: hubspot B8, E10 to E12). A cursor is used only to get past an empty page. Where many
    are left, several pages are on their way at once, by offsets from an id.
    """
    names = list(dict.fromkeys((*properties, *kind.added)))
    last, empty, wide = after_id or "0", 0, True
    cursor: str | None = None
    while True:
        body = _body(condition, last, names)
        answer = api.search(kind.path, body if cursor is None else {**body, "after": cursor})
        if rows := results(answer):
            last = _advanced(kind, last, rows)
            cursor, empty = None, 0
            yield rows
            if wide and len(rows) == PAGE:
                wide = False  # unless one page at least is found so
                for more in following(partial(_from, api, kind, body), answer.get("total"), int(last)):
                    last, wide = _advanced(kind, last, more), True
                    yield more
            continue
        before, cursor, empty = cursor, next_cursor(answer), empty + 1
        if cursor is None:
            return
        if cursor == before or empty > MOST_EMPTY_PAGES:
            raise Unreachable(System.HUBSPOT, f"the search for {kind.path} goes on with empty pages")


def _body(condition: Json, last: str, names: Sequence[str]) -> dict[str, Any]:
    return {
        "filterGroups": [{"filters": [condition, {"propertyName": "hs_object_id", "operator": "GT", "value": last}]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": names,
        "limit": PAGE,
    }


def _from(api: Api, kind: Kind, body: Json, offset: int) -> Sequence[Json]:
    """The rows of a search from an offset on, their ids ascending."""
    rows = results(api.search(kind.path, {**body, "after": str(offset)}))
    if rows:
        _advanced(kind, "0", rows)
    return rows


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
    rows = list(api.archived(kind.path))
    with known_form(kind.word):
        found = [_archived(kind, row) for row in rows]
    yield from _one_page((each for each in found if within(window, each.modified_at)), window)


def _archived(kind: Kind, row: Mapping[str, Any]) -> Record:
    at = instant(row.get("archivedAt") or row["updatedAt"])
    return Record(kind.word, str(row["id"]), at, instant(row["createdAt"]), {}, deleted=True)


def owners(api: Api, window: Window) -> Iterator[Page]:
    """One page of the owners changed in the window. Archived ones are always there: archiving leaves the modified
    date as it is (facts: hubspot B7).
    """
    rows = [row for archived in (False, True) for row in api.owners(archived=archived)]
    with known_form("owner"):
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
    with known_form("form"):
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
