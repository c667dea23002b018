"""Values in the form that the fields of each CRM take, and whether a field would take them."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from connectors.records import Field, FieldType, JsonValue
from syncd.model.instant import Instant, datetime_of
from syncd.model.person import Money, Unknown, Value

NUMBERS = (FieldType.NUMBER, FieldType.MONEY)
DAYS = (FieldType.DATE, FieldType.DATETIME)
LARGEST = 10**18
"""Salesforce's numbers have at most 18 digits."""
UNWRITABLE = ("Cc", "Cs")
"""Kinds of signs that no field takes: control characters, and halves of a sign that is written in two."""


def as_salesforce(value: Value, field: Field) -> JsonValue:
    """A value in the form that a Salesforce field takes; None for an unknown one.

    What does not fit the field's type stays the text that it is, for `trouble_with` to name.
    """
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Money):
        # A currency field holds the amount; any other one, such as a text, both.
        value = value.amount if field.type in NUMBERS else str(value)
    if field.type is FieldType.BOOLEAN or isinstance(value, bool):
        return value if isinstance(value, bool) else str(value).strip().casefold() in ("true", "yes", "1")
    if isinstance(value, frozenset):
        return ";".join(sorted({option_of(one, field) for one in value}))
    if field.type in NUMBERS:
        return _number(value)
    if field.type in DAYS and isinstance(value, Decimal):
        return stamp(Instant(int(value)), field)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00.000+0000" if field.type is FieldType.DATETIME else value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else option_of(value, field)


def as_hubspot(value: Value, field: Field) -> JsonValue:
    """A value in the form in which HubSpot answers it, which is text; None for an unknown one."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Money):
        value = value.amount if field.type in NUMBERS else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return ";".join(sorted({option_of(one, field) for one in value}))
    if field.type in DAYS and isinstance(value, Decimal):
        return moment(Instant(int(value)), field)
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else option_of(value, field)


def moment(at: Instant, field: Field) -> str:
    """An instant for a date or date-and-time property, as HubSpot itself answers it (facts: hubspot B13)."""
    told = datetime_of(at)
    return told.date().isoformat() if field.type is FieldType.DATE else f"{told.isoformat()[:19]}Z"


def _number(value: str | Decimal | date) -> JsonValue:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite() or abs(number) >= LARGEST:
        return str(value)
    return int(number) if number == number.to_integral_value() else float(number)


def option_of(text: str, field: Field) -> str:
    """A picklist's value that is meant by a text, its own or what people see; the text itself where none is."""
    if not field.options:
        return text
    folded = text.strip().casefold()
    values = [one.value for one in field.options if folded in (one.value.casefold(), one.label.casefold())]
    return values[0] if values and text not in values else text


def stamp(at: Instant, field: Field) -> str:
    """An instant for a date or date-and-time field, as Salesforce itself writes it: a copy read back is no news.

    It keeps whole seconds (facts: salesforce B4).
    """
    moment = datetime_of(at)
    return moment.date().isoformat() if field.type is FieldType.DATE else f"{moment.isoformat()[:19]}.000+0000"


def same(before: JsonValue, after: JsonValue, field: Field | None) -> bool:
    """Whether a field already holds a value: blank is None, numbers by value, instants by the second, and texts that
    stand for either alike.
    """
    if type(before) is type(after) and before == after:
        return True
    return _comparable(before, field) == _comparable(after, field)


def _comparable(value: JsonValue, field: Field | None) -> object:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    kind = field.type if field else FieldType.TEXT
    return _of_text(value, kind) if isinstance(value, str) else repr(value)


def _of_text(value: str, kind: FieldType) -> object:
    if kind in NUMBERS:
        number = _number(value)
        return value if isinstance(number, str) else Decimal(str(number))
    if kind is FieldType.BOOLEAN:
        return value.strip().casefold() == "true"
    if kind is FieldType.DATETIME:
        try:
            return datetime.fromisoformat(value).replace(microsecond=0).timestamp()
        except ValueError:
            return value
    return frozenset(value.split(";")) if kind is FieldType.CHOICES else value.replace("\r\n", "\n").strip()


def trouble_with(value: JsonValue, field: Field | None) -> str | None:
    """Why a field would not take a value, or None: its signs, length, picklist, or no date and no number."""
    if not isinstance(value, str):
        return None
    doubtful = () if value.isprintable() else value  # most are, and it is told at once
    if any(unicodedata.category(sign) in UNWRITABLE and sign not in "\n\r\t" for sign in doubtful):
        return "holds control characters"
    if field is None:
        return None
    if field.length and len(value) > field.length:
        return f"is {len(value)} characters long, and {field.name} takes {field.length}"
    if field.type in NUMBERS and isinstance(_number(value), str):
        return f"is no number that {field.name} takes"
    if field.type in DAYS and not _is_date(value):
        return f"is no date that {field.name} takes"
    return f"is no value of the picklist {field.name}" if is_unlisted(value, field) else None


def is_unlisted(value: JsonValue, field: Field | None) -> bool:
    """Whether a value is none of a closed picklist's: then only this mapping stops, and the record is written."""
    if field is None or not field.restricted or not isinstance(value, str):
        return False
    if field.type not in (FieldType.CHOICE, FieldType.CHOICES):
        return False
    asked = value.split(";") if field.type is FieldType.CHOICES else [value]
    return not {one.value for one in field.options if one.active}.issuperset(asked)


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
