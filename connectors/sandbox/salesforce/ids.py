"""Record ids: 15 case-sensitive characters, and the 18-character form that survives a change of case."""

from __future__ import annotations

from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
POD = "fj0000"
"""Where an org lives: records that were made after it moved have ids that sort elsewhere."""
SHORT, LONG, PREFIX = 15, 18, 3
_CAPITALS = {ord(character): "1" if character.isupper() else "0" for character in _DIGITS}


def make_id(prefix: str, number: int, pod: str = POD) -> str:
    """The 18-character id of an object's n-th record. Later numbers sort later, as plain strings, on one pod."""
    digits = ""
    for _ in range(SHORT - PREFIX - len(pod)):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return lengthen(prefix + pod + digits)


def lengthen(short: str) -> str:
    """The 18-character form of a 15-character id: one check character for each five, its bits the capitals."""
    bits = short.translate(_CAPITALS)
    return short + "".join(_CHECK[int(bits[start : start + 5][::-1], 2)] for start in range(0, SHORT, 5))


def normal_id(text: object) -> str | None:
    """The 18-character form of an id in either form, its capitals restored; None when it is no id at all."""
    return _normal(text) if isinstance(text, str) else None


@lru_cache(maxsize=65_536)
def _normal(text: str) -> str | None:
    if not text.isascii() or not text.isalnum():
        return None
    if len(text) == SHORT:
        return lengthen(text)
    if len(text) != LONG:
        return None
    check = text[SHORT:].upper()
    if any(character not in _CHECK for character in check):
        return None
    restored = "".join(
        character.upper() if _CHECK.index(check[place // 5]) >> place % 5 & 1 else character.lower()
        for place, character in enumerate(text[:SHORT])
    )
    return restored + check if lengthen(restored) == restored + check else None
