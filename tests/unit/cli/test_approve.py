"""`syncd approve`, and what it holds back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from syncd.cli.frame import run
from syncd.files.load import load_config
from syncd.files.starter import write_starter
from syncd.store import approvals, ledger
from syncd.store.database import open_store

RULE = "\napprovals: {required: true, marketing: [anna@us.example], sales: [bo@us.example]}\n"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    write_starter(folder, "startup")
    with (folder / "syncd.yaml").open("a") as file:
        file.write(RULE)
    monkeypatch.setenv("SYNCD_CONFIG_DIR", str(folder))
    monkeypatch.setenv("SYNCD_STORE_URL", f"sqlite:///{tmp_path}/syncd.db")
    return folder


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch):
    """Somebody at a terminal who types an answer."""

    def types(answer: str) -> None:
        class Typed:
            def isatty(self):
                return True

            def readline(self, *_):
                return f"{answer}\n"

        monkeypatch.setattr(sys, "stdin", Typed())
        monkeypatch.setattr("builtins.input", lambda *_: answer)
        monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_: answer)

    return types


def approve(capsys, *arguments: str) -> dict:
    assert run(["approve", "--yes", "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)["data"]


def recorded(config: Path) -> list[approvals.Approval]:
    store = open_store(f"sqlite:///{config.parent}/syncd.db", read_only=True)
    try:
        with store.reading() as tx:
            assert ledger.verify(tx).ok
            return approvals.all_of(tx)
    finally:
        store.close()


def test_what_is_approved_stands_in_the_ledger_with_the_words_that_were_shown(config: Path, capsys) -> None:
    version = load_config(config).definitions.hash
    data = approve(capsys, "--as", "Anna@us.example", "--note", "as agreed on Monday")
    assert data == {"approved": version, "by": "anna@us.example", "required": True, "waiting": {version: ["sales"]}}
    (only,) = recorded(config)
    assert (only.definitions, only.email, only.sides, only.note) == (
        version,
        "anna@us.example",
        ("marketing",),
        "as agreed on Monday",
    )
    assert "pricing visit: at least once in the last 30 days" in only.page
    assert approve(capsys, "--as", "bo@us.example")["waiting"] == {}


def test_the_signed_page_names_who_approved(config: Path, capsys) -> None:
    approve(capsys, "--as", "anna@us.example")
    assert run(["definitions", "show"]) == 0
    text = capsys.readouterr().out
    assert "For marketing:\n  approved by anna@us.example on " in text
    assert text.endswith("Name, date, signature\n")


def test_nothing_is_recorded_twice(config: Path, capsys) -> None:
    approve(capsys, "--as", "anna@us.example")
    assert approve(capsys, "--as", "anna@us.example")["approved"] is None
    assert len(recorded(config)) == 1


def test_a_version_to_come_is_approved_after_the_one_in_force_and_shown_as_what_it_changes(
    config: Path, capsys
) -> None:
    text = (config / "definitions.yaml").read_text()
    (config / "definitions-old.yaml").write_text(text)
    (config / "definitions.yaml").write_text(
        text.replace("half_life: 14 days", "half_life: 7 days") + "\neffective_from: 2099-01-01\n"
    )
    old, new = load_config(config).versions
    assert approve(capsys, "--as", "anna@us.example")["approved"] == old.hash
    assert run(["approve", "--yes", "--as", "anna@us.example"]) == 0
    told = capsys.readouterr()
    assert "is now: The points of each time fade: half of them are left after 7 days." in told.err
    assert f"anna@us.example approves version {new.hash}" in told.out
    assert f"Version {old.hash} still waits for sales." in told.out


def test_without_a_terminal_a_yes_has_to_be_given(config: Path, capsys) -> None:
    assert run(["approve", "--as", "anna@us.example"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert recorded(config) == []


@pytest.mark.parametrize(("answer", "count"), [("y", 1), ("n", 0), ("", 0)])
def test_at_a_terminal_the_question_comes_after_the_words(
    config: Path, capsys, terminal, answer: str, count: int
) -> None:
    terminal(answer)
    assert run(["approve", "--as", "anna@us.example"]) == 0
    told = capsys.readouterr()
    assert "MQL, judged by marketing" in told.err
    assert len(recorded(config)) == count
    assert ("Nothing was recorded." in told.err) == (count == 0)


def test_who_is_not_named_cannot_approve(config: Path, capsys) -> None:
    assert run(["approve", "--yes", "--as", "eve@us.example"]) == 2
    assert "not named under approvals" in capsys.readouterr().err
    assert run(["approve", "--yes", "--as", "anna@us.example", "--version", "zzz"]) == 2


def test_status_says_what_waits_for_whom(config: Path, capsys) -> None:
    approve(capsys, "--as", "anna@us.example")
    assert run(["status", "--json"]) == 0
    version = load_config(config).definitions.hash
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["config"]["files"]["approvals"] == {"required": True, "waiting": {version: ["sales"]}}


def test_who_keeps_no_older_file_is_shown_what_changed_since_the_last_approval(config: Path, capsys) -> None:
    assert run(["approve", "--as", "anna@us.example", "--yes"]) == 0
    assert "STAGES" in capsys.readouterr().err.upper()
    definitions = config / "definitions.yaml"
    definitions.write_text(
        definitions.read_text().replace(
            "pricing_visit: {at_least: 1, within: 30 days}", "pricing_visit: {at_least: 2, within: 30 days}"
        )
    )
    assert run(["approve", "--as", "anna@us.example", "--yes"]) == 0
    told = capsys.readouterr().err
    assert "approved by anna@us.example on" in told
    changes = [line.strip() for line in told.splitlines() if line.startswith("    - ")]
    assert changes == [
        "- gone: pricing visit: at least once in the last 30 days",
        "- new: pricing visit: at least 2 times in the last 30 days",
    ]
