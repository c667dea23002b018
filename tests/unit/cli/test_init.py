"""`syncd init`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.cli.frame import run
from syncd.files.annotated import annotated


def test_starter_files_are_written_and_the_next_step_is_named(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == 0
    printed = capsys.readouterr().out
    assert "config/definitions.yaml" in printed
    assert "syncd check" in printed
    assert sorted(path.name for path in (tmp_path / "config").iterdir()) == [
        "definitions.yaml",
        "fields.yaml",
        "schemas",
        "syncd.yaml",
        "tasks.yaml",
    ]


def test_editors_find_the_schema_of_each_file_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "--playbook", "bant"]) == 0
    for file in (tmp_path / "config").glob("*.yaml"):
        named = file.read_text().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        assert json.loads((file.parent / named).read_text())["title"] == file.name
        beside = (file.parent / "schemas" / file.name).read_text()
        assert beside == annotated(file.name), "every key with what it means, as the models have it"


def test_files_that_are_there_are_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tasks.yaml").write_text("mine")
    assert run(["init", str(tmp_path)]) == 2
    assert "already holds tasks.yaml" in capsys.readouterr().err
    assert (tmp_path / "tasks.yaml").read_text() == "mine"


def test_an_unknown_playbook_is_a_usage_error_that_names_the_known_ones(tmp_path: Path, capsys) -> None:
    assert run(["init", str(tmp_path / "new"), "--playbook", "nope", "--json"]) == 2
    assert "startup" in json.loads(capsys.readouterr().out)["error"]["next_step"]


def test_with_json_the_files_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["playbook"], len(data["files"])) == ("startup", 4)
