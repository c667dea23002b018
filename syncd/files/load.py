"""The one way in: a directory with the four files becomes a `Config`, or all mistakes at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from syncd.definitions.language import Definitions
from syncd.files.agreement import read_definitions
from syncd.files.between import check_between
from syncd.files.canonical import digest_of
from syncd.files.checks import entries
from syncd.files.fields_file import ANSWERS, BUILT_IN, KINDS_OF_FIELDS, FieldsFile, Kind, ReadField, alike, tested_as
from syncd.files.operands import OPEN
from syncd.files.places import Document, Node, read_document
from syncd.files.places import Path as Place
from syncd.files.problem import ConfigProblems, Problem
from syncd.files.section import read_section
from syncd.files.service_file import ServiceFile
from syncd.files.tasks_file import TasksFile
from syncd.files.typed import asked_for, typed_by
from syncd.model.instant import BEGINNING, Instant
from syncd.model.nouns import dataclass

DEFINITIONS, FIELDS, SERVICE, TASKS = "definitions.yaml", "fields.yaml", "syncd.yaml", "tasks.yaml"


@dataclass(frozen=True, slots=True)
class Config:
    """All that RevOps says. `versions` are all definitions, oldest first, `definitions` those of definitions.yaml.

    `hash` is the first 12 hex digits of a SHA-256 over what all files mean.
    """

    directory: Path
    service: ServiceFile
    fields: FieldsFile
    tasks: TasksFile
    definitions: Definitions
    versions: tuple[Definitions, ...]
    hash: str

    def typed(self, kinds: Mapping[str, Kind]) -> Config:
        """The same files, with the types of some names for which fields.yaml says none. The hashes stay."""
        if not kinds:
            return self
        versions = {each.effective_from: typed_by(each, kinds) for each in self.versions}
        return replace(
            self,
            fields=self.fields.told(kinds),
            versions=tuple(versions.values()),
            definitions=versions[self.definitions.effective_from],
        )

    def definitions_at(self, now: Instant) -> Definitions:
        """The version in force at an instant: the last one that was effective by then, else the first."""
        return [self.versions[0], *(each for each in self.versions if each.effective_from <= now)][-1]


def load_config(directory: Path) -> Config:
    """The config of a directory. Only definitions.yaml must be there; the others have defaults.

    Older versions of the definitions may stand beside it as `definitions-NAME.yaml`, each with its `effective_from`.
    Raises ConfigProblems with every mistake of every file, ordered by file, line and column.
    """
    documents = _read(directory)
    problems = [problem for name in (FIELDS, SERVICE, TASKS) for problem in documents[name].problems]
    service, in_service = read_section(ServiceFile, documents[SERVICE])
    fields, in_fields = read_section(FieldsFile, documents[FIELDS])
    tasks, in_tasks = read_section(TasksFile, documents[TASKS])
    problems += [*in_service, *in_fields, *in_tasks]
    properties, sure = properties_of(documents[FIELDS])
    versions: dict[str, Definitions] = {}
    for name, document in documents.items():
        if name.startswith("definitions"):
            definitions, wrong = read_definitions(document, properties, sure=sure)
            problems += wrong
            if definitions:
                versions[name] = definitions
    problems += check_between(documents, properties)
    problems += _check_versions(documents, versions)
    if problems or service is None or fields is None or tasks is None:
        raise ConfigProblems(_without_echoes(problems, documents.values()))
    ordered = tuple(sorted(versions.values(), key=lambda each: each.effective_from))
    digest = digest_of([each.hash for each in ordered], service, fields, tasks)
    config = Config(directory, service, fields, tasks, versions[DEFINITIONS], ordered, digest)
    return config.typed({name: kind for each in ordered for name, kind in asked_for(fields, each).items()})


def load_definitions(file: Path, fields: FieldsFile) -> Definitions:
    """The definitions of one file, as `simulate` and `diff` need them. Raises ConfigProblems."""
    properties = {tested_as(name, each.sources): str(each.kind) for name, each in fields.reads.items()}
    properties |= {tested_as(name, sources): OPEN for name, sources in fields.open_names.items()}
    document = _document(file.parent, file.name, needed=True)
    definitions, problems = read_definitions(document, properties)
    if definitions is None:
        raise ConfigProblems(_without_echoes(problems, [document]))
    kinds = {name: fields.reads[name].kind for name in fields.open_names}
    return typed_by(definitions, kinds)


def properties_of(document: Document) -> tuple[Mapping[str, str | None], bool]:
    """The names that definitions may test, with their types, and whether these are all of them. Names that are read
    from opportunities are told as `tested_as` says.

    Works on a fields.yaml with mistakes too: a name whose type cannot be told has None.
    """
    properties: dict[str, str | None] = {name: each.kind for name, each in BUILT_IN.items()}
    properties |= dict.fromkeys(ANSWERS, "text")
    for name, raw in entries(document, "read").items():
        name_of, kind = _read_as(name, raw)
        properties[name_of] = kind
    return properties, document.whole


def _read_as(name: str, raw: Node) -> tuple[str, str | None]:
    """How clauses name what is read, and its type: None where its lines are wrong or contradict the field they name."""
    try:
        said = ReadField.model_validate(raw)
    except ValidationError:
        return name, None
    return tested_as(name, said.from_), _kind_of(name, said)


def _kind_of(name: str, said: ReadField) -> str | None:
    kind = said.kind_as(name)
    if kind is None:
        return OPEN
    known = [KINDS_OF_FIELDS.get(str(source), kind) for source in said.from_]
    return kind if all(alike(kind, each) for each in known) else None


def _read(directory: Path) -> dict[str, Document]:
    if not directory.is_dir():
        what = f"there is no directory {directory}"
        raise ConfigProblems([Problem(str(directory), 1, 1, what, f"make one with `syncd init {directory}`")])
    older = sorted(file.name for file in directory.glob("definitions-*.yaml"))
    documents = {name: _document(directory, name) for name in (FIELDS, SERVICE, TASKS, *older)}
    documents[DEFINITIONS] = _document(directory, DEFINITIONS, needed=True)
    return documents


def place_in(directory: Path, name: str, path: Place, *, of_key: bool = False) -> tuple[int, int]:
    """(line, column) of what stands at a path of a file, as the file is now."""
    return _document(directory, name).place(path, of_key=of_key)


def _document(directory: Path, name: str, *, needed: bool = False) -> Document:
    try:
        return read_document(name, (directory / name).read_bytes())
    except FileNotFoundError:
        if not needed:
            return Document(name, {})
        problem = Problem(name, 1, 1, f"there is no {name} in {directory}", "make one with `syncd init`")
    except OSError as error:
        problem = Problem(name, 1, 1, f"{name} cannot be read ({error.strerror})", "make it a readable file")
    return Document(name, {}, problems=(problem,), whole=False)


def _check_versions(documents: Mapping[str, Document], versions: Mapping[str, Definitions]) -> list[Problem]:
    """Two versions that would be in force at the same time."""
    problems = []
    seen: dict[int, str] = {}
    for name in sorted(versions):
        begins = int(versions[name].effective_from)
        if begins in seen:
            other = seen[begins]
            when = "both from the beginning on" if begins == BEGINNING else "both from the same day on"
            what = f"{name} and {other} are in force {when}"
            problems.append(documents[name].problem(("effective_from",), what, "write another `effective_from:`"))
        seen[begins] = name
    return problems


def _without_echoes(problems: Iterable[Problem], documents: Iterable[Document]) -> list[Problem]:
    """Without what only follows from a mistake of YAML at the same place, as where an alias stood for a value."""
    of_yaml = {problem for document in documents for problem in document.problems}
    places = {(each.file, each.line, each.column) for each in of_yaml}
    return [each for each in problems if each in of_yaml or (each.file, each.line, each.column) not in places]
