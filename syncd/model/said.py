"""Sentences that remember what they are made of, so that they can be said again in another language.

A `Said` is its English text, which is what the ledger keeps, and knows beside it the message of the catalogues and the
values in it. `telling` says it in the language of syncd.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from syncd.model.instant import DAY, HOUR, MINUTE, SECOND, Instant, datetime_of, iso


class Name(str):
    """A name of the files within a sentence: of a property, a signal, a score or an answer."""

    __slots__ = ()


class Names(tuple[str, ...]):
    """Several names within a sentence."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        """As budget, need."""
        return ", ".join(self)


class Word(str):
    """A word of ours within a sentence, which the catalogues have."""

    __slots__ = ()


class Why(str):
    """An entry's line as the ledger keeps it, within a sentence."""

    __slots__ = ()


class Count(int):
    """A number within a sentence."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        """As 1,234."""
        return f"{int(self):,}"


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


def marked(message: str) -> str:
    """The message itself: it stands in a table or a choice, is in the catalogues, and is said later."""
    return message


def said(message: str, **values: object) -> Said:
    """A sentence: its message with the {placeholders} filled, in English."""
    text = Said(message.format(**values) if values else message)
    text.message, text.values = message, values
    return text


def and_said(*parts: str) -> str:
    """Parts as "a and b and c"; nothing where there is none."""
    return reduce(lambda one, other: said("{one} and {other}", one=one, other=other), parts) if parts else ""


def period_said(since: Instant | None, until: Instant | None) -> str:
    """A period within a sentence, with a blank before it; nothing for all time."""
    if since is None and until is None:
        return ""
    if until is None:
        return said(" from {since}", since=iso(Instant(since or 0)))
    if since is None:
        return said(" until before {until}", until=iso(until))
    return said(" from {since} until before {until}", since=iso(since), until=iso(until))


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
