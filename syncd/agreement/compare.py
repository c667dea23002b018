"""What changed between two versions, clause by clause, in the very sentences of the page.

The page says all that a version means, so whatever differs in meaning differs in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from syncd.agreement.page import Section, sections_of
from syncd.definitions.language import Definitions
from syncd.locales.words import Words
from syncd.model.instant import BEGINNING
from syncd.model.nouns import dataclass
from syncd.telling.clauses import Line

What: TypeAlias = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One sentence that is new, gone or other: `before` is None for what was added, `after` for what was removed.

    `where` are the headings that it stands under, from the outside in.
    """

    what: What
    where: tuple[str, ...]
    before: str | None
    after: str | None


def compare(old: Definitions, new: Definitions, words: Words, kinds: Mapping[str, str]) -> list[Difference]:
    """Every difference between two versions, in the order of the page. Empty where they mean the same."""
    if old.hash == new.hash:
        return []
    found = [*_begins(old, new, words)]
    found += _sections(sections_of(old, words, kinds), sections_of(new, words, kinds), ())
    if not found:
        text = words.say("The files are written differently, and all that is told here reads the same.")
        found.append(Difference("changed", (), old.hash, f"{new.hash}. {text}"))
    return found


def _begins(old: Definitions, new: Definitions, words: Words) -> Iterator[Difference]:
    """Another day from which on the version is in force."""
    if old.effective_from != new.effective_from:
        before, after = (
            words.say("from the beginning")
            if each.effective_from == BEGINNING
            else words.say("from {since} on", since=words.day(each.effective_from))
            for each in (old, new)
        )
        yield Difference("changed", (words.say("In force"),), before, after)


def told(differences: Sequence[Difference], words: Words) -> tuple[Line, ...]:
    """Differences as lines of a page, by where they stand."""
    by_place: dict[tuple[str, ...], list[Line]] = {}
    for each in differences:
        lines = by_place.setdefault(each.where, [])
        if each.before is not None:
            gone = words.say("gone: {what}", what=each.before)
            lines.append(Line(gone if each.after is None else words.say("was: {what}", what=each.before)))
        if each.after is not None:
            new = words.say("new: {what}", what=each.after)
            lines.append(Line(new if each.before is None else words.say("is now: {what}", what=each.after)))
    return tuple(Line(" > ".join(where) or words.say("All"), tuple(lines)) for where, lines in by_place.items())


def flat(line: Line) -> str:
    """A sentence with its parts on one line; a group within a group stands in brackets."""
    if not line.parts:
        return line.says
    parts = (f"({flat(part)})" if part.parts else part.says for part in line.parts)
    return f"{line.says} {'; '.join(parts)}"


def _sections(old: Sequence[Section], new: Sequence[Section], where: tuple[str, ...]) -> Iterator[Difference]:
    before, after = {each.key: each for each in old}, {each.key: each for each in new}
    for key in dict.fromkeys((*before, *after)):
        if key not in after:
            yield from (Difference("removed", place, flat(line), None) for place, line in _told(before[key], where))
        elif key not in before:
            yield from (Difference("added", place, None, flat(line)) for place, line in _told(after[key], where))
        else:
            yield from _section(before[key], after[key], where)


def _told(section: Section, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Line]]:
    """Every line of a section with where it stands."""
    inside = (*where, section.title)
    yield from ((inside, line) for line in section.lines)
    for each in section.sections:
        yield from _told(each, inside)


def _section(old: Section, new: Section, where: tuple[str, ...]) -> Iterator[Difference]:
    if old.title != new.title:
        yield Difference("changed", where, old.title, new.title)
    inside = (*where, new.title)
    yield from _lines(old.lines, new.lines, inside)
    if new.ordered and (moved := _moved(old.lines, new.lines)):
        yield Difference("changed", inside, *moved)
    yield from _sections(old.sections, new.sections, inside)


def _lines(old: Sequence[Line], new: Sequence[Line], where: tuple[str, ...]) -> Iterator[Difference]:
    """What differs between two lists of lines: equal ones fall away, others are paired by what they are about."""
    gone = list(old)
    fresh = [line for line in new if not _taken(gone, line)]
    for line in fresh:
        before = next((each for each in gone if each.key == line.key), None)
        if before is None:
            yield Difference("added", where, None, flat(line))
        else:
            gone.remove(before)
            yield from _line(before, line, where)
    yield from (Difference("removed", where, flat(line), None) for line in gone)


def _taken(lines: list[Line], line: Line) -> bool:
    """Whether an equal line was there, which is then taken out."""
    if line in lines:
        lines.remove(line)
        return True
    return False


def _line(old: Line, new: Line, where: tuple[str, ...]) -> Iterator[Difference]:
    if not old.parts or not new.parts:
        yield Difference("changed", where, flat(old), flat(new))
        return
    if old.says != new.says:
        yield Difference("changed", where, old.says, new.says)
    yield from _lines(old.parts, new.parts, (*where, new.says.rstrip(":")))


def _moved(old: Sequence[Line], new: Sequence[Line]) -> tuple[str, str] | None:
    """The names of the lines that are in both, before and after, where their order differs."""
    both = {line.key for line in old} & {line.key for line in new}
    before, after = ([line.key for line in lines if line.key in both] for lines in (old, new))
    if before == after:
        return None
    names = ([key.partition(" ")[2] for key in keys] for keys in (before, after))
    first, second = (", ".join(each) for each in names)
    return first, second
