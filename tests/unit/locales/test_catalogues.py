"""The catalogues of languages: whole, agreeing with the code, and spoken as each language writes."""

from __future__ import annotations

import string
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from syncd.locales import LANGUAGES
from syncd.locales.words import words_of
from syncd.model.instant import DAY, HOUR, MINUTE, parse_iso

SYNCD = Path(__file__).parents[3] / "syncd"
SPEAKING = ("agreement", "brakes", "definitions", "journey", "locales", "model", "plan", "telling", "web")
"""Packages whose every `say`, `said`, `count` and `marked` is for a catalogue."""
OTHERS = [language for language in LANGUAGES if language != "en"]


@cache
def messages() -> dict[str | tuple[str, ...], None]:
    """What the code says, in its order."""
    keywords = {"say": None, "said": None, "marked": None, "count": (1, 2)}
    pages = [("**.html", "jinja2")]
    told = {
        message: None
        for package in SPEAKING
        for _, _, message, _, _ in extract_from_dir(SYNCD / package, [("**.py", "python")], keywords=keywords)
    }
    shown = extract_from_dir(SYNCD / "web/templates", pages, keywords={"_": None, "_n": (1, 2)})
    return told | {message: None for _, _, message, _, _ in shown}


def catalogue(language: str) -> Catalog:
    with (SYNCD / "locales" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_code_says_a_good_deal() -> None:
    assert len(messages()) > 150
    assert ("{n} day", "{n} days") in messages()


@pytest.mark.parametrize("language", OTHERS)
def test_no_message_lacks_a_translation_and_none_is_left_over(language: str) -> None:
    told = {message.id: message.string for message in catalogue(language) if message.id}
    assert [message for message in messages() if message not in told] == []
    assert [message for message in told if message not in messages()] == []
    texts = [text for one in told.values() for text in ((one,) if isinstance(one, str) else one)]
    assert all(text.strip() for text in texts)


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_translated_in_doubt(language: str) -> None:
    assert [message.id for message in catalogue(language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_placeholders_of_its_message(language: str) -> None:
    wrong = []
    for message in catalogue(language):
        if message.id:
            ours = (message.id,) if isinstance(message.id, str) else message.id
            theirs = (message.string,) if isinstance(message.string, str) else message.string
            wanted = set().union(*map(placeholders, ours))
            # "once" may go without its number, in every language
            wrong += [text for text in theirs[-1:] if placeholders(text) != wanted]
            wrong += [text for text in theirs if not placeholders(text) <= wanted]
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "number", "day", "spans", "listed", "quoted"),
    [
        ("en", "12,345.5", "1 December 2026", ["1 day", "30 days", "36 hours"], "a, b or c", "“x”"),
        ("nl", "12.345,5", "1 december 2026", ["1 dag", "30 dagen", "36 uur"], "a, b of c", "“x”"),
        ("nb", "12\xa0345,5", "1. desember 2026", ["1 dag", "30 dager", "36 timer"], "a, b eller c", "«x»"),
    ],
)
def test_numbers_days_and_durations_are_written_as_the_language_does(
    language, number, day, spans, listed, quoted
) -> None:
    words = words_of(language)
    assert words.number(Decimal("12345.5")) == number
    assert words.day(parse_iso("2026-12-01T23:59:00Z")) == day
    assert [words.span(DAY), words.span(30 * DAY), words.span(36 * HOUR)] == spans
    assert words.one_of(["a", "b", "c"]) == listed
    assert words.quoted("x") == quoted


def test_a_duration_is_never_rounded() -> None:
    words = words_of("en")
    assert words.span(90 * MINUTE) == "90 minutes"
    assert words.span(10 * DAY + 5) == "864,000,005 milliseconds"


def test_numbers_keep_all_their_digits() -> None:
    assert words_of("en").number(Decimal("0.123456789")) == "0.123456789"
    assert words_of("en").number(1_000_000_000) == "1,000,000,000"


def test_a_value_with_braces_is_said_as_it_is() -> None:
    assert words_of("nl").quoted("{x} {") == "“{x} {”"
