"""Record ids: 15 case-sensitive characters, and the 18-character form that survives a change of case."""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_POD = "fj0000"
SHORT, LONG, PREFIX = 15, 18, 3


def make_id(prefix: str, number: int) -> str:
    """The 18-character id of an object's n-th record. Later numbers sort later, as plain strings."""
    digits = ""
    for _ in range(SHORT - PREFIX - len(_POD)):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return lengthen(prefix + _POD + digits)


def lengthen(short: str) -> str:
    """The 18-character form of a 15-character id: one check character for each five, its bits the capitals."""
    groups = (short[start : start + 5] for start in range(0, SHORT, 5))
    return short + "".join(
        _CHECK[sum(1 << place for place, character in enumerate(group) if "A" <= character <= "Z")] for group in groups
    )


def normal_id(text: object) -> str | None:
    """The 18-character form of an id in either form, its capitals restored; None when it is no id at all."""
    if not isinstance(text, str) or not text.isascii() or not text.isalnum():
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
