"""Starter files: complete, commented sets of the four files, one per playbook."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from syncd.endings import NotThere, Told
from syncd.files.annotated import annotated
from syncd.files.problem import one_of
from syncd.files.schema import FILES, json_schema

SCHEMAS = "schemas"
"""The folder of the JSON Schemas and the annotated files."""


class StarterExists(Told):
    """Files that starter files would have to overwrite; nothing was written."""

    code = "files_exist"
    next_step = "choose another directory, or move them away"

    def __init__(self, directory: Path, names: tuple[str, ...]) -> None:
        super().__init__(f"{directory} already holds {', '.join(names)}")


class UnknownPlaybook(NotThere):
    """A playbook that does not exist; `known` are those that do."""

    code = "usage"

    def __init__(self, playbook: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no playbook {playbook!r}", f"choose {one_of(known)}")


def list_playbooks() -> tuple[str, ...]:
    """The names of all playbooks, sorted."""
    return tuple(sorted(each.name for each in _playbooks().iterdir() if _texts(each)))


def write_starter(directory: Path, playbook: str) -> list[Path]:
    """Write a playbook's files into a directory, which is made when missing, and return them, sorted.

    In `schemas` beside them stand their JSON Schemas, which the first line of each file names to editors, and each
    file with every key that it could have; these are written anew. Raises UnknownPlaybook, or StarterExists before
    anything is written: files are never overwritten.
    """
    known = list_playbooks()
    if playbook not in known:
        raise UnknownPlaybook(playbook, known)
    texts = _texts(_playbooks() / playbook)
    there = tuple(sorted(name for name in texts if (directory / name).exists()))
    if there:
        raise StarterExists(directory, there)
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        with (directory / name).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    (directory / SCHEMAS).mkdir(exist_ok=True)
    for name in FILES:
        text = json.dumps(json_schema(name), indent=2, ensure_ascii=False)
        (directory / SCHEMAS / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
        (directory / SCHEMAS / f"{name}.yaml").write_text(annotated(name), encoding="utf-8")
    return sorted(directory / name for name in texts)


def _playbooks() -> Traversable:
    """Package data in an installed syncd; in an editable install or a checkout, the folder config/ beside it."""
    inside = files("syncd") / "_config" / "playbooks"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "config" / "playbooks"


def _texts(folder: Traversable) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {
        each.name: each.read_text(encoding="utf-8")
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".yaml")
    }
