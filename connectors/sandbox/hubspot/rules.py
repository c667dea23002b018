"""What a write may say, and what else it changes: types, unique values, lifecycle stages, computed properties."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.hubspot.errors import Problem, conflict, invalid, invalid_values, missing_required
from connectors.sandbox.hubspot.schema import ObjectType, Property
from connectors.sandbox.hubspot.standard import DEAL_STAGES
from connectors.sandbox.hubspot.table import Record, Source, Table
from connectors.sandbox.hubspot.values import canonical, instant_ms, iso

_PROBABILITY = {stage: probability for stage, _, probability in DEAL_STAGES}


@dataclass(frozen=True, slots=True)
class Demand:
    """An admin's rule: a record whose property `name` has one of `values` must have all of `needs` too."""

    name: str
    values: frozenset[str]
    needs: frozenset[str]


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


def check_required(kind: ObjectType, values: Mapping[str, str]) -> None:
    """Raise ApiError (400) where a new record lacks what its kind cannot be without, in any generation (belief)."""
    missing = [name for name in kind.required if not values.get(name)]
    if missing:
        message = f"Error creating {kind.label}. Some required properties were not set."
        raise invalid(message, context={"properties": [f"[{', '.join(missing)}]"]})


def check_demands(
    kind: ObjectType, verb: str, before: Mapping[str, str], values: Mapping[str, str], demands: Iterable[Demand]
) -> None:
    """Raise ApiError (400) where a write leaves a record without what an admin demands of it.

    Only writes that touch the rule are judged: an old record that never satisfied it can be changed elsewhere.
    """
    after = {**before, **values}
    for demand in demands:
        touched = demand.name in values or not demand.needs.isdisjoint(values)
        missing = [name for name in demand.needs if not after.get(name)]
        if touched and missing and after.get(demand.name, "") in demand.values:
            raise missing_required(kind.label, verb, missing)


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
        for derived, computed in [*_derived(record, name, before, value, at)]:
            if derived in definitions and record.values.get(derived, "") != computed:
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


def _derived(record: Record, name: str, before: str, value: str, at: int) -> Iterator[tuple[str, str]]:
    """What HubSpot computes when a property goes from `before` to `value`: names and values."""
    if name == "email":
        yield "hs_email_domain", value.partition("@")[2]
    elif name == "hubspot_owner_id":
        yield "hubspot_owner_assigneddate", iso(at) if value else ""
    elif name == "lifecyclestage":
        yield from _stage_moved(record, before, value, at)
        if value:
            yield f"hs_lifecyclestage_{value}_date", iso(at)
    elif name == "dealstage":
        yield from _stage_moved(record, before, value, at)
        yield "hs_deal_stage_probability", _PROBABILITY.get(value, "")
        yield "hs_is_closed", str(value in ("closedwon", "closedlost")).lower()
        yield "hs_is_closed_won", str(value == "closedwon").lower()
        yield "hs_is_closed_lost", str(value == "closedlost").lower()
    elif name == "hs_task_status":
        done = value == "COMPLETED"
        yield "hs_task_is_completed", str(done).lower()
        yield "hs_task_completion_date", iso(at) if done else ""


def _stage_moved(record: Record, before: str, value: str, at: int) -> Iterator[tuple[str, str]]:
    """When stages were entered and left, and for how long they lasted, in ms (facts: hubspot B10)."""
    if before:
        entered = record.values.get(f"hs_v2_date_entered_{before}")
        lasted = max(0, at - instant_ms(entered)) if entered else 0
        total = f"hs_v2_cumulative_time_in_{before}"
        yield f"hs_v2_date_exited_{before}", iso(at)
        yield f"hs_v2_latest_time_in_{before}", str(lasted)
        yield total, str(lasted + int(record.values.get(total) or 0))
    if value:
        yield f"hs_v2_date_entered_{value}", iso(at)
    yield "hs_v2_date_entered_current_stage", iso(at) if value else ""
