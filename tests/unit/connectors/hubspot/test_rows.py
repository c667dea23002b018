"""HubSpot's rows, values and property definitions in our words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors.errors import Missing
from connectors.hubspot import HubSpot
from connectors.hubspot.describe import schema_of
from connectors.hubspot.kinds import KINDS, kind_of
from connectors.hubspot.rows import instant, milliseconds, records_of
from connectors.hubspot.versions import path_for
from connectors.records import FieldType, Option

AT = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
CONTACT = KINDS["contact"]


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-09-01T08:30:00Z", AT),
        ("2026-09-01T08:30:00.250Z", AT + timedelta(milliseconds=250)),
        ("2026-09-01T10:30:00+02:00", AT),
        ("1788251400000", AT),
        (1788251400000, AT),
        ("2026-09-01", datetime(2026, 9, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_every_way_that_hubspot_writes_it(value, at):
    assert instant(value) == at
    assert instant(value).tzinfo is UTC


@pytest.mark.parametrize("value", ["", "soon", None, 1.5, []])
def test_what_is_no_instant_is_an_error(value):
    with pytest.raises(ValueError, match="(?i)instant|isoformat"):
        instant(value)


def test_milliseconds_are_exact_and_round_down():
    assert milliseconds(AT + timedelta(microseconds=1999)) == "1788251400001"
    assert milliseconds(AT.astimezone(timezone(timedelta(hours=5)))) == "1788251400000"


def test_merged_ids_are_read_in_both_ways_that_they_are_written():
    properties = {"hs_merged_object_ids": "76;9;101", "hs_calculated_merged_vids": "9:1700000000000;55:1700000000001"}
    given = {"id": "101", "properties": properties, "createdAt": "2026-01-01", "updatedAt": "2026-01-02"}
    [record] = records_of(CONTACT, [given], ())
    assert record.replaces == ("9", "55", "76")
    assert record.properties == {}


def test_a_property_that_was_asked_for_and_is_not_told_has_no_value():
    """Else nobody would see that it was cleared: what was not asked for stays as it was known."""
    told = ({"b": "2"}, {"a": "1", "b": "2"}, {"a": "3", "b": "4"}, {"a": "5"}, {}, {"a": "6", "b": "7", "c": "8"})
    dates = {"createdAt": "2026-01-01", "updatedAt": "2026-01-02"}
    rows = [{"id": str(number), "properties": given, **dates} for number, given in enumerate(told)]
    assert [record.properties for record in records_of(CONTACT, rows, ("a", "b"))] == [
        {"a": None, "b": "2"},
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
        {"a": "5", "b": None},
        {"a": None, "b": None},
        {"a": "6", "b": "7", "c": "8"},
    ]


def test_versions_of_one_instant_keep_their_order():
    at = "2026-09-01T08:30:00Z"
    versions = [
        {"value": "c", "timestamp": "2026-09-02T00:00:00Z", "sourceType": "CRM_UI", "sourceId": 7},
        {"value": "b", "timestamp": at, "sourceType": "API"},
        {"value": "", "timestamp": at},
    ]
    given = {"id": "1", "properties": {}, "propertiesWithHistory": {"x": versions}, "createdAt": at, "updatedAt": at}
    history = records_of(CONTACT, [given], ())[0].history["x"]
    assert [(each.value, each.source_type, each.source_id) for each in history] == [
        (None, None, None),
        ("b", "API", None),
        ("c", "CRM_UI", "7"),
    ]


@pytest.mark.parametrize(
    ("given", "folded"),
    [
        ({"type": "string", "fieldType": "text"}, FieldType.TEXT),
        ({"type": "phone_number"}, FieldType.TEXT),
        ({"type": "object_coordinates"}, FieldType.TEXT),
        ({"type": "number"}, FieldType.NUMBER),
        ({"type": "number", "showCurrencySymbol": True}, FieldType.MONEY),
        ({"type": "bool", "fieldType": "booleancheckbox"}, FieldType.BOOLEAN),
        ({"type": "enumeration", "fieldType": "booleancheckbox"}, FieldType.BOOLEAN),
        ({"type": "enumeration", "fieldType": "radio"}, FieldType.CHOICE),
        ({"type": "enumeration", "fieldType": "checkbox"}, FieldType.CHOICES),
        ({"type": "enumeration", "fieldType": "select", "referencedObjectType": "OWNER"}, FieldType.REFERENCE),
        ({"type": "date"}, FieldType.DATE),
        ({"type": "datetime"}, FieldType.DATETIME),
        ({}, FieldType.TEXT),
    ],
)
def test_types_are_folded(given, folded):
    fields = schema_of(CONTACT, [{"name": "x", **given}]).fields
    assert fields["x"].type is folded


def test_options_keep_value_label_and_whether_they_are_hidden():
    options = [{"value": "1", "label": "One"}, {"value": "2", "label": "", "hidden": True}]
    given = {"name": "x", "type": "enumeration", "options": options, "hasUniqueValue": False}
    field = schema_of(CONTACT, [given]).fields["x"]
    assert field.options == (Option("1", "One"), Option("2", "2", active=False))
    assert field.restricted
    assert field.updateable


def test_a_read_only_value_cannot_be_written():
    given = {"name": "x", "type": "string", "modificationMetadata": {"readOnlyValue": True}, "hasUniqueValue": True}
    field = schema_of(CONTACT, [given]).fields["x"]
    assert not field.updateable
    assert not field.createable
    assert field.unique


@pytest.mark.parametrize(
    ("version", "path", "expected"),
    [
        ("v3", "/crm/v3/owners/", "/crm/v3/owners/"),
        ("2026-03", "/crm/v3/owners/", "/crm/owners/2026-03"),
        ("2026-09", "/crm/v3/objects/contacts/search", "/crm/objects/2026-09/contacts/search"),
        ("2026-09", "/crm/v3/properties/contacts", "/crm/properties/2026-09/contacts"),
        ("2026-09", "/account-info/v3/details", "/account-info/2026-09/details"),
        ("2026-09", "/crm/v3/objectsets/x", "/crm/v3/objectsets/x"),
        ("2026-09", "/form-integrations/v1/submissions/forms/1", "/form-integrations/v1/submissions/forms/1"),
    ],
)
def test_paths_follow_the_version_of_the_api(version, path, expected):
    assert path_for(version, path) == expected


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(Missing, match="contact, company"):
        kind_of("ticket")


@pytest.mark.parametrize(
    ("token", "options"),
    [
        ("", {}),
        (" \n", {}),
        ("pat\nna1", {}),
        ("pät", {}),
        ("pat", {"api_version": "2025-09"}),
        ("pat", {"base_url": "http://api.hubapi.com"}),
    ],
)
def test_what_cannot_work_is_a_value_error_at_once_and_shows_no_token(token, options):
    with pytest.raises(ValueError, match=r"token|version|https") as told:
        HubSpot(token, **options)
    assert token.strip() == "pat" or not token.strip() or token not in str(told.value)
