"""A CRM's raw values as typed ones, over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from connectors.records import JsonValue
from syncd.files.fields_file import CrmField, Kind, ReadName
from syncd.model.dossier import Mirrored
from syncd.model.instant import BEGINNING, Instant, datetime_of, parse_iso
from syncd.model.person import Property, Unknown, Value

EPOCH_DIGITS = 11
"""A date that is this many digits or more is milliseconds since 1970 (facts: hubspot B13)."""


def property_of(
    name: ReadName,
    sources: Sequence[CrmField],
    records: Mapping[tuple[str, str], Sequence[Mirrored]],
    owners: Mapping[str, str],
) -> Property:
    """What a name was over time for one person: from the first of its sources that holds a value now, or else held one.

    `sources` are those of its fields that can be read at all; `records` are by system and kind, the one that speaks
    first; `owners` are e-mail addresses by owner id.
    """
    for source in sources:
        for record in records.get((source.system, source.object), ()):
            if record.properties.get(source.field) not in (None, ""):
                return _timeline(name, source, record, owners)
    for source in sources:
        for record in records.get((source.system, source.object), ()):
            if record.history.get(source.field):
                return _timeline(name, source, record, owners)
    return _missing(name, readable=bool(sources))


@cache
def _missing(name: ReadName, *, readable: bool) -> Property:
    fields = " or ".join(map(str, name.sources))
    reason = f"{name.name} is missing" if readable else f"{name.name} can't be read: {fields} does not exist for us"
    return Property(((BEGINNING, Unknown(reason, readable=readable)),), fields)


def _timeline(name: ReadName, source: CrmField, record: Mirrored, owners: Mapping[str, str]) -> Property:
    versions = record.history.get(source.field)
    origin = f"{source.system}:{record.kind}:{record.id}:{source.field}"
    if not versions:
        now = typed(record.properties[source.field], name, owners)
        return Property(((BEGINNING, now),), origin, assumed_until=record.modified_at)
    points: list[tuple[Instant, Value]] = [(BEGINNING, Unknown(f"{name.name} was missing then"))]
    missing = Unknown(f"{name.name} is missing")
    for at, raw, _, _ in versions:
        value: Value = missing if raw in (None, "") else typed(raw, name, owners)
        if points[-1][0] == at:
            points.pop()
        points.append((at, value))
    return Property(tuple(points), origin)


def typed(raw: JsonValue, name: ReadName, owners: Mapping[str, str]) -> Value:
    """A raw value as its name's type; Unknown, with what is wrong, where it is not of that type."""
    if name.derived == "email_domain":
        domain = str(raw).rpartition("@")[2].strip().casefold()
        return domain or Unknown(f"{name.name} is missing")
    if name.derived == "owner_email":
        return owners.get(str(raw)) or owners.get(str(raw)[:15]) or Unknown(f"{name.name} is missing")
    try:
        return _typed(raw, name.kind)
    except (ValueError, InvalidOperation, OverflowError):
        return Unknown(f"{name.name} is no {name.kind}")


def _typed(raw: JsonValue, kind: Kind) -> Value:
    text = str(raw).strip()
    if kind in ("number", "money"):
        number = Decimal(text)
        if not number.is_finite():
            raise ValueError(text)
        return number
    if kind == "boolean":
        return {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}.get(
            text.casefold(), Unknown("a value is neither true nor false")
        )
    if kind == "date":
        return day_of(text)
    if kind == "datetime":
        return Decimal(_instant(text))
    if kind == "choices":
        return frozenset(part.strip() for part in text.split(";") if part.strip())
    return text


def day_of(text: str) -> date:
    """The day of a date in a CRM's form: ISO, or milliseconds since 1970."""
    if text.lstrip("-").isdigit() and len(text) >= EPOCH_DIGITS:
        return datetime_of(Instant(int(text))).date()
    if "T" in text:
        return datetime_of(parse_iso(text)).date()
    return date.fromisoformat(text)


def _instant(text: str) -> Instant:
    if not (text.lstrip("-").isdigit() and len(text) >= EPOCH_DIGITS):
        return parse_iso(text)
    instant = Instant(int(text))
    datetime_of(instant)  # raises OverflowError for what no calendar has
    return instant
