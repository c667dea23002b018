"""Records by the value of a property."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.errors import Unreachable
from connectors.hubspot.client import Api, Json
from connectors.hubspot.kinds import Kind
from connectors.hubspot.pull import in_window, walked
from connectors.hubspot.rows import milliseconds, records_of
from connectors.records import Record, System, Window

VALUES_AT_ONCE = 100
"""Values in one filter."""


def count(api: Api, kind: Kind, name: str, since: datetime | None, until: datetime | None) -> int:
    """How many living records have an instant in a property, from `since` on and before `until`, as the index says.

    Raises Unreachable for an answer without a total.
    """
    filters: list[Json] = [{"propertyName": name, "operator": "HAS_PROPERTY"}]
    if since is not None:
        filters.append({"propertyName": name, "operator": "GTE", "value": milliseconds(since)})
    if until is not None:
        filters.append({"propertyName": name, "operator": "LT", "value": milliseconds(until)})
    return _total(api, kind, filters)


def amount(api: Api, kind: Kind, window: Window) -> int:
    """How many records changed in a window, as the index says. Raises as `count`."""
    after = {"propertyName": "hs_object_id", "operator": "GT", "value": window.after_id or "0"}
    return _total(api, kind, [in_window(kind, window), after])


def _total(api: Api, kind: Kind, filters: Sequence[Json]) -> int:
    asked = {"filterGroups": [{"filters": list(filters)}], "properties": [], "limit": 1}
    total = api.search(kind.path, asked).get("total")
    if not isinstance(total, int):
        raise Unreachable(System.HUBSPOT, f"the search for {kind.path} tells no total")
    return total


def find(api: Api, kind: Kind, name: str, values: Collection[str], properties: Sequence[str]) -> Sequence[Record]:
    """Records whose property `name` has one of the values, upper and lower case alike, in ascending order of id.

    The search asks an index that is late by some moments: a record made or changed just now may be missed, and one
    that has another value by now is left out (facts: hubspot B5).
    """
    wanted = {each.casefold() for each in values if each}
    # Texts are in lower case in the index but not in a filter, and options keep their case: both spellings are asked.
    spelled = sorted({spelling for each in values if each for spelling in (each, each.lower())})
    found: dict[str, Record] = {}
    for start in range(0, len(spelled), VALUES_AT_ONCE):
        condition = {"propertyName": name, "operator": "IN", "values": spelled[start : start + VALUES_AT_ONCE]}
        for rows in walked(api, kind, condition, (*properties, name)):
            for record in records_of(kind, rows, (*properties, name)):
                value = record.properties[name]
                if isinstance(value, str) and value.casefold() in wanted:
                    said = {each: record.properties[each] for each in properties}
                    found[record.id] = replace(record, properties=said)
    return sorted(found.values(), key=lambda record: int(record.id))
