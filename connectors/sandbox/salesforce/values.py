"""Turns JSON values into stored ones, by the type of the field, or refuses them as the API does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TypeAlias

from connectors.sandbox.salesforce.errors import Refusal, unparsable
from connectors.sandbox.salesforce.ids import normal_id
from connectors.sandbox.salesforce.schema import NUMERIC, Field

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_INT_MAX = 2**31 - 1

Value: TypeAlias = str | int | float | bool | None


def stamp(instant: datetime) -> str:
    """An instant as the org stores and shows it: UTC, whole seconds, zone without a colon (facts: salesforce B3)."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def parse_instant(text: str) -> str | None:
    """The stored form of an ISO instant with a zone; None when it is none."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        return stamp(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def parse_date(text: str) -> str | None:
    """A calendar date as it is stored; None when it is none."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def coerce(field: Field, value: object) -> Value:
    """What is stored for a JSON value in a field. Raises Refusal."""
    if isinstance(value, datetime):
        value = stamp(value) if field.type == "datetime" else value.date().isoformat()
    elif isinstance(value, date):
        value = value.isoformat()
    if value is None or value == "":
        if field.type == "boolean":
            raise _undeserializable(field, "VALUE_NULL value null")
        return None
    if isinstance(value, dict | list):
        opening = "START_OBJECT value {" if isinstance(value, dict) else "START_ARRAY value ["
        raise _undeserializable(field, opening)
    if field.type == "boolean":
        return _boolean(field, value)
    if field.type in NUMERIC:
        return _number(field, value)
    if field.type in {"date", "datetime"}:
        parsed = (parse_date if field.type == "date" else parse_instant)(str(value))
        if parsed is None:
            raise _undeserializable(field, _token(value))
        return parsed
    return _text(field, value)


def _text(field: Field, value: object) -> str | None:
    # Spaces around a text are trimmed when it is saved (believed, from the vendor's page on the string type).
    text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    if not text:
        return None
    if field.type in {"id", "reference"}:
        record_id = normal_id(text)
        if record_id is None:
            raise Refusal("MALFORMED_ID", f"{field.label}: id value of incorrect type: {text}", (field.name,))
        return record_id
    if field.restricted and text not in field.options:
        message = f"{field.label}: bad value for restricted picklist field: {text}"
        raise Refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))
    if field.length and len(text) > field.length:
        message = f"{field.label}: data value too large: {text} (max length={field.length})"
        raise Refusal("STRING_TOO_LONG", message, (field.name,))
    if field.type == "email" and not _EMAIL.fullmatch(text):
        raise Refusal("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", (field.name,))
    return text


def _boolean(field: Field, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise _undeserializable(field, _token(value))


def _number(field: Field, value: object) -> int | float:
    # A number in quotes is taken: a recorded call sent NumberOfEmployees as "10000".
    if isinstance(value, bool):
        raise _undeserializable(field, _token(value))
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _undeserializable(field, _token(value)) from None
    if not number.is_finite():
        raise _undeserializable(field, _token(value))
    if field.type == "int":
        if number != number.to_integral_value() or abs(number) > _INT_MAX:
            raise _undeserializable(field, _token(value))
        return int(number)
    rounded = number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP) if abs(number) < 10**18 else number
    if abs(rounded) >= 10 ** max(field.precision - field.scale, 1):
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", message, (field.name,))
    return float(rounded) or 0.0


def _token(value: object) -> str:
    if isinstance(value, bool):
        return f"VALUE_{str(value).upper()} value {str(value).lower()}"
    if isinstance(value, int):
        return f"VALUE_NUMBER_INT value {value}"
    return f"VALUE_NUMBER_FLOAT value {value}" if isinstance(value, float) else f"VALUE_STRING value {value}"


def _undeserializable(field: Field, token: str) -> Refusal:
    kind = "dateTime" if field.type == "datetime" else field.type if field.type in _OWN_NAME else "string"
    ending = "or request may be missing a required field at [line:1, column:1]"
    return unparsable(f"Cannot deserialize instance of {kind} from {token} {ending}")


_OWN_NAME = NUMERIC | {"date", "boolean"}
