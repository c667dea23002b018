"""What settings may say: addresses, tokens, and places to listen. Pure."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

_HOST = re.compile(r"[0-9a-f:]*:[0-9a-f:.]*|[\w-]{1,63}(\.[\w-]{1,63})*\.?", re.IGNORECASE)
"""An address of the sixth version, else labels with dots."""


def _safe_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and parts.port != 0 and _HOST.fullmatch(parts.hostname or "")
    except ValueError:  # brackets or a port that are none
        whole = None
    if not whole:
        raise ValueError("is not an address; write https:// and the host")
    if parts.username or parts.password:
        raise ValueError("must not carry a user or password; take them out")
    if parts.scheme == "http":
        from connectors.http import is_loopback  # noqa: PLC0415 - only then worth loading requests

        if not is_loopback(parts.hostname):
            raise ValueError("is plain http, which is accepted for loopback addresses only; write https://")
    return text.rstrip("/")


def _token(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().strip()
    if not text.isascii() or not text.isprintable():
        raise ValueError("holds characters that no token has; copy it once more")
    return secret


def _listen(text: str) -> str:
    parts = urlsplit(f"//{text}")
    try:
        complete = bool(parts.hostname) and parts.port is not None
    except ValueError:
        complete = False
    if not complete:
        raise ValueError("must be HOST:PORT, for example 127.0.0.1:8350")
    return text


Address = Annotated[str, AfterValidator(_safe_address)]
"""https, or http to this machine, without the slashes at its end."""
Token = Annotated[SecretStr, AfterValidator(_token)]
"""What a header can carry."""
Listen = Annotated[str, AfterValidator(_listen)]
"""HOST:PORT."""
