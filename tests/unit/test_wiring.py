"""What must be there before anything is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.records import Field, FieldType, ObjectSchema, System
from syncd.files.load import load_config
from syncd.wiring import missing_fields

PLAYBOOK = Path(__file__).parents[2] / "config" / "playbooks" / "startup"
SOUND = Field("", "", FieldType.TEXT, 64, external_id=True, unique=True)
KEYS = {"lead": "HubSpot_Id__c", "contact": "HubSpot_Id__c", "account": "HubSpot_Id__c", "task": "Syncd_Key__c"}


def problems(kind: str, **changed: object) -> list[str]:
    schemas = {
        (System.SALESFORCE, one): ObjectSchema(one, {name: replace(SOUND, **changed) if one == kind else SOUND})
        for one, name in KEYS.items()
    }
    return list(missing_fields(load_config(PLAYBOOK), schemas))


def test_keys_as_they_must_be_are_no_problem() -> None:
    assert problems("") == []


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize(
    ("changed", "told"),
    [({"external_id": False}, "no external id"), ({"unique": False}, "not unique"), ({"updateable": False}, "write")],
)
def test_a_key_that_could_double_or_fail_is_told_before_anything_is_written(kind, changed, told) -> None:
    (problem,) = problems(kind, **changed)
    assert told in problem
    assert KEYS[kind] in problem
