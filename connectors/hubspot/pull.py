"""What changed in a window: contacts and companies by search, owners and forms by list, submissions form by form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from connectors.errors import Missing, Unreachable
from connectors.hubspot.client import Api, next_cursor, results
from connectors.hubspot.kinds import Kind
from connectors.hubspot.rows import cleared, instant, known_form, milliseconds, record_of
from connectors.records import JsonValue, Page, Record, System, Window

PAGE = 200
"""The most that one search page holds."""
MOST_EMPTY_PAGES = 50
"""10,000 results is as far as a cursor goes: more empty pages of 200 cannot be real."""


def search_body(kind: Kind, window: Window, properties: Sequence[str], after: str | None) -> dict[str, Any]:
    """The search for what changed in the window, behind the id `window.after_id`.

    The filter on the id is in every page's request, so that neither many records of one instant nor more than 10,000
    changes stop the walk (facts: hubspot B8, E10, E11). `after` is a cursor, used only to get past an empty page.
    """
    until = milliseconds(window.until)
    changed = (
        {"propertyName": kind.modified, "operator": "LTE", "value": until}
        if window.since is None
        else {
            "propertyName": kind.modified,
            "operator": "BETWEEN",
            "value": milliseconds(window.since),
            "highValue": until,
        }
    )
    beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": window.after_id or "0"}
    body: dict[str, Any] = {
        "filterGroups": [{"filters": [changed, beyond]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": list(dict.fromkeys((*properties, *kind.added))),
        "limit": PAGE,
    }
    return body if after is None else {**body, "after": after}


def changed_records(api: Api, kind: Kind, window: Window, properties: Sequence[str]) -> Iterator[Page]:
    """Pages of contacts or companies in ascending order of id.

    The end is an empty page without a cursor and nothing else: short and even empty pages come in the middle (facts:
    hubspot E12). The search works on an index that lags behind: a record whose fresher value lies outside the window
    is real and is handed on. Raises Unreachable when ids do not advance.
    """
    unwanted = kind.unasked - set(properties)
    last = window.after_id
    cursor: str | None = None
    empty = 0
    while True:
        here = Window(window.since, window.until, last)
        body = api.search(kind.path, search_body(kind, here, properties, cursor))
        rows = results(body)
        if rows:
            page = tuple(record_of(kind, row, unwanted) for row in rows)
            last = _advanced(kind, last, page)
            cursor, empty = None, 0
            yield Page(page, last)
            continue
        before, cursor, empty = cursor, next_cursor(body), empty + 1
        if cursor is None:
            return
        if cursor == before or empty > MOST_EMPTY_PAGES:
            raise Unreachable(System.HUBSPOT, f"the search for {kind.path} goes on with empty pages")


def _advanced(kind: Kind, last: str | None, page: Sequence[Record]) -> str:
    """The last id of the page, if all ids ascend from the one before. Ids are compared as numbers."""
    previous = int(last or 0)
    for record in page:
        number = int(record.id) if record.id.isdigit() else -1
        if number <= previous:
            raise Unreachable(System.HUBSPOT, f"the search for {kind.path} repeats or disorders its ids")
        previous = number
    return page[-1].id


def archived_records(api: Api, kind: Kind, window: Window) -> Iterator[Page]:
    """One page of the contacts or companies archived in the window, deleted and without properties.

    Archiving moves no modified date and archived records are in no search: only this list has them, for about 90 days
    (facts: hubspot B7, B9). It is read whole, so this is for once a day and not for every cycle.
    """
    rows = list(api.archived(kind.path))
    with known_form(kind.word):
        found = [_archived(kind, row) for row in rows]
    yield from _one_page((each for each in found if _within(window, each.modified_at)), window)


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
    page = sorted((each for each in records if each.deleted or _within(window, each.modified_at)), key=_order)
    rest = [each for each in page if window.after_id is None or _order(each) > _id_order(window.after_id)]
    if rest:
        yield Page(rest, rest[-1].id)


def _within(window: Window, at: datetime) -> bool:
    return at <= window.until and (window.since is None or window.since <= at)


def _order(record: Record) -> tuple[int, str]:
    return _id_order(record.id)


def _id_order(record_id: str) -> tuple[int, str]:
    """Numbers by size, then other ids by their letters."""
    return (int(record_id), "") if record_id.isdigit() else (0, record_id)


def submissions(api: Api, window: Window) -> Iterator[Page]:
    """Pages of submissions of all forms, form by form in the order of form ids, newest first within a form.

    `after_id` is the id of the last FORM that is done, None before the first: a restart reads an unfinished form
    again. A form that keeps no submissions is passed over. Other than for CRM records, `window.after_id` is that id.
    """
    done = window.after_id
    rows = api.forms()
    with known_form("form"):
        names = {str(row["id"]): row.get("name") or None for row in rows}
    for form_id in sorted(names):
        if done is not None and form_id <= done:
            continue
        held: Sequence[Record] = ()
        for page in _of_form(api, form_id, names[form_id], window):
            if held:
                yield Page(held, done)
            held = page
        done = form_id
        if held:
            yield Page(held, done)


def _of_form(api: Api, form_id: str, name: str | None, window: Window) -> Iterator[Sequence[Record]]:
    after: str | None = None
    seen: set[str] = set()
    while True:
        try:
            body = api.submissions(form_id, after)
        except Missing:
            return
        given = results(body)
        with known_form("form submission"):
            rows = [_submission(form_id, name, row) for row in given]
        yield [each for each in rows if _within(window, each.modified_at)]
        if window.since is not None and rows and rows[-1].modified_at < window.since:
            return
        after = next_cursor(body)
        if after is None:
            return
        if after in seen:
            raise Unreachable(System.HUBSPOT, "the submissions of a form repeat their pages")
        seen.add(after)


def _submission(form_id: str, name: str | None, row: Mapping[str, Any]) -> Record:
    """A submission. It names no contact: the e-mail among its values is all there is (facts: hubspot B12)."""
    values = _values(row.get("values") or ())
    at = instant(row["submittedAt"])
    told: dict[str, JsonValue] = {
        "form_id": form_id,
        "form_name": name,
        "page_url": row.get("pageUrl") or None,
        "page_title": row.get("pageTitle") or None,
        "email": values.get("email"),
        "values": values,
    }
    identity = row.get("conversionId") or _fingerprint(form_id, row["submittedAt"], values)
    return Record("form_submission", str(identity), at, at, told)


def _values(given: Iterable[Mapping[str, Any]]) -> dict[str, JsonValue]:
    """Values by field name; several of one field, such as checkboxes, are joined as HubSpot joins choices."""
    found: dict[str, JsonValue] = {}
    for each in given:
        name, value = str(each["name"]), each.get("value")
        if name in found and value:
            found[name] = f"{found[name]};{value}" if found[name] else value
        else:
            found.setdefault(name, value or None)
    return found


def _fingerprint(form_id: str, submitted_at: object, values: Mapping[str, JsonValue]) -> str:
    told = orjson.dumps([form_id, submitted_at, values], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(told).hexdigest()[:32]
