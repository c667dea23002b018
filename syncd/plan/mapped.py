"""Fields that the config keeps in step between both CRMs, and who wins where both hold a value (design 4)."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.records import Field, JsonValue, System
from syncd.facts.values import as_said_by
from syncd.files.fields_file import WriteField
from syncd.model.dossier import Mirrored
from syncd.model.instant import Instant
from syncd.model.person import Property, Unknown
from syncd.plan.case import Case, Setting
from syncd.plan.values import as_hubspot, as_salesforce

OTHER = {"hubspot": System.SALESFORCE, "salesforce": System.HUBSPOT}


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
        value = _value(rule, known, field, system)
        if _wins(rule, value, known, record, field, system):
            yield field.name, value


def _value(rule: WriteField, known: Property, field: Field, system: str) -> JsonValue:
    """The value in the target's form and words."""
    value = known.timeline[-1][1]
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
        return known.timeline[-1][0] > _changed_at(field.name, record)
    if rule.owner == "forward_only":
        return _is_further(value, before, field)
    return rule.owner == f"{OTHER[system]}_wins"


def _is_further(value: JsonValue, before: JsonValue, field: Field) -> bool:
    """Whether a value comes after another in the order of a picklist; one that the picklist lacks has no place."""
    order = [one.value for one in field.options]
    return before in order and value in order and order.index(str(value)) > order.index(str(before))


def _changed_at(name: str, record: Mirrored) -> Instant:
    """When a field last changed as far as its history tells; else the record's own time, the latest it can be."""
    versions = record.history.get(name)
    return versions[-1][0] if versions else record.modified_at
