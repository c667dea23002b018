"""Property values: strings on the wire, checked and made canonical by the type of their property."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from connectors.sandbox.hubspot.errors import Problem
from connectors.sandbox.hubspot.schema import Property

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
_EPOCH_MS = re.compile(r"-?\d{1,14}")


def to_ms(instant: datetime) -> int:
    """Whole epoch milliseconds of an aware datetime; raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    delta = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


@lru_cache(maxsize=65_536)
def iso(ms: int) -> str:
    """The instant as HubSpot writes it: ISO 8601 in UTC with three decimals and Z. Sorts as text."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC).isoformat()[:19]}.{ms % 1000:03d}Z"


@lru_cache(maxsize=65_536)
def instant_ms(text: str) -> int:
    """Epoch milliseconds of an epoch-ms string or an ISO 8601 text; ValueError for anything else."""
    if _EPOCH_MS.fullmatch(text):
        return int(text)
    parsed = datetime.fromisoformat(text)
    return to_ms(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))


def canonical(definition: Property, text: str, owners: Collection[str]) -> str | Problem:
    """The value as HubSpot stores it, or what is wrong with it. The empty string clears and is always right."""
    if text == "":
        return ""
    if definition.references_owner:
        return text if text in owners else _problem(definition, "INVALID_OWNER_ID", f"Owner {text} does not exist")
    check = _email if definition.name == "email" else _CHECKS.get(definition.type)
    return check(definition, text) if check else text


def _problem(definition: Property, code: str, message: str) -> Problem:
    return Problem(definition.name, code, message)


def _number(definition: Property, text: str) -> str | Problem:
    try:
        finite = Decimal(text).is_finite()
    except InvalidOperation:
        finite = False
    return text.strip() if finite else _problem(definition, "INVALID_INTEGER", f"{text} was not a valid number.")


def _instant(definition: Property, text: str) -> str | Problem:
    try:
        return iso(instant_ms(text))
    except ValueError:
        return _problem(definition, "INVALID_LONG", f"{text} was not a valid long.")


def _date(definition: Property, text: str) -> str | Problem:
    try:
        if not _EPOCH_MS.fullmatch(text):
            return date.fromisoformat(text[:10]).isoformat()
        ms = int(text)
    except ValueError:
        return _problem(definition, "INVALID_DATE", f"{text} is not a valid date.")
    if ms % 86_400_000:
        return _problem(definition, "INVALID_DATE", f"{text} is at the wrong time of day; must be midnight UTC.")
    return iso(ms)[:10]


def _yes_or_no(definition: Property, text: str) -> str | Problem:
    return _option(definition, text.lower(), ["true", "false"])


def _enumeration(definition: Property, text: str) -> str | Problem:
    if not definition.options:
        return text
    allowed = [option.value for option in definition.options]
    if definition.field_type != "checkbox":
        return _option(definition, text, allowed)
    chosen = [part for part in text.split(";") if part]
    wrong = next((part for part in chosen if part not in allowed), None)
    return ";".join(chosen) if wrong is None else _option(definition, wrong, allowed)


def _option(definition: Property, text: str, allowed: list[str]) -> str | Problem:
    if text in allowed:
        return text
    return _problem(definition, "INVALID_OPTION", f"{text} was not one of the allowed options: {', '.join(allowed)}")


def _email(definition: Property, text: str) -> str | Problem:
    address = text.strip().lower()
    if _EMAIL.fullmatch(address):
        return address
    return _problem(definition, "INVALID_EMAIL", f"Email address {text} is invalid")


_CHECKS: dict[str, Callable[[Property, str], str | Problem]] = {
    "number": _number,
    "datetime": _instant,
    "date": _date,
    "bool": _yes_or_no,
    "enumeration": _enumeration,
}
