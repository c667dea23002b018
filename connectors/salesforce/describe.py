"""What Salesforce says about an object, folded into our schema."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from connectors.answers import known_form
from connectors.errors import Missing
from connectors.records import Field, FieldType, ObjectSchema, Option, System
from connectors.salesforce.kinds import Kind

_TYPES = MappingProxyType(
    {
        "double": FieldType.NUMBER,
        "int": FieldType.NUMBER,
        "long": FieldType.NUMBER,
        "percent": FieldType.NUMBER,
        "currency": FieldType.MONEY,
        "boolean": FieldType.BOOLEAN,
        "date": FieldType.DATE,
        "datetime": FieldType.DATETIME,
        "picklist": FieldType.CHOICE,
        "combobox": FieldType.CHOICE,
        "multipicklist": FieldType.CHOICES,
        "reference": FieldType.REFERENCE,
    }
)
# Compounds and files: their parts are fields of their own, or nothing that a rule could read. What a history says a
# field was and is has the type anyType, and the field's own in each row.
_LEFT_OUT = frozenset({"address", "location", "base64", "complexvalue"})


def schema_of(kind: Kind, described: Mapping[str, Any]) -> ObjectSchema:
    """The schema out of an sObject describe. Types that are not listed count as text. Raises Unreachable for anything
    that is no description.
    """
    with known_form(System.SALESFORCE, kind.api_name):
        fields = (_field(each) for each in described["fields"] if each["type"] not in _LEFT_OUT)
        return ObjectSchema(kind.word, MappingProxyType({field.name: field for field in fields}))


def selectable(kind: Kind, schema: ObjectSchema, properties: Iterable[str]) -> Sequence[str]:
    """The system fields, then the properties in their order, each once.

    Raises Missing for properties that the object does not have or does not show to our user; the message names
    each with the nearest spelling.
    """
    wanted = tuple(dict.fromkeys((*kind.system_fields, *properties)))
    unknown = [each for each in wanted if each not in schema.fields]
    if unknown:
        told = "; ".join(_told(each, schema) for each in unknown)
        raise Missing(System.SALESFORCE, f"{kind.api_name} has no field that our user may see called {told}")
    return wanted


def _told(unknown: str, schema: ObjectSchema) -> str:
    by_lower = {each.lower(): each for each in schema.fields}
    near = difflib.get_close_matches(unknown.lower(), by_lower, n=1)
    return f"{unknown} (nearest: {by_lower[near[0]]})" if near else unknown


def _field(described: Mapping[str, Any]) -> Field:
    options = tuple(
        Option(each["value"], each.get("label") or each["value"], each.get("active", True))
        for each in described.get("picklistValues") or ()
    )
    createable = bool(described.get("createable"))
    return Field(
        name=described["name"],
        label=described.get("label") or described["name"],
        type=_TYPES.get(described["type"], FieldType.TEXT),
        length=described.get("length") or None,
        options=options,
        restricted=bool(described.get("restrictedPicklist")),
        createable=createable,
        updateable=bool(described.get("updateable")),
        required=createable and not described.get("nillable", True) and not described.get("defaultedOnCreate"),
        external_id=bool(described.get("externalId")),
        unique=bool(described.get("unique")),
        refers_to=tuple(described.get("referenceTo") or ()),
    )
