"""A CRM's raw values as typed ones, over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, TypeVar, overload

from connectors.records import JsonValue, System
from syncd.files.fields_file import CrmField, Kind, ReadName
from syncd.model.dossier import Mirrored
from syncd.model.instant import BEGINNING, Instant, datetime_of, parse_iso
from syncd.model.person import Money, Property, Unknown, Value

Records: TypeAlias = "Mapping[str, Sequence[Mirrored]]"
"""A person's records by CRM and kind (`hubspot.contact`), the one that speaks first."""
Reader: TypeAlias = "Callable[[JsonValue], Value]"
Other = TypeVar("Other")
NOBODY: Mapping[str, str] = MappingProxyType({})
EMPTY = (None, "")
CURRENCY = "CurrencyIsoCode"
"""Salesforce's field for the currency of all amounts of a record, where an org has several."""

EPOCH_DIGITS = 11
"""A date that is this many digits or more is milliseconds since 1970 (facts: hubspot B13)."""


class Source(NamedTuple):
    """A field that a name can be read from: whose records have it, its name there, and how evidence calls both."""

    records: str
    field: str
    path: CrmField
    before: str
    after: str

    def of(self, record: Mirrored) -> str:
        """The field of one record as evidence calls it: hubspot:contact:1:jobtitle."""
        return f"{self.before}{record.id}{self.after}"


def source_of(path: CrmField) -> Source:
    """A field as a source."""
    return Source(f"{path.system}.{path.object}", path.field, path, f"{path.system}:{path.object}:", f":{path.field}")


class Named(NamedTuple):
    """A name with those of its fields that can be read at all, what it is for who has no value of it, what it was
    before a value that has a history, and what makes of a raw value one of its type.
    """

    name: ReadName
    sources: Sequence[Source]
    missing: Property
    before: tuple[Instant, Value]
    read: Reader


def named(name: ReadName, sources: Sequence[Source], owners: Mapping[str, str] = NOBODY) -> Named:
    """A name, made ready to be read for many people. `owners` are e-mail addresses by owner id."""
    fields = " or ".join(map(str, name.sources))
    reason = f"{name.name} is missing" if sources else f"{name.name} can't be read: {fields} does not exist for us"
    missing = Property(((BEGINNING, Unknown(reason, readable=bool(sources))),), fields)
    before = BEGINNING, Unknown(f"{name.name} was missing then")
    return Named(name, sources, missing, before, reader_of(name, owners))


class Properties(Mapping[str, Property]):
    """What each name was over time for one person, worked out when it is first asked for: few people need all."""

    __slots__ = ("_known", "_names", "_records")

    def __init__(self, names: Mapping[str, Named], records: Records) -> None:
        """`names` are made once for all people; `records` are by CRM and kind, the one that speaks first."""
        self._names = names
        self._records = records
        self._known: dict[str, Property] = {}

    def __getitem__(self, name: str) -> Property:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = property_of(self._names[name], self._records)
        return known

    @overload
    def get(self, name: str, /) -> Property | None: ...
    @overload
    def get(self, name: str, /, default: Property | Other) -> Property | Other: ...
    def get(self, name: str, /, default: Property | Other | None = None) -> Property | Other | None:
        """What a name was; the default, None if there is none, where the name is not read."""
        known = self._known.get(name)
        if known is None:
            named = self._names.get(name)
            if named is None:
                return default
            known = self._known[name] = property_of(named, self._records)
        return known

    def said_by(self, system: System, name: str) -> Property | None:
        """What a name was by the fields of one CRM alone; None where it is read from none of them."""
        if name not in self._names:
            return None
        known = self[name]
        if known.source.startswith(f"{system}:"):
            return known  # what speaks first of all speaks first of its own CRM
        every = self._names[name]
        own = [one for one in every.sources if one.path.system == system]
        return property_of(every._replace(sources=own), self._records) if own else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


def as_said_by(system: System, name: str, properties: Mapping[str, Property]) -> Property | None:
    """What a name was over time by the fields of one CRM alone; None where it is read from none of them."""
    if isinstance(properties, Properties):
        return properties.said_by(system, name)
    known = properties.get(name)
    return known if known is not None and known.source.startswith(f"{system}:") else None


def property_of(named: Named, records: Records) -> Property:
    """What a name was over time for one person: from the first of its sources that holds a value now, or else held one.

    `records` are those that speak first.
    """
    past = None
    for source in named.sources:
        field = source.field
        for record in records.get(source.records, ()):
            if record.properties.get(field) not in EMPTY:
                return _timeline(named, source, record)
            if past is None and record.history.get(field):
                past = source, record
    return named.missing if past is None else _timeline(named, *past)


def currency_of(record: Mirrored) -> str | None:
    """The currency of a record's amounts, where the CRM says one: orgs with one currency have no such field.

    What it was before is not looked at: Salesforce converts nothing when somebody changes it.
    """
    return str(record.properties.get(CURRENCY) or "").strip().upper() or None


def _in_currency(value: Value, currency: str | None) -> Value:
    return Money(value, currency) if currency is not None and isinstance(value, Decimal) else value


def _timeline(named: Named, source: Source, record: Mirrored) -> Property:
    read = named.read
    currency = currency_of(record) if named.name.kind == "money" else None
    versions = record.history.get(source.field)
    if not versions:
        now = _in_currency(read(record.properties[source.field]), currency)
        return Property(((BEGINNING, now),), source.of(record), assumed_until=record.modified_at)
    if len(versions) == 1 and versions[0][1] not in EMPTY and currency is None:  # what nearly all have
        at, raw, _, _ = versions[0]
        return Property((named.before, (at, read(raw))), source.of(record))
    points = [named.before]
    for at, raw, _, _ in versions:
        value: Value = Unknown(f"{named.name.name} is missing") if raw in EMPTY else _in_currency(read(raw), currency)
        if points[-1][0] == at:
            points.pop()
        points.append((at, value))
    return Property(tuple(points), source.of(record))


def reader_of(name: ReadName, owners: Mapping[str, str]) -> Reader:
    """What makes of a raw value one of the name's type; Unknown, with what is wrong, where it is not of that type.

    `owners` are e-mail addresses by owner id.
    """
    missing, wrong = Unknown(f"{name.name} is missing"), Unknown(f"{name.name} is no {name.kind}")
    if name.derived == "email_domain":
        return lambda raw: str(raw).rpartition("@")[2].strip().casefold() or missing
    if name.derived == "owner_email":
        return lambda raw: owners.get(str(raw)) or owners.get(str(raw)[:15]) or missing
    kind = name.kind
    if kind == "text":
        return lambda raw: str(raw).strip()

    def read(raw: JsonValue) -> Value:
        try:
            return _typed(raw, kind)
        except (ValueError, InvalidOperation, OverflowError):
            return wrong

    return read


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
        return Decimal(instant_in(text))
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


def instant_in(text: str) -> Instant:
    """The instant of a text in a CRM's form: ISO, or milliseconds since 1970. Raises ValueError or OverflowError."""
    if not (text.lstrip("-").isdigit() and len(text) >= EPOCH_DIGITS):
        return parse_iso(text)
    instant = Instant(int(text))
    datetime_of(instant)  # raises OverflowError for what no calendar has
    return instant
