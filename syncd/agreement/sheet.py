"""The sheet that marketing and sales sign: a version of the agreement with its dates, its changes and its approvals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncd.agreement.compare import Difference, compare, told
from syncd.agreement.page import Section, how_to_read, sections_of
from syncd.agreement.versions import Reign, before, kinds_of, reigns
from syncd.model.instant import BEGINNING, NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.telling.clauses import Line, stage_said

if TYPE_CHECKING:
    from syncd.agreement.approvals import Approval
    from syncd.definitions.language import Definitions
    from syncd.files.load import Config
    from syncd.locales.words import Words


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page to print: `opening` lines, sections, and a place to sign for each side with what was approved already."""

    language: str
    title: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    signatures: tuple[tuple[str, tuple[str, ...]], ...]
    place: str
    """What stands below an empty line for a signature."""


def sheet_of(
    config: Config, definitions: Definitions, approvals: Sequence[Approval], words: Words, now: Instant
) -> Sheet:
    """The sheet of one version, which need not be in the config, as of now. `approvals` are all there are."""
    say = words.say
    stages = words.all_of([stage_said(rule.stage, words) for rule in definitions.stages])
    return Sheet(
        language=words.language,
        title=say("The agreement of marketing and sales"),
        opening=(
            say("What {stages} mean here, for everybody and in every report.", stages=stages),
            _in_force(config, definitions, words, now),
            *how_to_read(definitions, words),
        ),
        sections=(
            *sections_of(definitions, words, kinds_of(config)),
            Section(say("Versions"), tuple(_version(each, words, now) for each in reigns(config)), key="versions"),
            _changes(config, definitions, words),
        ),
        signatures=_signatures(definitions, approvals, words),
        place=say("Name, date, signature"),
    )


def changes_of(config: Config, definitions: Definitions, words: Words) -> list[Difference] | None:
    """What a version changed against the one that it follows, None where it is the first."""
    old = before(config, definitions)
    return None if old is None else compare(old, definitions, words, kinds_of(config))


def _in_force(config: Config, definitions: Definitions, words: Words, now: Instant) -> str:
    reign = next((each for each in reigns(config) if each.definitions.hash == definitions.hash), None)
    if reign is None:
        return words.say("Version {version}: a draft that is not in force.", version=definitions.title)
    return words.say("Version {version}: {when}.", version=definitions.title, when=_when(reign, words, now))


def _version(reign: Reign, words: Words, now: Instant) -> Line:
    return Line(f"{reign.definitions.title}: {_when(reign, words, now)}", key=reign.definitions.hash)


def _when(reign: Reign, words: Words, now: Instant) -> str:
    since, until = words.day(max(reign.since, Instant(0))), words.day(min(reign.until, now))
    if reign.since > now and reign.since != BEGINNING:
        return words.say("not in force yet, from {since} on", since=since)
    if reign.until <= now:
        if reign.since == BEGINNING:
            return words.say("in force until {until}, no longer", until=until)
        return words.say("in force from {since} until {until}, no longer", since=since, until=until)
    if reign.until != NEVER:
        until = words.day(reign.until)
        if reign.since == BEGINNING:
            return words.say("in force until {until}", until=until)
        return words.say("in force from {since} until {until}", since=since, until=until)
    return words.say("in force") if reign.since == BEGINNING else words.say("in force since {since}", since=since)


def _changes(config: Config, definitions: Definitions, words: Words) -> Section:
    title, found = words.say("What changed since the version before"), changes_of(config, definitions, words)
    if found is None:
        return Section(title, (Line(words.say("This is the first version.")),), key="changes")
    return Section(title, told(found, words) or (Line(words.say("Nothing.")),), key="changes")


def _signatures(
    definitions: Definitions, approvals: Sequence[Approval], words: Words
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    given = {
        side: tuple(
            words.say("approved by {who} on {day}", who=each.email, day=words.day(each.at))
            for each in approvals
            if each.definitions == definitions.hash and side in each.sides
        )
        for side in ("marketing", "sales")
    }
    return (
        (words.say("For marketing"), given["marketing"]),
        (words.say("For sales"), given["sales"]),
    )
