"""Record ids: 15 characters that tell capitals apart, or 18 that do not need to."""

from __future__ import annotations

import re

SHORT = 15
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def is_id(text: str) -> bool:
    """Whether a text has the form of a record id."""
    return _ID.fullmatch(text) is not None


def long_id(given: str) -> str:
    """The 18 character form of an id of 15 or 18 characters: three more say which letters are capitals."""
    if len(given) != SHORT:
        return given
    bits = (sum(1 << place for place in range(5) if given[start + place].isupper()) for start in (0, 5, 10))
    return given + "".join(_ALPHABET[each] for each in bits)
