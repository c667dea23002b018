"""Where to look for the rows of a query, so that a page of a large table costs what the page costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.ids import normal_id
from connectors.sandbox.salesforce.schema import NUMERIC, Field, SObject
from connectors.sandbox.salesforce.soql import Comparison, Condition, Literal, Logic, Order, malformed
from connectors.sandbox.salesforce.tables import Row, Table
from connectors.sandbox.salesforce.values import parse_date

BY_ID = ("id",)


@dataclass(frozen=True, slots=True)
class Found:
    """A superset of the rows that can pass, and the fields, in lower case, by which they come in order."""

    rows: Iterable[Row]
    order: tuple[str, ...]

    def suits(self, order: tuple[Order, ...]) -> bool:
        """Whether rows asked for in this order need no sorting. Without an order they come by id."""
        if any(each.descending or len(each.path) > 1 for each in order):
            return False
        names = tuple(each.path[0].lower() for each in order) or BY_ID
        return names == self.order[: len(names)]


def candidates(condition: Condition | None, sobject: SObject, table: Table, order: tuple[Order, ...]) -> Found | None:
    """Where an index finds all rows that can pass: by value, by time of change, or by id; None where none helps."""
    if condition is not None and (rows := _by_value(condition, sobject, table)) is not None:
        return Found(rows, BY_ID)
    stamp = sobject.stamped_by.lower()
    since, until = _bounds(condition, stamp, _instant) if condition else (None, None)
    by_stamp = Found((), (stamp, *BY_ID))
    if since is not None or until is not None or (order and by_stamp.suits(order)):
        return Found(table.stamped(since or "", until or "~"), by_stamp.order)
    beyond, _ = _bounds(condition, "id", normal_id) if condition else (None, None)
    return Found(table.numbered(beyond or ""), BY_ID)


def _by_value(condition: Condition, sobject: SObject, table: Table) -> list[Row] | None:
    """The rows, in order of id, that an indexed field or Id admits by = or IN; None where the condition has none."""
    for part in condition.parts if isinstance(condition, Logic) and condition.operator == "AND" else (condition,):
        if not isinstance(part, Comparison) or len(part.path) != 1 or part.operator not in {"=", "IN"}:
            continue
        field = sobject.field(part.path[0])
        if field is None or any(literal.value is None for literal in part.values):
            continue
        if field.name == "Id":
            ids = sorted({operand(field, literal) for literal in part.values})
            return [table.rows[record_id] for record_id in ids if record_id in table.rows]
        if table.is_indexed(field.name):
            wanted = {operand(field, literal) for literal in part.values}
            found = {row["Id"]: row for key in wanted for row in table.equal(field.name, key)}
            return [found[record_id] for record_id in sorted(found)]
    return None


def _bounds(condition: Condition, name: str, read: Callable[[object], str | None]) -> tuple[str | None, str | None]:
    """The least and the greatest value of a field that a row can have and pass; None where it is unbounded."""
    if isinstance(condition, Comparison):
        if len(condition.path) != 1 or condition.path[0].lower() != name:
            return None, None
        value = read(condition.values[0].value)
        low = value if condition.operator in {"=", ">", ">="} else None
        return low, value if condition.operator in {"=", "<", "<="} else None
    bounds = [_bounds(part, name, read) for part in condition.parts]
    lows, highs = [low for low, _ in bounds], [high for _, high in bounds]
    if condition.operator == "AND":
        return max((low for low in lows if low), default=None), min((high for high in highs if high), default=None)
    if condition.operator == "OR":
        low = None if None in lows else min(low for low in lows if low)
        return low, None if None in highs else max(high for high in highs if high)
    return None, None


def operand(field: Field, literal: Literal) -> Any:
    """What a field's key is compared with. Raises Refusal where the literal's type does not fit the field's."""
    value = literal.value
    if value is None:
        return None
    if field.type in {"id", "reference"} and literal.kind == "string":
        record_id = normal_id(value)
        if record_id is None:
            raise Refusal("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
        return record_id
    if literal.kind != _literal_kind(field):
        named = field.type if field.type in NUMERIC else _literal_kind(field)
        quoted = "should be" if named == "string" else "should not be"
        wanted = f"must be of type {named} and {quoted} enclosed in quotes"
        raise Refusal("INVALID_FIELD", f"value of filter criterion for field '{field.name}' {wanted}")
    if literal.kind in {"date", "dateTime"}:
        moment = parse_date(str(value)) if literal.kind == "date" else _moment(str(value))
        if moment is None:
            raise malformed(f"line 1: invalid date {value}")
        return moment
    return float(Decimal(str(value))) if literal.kind == "number" else field.key(value)


def _literal_kind(field: Field) -> str:
    """The kind of literal that a field is compared with."""
    if field.type in NUMERIC:
        return "number"
    return {"boolean": "boolean", "date": "date", "datetime": "dateTime"}.get(field.type, "string")


def _moment(text: str) -> str | None:
    """A literal's instant in the stored form, with its milliseconds."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def _instant(value: object) -> str | None:
    return _moment(str(value))
