"""What one file says about another: stages of tasks, names that are written, types that are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from syncd.files.checks import at, check_stage_name, entries, items
from syncd.files.clauses import RESERVED
from syncd.files.fields_file import ANSWERS, BUILT_IN, KINDS_OF_FIELDS, Kind, alike
from syncd.files.places import Document, Path
from syncd.files.problem import SHOWN, Problem, Wrong, choose, shown
from syncd.files.tasks_file import WORDS, placeholders_of
from syncd.files.told import BackToHubSpot, Names
from syncd.model.stage import SIDE_STAGES, Stage, stage_order

TOLD_HUBSPOT = ("stage", "reason", "recycle_until")
"""The keys under `back` that name properties which syncd alone writes by its own rules."""


def check_between(documents: Mapping[str, Document], properties: Mapping[str, str | None]) -> list[Problem]:
    """Mistakes that show only when two files, or two parts of one, are held together."""
    fields, service, tasks = documents["fields.yaml"], documents["syncd.yaml"], documents["tasks.yaml"]
    definitions = documents["definitions.yaml"]
    problems = [*_check_reads(fields), *_check_writes(fields, properties), *_check_purposes(tasks)]
    problems += _check_territories(tasks, properties)
    if definitions.whole:
        stages = stage_order(entries(definitions, "stages"))
        problems += _check_create(service, stages)
        problems += _check_told(fields, (*stages, *SIDE_STAGES))
        for index in range(len(items(tasks, "tasks"))):
            problems += check_stage_name(tasks, ("tasks", index, "on"), stages)
        for index in range(len(items(tasks, "close_on"))):
            problems += check_stage_name(tasks, ("close_on", index), stages)
        if fields.whole:
            scores = (f"score.{each}" for each in entries(definitions, "scores"))
            problems += _check_templates(tasks, [*WORDS, *properties, *scores])
    return problems


def _check_create(service: Document, stages: tuple[Stage, ...]) -> list[Problem]:
    said = at(service, "create", "lead_from")
    return [] if said == "nobody" else check_stage_name(service, ("create", "lead_from"), stages)


def _check_reads(fields: Document) -> list[Problem]:
    problems = []
    for name in entries(fields, "read"):
        path: Path = ("read", name)
        if name in RESERVED or name in ANSWERS:
            other = "one of the BANT answers" if name in ANSWERS else "a word of the language"
            instead = "say where it comes from under bant" if name in ANSWERS else f"rename it, such as {name}_value"
            problems.append(fields.problem(path, f"{shown(name)} is also {other}", instead, of_key=True))
        said = at(fields, *path, "type") or None
        if said and said not in get_args(Kind):
            continue  # the model says so already
        if name in BUILT_IN and isinstance(said, str) and not alike(said, BUILT_IN[name].kind):
            kind = BUILT_IN[name].kind
            what = f"{name} is built in as a {kind}, not as a {shown(said)}"
            problems.append(fields.problem((*path, "type"), what, f"write type: {kind}, or choose another name"))
        sources = at(fields, *path, "from")
        listed = sources if isinstance(sources, list) else [sources]
        of_deals = [isinstance(each, str) and each.startswith("salesforce.opportunity.") for each in listed]
        if any(of_deals) and not all(of_deals):
            what = f"{name} is read from opportunities and from people, and a name says something about one of them"
            problems.append(fields.problem((*path, "from"), what, "make two names of it"))
        for index, source in enumerate(listed):
            known = KINDS_OF_FIELDS.get(source) if isinstance(source, str) else None
            if known and isinstance(said, str) and not alike(said, known):
                where = (*path, "from", index) if isinstance(sources, list) else (*path, "from")
                problems.append(fields.problem(where, f"{source} is a {known}, not a {said}", f"write type: {known}"))
    return problems


def _check_writes(fields: Document, properties: Mapping[str, str | None]) -> list[Problem]:
    own = {
        "salesforce": {each.default for each in Names.model_fields.values()} | set(entries(fields, "names").values()),
        "hubspot": {at(fields, "back", name) or BackToHubSpot.model_fields[name].default for name in TOLD_HUBSPOT},
    }
    problems = []
    for target in entries(fields, "write"):
        path: Path = ("write", target)
        name = at(fields, *path, "from")
        if isinstance(name, str) and name and name not in properties:
            what = f"there is no name {shown(name)} to write from"
            problems.append(fields.problem((*path, "from"), what, choose(name, properties)))
        system, _, rest = target.partition(".")
        if rest.partition(".")[2] in own.get(system, ()):
            what = f"{shown(target)} is a field that syncd writes itself"
            problems.append(fields.problem(path, what, "take it out", of_key=True))
    return problems


def _check_told(fields: Document, stages: tuple[Stage, ...]) -> list[Problem]:
    return [
        fields.problem(("back", part, name), f"there is no stage {shown(name)}", choose(name, stages), of_key=True)
        for part in ("stages", "statuses")
        for name in entries(fields, "back", part)
        if name not in stages
    ]


def _check_territories(tasks: Document, properties: Mapping[str, str | None]) -> list[Problem]:
    problems = []
    for index in range(len(items(tasks, "territories"))):
        path: Path = ("territories", index, "where")
        name = at(tasks, *path)
        if isinstance(name, str) and name and name not in properties:
            problems.append(tasks.problem(path, f"there is no name {shown(name)} to read", choose(name, properties)))
    return problems


def _check_purposes(tasks: Document) -> list[Problem]:
    """A purpose is part of a task's key, so each may stand once; escalations name one of them."""
    problems = []
    seen: dict[str, int] = {}
    for index in range(len(items(tasks, "tasks"))):
        purpose = at(tasks, "tasks", index, "purpose")
        if isinstance(purpose, str) and purpose in seen:
            what = f"the purpose {shown(purpose)} is here a second time, and one person gets one task of a purpose"
            problems.append(tasks.problem(("tasks", index, "purpose"), what, "write another word"))
        elif isinstance(purpose, str) and purpose:
            seen[purpose] = index
    for index in range(len(items(tasks, "escalations"))):
        purpose = at(tasks, "escalations", index, "purpose")
        if isinstance(purpose, str) and purpose and purpose not in seen:
            what = f"no task has the purpose {shown(purpose)}"
            problems.append(tasks.problem(("escalations", index, "purpose"), what, choose(purpose, seen)))
    return problems


def _check_templates(tasks: Document, known: list[str]) -> list[Problem]:
    """Placeholders that stand for nothing."""
    problems = []
    paths: list[Path] = [
        (section, index, key)
        for section, keys in (("tasks", ("subject", "description")), ("escalations", ("text",)))
        for index in range(len(items(tasks, section)))
        for key in keys
    ]
    for path in paths:
        text = at(tasks, *path)
        for name in _placeholders(text) if isinstance(text, str) else ():
            if name not in known:
                instead = choose(name, known)
                near = f"write {{{instead.removeprefix('write ')}}}" if "," not in instead else f"{instead}, in braces"
                problems.append(tasks.problem(path, f"the placeholder {{{name[:SHOWN]}}} is unknown", near))
    return problems


def _placeholders(text: str) -> list[str]:
    try:
        return list(placeholders_of(text))
    except Wrong:
        return []  # the model says so already
