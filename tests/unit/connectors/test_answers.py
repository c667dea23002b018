from __future__ import annotations

from decimal import Decimal

import pytest
import requests

from connectors.answers import Answer, known_form
from connectors.errors import Unreachable
from connectors.records import System


@pytest.mark.parametrize("fault", [KeyError("id"), TypeError(), ValueError(), AttributeError(), OverflowError()])
def test_an_answer_of_a_form_that_nobody_knows_counts_as_none_and_shows_no_value_of_it(fault: Exception) -> None:
    with pytest.raises(Unreachable) as told, known_form(System.SALESFORCE, "Lead"):
        raise fault
    assert told.value.system is System.SALESFORCE
    assert told.value.what == f"Lead is answered in a form that is not known ({type(fault).__name__})"


def test_what_goes_right_or_wrong_in_another_way_is_left_as_it_is() -> None:
    with known_form(System.HUBSPOT, "contact"):
        told = int(Decimal(1))
    assert told == 1
    with pytest.raises(ZeroDivisionError), known_form(System.HUBSPOT, "contact"):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'"An\u0000na"', "An\x1ana"),
        (rb'["\u0000\u0000", {"\u0000a": "\\\u0000"}]', ["\x1a\x1a", {"\x1aa": "\\\x1a"}]),
        (rb'"\\u0000"', r"\u0000"),
        (rb'"half \ud83d\u0000"', "half ?\x1a"),
    ],
)
def test_a_character_that_postgresql_cannot_keep_is_replaced_and_what_only_looks_like_it_stays(
    body: bytes, value: object
) -> None:
    response = requests.Response()
    response._content = body
    assert Answer.of(response).json() == value
