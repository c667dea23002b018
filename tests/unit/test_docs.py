"""What the documents say is so: commands, settings, packages, links and words are those of the code."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from pathlib import Path

import pytest

from syncd.cli import frame
from syncd.files.reference import reference
from syncd.files.schema import FILES, json_schema
from syncd.files.starter import list_playbooks
from syncd.settings import known_names

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / "systemd").rglob("*.md"),
]


def first_cells(page: str) -> list[list[str]]:
    """The rows of a page's tables as cells, without headings' rules."""
    lines = (ROOT / page).read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_page_names_is_one(page: Path) -> None:
    named = set(re.findall(r"`(?:\S*/)?syncd ([a-z]+)", page.read_text()))
    assert named - {name for section in frame.SECTIONS.values() for name in section} == set()


def test_every_setting_is_in_the_reference() -> None:
    told = {cells[0].strip("`") for cells in first_cells("docs/reference/settings.md") if "SYNCD_" in cells[0]}
    assert told == set(known_names())


def test_every_package_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {
        re.split(r"[\[<>=!]", need)[0]
        for need in [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    }
    told = " ".join(cells[0] for cells in first_cells("docs/decisions/0002-dependencies.md"))
    assert {name for name in asked if not re.search(rf"\b{re.escape(name)}\b", told)} == set()


def test_the_locks_hold_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-spark.lock"):
        text = (ROOT / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_a_decision_fits_on_a_page() -> None:
    assert [
        page.name for page in (ROOT / "docs/decisions").glob("*.md") if len(page.read_text().splitlines()) > 40
    ] == []


def test_every_word_of_the_glossary_lives_where_it_says() -> None:
    missing = []
    for word, _, place in first_cells("docs/glossary.md")[2:]:
        dotted = place.strip("`")
        if not dotted:
            continue
        module, _, name = dotted.rpartition(".")
        try:
            importlib.import_module(dotted)
        except ModuleNotFoundError:
            if not hasattr(importlib.import_module(module), name):
                missing.append(f"{word}: {dotted}")
    assert missing == []


def test_sql_in_a_name_of_ours_is_the_stage() -> None:
    products = re.compile(r"sqlite|postgresql|sqlalchemy|soql")
    wrong = []
    for path in sorted((ROOT / "syncd").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", products.sub("", node.name))
            if any(part.lower() == "sql" for part in parts) and "mql" not in node.name.lower():
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert wrong == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_reference_page_is_the_one_that_the_models_make(name: str):
    page = ROOT / "docs" / "reference" / f"{name}.md"
    again = f"syncd schema {name} --format markdown > docs/reference/{name}.md"
    assert page.read_text() == reference(name), f"make it anew: {again}"


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("playbook", list_playbooks())
def test_starter_files_name_every_section_that_a_file_can_have(name: str, playbook: str):
    text = (ROOT / "config" / "playbooks" / playbook / f"{name}.yaml").read_text()
    missing = [key for key in json_schema(name)["properties"] if not re.search(rf"^(# ?)?{key}:", text, re.MULTILINE)]
    assert missing == []


@pytest.mark.parametrize("page", ["docs/reference/faults.md", "docs/reference/threats.md"])
def test_every_fault_and_threat_names_a_test_that_is_there(page: str) -> None:
    missing = []
    for cells in first_cells(page)[2:]:
        file, _, name = cells[-1].strip("`").partition("::")
        text = (ROOT / file).read_text() if (ROOT / file).is_file() else ""
        if not text or (name and f"def {name}(" not in text):
            missing.append(cells[-1])
    assert missing == []
