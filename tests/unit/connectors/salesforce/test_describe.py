from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import Missing, Unreachable
from connectors.records import FieldType, Option
from connectors.salesforce.describe import schema_of, selectable
from connectors.salesforce.kinds import KINDS, kind_of

LEAD = kind_of("lead")


def described(name: str, type_: str = "string", **rest: Any) -> dict[str, Any]:
    return {"name": name, "label": name, "type": type_, "length": 0, "createable": True, "updateable": True, **rest}


def lead_with(*fields: dict[str, Any]) -> dict[str, Any]:
    system = [described(each) for each in LEAD.system_fields]
    return {"name": "Lead", "fields": [*system, *fields]}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("string", "textarea", "email", "phone", "url", "id", "encryptedstring"), FieldType.TEXT),
        (("double", "int", "percent"), FieldType.NUMBER),
        (("currency",), FieldType.MONEY),
        (("picklist", "combobox"), FieldType.CHOICE),
        (("multipicklist",), FieldType.CHOICES),
        (("reference",), FieldType.REFERENCE),
        (("boolean",), FieldType.BOOLEAN),
        (("date",), FieldType.DATE),
        (("datetime",), FieldType.DATETIME),
    ],
)
def test_each_type_is_folded(types: tuple[str, ...], expected: FieldType) -> None:
    for each in types:
        assert schema_of(LEAD, lead_with(described("X", each))).fields["X"].type is expected


@pytest.mark.parametrize("told", [None, [], {}, {"fields": None}, {"fields": [{}]}, {"fields": ["Id"]}])
def test_what_is_no_description_is_no_answer(told: Any) -> None:
    with pytest.raises(Unreachable, match="Lead"):
        schema_of(LEAD, told)


def test_compound_fields_are_left_out() -> None:
    assert "Address" not in schema_of(LEAD, lead_with(described("Address", "address"))).fields


def test_length_options_and_keys_are_told() -> None:
    schema = schema_of(
        LEAD,
        lead_with(
            described("HubSpot_Id__c", length=64, externalId=True, unique=True, nillable=True),
            described(
                "Status",
                "picklist",
                length=255,
                restrictedPicklist=True,
                nillable=False,
                defaultedOnCreate=True,
                picklistValues=[{"value": "Open", "label": "Offen", "active": False}],
            ),
            described("LastName", length=80, nillable=False, defaultedOnCreate=False),
            described("CreatedById", "reference", createable=False, updateable=False, nillable=False),
        ),
    )
    key, status, last_name, created_by = (
        schema.fields[each] for each in ("HubSpot_Id__c", "Status", "LastName", "CreatedById")
    )
    assert (key.length, key.external_id, key.unique, key.required) == (64, True, True, False)
    assert (status.options, status.restricted, status.required) == (
        (Option("Open", "Offen", active=False),),
        True,
        False,
    )
    assert (last_name.required, created_by.required, created_by.length) == (True, False, None)


def test_a_field_without_length_has_none() -> None:
    assert schema_of(LEAD, lead_with(described("Amount", "currency"))).fields["Amount"].length is None


def test_system_fields_come_first_and_each_field_once() -> None:
    schema = schema_of(LEAD, lead_with(described("Email")))
    expected = ("Id", "SystemModstamp", "CreatedDate", "IsDeleted", "MasterRecordId", "Email")
    assert selectable(LEAD, schema, ["Email", "Id", "Email"]) == expected


def test_an_unknown_property_is_named_with_the_nearest_spelling() -> None:
    schema = schema_of(LEAD, lead_with(described("Budget__c")))
    with pytest.raises(Missing, match=r"called budget__c \(nearest: Budget__c\); Zzz$"):
        selectable(LEAD, schema, ["budget__c", "Zzz"])


def test_an_unknown_kind_names_the_kinds_there_are() -> None:
    with pytest.raises(Missing, match=r"'deal'.*lead, contact, account"):
        kind_of("deal")


def test_users_and_queues_have_no_recycle_bin_and_only_people_and_accounts_merge() -> None:
    living = {word for word, kind in KINDS.items() if not kind.bin}
    assert {"user", "group"} == {word for word in living if not word.endswith(("_history", "_stage", "_status"))}
    assert {word for word, kind in KINDS.items() if kind.merges} == {"lead", "contact", "account"}


def test_custom_fields_of_a_task_are_made_on_activity() -> None:
    assert kind_of("task").metadata_name == "Activity"
    assert kind_of("lead").metadata_name == "Lead"
