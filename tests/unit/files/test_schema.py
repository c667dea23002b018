"""The JSON Schemas describe all that the models read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from syncd.definitions.language import Operator
from syncd.files.annotated import annotated
from syncd.files.clauses import RESERVED
from syncd.files.places import read_document
from syncd.files.reference import reference
from syncd.files.schema import FILES, json_schema
from syncd.files.section import read_section


def models(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield schema["title"], schema
    yield from schema.get("$defs", {}).items()


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_key_has_a_description_and_an_example(name: str):
    schema = json_schema(name)
    assert [where for where, part in models(schema) for where in silent(part, where)] == []


def silent(part: Any, where: str) -> Iterator[str]:
    """Keys without a description or an example, however deep they stand."""
    if isinstance(part, list):
        for each in part:
            yield from silent(each, where)
    elif isinstance(part, dict):
        for key, described in part.get("properties", {}).items():
            if not described.get("description") or not described.get("examples"):
                yield f"{where}.{key}"
        for key, each in part.items():
            if key not in ("examples", "default", "$defs"):
                yield from silent(each, f"{where}.{key}" if key != "properties" else where)


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_reference_page_names_every_key(name: str):
    page = reference(name)
    keys = {key for _, part in models(json_schema(name)) for key in part.get("properties", {})}
    assert [key for key in keys if f"| `{key}` |" not in page] == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_reference_leads_somewhere(name: str):
    text = json.dumps(json_schema(name))
    parts = json_schema(name).get("$defs", {})
    wanted = {piece.split('"')[0] for piece in text.split('"#/$defs/')[1:]}
    assert wanted <= set(parts)
    assert '"part"' not in text


@pytest.mark.parametrize("name", sorted(FILES))
def test_unknown_keys_are_refused_everywhere(name: str):
    schema = json_schema(name)
    lenient = {where for where, part in models(schema) if part.get("additionalProperties", True) is not False}
    # what names properties and signals, which other files give
    assert lenient <= {"OpportunityExample", "Opportunity", "Clause", "Tests"}


def test_the_schema_of_clauses_knows_the_whole_language():
    parts = json_schema("definitions")["$defs"]
    assert set(parts["Clause"]["properties"]) == set(RESERVED)
    assert set(parts["Tests"]["anyOf"][1]["properties"]) == {*map(str, Operator), "unknown"}


def test_a_file_may_be_named_with_its_ending():
    assert json_schema("syncd.yaml") == json_schema("syncd")


def test_an_unknown_file_names_the_nearest():
    with pytest.raises(LookupError, match="write tasks"):
        json_schema("task")


@pytest.mark.parametrize("name", FILES)
def test_the_annotated_file_has_every_key_and_is_sound_once_its_lines_are_said(name: str) -> None:
    told = annotated(name)
    said = "\n".join(line.removeprefix("# ") for line in told.splitlines() if line.startswith("# "))
    document = read_document(f"{name}.yaml", said.partition("\n")[2].encode())
    assert document.problems == ()
    assert read_section(FILES[name], document)[1] == []
    keys = {line.strip("# ").partition(":")[0] for line in told.splitlines() if line.startswith("# ")}
    assert set(json_schema(name)["properties"]) <= keys
    assert all(len(line) <= 122 or not line.startswith("##") for line in told.splitlines())


def test_an_annotated_file_tells_what_its_keys_mean_before_them() -> None:
    lines = annotated("tasks").splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("# not_older_than:"))
    assert lines[place - 1].startswith("## ")
