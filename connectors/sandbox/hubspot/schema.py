"""What kinds of records and properties the emulated portal knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.hubspot import standard

_FIELDS = {
    "s": ("string", "text"),
    "a": ("string", "textarea"),
    "n": ("number", "number"),
    "t": ("datetime", "date"),
    "d": ("date", "date"),
    "b": ("bool", "booleancheckbox"),
    "e": ("enumeration", "select"),
    "m": ("enumeration", "checkbox"),
}
ACTIVITIES = frozenset({"calls", "meetings", "emails", "notes", "tasks"})
ESTABLISHED = "2020-01-15T09:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Option:
    """One allowed value of an enumeration."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Property:
    """The definition of one property of one kind of record."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    options: tuple[Option, ...] = ()
    group: str = ""
    description: str = ""
    read_only: bool = False
    hidden: bool = False
    unique: bool = False
    external_options: bool = False
    references_owner: bool = False
    hubspot_defined: bool = True
    created_at: str = ESTABLISHED

    def shown(self) -> dict[str, Any]:
        """The definition as the properties API answers it."""
        options = [
            {"label": o.label, "value": o.value, "displayOrder": order, "hidden": False}
            for order, o in enumerate(self.options)
        ]
        body: dict[str, Any] = {
            "updatedAt": self.created_at,
            "createdAt": self.created_at,
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": options,
            "displayOrder": -1,
            "calculated": False,
            "externalOptions": self.external_options,
            "archived": False,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.hubspot_defined,
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyValue": self.read_only,
            },
            "formField": not self.read_only and not self.hidden,
        }
        return body | ({"referencedObjectType": "OWNER"} if self.references_owner else {})


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A kind of record. `created` and `modified` name its own date properties (facts: hubspot B7).

    `required` are properties without which the API creates none; `tier` is the least one that has this kind.
    """

    name: str
    singular: str
    type_id: str
    created: str
    modified: str
    defaults: tuple[str, ...]
    searchable: tuple[str, ...]
    read_scope: str
    write_scope: str
    schema_scope: str
    history_cap: int
    required: tuple[str, ...] = ()
    tier: str = "free"

    @property
    def label(self) -> str:
        """The name in HubSpot's own error texts, as CONTACT."""
        return self.singular.upper()


def _object_type(name: str, singular: str, type_id: str, defaults: str, searchable: str) -> ObjectType:
    contact = name == "contacts"
    created = "createdate" if name in ("contacts", "companies", "deals") else "hs_createdate"
    modified = "lastmodifieddate" if contact else "hs_lastmodifieddate"
    # Engagements are read with the contacts' scope, e-mails with one more of their own (facts: hubspot B12).
    owner = name if name in ("contacts", "companies", "deals", "leads") else "contacts"
    return ObjectType(
        name=name,
        singular=singular,
        type_id=type_id,
        created=created,
        modified=modified,
        defaults=(created, modified, "hs_object_id", *defaults.split()),
        searchable=tuple(searchable.split()),
        read_scope="sales-email-read" if name == "emails" else f"crm.objects.{owner}.read",
        write_scope=f"crm.objects.{owner}.write",
        schema_scope=f"crm.schemas.{owner}.read",
        # Property history is capped (seen: 45 versions on contacts, 20 elsewhere; facts: hubspot G).
        history_cap=45 if contact else 20,
        required=("hs_timestamp",) if name in ACTIVITIES else (),
        # Leads are objects of Sales Hub Professional (facts: hubspot B10).
        tier="professional" if name == "leads" else "free",
    )


OBJECT_TYPES = {
    kind.name: kind
    for kind in (
        _object_type(
            "contacts",
            "contact",
            "0-1",
            "email firstname lastname",
            "email firstname lastname phone mobilephone company hs_additional_emails",
        ),
        _object_type("companies", "company", "0-2", "name domain", "name domain phone website"),
        _object_type("deals", "deal", "0-3", "amount closedate dealname dealstage pipeline", "dealname description"),
        _object_type("calls", "call", "0-48", "", "hs_call_title hs_call_body"),
        _object_type("meetings", "meeting", "0-47", "", "hs_meeting_title hs_meeting_body"),
        _object_type("emails", "email", "0-49", "", "hs_email_subject"),
        _object_type("notes", "note", "0-46", "", "hs_note_body"),
        _object_type("tasks", "task", "0-27", "", "hs_task_subject hs_task_body"),
        _object_type("leads", "lead", "0-136", "", "hs_lead_name"),
    )
}
_BY_ANY_NAME = {alias: kind for kind in OBJECT_TYPES.values() for alias in (kind.name, kind.singular, kind.type_id)}
ALL_SCOPES = frozenset(
    scope
    for kind in OBJECT_TYPES.values()
    for scope in (kind.read_scope, kind.write_scope, kind.schema_scope, kind.schema_scope.replace(".read", ".write"))
) | {
    "crm.objects.owners.read",
    "crm.lists.read",
    "crm.lists.write",
    "forms",
    "content",
    "business-intelligence",
    "crm.objects.marketing_events.read",
}


def object_type(name: str) -> ObjectType | None:
    """The kind of record with this plural, singular or type id (`contacts`, `contact`, `0-1`), or None."""
    return _BY_ANY_NAME.get(name)


def standard_properties(kind: ObjectType) -> dict[str, Property]:
    """The properties that every portal has for this kind of record, by name."""
    lines = standard.COMMON + standard.PROPERTIES[kind.name]
    extra = standard.LIFECYCLE if kind.name in ("contacts", "companies") else ""
    found = {each.name: each for each in _parse(lines + extra, kind.singular + "information")}
    for name in (kind.created, kind.modified):
        found[name] = Property(name, name, "datetime", "date", read_only=True, group=kind.singular + "information")
    return found


def stage_properties(stage: str) -> list[Property]:
    """The read-only properties that come with a lifecycle stage of the portal's own."""
    return [*_parse(standard.lifecycle_dates([(stage, stage)]), "")]


def _parse(lines: str, group: str) -> Iterator[Property]:
    for line in filter(None, map(str.strip, lines.splitlines())):
        spec, _, label = line.partition("|")
        kind, name, *flags = spec.split()
        type_, field_type = _FIELDS[kind]
        yield Property(
            name=name,
            label=label.strip() or re.sub(r"^Hs ", "", name.replace("_", " ").capitalize()),
            type=type_,
            field_type=field_type,
            options=_options(name, type_),
            group=group,
            read_only="r" in flags,
            hidden="h" in flags,
            unique="u" in flags,
            external_options="x" in flags or "o" in flags,
            references_owner="o" in flags,
        )


def _options(name: str, type_: str) -> tuple[Option, ...]:
    if type_ == "bool":
        return (Option("true", "Yes"), Option("false", "No"))
    pairs = (each.split("=") for each in standard.OPTIONS.get(name, "").split(";") if each)
    return tuple(Option(value.strip(), label.strip()) for value, label in pairs)
