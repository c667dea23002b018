"""What a write may say, and what else it changes: types, unique values, lifecycle stages, computed properties."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from connectors.sandbox.hubspot.errors import Problem, conflict, invalid, invalid_values
from connectors.sandbox.hubspot.schema import Property
from connectors.sandbox.hubspot.table import Record, Source, Table
from connectors.sandbox.hubspot.values import canonical, iso


def checked(
    definitions: Mapping[str, Property], given: object, owners: Collection[str], *, by_api: bool
) -> dict[str, str]:
    """The given property values in canonical form.

    Raises ApiError (400) that names every bad one: unknown, read-only (through the API only), wrong type or option.
    Numbers and booleans are taken as their text. A null is passed over in silence: only "" clears.
    """
    if not isinstance(given, Mapping):
        raise invalid("Invalid input JSON: properties must be an object")
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        result = _checked_one(definitions.get(name), name, value, owners, by_api=by_api)
        if isinstance(result, Problem):
            problems.append(result)
        elif result is not None:
            found[name] = result
    if problems:
        raise invalid_values(problems)
    return found


def _checked_one(
    definition: Property | None, name: str, value: Any, owners: Collection[str], *, by_api: bool
) -> str | Problem | None:
    if definition is None:
        return Problem(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if by_api and definition.read_only:
        return Problem(name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
    if value is None:
        return None
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float):
        raise invalid("Invalid input JSON: Cannot deserialize value of type `java.lang.String`")
    return canonical(definition, str(value), owners)


def check_unique(
    table: Table, definitions: Mapping[str, Property], values: Mapping[str, str], own_id: int | None
) -> None:
    """Raise ApiError (409 with the existing id) where another live record holds a unique value of `values`."""
    for name, value in values.items():
        if value and definitions[name].unique:
            holder = table.find_unique(name, value)
            if holder is not None and holder.id != own_id:
                raise conflict(table.kind.label, holder.id)


def without_backward_stage(
    definitions: Mapping[str, Property], record: Record, values: dict[str, str]
) -> dict[str, str]:
    """The values less a lifecycle stage that lies before the present one.

    HubSpot answers such a write with 2xx and changes nothing; the stage must be cleared first, in a request of its
    own (facts: hubspot B10).
    """
    present, wanted = record.values.get("lifecyclestage"), values.get("lifecyclestage")
    if not present or not wanted:
        return values
    order = [option.value for option in definitions["lifecyclestage"].options]
    if present in order and order.index(wanted) < order.index(present):
        return {name: value for name, value in values.items() if name != "lifecyclestage"}
    return values


def write(
    table: Table,
    definitions: Mapping[str, Property],
    record: Record,
    values: Mapping[str, str],
    at: int,
    source: Source,
) -> set[str]:
    """Set values on a record and what follows from them; returns the names that changed.

    A value that is there already makes no version: a write that changes nothing leaves no trace (facts: hubspot G).
    """
    changed: set[str] = set()
    for name, value in values.items():
        before = record.values.get(name, "")
        if before == value:
            continue
        if definitions[name].unique:
            _move_claim(table, name, before, value, record.id)
        for derived, computed in _derived(name, before, value, at):
            if derived in definitions:
                record.put(derived, computed, at, Source("CALCULATED"))
                changed.add(derived)
        record.put(name, value, at, source)
        changed.add(name)
    return changed


def _move_claim(table: Table, name: str, before: str, value: str, record_id: int) -> None:
    if before:
        table.release(name, before)
    if value:
        table.claim(name, value, record_id)


def _derived(name: str, before: str, value: str, at: int) -> Iterator[tuple[str, str]]:
    if name == "email":
        yield "hs_email_domain", value.partition("@")[2]
    elif name == "hubspot_owner_id":
        yield "hubspot_owner_assigneddate", iso(at) if value else ""
    elif name == "lifecyclestage":
        if before:
            yield f"hs_v2_date_exited_{before}", iso(at)
        if value:
            yield f"hs_lifecyclestage_{value}_date", iso(at)
            yield f"hs_v2_date_entered_{value}", iso(at)
        yield "hs_v2_date_entered_current_stage", iso(at) if value else ""
    elif name == "dealstage":
        yield "hs_is_closed", "true" if value.startswith("closed") else "false"
        yield "hs_is_closed_won", "true" if value == "closedwon" else "false"
