"""Fields that the config keeps in step between both CRMs, and who wins where both hold a value (design 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from connectors.records import Field, JsonValue, System
from syncd.facts.values import as_said_by
from syncd.files.fields_file import WriteField
from syncd.model.dossier import Mirrored
from syncd.model.instant import HOUR, NEVER, Instant
from syncd.model.person import Property, Unknown, Value
from syncd.plan.case import Case, Setting
from syncd.plan.values import as_hubspot, as_salesforce, same

OTHER = {"hubspot": System.SALESFORCE, "salesforce": System.HUBSPOT}
COPIED_WITHIN = HOUR
"""How old news a program copies, at most: whoever says the same later says it anew."""
Versions: TypeAlias = "Sequence[tuple[Instant, JsonValue]]"
"""What a field was from when on, oldest first, in the form of the target."""


def mapped_fields(
    case: Case, target: tuple[str, str], record: Mirrored | None, setting: Setting
) -> Iterator[tuple[str, JsonValue]]:
    """(field, value) of all that shall be written by fields.yaml into a record of a (system, kind), or into a new one.

    The value is always what the other CRM says: nothing is copied from a CRM into itself. What is not known there, and
    fields that we may not write, are left out.
    """
    system = target[0]
    for field, rule in setting.written.get(target, ()):
        if not (field.updateable if record else field.createable):
            continue
        known = as_said_by(OTHER[system], rule.from_, case.facts.properties)
        if known is None or isinstance(known.timeline[-1][1], Unknown):
            continue
        value = _value(rule, known.timeline[-1][1], field, system)
        if _wins(rule, value, known, record, field, system):
            yield field.name, value


def _value(rule: WriteField, value: Value, field: Field, system: str) -> JsonValue:
    """A value of the other CRM in the target's form and words."""
    if isinstance(value, str) and rule.values:
        folded = {given.casefold(): other for given, other in rule.values.items()}
        value = folded.get(value.casefold(), value)
    return as_salesforce(value, field) if system == "salesforce" else as_hubspot(value, field)


def _wins(
    rule: WriteField, value: JsonValue, known: Property, record: Mirrored | None, field: Field, system: str
) -> bool:
    """Whether the value may take the place of what is there."""
    before = record.properties.get(field.name) if record else None
    if before in (None, ""):
        return rule.owner != f"{system}_wins"
    if record is not None and rule.owner == "newest_wins":
        there = [(at, _value(rule, one, field, system)) for at, one in known.timeline]
        here = [(at, one) for at, one, _, _ in record.history.get(field.name, ())] or [(record.modified_at, before)]
        return _said_at(there, here, field) > _said_at(here, there, field)
    if rule.owner == "forward_only":
        return _is_further(value, before, field)
    return rule.owner == f"{OTHER[system]}_wins"


def _is_further(value: JsonValue, before: JsonValue, field: Field) -> bool:
    """Whether a value comes after another in the order of a picklist; one that the picklist lacks has no place."""
    order = [one.value for one in field.options]
    return before in order and value in order and order.index(str(value)) > order.index(str(before))


def _said_at(own: Versions, other: Versions, field: Field) -> Instant:
    """When somebody last said a value on one side, by its versions, oldest first; copies of the other side's not
    counted, whoever copied them: a copy comes later than what it copies, and is no news beside what came meanwhile.

    A value is a copy if the other side held it not long before it came, and since the value before it. Where nothing
    tells when a value came, the only version is the latest that it can be for a target, the earliest for a source.
    """
    began = [one for place, one in enumerate(own) if place == 0 or not same(own[place - 1][1], one[1], field)]
    for place in range(len(began) - 1, 0, -1):
        at, value = began[place]
        if not _was_held(value, max(began[place - 1][0], Instant(at - COPIED_WITHIN)), at, other, field):
            return at
    return began[0][0]


def _was_held(value: JsonValue, since: Instant, until: Instant, versions: Versions, field: Field) -> bool:
    """Whether a side held a value at some time between two instants."""
    ends = [at for at, _ in versions[1:]] + [NEVER]
    return any(
        at < until and end > since and same(one, value, field) for (at, one), end in zip(versions, ends, strict=True)
    )
