"""JSON as the store writes it: compact, and with sorted keys wherever it is hashed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


def to_text(value: object) -> str:
    """A value as compact JSON text."""
    try:
        return orjson.dumps(value, default=_plain).decode()
    except TypeError:
        return orjson.dumps(_writable(value)).decode()


def to_sorted_bytes(value: object) -> bytes:
    """A value as compact JSON with sorted keys: equal values give equal bytes on every machine."""
    try:
        return orjson.dumps(value, _plain, orjson.OPT_SORT_KEYS)
    except TypeError:
        return orjson.dumps(_writable(value), option=orjson.OPT_SORT_KEYS)


def from_text(text: str) -> Any:  # noqa: ANN401 (JSON is whatever was stored)
    """The value of a JSON text."""
    return orjson.loads(text)


def _plain(value: object) -> object:
    """What orjson does not know, as what it knows: any mapping as a dict, a set as a sorted list."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(type(value).__name__)


def _writable(value: object) -> object:
    """The value with what JSON in UTF-8 cannot hold replaced: half surrogates, whole numbers beyond 64 bits.

    One broken character in one CRM record must not stop the page that it came on.
    """
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode()
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, Mapping):
        return {_writable(str(key)): _writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    return value
