"""Fields that the config keeps in step with HubSpot, and who wins where both CRMs hold a value (design 4)."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.records import Field, JsonValue
from syncd.files.fields_file import WriteField
from syncd.model.dossier import Mirrored
from syncd.model.instant import Instant
from syncd.model.person import Property, Unknown
from syncd.plan.case import Case, Setting
from syncd.plan.values import as_salesforce


def mapped_fields(case: Case, kind: str, record: Mirrored | None, setting: Setting) -> Iterator[tuple[str, JsonValue]]:
    """(field, value) of all that shall be written into a record of a kind, or into a new one, by fields.yaml.

    What is not known, what Salesforce itself holds, and fields that we may not write are left out.
    """
    for field, rule in setting.written.get(kind, ()):
        known = case.facts.properties.get(rule.from_)
        if known is None or not (field.updateable if record else field.createable):
            continue
        if isinstance(known.timeline[-1][1], Unknown) or known.source.startswith("salesforce:"):
            continue
        value = _value(rule, known, field)
        if _wins(rule, value, known, record, field):
            yield field.name, value


def _value(rule: WriteField, known: Property, field: Field) -> JsonValue:
    """The value in Salesforce's form and words."""
    value = known.timeline[-1][1]
    if isinstance(value, str) and rule.values:
        folded = {given.casefold(): other for given, other in rule.values.items()}
        value = folded.get(value.casefold(), value)
    return as_salesforce(value, field)


def _wins(rule: WriteField, value: JsonValue, known: Property, record: Mirrored | None, field: Field) -> bool:
    """Whether the value may take the place of what is there."""
    before = record.properties.get(field.name) if record else None
    if before in (None, ""):
        return rule.owner != "salesforce_wins"
    if record is not None and rule.owner == "newest_wins":
        return known.timeline[-1][0] > _changed_at(field.name, record)
    if rule.owner == "forward_only":
        return _is_further(value, before, field)
    return rule.owner == "hubspot_wins"


def _is_further(value: JsonValue, before: JsonValue, field: Field) -> bool:
    """Whether a value comes after another in the order of a picklist; one that the picklist lacks has no place."""
    order = [one.value for one in field.options]
    return before in order and value in order and order.index(str(value)) > order.index(str(before))


def _changed_at(name: str, record: Mirrored) -> Instant:
    """When a Salesforce field last changed as far as we saw; the record's own time is the latest it can be."""
    versions = record.history.get(name)
    return versions[-1][0] if versions else record.modified_at
