"""What is said to people, in their language: texts from the catalogues, numbers, days and lists as Babel writes them.

`marked`, `say` and `count` are what the catalogues are made from: a test reads every call of them and holds that no
language lacks a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from syncd.locales import Language
from syncd.model.instant import DAY, HOUR, MINUTE, SECOND, Instant, datetime_of
from syncd.model.said import marked

__all__ = ["PLACES", "Words", "marked", "words_of"]

PLACES: dict[Language, str] = {"en": "en_GB", "nl": "nl_NL", "nb": "nb_NO"}
"""Whose habits of numbers and dates a language follows; the day stands before the month in all of them."""


class Words:
    """One language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = Locale.parse(PLACES[language])
        self._catalogue = _catalogue(language)
        signs = self._place.number_symbols["latn"]
        self._signs = str.maketrans({",": signs["group"], ".": signs["decimal"]})

    def say(self, message: str, **values: object) -> str:
        """The message in this language, with its {placeholders} filled."""
        return self._catalogue.gettext(message).format(**values)

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """The message for one or for many, with {n} as the number."""
        return self._catalogue.ngettext(one, many, n).format(n=self.number(n), **values)

    def text(self, message: str) -> str:
        """The message in this language, with its {placeholders} as they are; itself where no catalogue has it."""
        return self._catalogue.gettext(message)

    def texts(self, one: str, many: str, n: int) -> str:
        """The message for one or for many, with its {placeholders} as they are."""
        return self._catalogue.ngettext(one, many, n)

    def month(self, number: int) -> str:
        """The short name of a month, the first is 1."""
        return str(self._place.months["format"]["abbreviated"][number])

    def weekday(self, number: int) -> str:
        """The short name of a day of the week, Monday is 0."""
        return str(self._place.days["format"]["abbreviated"][number])

    def figures(self, text: str) -> str:
        """A number that is written as 1,234.5, with the signs of this language."""
        return text if self.language == "en" else text.translate(self._signs)

    def number(self, value: Decimal | int) -> str:
        """An exact number, as 1,234.5 or 1.234,5."""
        # Babel rounds to three digits unless it is told how many there are.
        return format_decimal(value, locale=self._place, decimal_quantization=False)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency's code, as 1,234.50 EUR: signs such as $ mean several currencies."""
        return f"{self.number(amount)} {currency}"

    def day(self, at: Instant) -> str:
        """The day of an instant in UTC, as 1 December 2026."""
        return format_date(datetime_of(at).date(), "long", locale=self._place)

    def minute(self, at: Instant) -> str:
        """An instant to the minute, in UTC."""
        return self.say("{day}, {time} UTC", day=self.day(at), time=f"{datetime_of(at):%H:%M}")

    def span(self, milliseconds: int) -> str:
        """A duration in its largest whole unit up to days, exactly: 30 days, 36 hours, 5 minutes."""
        unit = next((each for each in (DAY, HOUR, MINUTE) if milliseconds % each == 0), SECOND)
        if milliseconds % unit:
            return self.say("{n} milliseconds", n=self.number(milliseconds))
        n = milliseconds // unit
        if unit == DAY:
            return self.count("{n} day", "{n} days", n)
        if unit == HOUR:
            return self.count("{n} hour", "{n} hours", n)
        if unit == MINUTE:
            return self.count("{n} minute", "{n} minutes", n)
        return self.count("{n} second", "{n} seconds", n)

    def quoted(self, text: str) -> str:
        """A text that is not ours, in this language's quotation marks."""
        return self.say("“{text}”", text=text)

    def one_of(self, parts: Sequence[str]) -> str:
        """Parts as "a, b or c"."""
        return format_list(parts, style="or", locale=self._place)

    def all_of(self, parts: Sequence[str]) -> str:
        """Parts as "a, b and c"."""
        return format_list(parts, locale=self._place)


@cache
def words_of(language: Language) -> Words:
    """The words of a language; its catalogue is read once."""
    return Words(language)


def _catalogue(language: Language) -> NullTranslations:
    """The catalogue of a language, compiled as it is read; English needs none, it stands in the code."""
    if language == "en":
        return NullTranslations()
    with (files("syncd.locales") / f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
