"""One filter of a search, compiled to a test of a record's values."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.hubspot.errors import invalid
from connectors.sandbox.hubspot.schema import Property
from connectors.sandbox.hubspot.values import instant_ms, iso

Test = Callable[[str], bool]
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "NEQ": operator.ne,
    "LT": operator.lt,
    "LTE": operator.le,
    "GT": operator.gt,
    "GTE": operator.ge,
}
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter made ready.

    The bounds in epoch ms, where it has any, let a search start from an ordered index; `exact` says that the index has
    then said all there is to test. `keys` are the only values that can satisfy it, where these are few.
    """

    name: str
    test: Test | None
    low_ms: int | None = None
    high_ms: int | None = None
    exact: bool = False
    keys: tuple[str, ...] | None = None

    def holds(self, values: Mapping[str, str]) -> bool:
        """Whether the filter is true of these values. A property without a value satisfies NOT_HAS_PROPERTY only."""
        value = values.get(self.name, "")
        if self.test is None:
            return value == ""
        return value != "" and self.test(value)


def compile_filter(definitions: Mapping[str, Property], raw: Mapping[str, Any]) -> Condition:
    """The condition that a filter of the request asks for; ApiError 400 for one that HubSpot would not take."""
    name, operation = raw.get("propertyName"), raw.get("operator")
    definition = definitions.get(str(name))
    if definition is None:
        raise invalid(
            "There was a problem with the request.",
            errors=[{"message": f"Property {name} does not exist", "in": "filters"}],
        )
    key = comparable(definition)
    match operation:
        case "HAS_PROPERTY":
            return Condition(definition.name, bool)
        case "NOT_HAS_PROPERTY":
            return Condition(definition.name, None)
        case "BETWEEN":
            low, high = _operand(definition, raw, "value"), _operand(definition, raw, "highValue")
            within = _bounds(definition, low, high)
            return Condition(definition.name, lambda value: low <= key(value) <= high, *within, exact=True)
        case "IN" | "NOT_IN":
            return _membership(definition, raw, operation == "IN")
        case "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN":
            matches, wanted = _token_test(_text(raw, "value")), operation == "CONTAINS_TOKEN"
            return Condition(definition.name, lambda value: matches(value) is wanted)
        case str() if operation in _COMPARISONS:
            return _comparison(definition, operation, _operand(definition, raw, "value"))
    raise invalid(
        f"Invalid input JSON: Cannot deserialize value of type `Filter$OperatorEnum` from String {operation!r}"
    )


def comparable(definition: Property) -> Callable[[str], Any]:
    """How values of a property compare: numbers and ids as numbers, canonical instants as text, texts without case."""
    match definition.type:
        case "number":
            return int if definition.name == "hs_object_id" else float
        case "string":
            return str.lower
    return str


def _comparison(definition: Property, operation: str, operand: Any) -> Condition:
    key, compare = comparable(definition), _COMPARISONS[operation]
    low = operand if operation in ("GT", "GTE", "EQ") else None
    high = operand if operation in ("LT", "LTE", "EQ") else None
    return Condition(
        definition.name,
        lambda value: compare(key(value), operand),
        *_bounds(definition, low, high),
        exact=operation in ("GTE", "LTE", "EQ"),
        keys=(str(operand),) if operation == "EQ" and _is_key(definition) else None,
    )


def _is_key(definition: Property) -> bool:
    """Whether values of the property, as text, name one record each."""
    return definition.name == "hs_object_id" or (definition.unique and definition.type == "string")


def _bounds(definition: Property, low: Any, high: Any) -> tuple[int | None, int | None]:
    if definition.type != "datetime":
        return None, None
    return (None if low is None else instant_ms(low), None if high is None else instant_ms(high))


def _operand(definition: Property, raw: Mapping[str, Any], field: str) -> Any:
    return _typed(definition, _text(raw, field))


def _typed(definition: Property, text: str) -> Any:
    """A filter value in the form in which stored values compare; dates may be epoch ms or ISO."""
    try:
        match definition.type:
            case "datetime":
                return iso(instant_ms(text))
            case "date":
                return iso(instant_ms(text))[:10]
        # Any other value of a filter is compared as the property's own values are.
        return comparable(definition)(text)
    except ValueError as error:
        message = "There was a problem with the request."
        detail = {"message": f"{text} is not a valid value of {definition.name}", "in": "filters"}
        raise invalid(message, errors=[detail]) from error


def _membership(definition: Property, raw: Mapping[str, Any], wanted: bool) -> Condition:  # noqa: FBT001
    values = raw.get("values")
    if not isinstance(values, list) or not values:
        raise invalid(
            "There was a problem with the request.",
            errors=[{"message": f"{raw.get('operator')} needs values", "in": "filters"}],
        )
    key = comparable(definition)
    # HubSpot lowers the record's text but not the filter's: values with capitals match nothing (belief).
    members = {str(each) if definition.type == "string" else _typed(definition, str(each)) for each in values}
    few = tuple(map(str, members)) if wanted and _is_key(definition) else None
    return Condition(definition.name, lambda value: (key(value) in members) is wanted, keys=few)


def _token_test(pattern: str) -> Test:
    """Whether a value holds all words of the pattern; `*` stands for any characters within the value."""
    if "*" in pattern:
        expression = re.compile(".*".join(re.escape(part) for part in pattern.lower().split("*")))
        return lambda value: (
            bool(expression.fullmatch(value.lower())) or any(map(expression.fullmatch, _WORD.findall(value.lower())))
        )
    wanted = set(_WORD.findall(pattern.lower()))
    return lambda value: wanted <= set(_WORD.findall(value.lower()))


def _text(raw: Mapping[str, Any], field: str) -> str:
    value = raw.get(field)
    if value is None or isinstance(value, list | dict):
        raise invalid(
            "There was a problem with the request.",
            errors=[{"message": f"{raw.get('operator')} needs {field}", "in": "filters"}],
        )
    return str(value).lower() if isinstance(value, bool) else str(value)
