"""The JSON Schemas describe all that the models read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.definitions.language import Operator
from syncd.files.clauses import RESERVED
from syncd.files.reference import reference
from syncd.files.schema import FILES, json_schema
from syncd.files.starter import list_playbooks

ROOT = Path(__file__).parents[3]


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
def test_the_reference_page_is_the_one_that_the_models_make(name: str):
    page = ROOT / "docs" / "reference" / f"{name}.md"
    again = f"syncd schema {name} --format markdown > docs/reference/{name}.md"
    assert page.read_text() == reference(name), f"make it anew: {again}"


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_reference_page_names_every_key(name: str):
    page = reference(name)
    keys = {key for _, part in models(json_schema(name)) for key in part.get("properties", {})}
    assert [key for key in keys if f"| `{key}` |" not in page] == []


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("playbook", list_playbooks())
def test_starter_files_name_every_section_that_a_file_can_have(name: str, playbook: str):
    text = (ROOT / "config" / "playbooks" / playbook / f"{name}.yaml").read_text()
    missing = [key for key in json_schema(name)["properties"] if not re.search(rf"^(# ?)?{key}:", text, re.MULTILINE)]
    assert missing == []


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
