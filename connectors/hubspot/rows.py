"""Rows of HubSpot's JSON as records. Runs once per record of every pull: it does no more than it must."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import orjson

from connectors.errors import Unreachable
from connectors.hubspot.kinds import Kind
from connectors.records import JsonValue, Properties, Record, System, Version, Window

_STRANGE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading a row raises when it has not the form that we know."""
_AT = attrgetter("at")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def record_of(kind: Kind, row: Mapping[str, Any], unwanted: Collection[str]) -> Record:
    """A record of the CRM. `unwanted` properties are left out. Its instants are the modified property where it is
    told, else the row's own.
    """
    try:
        properties: dict[str, JsonValue] = row.get("properties") or {}
        modified = instant(properties.get(kind.modified) or row["updatedAt"])
        replaces = _merged(kind, row["id"], properties)
        for name in unwanted:
            properties.pop(name, None)
        history = row.get("propertiesWithHistory")
        return Record(
            kind.word,
            row["id"],
            modified,
            instant(row["createdAt"]),
            cleared(properties),
            history=_history(history) if history else {},
            deleted=bool(row.get("archived")),
            replaces=replaces,
        )
    except _STRANGE as fault:
        raise _unknown_form(kind.word, fault) from None


@contextmanager
def known_form(word: str) -> Iterator[None]:
    """Turns what goes wrong inside, because rows have not the form that we know, into Unreachable."""
    try:
        yield
    except _STRANGE as fault:
        raise _unknown_form(word, fault) from None


def _unknown_form(word: str, fault: Exception) -> Unreachable:
    return Unreachable(System.HUBSPOT, f"a {word} of a form that is not known ({type(fault).__name__})")


def instant(value: object) -> datetime:
    """An instant in UTC from ISO text or from milliseconds since 1970, as a number or text (facts: hubspot B13).

    Raises ValueError for anything else.
    """
    if isinstance(value, str) and (value[-1:] == "Z" or not value.isdigit()):
        at = datetime.fromisoformat(value)
        if at.tzinfo is UTC:
            return at
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
    """HubSpot tells the newest first; versions of one instant keep their order in time."""
    history = {name: [_version(each) for each in reversed(versions)] for name, versions in given.items()}
    for versions in history.values():
        if len(versions) > 1:
            versions.sort(key=_AT)
    return history


def _version(given: Mapping[str, Any]) -> Version:
    value, source_id = given.get("value"), given.get("sourceId")
    return Version(
        None if value == "" else value,
        instant(given["timestamp"]),
        given.get("sourceType"),
        None if source_id is None else str(source_id),
    )
