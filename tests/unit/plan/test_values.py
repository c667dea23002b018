"""Values as Salesforce's fields take them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from connectors.records import Field, FieldType, Option
from syncd.model.person import Unknown
from syncd.plan.values import as_salesforce, same, stamp, trouble_with
from tests.unit.plan.cases import NOW, text

COUNTRY = Field(
    "Country__c",
    "",
    FieldType.CHOICE,
    options=[Option("DE", "Germany"), Option("FR", "France", active=False)],
    restricted=True,
)
MANY = Field("Topics__c", "", FieldType.CHOICES, options=[Option("a", "A"), Option("b", "B")], restricted=True)


def field(kind):
    return Field("X__c", "", kind)


@pytest.mark.parametrize(
    ("value", "of", "sent"),
    [
        (Unknown("is missing"), text("X"), None),
        ("CTO", text("X"), "CTO"),
        (Decimal("1E+3"), text("X"), "1000"),
        (Decimal("12.50"), field(FieldType.NUMBER), 12.5),
        (Decimal("12.00"), field(FieldType.MONEY), 12),
        ("12", field(FieldType.NUMBER), 12),
        ("many", field(FieldType.NUMBER), "many"),
        ("NaN", field(FieldType.NUMBER), "NaN"),
        ("9" * 40, field(FieldType.NUMBER), "9" * 40),
        (True, field(FieldType.BOOLEAN), True),
        ("Yes", field(FieldType.BOOLEAN), True),
        ("no", field(FieldType.BOOLEAN), False),
        (date(2026, 2, 3), field(FieldType.DATE), "2026-02-03"),
        (date(2026, 2, 3), field(FieldType.DATETIME), "2026-02-03T00:00:00.000+0000"),
        (Decimal(NOW), field(FieldType.DATETIME), "2026-06-10T09:00:00.000+0000"),
        (Decimal(NOW), field(FieldType.DATE), "2026-06-10"),
        ("germany", COUNTRY, "DE"),
        ("DE", COUNTRY, "DE"),
        ("Spain", COUNTRY, "Spain"),
        (frozenset({"B", "a"}), MANY, "a;b"),
    ],
)
def test_a_value_takes_the_form_of_its_field(value, of, sent):
    assert as_salesforce(value, of) == sent


@pytest.mark.parametrize(
    ("value", "of", "trouble"),
    [
        ("CTO", text("X", 3), None),
        ("CTOs", text("X", 3), "is 4 characters long"),
        ("a\x00", text("X"), "control characters"),
        ("a\ud800", text("X"), "control characters"),
        ("a\n\tb\r", text("X"), None),
        ("many", field(FieldType.NUMBER), "is no number"),
        ("2026-02-30", field(FieldType.DATE), "is no date"),
        ("2026-02-28T01:00:00.000+0000", field(FieldType.DATETIME), None),
        ("DE", COUNTRY, None),
        ("FR", COUNTRY, "picklist"),
        ("a;b", MANY, None),
        ("a;c", MANY, "picklist"),
        (12, text("X", 1), None),
        (None, COUNTRY, None),
    ],
)
def test_what_a_field_would_refuse_is_known_beforehand(value, of, trouble):
    found = trouble_with(value, of)
    assert found is None if trouble is None else trouble in found


@pytest.mark.parametrize(
    ("before", "after", "of", "equal"),
    [
        (None, "", text("X"), True),
        ("a\r\nb ", "a\nb", text("X"), True),
        (1.0, 1, field(FieldType.NUMBER), True),
        ("2026-06-10T09:00:00.000+0000", "2026-06-10T11:00:00+02:00", field(FieldType.DATETIME), True),
        ("2026-06-10T09:00:00.000+0000", "2026-06-10T09:00:01.000+0000", field(FieldType.DATETIME), False),
        ("a;b", "b;a", MANY, True),
        ("A", "a", text("X"), False),
    ],
)
def test_two_ways_of_writing_one_value_are_no_change(before, after, of, equal):
    assert same(before, after, of) is equal


def test_a_stamp_keeps_whole_seconds():
    assert stamp(NOW + 999, field(FieldType.DATETIME)) == "2026-06-10T09:00:00.000+0000"
