"""Three values: what is missing is UNKNOWN, never false (design promise 3)."""

from __future__ import annotations

from enum import IntEnum


class Truth(IntEnum):
    """Kleene's three values; `all` is the least of its parts, `any` the greatest, and `not` turns round UNKNOWN."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2
