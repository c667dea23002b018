"""Sentences that remember what they are made of, so that they can be said again in another language.

A `Said` is its English text, which is what the ledger keeps, and knows beside it the message of the catalogues and the
values in it. `telling` says it in the language of syncd.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from syncd.model.instant import DAY, HOUR, MINUTE, SECOND, Instant, datetime_of


class Name(str):
    """A name of the files within a sentence: of a property, a signal, a score or an answer."""

    __slots__ = ()


class Names(tuple[str, ...]):
    """Several names within a sentence."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        """As budget, need."""
        return ", ".join(self)


class When(int):
    """An instant within a sentence, told to the minute."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        """As 2026-11-20 14:03 UTC."""
        return f"{datetime_of(Instant(self)):%Y-%m-%d %H:%M} UTC"


class Span(int):
    """A duration in milliseconds within a sentence."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        """As `span` says it."""
        return span(self)


class Said(str):
    """An English sentence with its message, as the catalogues have it, and the values in it."""

    __slots__ = ("message", "values")

    message: str
    values: Mapping[str, object]


def said(message: str, **values: object) -> Said:
    """A sentence: its message with the {placeholders} filled, in English."""
    text = Said(message.format(**values) if values else message)
    text.message, text.values = message, values
    return text


def and_said(*parts: str) -> str:
    """Parts as "a and b and c"; nothing where there is none."""
    return reduce(lambda one, other: said("{one} and {other}", one=one, other=other), parts) if parts else ""


def counted(n: int, one: str, many: str = "") -> str:
    """A number with what it counts, in English: 1 task, 57 tasks; 1 person, 631 people."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def span(milliseconds: int) -> str:
    """A duration as people say it in English: 30 days, 12 hours, 5 minutes."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second")):
        if milliseconds % unit == 0:
            count = int(milliseconds // unit)
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"{int(milliseconds)} milliseconds"
