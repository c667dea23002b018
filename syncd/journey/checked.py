"""What `syncd check` finds: the mistakes of the files, examples that do not come true, clauses that none tries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.definitions.examples import Idle, Missed, idle, missed
from syncd.definitions.language import Definitions
from syncd.definitions.overlaps import overlaps
from syncd.files.load import Config, load_config
from syncd.files.problem import ConfigProblems, Problem
from syncd.journey.fitting import place_of, unfitting
from syncd.journey.matched import matched_by_nobody
from syncd.journey.reading import last_seen
from syncd.journey.worded import unknown_lists, unknown_values
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.said import span

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing about a line that is no mistake."""

    file: str
    line: int
    column: int
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check. `definitions` is the hash of the version in force, None where files have mistakes.

    `people` are those of the store whom the definitions were held against: all, or the first ones who bring about
    everything; None where there is no store.
    """

    problems: Sequence[Problem]
    notes: Sequence[Note] = ()
    examples: int = 0
    definitions: str | None = None
    time_zone: str | None = None
    files: Sequence[str] = ()
    people: int | None = None


def check_with_store(checked: Checked, directory: Path, tx: Connection, now: Instant) -> Checked:
    """What was found out about sound files, and what the people in the store say about them."""
    config = load_config(directory)
    seen = last_seen(tx)
    misnamed = [*unfitting(config, now, seen), *unknown_values(config, seen), *unknown_lists(config, seen)]
    people, unmatched = matched_by_nobody(tx, config, now)
    notes = [Note(*place_of(one.place), one.what) for one in unmatched]
    return replace(
        checked,
        problems=sorted([*checked.problems, *misnamed]),
        notes=_in_order([*checked.notes, *notes]),
        people=people,
    )


def check_files(directory: Path, now: Instant) -> Checked:
    """Everything that can be found out about a folder of files by themselves."""
    try:
        config = load_config(directory)
    except ConfigProblems as error:
        return Checked(error.problems)
    kinds = {name: str(read.kind) for name, read in config.fields.reads.items()}
    return Checked(
        problems=sorted(problem for version in config.versions for problem in _problems(version, kinds, now)),
        notes=[note for version in config.versions for note in _notes(version, kinds, now)],
        examples=sum(len(version.examples) for version in config.versions),
        definitions=config.definitions_at(now).hash,
        time_zone=config.service.time_zone,
        files=_files(config),
    )


def _files(config: Config) -> Sequence[str]:
    return sorted(path.name for path in config.directory.glob("*.yaml"))


def _problems(definitions: Definitions, kinds: Mapping[str, str], now: Instant) -> list[Problem]:
    return [_problem(one, now) for one in missed(definitions, kinds, now)]


def _problem(one: Missed, now: Instant) -> Problem:
    file, line, column = place_of(one.example.place)
    got, expected = one.verdict.stage, one.example.expect
    what = f"this example expects {expected} and is {got}" + (f": {one.why}" if one.why else "")
    if got == expected:
        ago = span(now - one.verdict.since)
        return Problem(file, line, column, f"{got} was entered {ago} ago, not then", f"write `since: {ago} ago`")
    return Problem(file, line, column, what, f"write `expect: {got}`, or change the example or the rule of {expected}")


def _notes(definitions: Definitions, kinds: Mapping[str, str], now: Instant) -> list[Note]:
    found = [Note(*place_of(one.place), one.what) for one in overlaps(definitions)]
    if definitions.examples:
        found += [Note(*place_of(one.place), _said(one)) for one in idle(definitions, kinds, now)]
    return _in_order(found)


def _in_order(notes: Sequence[Note]) -> list[Note]:
    return sorted(notes, key=lambda note: (note.file, note.line, note.column, note.what))


def _said(one: Idle) -> str:
    return f"no example makes `{one.says}` {one.lacks.name.lower()}"
