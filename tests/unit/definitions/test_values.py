"""Tests of single values, and texts that become them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from syncd.definitions.language import Operator
from syncd.definitions.language import Test as Check
from syncd.definitions.values import passes, typed
from syncd.model.instant import DAY, HOUR, midnight_of
from syncd.model.person import Unknown
from syncd.model.truth import Truth

FALSE, UNKNOWN, TRUE = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE
NEW_YEAR = date(2026, 1, 1)
NOON = Decimal(midnight_of(NEW_YEAR) + 12 * HOUR)


@pytest.mark.parametrize(
    ("value", "operator", "operand", "truth"),
    [
        ("  Head of IT ", Operator.IS, "head of it", TRUE),
        ("Head of IT", Operator.HAS_WORD, ("it",), TRUE),
        ("Italy", Operator.HAS_WORD, ("it", "head"), FALSE),
        ("C++ lead", Operator.HAS_WORD, ("c++",), TRUE),
        ("/de/Pricing", Operator.CONTAINS, ("/pricing", "/price"), TRUE),
        ("/de/Pricing", Operator.STARTS_WITH, ("/en", "/de"), TRUE),
        ("DE", Operator.ANY_OF, ("at", "de"), TRUE),
        ("DE", Operator.NONE_OF, ("at", "ch"), TRUE),
        (Decimal("50.0"), Operator.IS, Decimal(50), TRUE),
        (Decimal(50), Operator.AT_LEAST, Decimal(50), TRUE),
        (Decimal(50), Operator.ABOVE, Decimal(50), FALSE),
        (Decimal(50), Operator.BELOW, 51, TRUE),
        (Decimal(50), Operator.BETWEEN, (Decimal(10), Decimal(50)), TRUE),
        (Decimal(51), Operator.BETWEEN, (Decimal(10), Decimal(50)), FALSE),
        (False, Operator.IS, False, TRUE),
        (NEW_YEAR, Operator.AT_MOST, NEW_YEAR, TRUE),
        (frozenset({"A", "B"}), Operator.ANY_OF, ("b", "c"), TRUE),
        (frozenset({"A", "B"}), Operator.NONE_OF, ("b", "c"), FALSE),
        (frozenset({"A", "B"}), Operator.NONE_OF, ("c",), TRUE),
    ],
)
def test_a_value_is_tested_without_case_and_outer_blanks(value, operator, operand, truth):
    assert passes(value, Check(operator, operand)) is truth


@pytest.mark.parametrize(
    ("operator", "truth"),
    [
        (Operator.IS, TRUE),
        (Operator.AT_MOST, TRUE),
        (Operator.AT_LEAST, TRUE),
        (Operator.ABOVE, FALSE),
        (Operator.BELOW, FALSE),
    ],
)
def test_an_instant_is_compared_with_a_date_by_its_day(operator, truth):
    assert passes(NOON, Check(operator, NEW_YEAR)) is truth
    assert passes(NOON - DAY, Check(Operator.BELOW, NEW_YEAR)) is TRUE


@pytest.mark.parametrize("operator", [Operator.IS, Operator.AT_LEAST, Operator.ABOVE, Operator.BELOW])
@pytest.mark.parametrize("value", ["eighty", True, NEW_YEAR])
def test_a_value_of_another_kind_than_asked_is_unknown(operator, value):
    assert passes(value, Check(operator, Decimal(50))) is UNKNOWN


@pytest.mark.parametrize("operator", [Operator.ANY_OF, Operator.NONE_OF])
def test_a_value_of_another_kind_than_a_list_holds_is_unknown(operator):
    assert passes("eighty", Check(operator, (Decimal(50), Decimal(60)))) is UNKNOWN


@pytest.mark.parametrize("operator", [each for each in Operator if each is not Operator.KNOWN])
def test_a_missing_value_passes_and_fails_no_test(operator):
    assert passes(Unknown("is missing"), Check(operator, "x")) is UNKNOWN


def test_known_tells_an_empty_field_from_one_that_cannot_be_read():
    empty, hidden = Unknown("is empty"), Unknown("no permission", readable=False)
    known, missing = Check(Operator.KNOWN, True), Check(Operator.KNOWN, False)  # noqa: FBT003 - what the file says
    assert [passes(value, known) for value in ("x", empty, hidden)] == [TRUE, FALSE, UNKNOWN]
    assert [passes(value, missing) for value in ("x", empty, hidden)] == [FALSE, TRUE, UNKNOWN]


@pytest.mark.parametrize(
    ("text", "operator", "operand", "value"),
    [
        ("80", Operator.AT_LEAST, Decimal(50), Decimal(80)),
        ("80", Operator.BETWEEN, (Decimal(1), Decimal(2)), Decimal(80)),
        ("2026-01-01T12:00:00Z", Operator.ABOVE, Decimal(0), NOON),
        ("2026-01-01", Operator.ABOVE, NEW_YEAR, NEW_YEAR),
        ("2026-01-01T12:00:00Z", Operator.ABOVE, NEW_YEAR, NOON),
        ("2026-01-01", Operator.OLDER_THAN, 30 * DAY, NEW_YEAR),
        ("Yes", Operator.IS, True, True),
        ("perhaps", Operator.IS, True, "perhaps"),
        ("80", Operator.IS, "80", "80"),
        ("80", Operator.KNOWN, True, "80"),
        ("many", Operator.AT_LEAST, Decimal(50), "many"),
    ],
)
def test_a_text_becomes_what_a_test_compares_with_or_stays_a_text(text, operator, operand, value):
    assert typed(text, Check(operator, operand)) == value
    assert type(typed(text, Check(operator, operand))) is type(value)
