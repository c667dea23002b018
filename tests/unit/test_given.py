"""What settings may say."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from syncd.given import Address, Token


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example.com:port",
        "https://api.example.com:99999",
        "https://api example.com",
        "https://api..example.com",
        f"https://{'a' * 64}.example.com",
        "https://[::1",
        "https://",
    ],
)
def test_what_no_call_can_go_to_is_no_address(address: str) -> None:
    with pytest.raises(ValidationError, match="is not an address"):
        TypeAdapter(Address).validate_python(address)


@pytest.mark.parametrize(
    "address", ["https://api.hubapi.com", "https://my_domain--dev.sandbox.my.salesforce.com:8443/x", "https://[::1]:9"]
)
def test_what_calls_can_go_to_is_an_address(address: str) -> None:
    assert TypeAdapter(Address).validate_python(f"{address}/") == address


@pytest.mark.parametrize("token", ["pat-eu1-\ncanary", "pat-eu1-\u201ccanary\u201d"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(ValidationError, match="holds characters that no token has") as told:
        TypeAdapter(Token).validate_python(SecretStr(token))
    assert "canary" not in str(told.value)
