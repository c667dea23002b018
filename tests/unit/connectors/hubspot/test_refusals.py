"""What is done about each way in which HubSpot refuses a row."""

from __future__ import annotations

import pytest

from connectors.hubspot.refusals import row_error
from connectors.records import Recovery

SEVERAL = (
    "Property values were not valid: ["
    '{"isValid":false,"message":"x was not one of the allowed options","error":"INVALID_OPTION","name":"stage"},'
    '{"isValid":false,"message":"y","error":"INVALID_EMAIL","name":"email"}]'
)
TAKEN = (
    'Property values were not valid: [{"isValid":false,"message":"Cannot set it on 1. 77 already has that value.",'
    '"error":"CONFLICTING_UNIQUE_VALUE","name":"key"}]'
)


@pytest.mark.parametrize(
    ("error", "code", "recovery"),
    [
        ({"category": "VALIDATION_ERROR", "message": "no"}, "VALIDATION_ERROR", Recovery.REJECT),
        ({"category": "VALIDATION_ERROR", "message": SEVERAL}, "INVALID_OPTION", Recovery.MAPPING),
        ({"category": "VALIDATION_ERROR", "errors": [{"code": "INVALID_EMAIL"}]}, "INVALID_EMAIL", Recovery.REJECT),
        (
            {"category": "VALIDATION_ERROR", "errors": [{"code": "READ_ONLY_VALUE"}]},
            "READ_ONLY_VALUE",
            Recovery.MAPPING,
        ),
        ({"category": "OBJECT_NOT_FOUND"}, "OBJECT_NOT_FOUND", Recovery.GONE),
        ({"category": "CONFLICT", "message": "taken"}, "CONFLICT", Recovery.DUPLICATE),
        ({"category": "MISSING_SCOPES"}, "MISSING_SCOPES", Recovery.PERMISSION),
        ({"status": "403"}, "UNKNOWN", Recovery.PERMISSION),
        ({"category": "RATE_LIMITS"}, "RATE_LIMITS", Recovery.RETRY),
        ({"status": 503}, "UNKNOWN", Recovery.RETRY),
        ({"status": "423"}, "UNKNOWN", Recovery.RETRY),
        ({}, "UNKNOWN", Recovery.REJECT),
        ({"category": None, "message": None, "errors": "x", "context": []}, "UNKNOWN", Recovery.REJECT),
    ],
)
def test_a_refusal_says_what_to_do_although_every_field_may_be_missing(error, code, recovery):
    found = row_error(error)
    assert (found.code, found.recovery) == (code, recovery)


def test_the_properties_at_fault_are_named_out_of_text_and_contexts():
    nested = {"errors": [{"code": "INVALID_EMAIL", "context": {"propertyName": ["email"]}}], "message": SEVERAL}
    assert row_error({"category": "VALIDATION_ERROR", **nested}).fields == ("email", "stage")


@pytest.mark.parametrize(
    ("category", "message"), [("CONFLICT", "Contact already exists. Existing ID: 77"), ("VALIDATION_ERROR", TAKEN)]
)
def test_the_record_that_holds_a_value_is_named(category, message):
    found = row_error({"category": category, "message": message})
    assert (found.recovery, found.existing_id) == (Recovery.DUPLICATE, "77")


def test_a_text_that_only_looks_like_it_names_no_record():
    assert row_error({"category": "VALIDATION_ERROR", "message": "Existing ID: 77"}).existing_id is None
