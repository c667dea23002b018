"""What commands print: documents, safe text, tables and progress."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest

from syncd.cli.output import Document, progress, safe, say, table, tell
from syncd.model.instant import instant_of


def test_a_document_has_its_frame_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    Document("funnel", {"n": 1}, instant_of(datetime(2026, 11, 21, 8, 30, tzinfo=UTC)), "Europe/Berlin", "v7").print()
    assert json.loads(capsys.readouterr().out) == {
        "schema": "syncd.funnel/1",
        "cut_off": "2026-11-21T08:30:00.000Z",
        "time_zone": "Europe/Berlin",
        "definitions": "v7",
        "data": {"n": 1},
    }


def test_money_is_a_string_and_times_are_utc(capsys: pytest.CaptureFixture[str]) -> None:
    data = {
        "amount": Decimal("1E+3"),
        "at": datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
        "day": date(2026, 11, 21),
        "names": frozenset({"b", "a"}),
        "held": MappingProxyType({"x": (1, 2)}),
    }
    Document("plan", data).print()
    assert json.loads(capsys.readouterr().out)["data"] == {
        "amount": "1000",
        "at": "2026-11-21T08:30:00.000Z",
        "day": "2026-11-21",
        "names": ["a", "b"],
        "held": {"x": [1, 2]},
    }


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("Ann\x1b[2J\x1b]0;owned\x07", r"Ann\x1b[2J\x1b]0;owned\x07"),
        ("invoice\u202egpj.exe", r"invoice\u202egpj.exe"),
        ("two\nlines\r\n", r"two\nlines\r\n"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("C1 \x9b31m", r"C1 \x9b31m"),
        ("half \ud800", r"half \ud800"),
        ("Zoë Müller 王小明 🙂", "Zoë Müller 王小明 🙂"),
    ],
)
def test_text_from_a_crm_cannot_steer_the_terminal(hostile: str, shown: str) -> None:
    assert safe(hostile) == shown


def test_our_own_lines_keep_their_ends_and_lose_everything_else(capsys: pytest.CaptureFixture[str]) -> None:
    say("one\ntwo\x1b[31m")
    tell("three\u2066")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("one\ntwo\\x1b[31m\n", "three\\u2066\n")


def test_a_table_aligns_words_left_and_numbers_right() -> None:
    lines = table(["stage", "people"], [["mql", 1200], ["王 & Co\n", 7]]).splitlines()
    assert lines == ["stage      people", "---------  ------", "mql          1200", "王 & Co\\n       7"]


def test_a_table_without_rows_is_its_headings() -> None:
    assert table(["a"], []) == "a\n-"


def test_without_a_terminal_progress_is_plain_lines_that_end_with_the_last_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress() as watcher:
        watcher.step("Reading HubSpot.")
        for done in range(0, 1001, 100):
            watcher.count("contacts", done, 1000)
    assert capsys.readouterr().err.splitlines() == [
        "Reading HubSpot.",
        "contacts: 0 of 1,000",
        "contacts: 1,000 of 1,000",
    ]


def test_progress_keeps_stdout_for_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as watcher:
        watcher.count("contacts", 1)
    assert capsys.readouterr().out == ""
