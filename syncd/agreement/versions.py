"""Which versions of the agreement there are, from when until when each is in force, and which one somebody means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from syncd.endings import NotThere
from syncd.files.load import load_definitions
from syncd.model.instant import NEVER, Instant
from syncd.model.nouns import dataclass

if TYPE_CHECKING:
    from syncd.definitions.language import Definitions
    from syncd.files.load import Config


class NoSuchVersion(NotThere):
    """No version begins with what was named, or several do."""

    code = "no_such_version"

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            f"there is no version {name!r} of the definitions, and no file of that name",
            f"name a file, or the name or the first digits of one of {', '.join(known)}",
        )


@dataclass(frozen=True, slots=True)
class Reign:
    """A version with the time in which it decides: from `since` on, before `until` (NEVER: it is the last)."""

    definitions: Definitions
    since: Instant
    until: Instant


def reigns(config: Config) -> list[Reign]:
    """All versions of a config with their times, oldest first."""
    ends = [each.effective_from for each in config.versions[1:]]
    return [
        Reign(each, each.effective_from, until) for each, until in zip(config.versions, [*ends, NEVER], strict=True)
    ]


def before(config: Config, definitions: Definitions) -> Definitions | None:
    """The version that a version follows, None for the first. One that is not of the config follows all of them."""
    known = [each.hash for each in config.versions]
    at = known.index(definitions.hash) if definitions.hash in known else len(known)
    return config.versions[at - 1] if at else None


def named(config: Config, name: str) -> Definitions:
    """The version that a name means: its own name, the first digits of its hash, or a file.

    Raises NoSuchVersion, ConfigProblems.
    """
    called = [each for each in config.versions if name and each.version == name]
    found = called or [each for each in config.versions if name and each.hash.startswith(name.casefold())]
    if len(found) == 1:
        return found[0]
    file = next((each for each in (Path(name), config.directory / name) if each.is_file()), None)
    if file is None:
        raise NoSuchVersion(name, [each.title for each in config.versions])
    return load_definitions(file, config.fields)


def kinds_of(config: Config) -> dict[str, str]:
    """The types of the names that definitions may test."""
    return {name: str(each.kind) for name, each in config.fields.reads.items()}
