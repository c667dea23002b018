"""The budgets of the house: what keeps every file readable, checked over all files of the project."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from syncd.cli import frame

ROOT = Path(__file__).parents[2]
MODULE_LINES, FUNCTION_LINES = 400, 40
# written in two parts, so that this file does not find itself
LEFTOVERS = re.compile(r"#.*\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b|NotImplemented" r"Error|# type: ig" r"nore(?!\[)")
LEAKS = re.compile(
    r"python" r"hosted|pypi" r"\.org|registry\.npm" r"js|deb\.deb" r"ian|/wo" r"rk/|/ro" r"ot/", re.IGNORECASE
)
FRAME = {"__init__", "asking", "errors", "frame", "options", "outcome", "output"}
"""Modules of syncd.cli that are no command."""


def project_files() -> list[Path]:
    try:
        asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a git checkout")
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def modules(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def definitions(*folders: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    for name, text in modules(*folders):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield name, node


WRITERS = {
    "syncd/apply.py",
    "syncd/journey/around.py",  # asks whether contacts may be written, by an update of nobody, to nothing
}


def test_nothing_writes_to_a_crm_beside_apply() -> None:
    """A write takes a kind and rows; writing to a file takes one thing."""
    found = {
        name
        for name, text in modules("syncd")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr == "write" and len(node.args) == 2
    }
    assert found == WRITERS


def test_no_module_is_longer_than_one_reads_with_pleasure() -> None:
    long = [
        f"{name}: {lines}"
        for name, text in modules("syncd", "connectors")
        if (lines := len(text.splitlines())) > MODULE_LINES
    ]
    assert long == []


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}: {lines}"
        for name, node in definitions("syncd", "connectors")
        if not isinstance(node, ast.ClassDef) and (lines := node.end_lineno - node.lineno + 1) > FUNCTION_LINES
    ]
    assert long == []


def test_every_public_name_says_what_it_is() -> None:
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name, text in modules("syncd", "connectors")
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [name for name, _ in modules("syncd", "connectors", "tests") if Path(name).stem in drawers] == []


def test_nothing_is_left_for_later() -> None:
    left = [
        f"{name}:{number} {line.strip()}"
        for name, text in modules("syncd", "connectors", "tests")
        for number, line in enumerate(text.splitlines(), 1)
        if LEFTOVERS.search(line)
    ]
    assert left == []


def test_no_file_names_a_machine_or_a_package_host() -> None:
    leaks = []
    for path in project_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        lines = enumerate(text.splitlines(), 1)
        leaks += [f"{path.relative_to(ROOT)}:{number}" for number, line in lines if LEAKS.search(line)]
    assert leaks == []


def test_config_and_systemd_hold_data_only() -> None:
    assert [path for folder in ("config", "systemd") for path in (ROOT / folder).rglob("*.py")] == []


def test_the_command_line_has_one_file_per_command() -> None:
    files = {path.stem for path in (ROOT / "syncd/cli").glob("*.py")} - FRAME
    listed = {name for section in frame.SECTIONS.values() for name in section}
    assert files - listed == set()


@pytest.mark.parametrize("name", sorted(frame.commands()))
def test_a_command_file_holds_its_command_and_tells_how_it_is_used(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = importlib.import_module(f"syncd.cli.{name}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert frame.run([name, "--help"]) == 0
    assert f"Usage: syncd {name}" in capsys.readouterr().out
