"""Form submissions, form by form (facts: hubspot B12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors.answers import known_form
from connectors.errors import Missing
from connectors.hubspot.client import Api, next_cursor, results
from connectors.hubspot.rows import fingerprint, instant, within
from connectors.onward import Onward
from connectors.records import JsonValue, Page, Record, System, Window


def submissions(api: Api, window: Window) -> Iterator[Page]:
    """Pages of submissions of all forms, form by form in the order of form ids, newest first within a form.

    `after_id` is the id of the last FORM that is done, None before the first: a restart reads an unfinished form
    again. A form that keeps no submissions is passed over. Other than for CRM records, `window.after_id` is that id.
    """
    done = window.after_id
    rows = api.forms()
    with known_form(System.HUBSPOT, "form"):
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
    onward = Onward(System.HUBSPOT, "the list of a form's submissions")
    while True:
        try:
            body = api.submissions(form_id, after)
        except Missing:
            return
        given = results(body)
        with known_form(System.HUBSPOT, "form submission"):
            rows = [_submission(form_id, name, row) for row in given]
        yield [each for each in rows if within(window, each.modified_at)]
        if window.since is not None and rows and rows[-1].modified_at < window.since:
            return
        after = next_cursor(body)
        if after is None:
            return
        onward.look(given, after)


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
    identity = row.get("conversionId") or fingerprint(form_id, row["submittedAt"], values)
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
