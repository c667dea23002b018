from __future__ import annotations

from typing import Any

import pytest

from connectors.records import Recovery
from connectors.salesforce.refusals import MESSAGE_LENGTH, row_error

HOLDER = "0015500001QdQWaAAN"


@pytest.mark.parametrize(
    ("code", "recovery"),
    [
        ("UNABLE_TO_LOCK_ROW", Recovery.RETRY),
        ("SERVER_UNAVAILABLE", Recovery.RETRY),
        ("ALL_OR_NONE_OPERATION_ROLLED_BACK", Recovery.RETRY),
        ("PROCESSING_HALTED", Recovery.RETRY),
        ("DUPLICATE_VALUE", Recovery.DUPLICATE),
        ("DUPLICATES_DETECTED", Recovery.DUPLICATE),
        ("DUPLICATE_EXTERNAL_ID", Recovery.DUPLICATE),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", Recovery.MAPPING),
        ("INVALID_FIELD", Recovery.MAPPING),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", Recovery.PERMISSION),
        ("INSUFFICIENT_ACCESS_OR_READONLY", Recovery.PERMISSION),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", Recovery.PERMISSION),
        ("INSUFFICIENT_ACCESS", Recovery.PERMISSION),
        ("CANNOT_UPDATE_CONVERTED_LEAD", Recovery.CONVERTED),
        ("ENTITY_IS_DELETED", Recovery.GONE),
        ("NOT_FOUND", Recovery.GONE),
        ("INVALID_CROSS_REFERENCE_KEY", Recovery.GONE),
        ("MALFORMED_ID", Recovery.GONE),
        ("REQUIRED_FIELD_MISSING", Recovery.REJECT),
        ("STRING_TOO_LONG", Recovery.REJECT),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Recovery.REJECT),
        ("SOMETHING_NEW", Recovery.REJECT),
    ],
)
def test_each_code_has_its_recovery(code: str, recovery: Recovery) -> None:
    assert row_error({"statusCode": code, "message": "m", "fields": []}).recovery is recovery


def test_a_stale_reference_in_a_field_is_this_rows_data_and_not_a_lost_record() -> None:
    told = {"statusCode": "INVALID_CROSS_REFERENCE_KEY", "message": "invalid cross reference id", "fields": ["OwnerId"]}
    assert row_error(told).recovery is Recovery.REJECT
    assert row_error({**told, "fields": ["Id"]}).recovery is Recovery.GONE


def test_a_lock_missed_inside_a_trigger_is_tried_again() -> None:
    told = {"statusCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "message": "T: UNABLE_TO_LOCK_ROW, unable to obtain"}
    assert row_error(told).recovery is Recovery.RETRY
    assert row_error({**told, "message": "T: null pointer"}).recovery is Recovery.REJECT


def test_a_duplicate_value_names_who_holds_it() -> None:
    message = f"duplicate value found: HubSpot_Id__c duplicates value on record with id: {HOLDER}"
    assert row_error({"statusCode": "DUPLICATE_VALUE", "message": message}).existing_id == HOLDER
    short = f"duplicate value found: X duplicates value on record with id: {HOLDER[:15]}"
    assert row_error({"statusCode": "DUPLICATE_VALUE", "message": short}).existing_id == HOLDER
    assert (
        row_error({"statusCode": "DUPLICATE_VALUE", "message": "duplicate value found: <unknown>"}).existing_id is None
    )


def detected(key: str, *ids: str) -> dict[str, Any]:
    matches = [{"record": {"attributes": {"type": "Lead"}, "Id": each}} for each in ids]
    return {
        "statusCode": "DUPLICATES_DETECTED",
        "message": "Use one of these records?",
        key: {"allowSave": True, "matchResults": [{"matchRecords": matches}]},
    }


@pytest.mark.parametrize("key", ["duplicateResut", "duplicateResult"])
def test_a_duplicate_rule_names_the_match_under_either_spelling(key: str) -> None:
    assert row_error(detected(key, HOLDER)).existing_id == HOLDER


def test_nobody_guesses_between_two_matches_but_people_are_told_which() -> None:
    error = row_error(detected("duplicateResut", HOLDER, "0015500001QdQWbAAN"))
    assert error.existing_id is None
    assert error.message == f"Use one of these records? {HOLDER} 0015500001QdQWbAAN"


def test_a_row_error_without_fields_and_with_the_other_spelling_of_code_is_read() -> None:
    error = row_error({"errorCode": "STRING_TOO_LONG", "message": "x" * 5_000})
    assert (error.code, error.fields, len(error.message)) == ("STRING_TOO_LONG", (), MESSAGE_LENGTH)
    assert row_error({}).code == "UNKNOWN"
