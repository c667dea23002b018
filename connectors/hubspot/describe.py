"""What HubSpot says about an object's properties, folded into our schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from connectors.hubspot.kinds import Kind
from connectors.records import Field, FieldType, ObjectSchema, Option

_TYPES = MappingProxyType(
    {
        "number": FieldType.NUMBER,
        "bool": FieldType.BOOLEAN,
        "enumeration": FieldType.CHOICE,
        "date": FieldType.DATE,
        "datetime": FieldType.DATETIME,
    }
)


_MADE_AS = MappingProxyType(
    {
        FieldType.TEXT: ("string", "text"),
        FieldType.NUMBER: ("number", "number"),
        FieldType.MONEY: ("number", "number"),
        FieldType.BOOLEAN: ("bool", "booleancheckbox"),
        FieldType.CHOICE: ("enumeration", "select"),
        FieldType.CHOICES: ("enumeration", "checkbox"),
        FieldType.DATE: ("date", "date"),
        FieldType.DATETIME: ("datetime", "date"),
    }
)
"""Type and widget of a property that is made."""


def schema_of(kind: Kind, definitions: Iterable[Mapping[str, Any]]) -> ObjectSchema:
    """The schema out of the properties API's rows. Types that are not listed count as text."""
    fields = {each["name"]: _field(each) for each in definitions}
    return ObjectSchema(kind.word, MappingProxyType(fields))


def definition_of(kind: Kind, field: Field) -> dict[str, Any]:
    """A property as HubSpot is asked to make it."""
    type_, widget = _MADE_AS[field.type]
    yes_no = (Option("true", "Yes"), Option("false", "No")) if field.type is FieldType.BOOLEAN else ()
    options = [
        {"label": one.label, "value": one.value, "displayOrder": place, "hidden": False}
        for place, one in enumerate(field.options or yes_no)
    ]
    return {
        "name": field.name,
        "label": field.label,
        "type": type_,
        "fieldType": widget,
        "groupName": f"{kind.word}information",
        "description": "Made by syncd.",
        "options": options,
        "hasUniqueValue": field.unique,
    }


def _field(given: Mapping[str, Any]) -> Field:
    folded = _type(given)
    writable = not (given.get("modificationMetadata") or {}).get("readOnlyValue")
    options = tuple(
        Option(each["value"], each.get("label") or each["value"], active=not each.get("hidden"))
        for each in sorted(given.get("options") or (), key=_place)
    )
    unique = bool(given.get("hasUniqueValue"))
    return Field(
        name=given["name"],
        label=given.get("label") or given["name"],
        type=folded,
        options=options,
        restricted=folded in (FieldType.CHOICE, FieldType.CHOICES),
        createable=writable,
        updateable=writable,
        external_id=unique,
        unique=unique,
    )


def _place(option: Mapping[str, Any]) -> tuple[bool, int]:
    """Where an option stands: by its display order, and without one (below zero) at the end."""
    order = option.get("displayOrder")
    return (True, 0) if order is None or order < 0 else (False, order)


def _type(given: Mapping[str, Any]) -> FieldType:
    """A single checkbox of the older kind is an enumeration of true and false; several checkboxes are choices; what
    names another object is a reference (hubspot_owner_id).
    """
    folded = _TYPES.get(given.get("type", ""), FieldType.TEXT)
    if folded is FieldType.CHOICE:
        if given.get("referencedObjectType"):
            return FieldType.REFERENCE
        widget = given.get("fieldType")
        return {"checkbox": FieldType.CHOICES, "booleancheckbox": FieldType.BOOLEAN}.get(widget or "", folded)
    if folded is FieldType.NUMBER and given.get("showCurrencySymbol"):
        return FieldType.MONEY
    return folded
