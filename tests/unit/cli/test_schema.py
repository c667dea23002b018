"""`syncd schema FILE`."""

from __future__ import annotations

import json

import pytest

from syncd.cli.frame import run


@pytest.mark.parametrize("file", ["definitions", "fields.yaml", "config/syncd.yaml", "tasks"])
def test_the_schema_of_every_file_is_printed(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", file]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


def test_with_json_it_stands_in_the_frame_of_every_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "tasks", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["data"]["title"]) == ("syncd.schema/1", "tasks.yaml")


def test_another_file_is_a_usage_error_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "definition"]) == 2
    assert "write definitions" in capsys.readouterr().err
