"""What the page answers where something is wrong."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from syncd.web.pages import people

Serve = Callable[..., str]


def words(text: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/funnel?by=nonsense", 400, "there is no property 'nonsense' to split by"),
        ("/funnel?from=yesterday", 400, "'yesterday' is no time"),
        ("/funnel?within=soon", 400, "Next: "),
        ("/funnel/people", 400, "no stage was named"),
        ("/people?page=x", 400, "'x' is no number"),
        ("/people/nobody", 404, "nobody is known by that id"),
        ("/people/%3Cscript%3E", 404, "nobody is known by that id"),
        ("/companies/company/1", 404, "no company 1 is known"),
        ("/companies/secret/1", 404, "no secret 1 is known"),
        ("/runs/none", 404, "there is no run of that id"),
        ("/audit/99", 404, "the ledger has no entry of that number"),
        ("/definitions?version=000", 404, "that version is not among the files any more"),
        ("/nothing", 404, "There is no such page."),
    ],
)
def test_a_wrong_question_is_answered_with_what_to_do(serve: Serve, address: str, status: int, says: str) -> None:
    answer = requests.get(serve() + address, timeout=10)
    assert (answer.status_code, says in words(answer.text)) == (status, True), words(answer.text)
    assert "Next: " in words(answer.text)
    assert "<h1>That did not work</h1>" in answer.text


def test_files_with_mistakes_are_told_and_the_last_good_ones_stay(serve: Serve, tmp_path: Path) -> None:
    url, file = serve(), tmp_path / "config" / "definitions.yaml"
    assert requests.get(f"{url}/definitions", timeout=10).status_code == 200
    file.write_text(file.read_text() + "\nnonsense: 1\n")
    page = requests.get(f"{url}/definitions", timeout=10)
    assert page.status_code == 200
    assert "The files have mistakes, and the last good ones stay in force." in words(page.text)


def test_a_store_that_is_not_there_yet_is_told(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "syncd.db").unlink()
    answer = requests.get(serve(), timeout=10)
    assert (answer.status_code, "does not exist" in words(answer.text)) == (503, True)


def test_a_bug_is_told_by_its_place_and_never_by_its_text(
    serve: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PER_PAGE", "anna@acme.example")  # no number: what follows from it is a bug
    answer = requests.get(f"{serve()}/people", timeout=10)
    assert answer.status_code == 500
    assert "this is a bug in syncd" in words(answer.text)
    assert "anna" not in answer.text
    assert "anna" not in caplog.text
    assert any(
        "a bug in the page: " in record.getMessage() for record in caplog.records if record.levelno == logging.ERROR
    )
