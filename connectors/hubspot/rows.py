"""Rows of HubSpot's JSON as records. Runs once per record of every pull: it does no more than it must."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import orjson

from connectors.answers import known_form
from connectors.hubspot.kinds import Kind
from connectors.records import JsonValue, Properties, Record, System, Version, Window

_AT = itemgetter(1)
_made = tuple.__new__
_parsed = datetime.fromisoformat
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def records_of(kind: Kind, rows: Iterable[Mapping[str, Any]], asked: Sequence[str]) -> list[Record]:
    """The records out of rows, in their order. A property that was `asked` for and is not told has no value, as null
    says it elsewhere; those that come along are left out. Instants are the modified property where it is told, else the
    row's own. The rows are used up: their properties become the records'. Raises Unreachable for rows of another form.
    """
    unwanted, untold = kind.unasked - set(asked), dict.fromkeys(asked)
    records: list[Record] = []
    complete: list[str] | None = None  # what the row before told, and that it was all: nearly every row tells the same
    with known_form(System.HUBSPOT, kind.word):
        for row in rows:
            given: dict[str, JsonValue] = row.get("properties") or {}
            if (told := list(given)) != complete:
                if untold.keys() <= given.keys():
                    complete = told
                else:
                    given = {**untold, **given}
            records.append(_record(kind, row, given, unwanted))
    return records


def _record(kind: Kind, row: Mapping[str, Any], properties: dict[str, JsonValue], unwanted: Collection[str]) -> Record:
    modified = instant(properties.get(kind.modified) or row["updatedAt"])
    replaces: Sequence[str] = ()
    for name in kind.merged:
        if properties.get(name):
            replaces = _merged(kind, row["id"], properties)
            break
    for name in unwanted:
        properties.pop(name, None)
    history = row.get("propertiesWithHistory")
    return Record(
        kind.word,
        row["id"],
        modified,
        instant(row["createdAt"]),
        properties if "" not in properties.values() else cleared(properties),
        _history(history) if history else {},
        bool(row.get("archived")),
        None,
        replaces,
    )


def instant(value: Any) -> datetime:
    """An instant in UTC from ISO text or from milliseconds since 1970, as a number or text (facts: hubspot B13).

    Raises ValueError for anything else.
    """
    if isinstance(value, str):
        if value[-1:] == "Z":  # nearly all of them
            return _parsed(value)
        if not value.isdigit():
            at = _parsed(value)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    if isinstance(value, str | int):
        return _EPOCH + timedelta(milliseconds=int(value))
    raise ValueError("not an instant")


def milliseconds(at: datetime) -> str:
    """An instant as search filters want it: whole milliseconds since 1970, as text."""
    return str((at - _EPOCH) // timedelta(milliseconds=1))


def within(window: Window, at: datetime) -> bool:
    """Whether an instant lies in the window, its ends included."""
    return at <= window.until and (window.since is None or window.since <= at)


def id_order(record_id: str) -> tuple[int, str]:
    """What to sort ids by: numbers by size, then other ids by their letters."""
    return (int(record_id), "") if record_id.isdigit() else (0, record_id)


def text_of(value: object) -> str | None:
    """A value as text, None for one that is missing or empty."""
    return None if value is None or value == "" else str(value)


def fingerprint(*told: object) -> str:
    """An id for what HubSpot gives none: the same for the same values."""
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def cleared(properties: Properties) -> Properties:
    """The same values with None for the empty text that HubSpot shows for a cleared one."""
    if "" not in properties.values():
        return properties
    return {name: None if value == "" else value for name, value in properties.items()}


def _merged(kind: Kind, own_id: str, properties: Properties) -> Sequence[str]:
    """Ids that now resolve to this record. A value is `1;2` or, in the older property, `1:TIME;2:TIME`."""
    found = {
        part.partition(":")[0]
        for name in kind.merged
        if (value := properties.get(name)) and isinstance(value, str)
        for part in value.split(";")
    }
    return tuple(sorted(found - {own_id, ""}, key=lambda each: (len(each), each))) if found else ()


def _history(given: Mapping[str, Sequence[Mapping[str, Any]]]) -> Mapping[str, Sequence[Version]]:
    """HubSpot tells the newest first; versions of one instant keep their order in time. Runs for every version of
    every watched property: the instant is read here where it has its usual form, and a version is made without the
    call that a named tuple's own constructor takes.
    """
    history = {}
    for name, versions in given.items():
        past = [
            _made(
                Version,
                (
                    None if (value := each.get("value")) == "" else value,
                    _parsed(at) if (at := each["timestamp"])[-1:] == "Z" else instant(at),
                    each.get("sourceType"),
                    source if (source := each.get("sourceId")) is None or source.__class__ is str else str(source),
                ),
            )
            for each in versions
        ]
        past.reverse()
        if len(past) > 1:
            past.sort(key=_AT)
        history[name] = past
    return history
