"""The journal: JSON lines with what was bound around them, and no secret."""

from __future__ import annotations

import io
import json
import logging

import pytest
from structlog.contextvars import bound_contextvars

from syncd.service.journal import open_journal


@pytest.fixture
def stream():
    root = logging.getLogger()
    before = root.handlers, root.level
    yield io.StringIO()
    root.handlers, root.level = before


def test_a_line_is_json_with_time_level_job_and_run(stream) -> None:
    journal = open_journal([], stream)
    with bound_contextvars(job="cycle"):
        journal.warning("run 7: done", run="7")
    told = json.loads(stream.getvalue())
    assert list(told)[:3] == ["timestamp", "level", "event"]
    assert (told["event"], told["level"], told["job"], told["run"]) == ("run 7: done", "warning", "cycle", "7")
    assert told["timestamp"].endswith("Z")


def test_secrets_are_stars_also_in_errors_and_in_what_libraries_log(stream) -> None:
    journal = open_journal(["pat-secret"], stream)
    journal.info("token pat-secret", where="https://x/pat-secret")
    logging.getLogger("library").warning("pat-secret is bad")
    try:
        int("pat-secret")
    except ValueError:
        logging.getLogger("library").exception("failed")
    assert "pat-secret" not in stream.getvalue()
    assert stream.getvalue().count("***") >= 4


def test_libraries_that_name_addresses_are_silent(stream) -> None:
    open_journal([], stream)
    logging.getLogger("apprise").error("could not send to json://user:password@host")
    assert stream.getvalue() == ""


def test_journald_gets_the_priority_of_a_line(stream, monkeypatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    open_journal([], stream).error("failed")
    assert stream.getvalue().startswith("<3>{")


def test_a_line_break_from_a_crm_stays_within_its_line(stream) -> None:
    open_journal([], stream).info("one\ntwo\x1b[31m")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_is_not_obeyed_by_what_a_crm_says(stream) -> None:
    stream.isatty = lambda: True
    open_journal([], stream).info("one\x1b]0;title\x07two")
    assert "\x1b]0;" not in stream.getvalue()
    assert "\\x1b]0;title" in stream.getvalue()
