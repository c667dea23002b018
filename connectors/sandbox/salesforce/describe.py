"""What describe says about objects and fields, in the shape that a recorded org gave it."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.salesforce.query import child_relationship
from connectors.sandbox.salesforce.schema import NUMERIC, Field, Schema, SObject

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
}
_NEVER = (
    "aiPredictionField",
    "autoNumber",
    "calculated",
    "cascadeDelete",
    "dependentPicklist",
    "deprecatedAndHidden",
    "displayLocationInDecimal",
    "encrypted",
    "formulaTreatNullNumberAsZero",
    "highScaleNumber",
    "htmlFormatted",
    "queryByDistance",
    "restrictedDelete",
    "searchPrefilterable",
    "writeRequiresMasterRead",
)
_NOTHING = (
    "calculatedFormula",
    "compoundFieldName",
    "controllerName",
    "defaultValueFormula",
    "extraTypeInfo",
    "filteredLookupInfo",
    "inlineHelpText",
    "mask",
    "maskType",
    "referenceTargetField",
    "relationshipOrder",
)


def brief(sobject: SObject, version: str) -> dict[str, Any]:
    """The entry of an object in the list of all objects."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    return {
        "activateable": False,
        "createable": sobject.writable,
        "custom": False,
        "customSetting": False,
        "deletable": sobject.writable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": sobject.writable,
        "mergeable": sobject.mergeable,
        "mruEnabled": sobject.writable,
        "name": sobject.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": sobject.writable,
        "triggerable": sobject.writable,
        "undeletable": sobject.undeletable,
        "updateable": sobject.writable,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def full(schema: Schema, sobject: SObject, version: str) -> dict[str, Any]:
    """The describe of one object, with the fields that our user may see."""
    children = [
        {
            "cascadeDelete": child.name != "Contact",
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "relationshipName": child_relationship(child, field, sobject.name),
            "restrictedDelete": False,
        }
        for child in schema
        for field in child.visible()
        if sobject.name in field.refers_to
    ]
    fields = [describe_field(field) for field in sobject.visible()]
    return {**brief(sobject, version), "childRelationships": children, "fields": fields, "recordTypeInfos": []}


def describe_field(field: Field) -> dict[str, Any]:
    """One field of a describe."""
    multiple = len(field.refers_to) > 1
    return {
        **dict.fromkeys(_NEVER, False),
        **dict.fromkeys(_NOTHING),
        "aggregatable": field.filterable and field.type != "boolean",
        "byteLength": field.length if field.type in {"id", "reference"} else field.length * 3,
        "caseSensitive": field.case_sensitive,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" else field.default,
        "defaultedOnCreate": field.defaulted,
        "digits": 10 if field.type == "int" else 0,
        "externalId": field.external_id,
        "filterable": field.filterable,
        "groupable": field.filterable and field.type not in {*NUMERIC, "datetime"},
        "idLookup": field.id_lookup,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.name == "Name",
        "namePointing": multiple,
        "nillable": field.nillable,
        "permissionable": field.nillable and field.type != "id",
        "picklistValues": _options(field),
        "polymorphicForeignKey": multiple,
        "precision": field.precision,
        "referenceTo": list(field.refers_to),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.filterable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
    }


def _options(field: Field) -> list[dict[str, Any]]:
    return [
        {"active": True, "defaultValue": value == field.default, "label": value, "validFor": None, "value": value}
        for value in field.options
    ]
