"""A mistake in a file: where it is, what it is, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from syncd.endings import Told

SHOWN = 60  # characters of somebody's text that a message repeats


class Wrong(ValueError):
    """A text that does not say what it should: `what` is wrong and what to write `instead`. It knows no place."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. Lines and columns count from 1; a mistake of the whole file stands at 1:1."""

    file: str
    line: int
    column: int
    what: str
    instead: str

    def __str__(self) -> str:
        """The line that people and editors read: `file:line:column: what; instead`."""
        return f"{self.file}:{self.line}:{self.column}: {self.what}; {self.instead}"


class ConfigProblems(Told):
    """Every mistake of every file, ordered by file, line and column."""

    code = "config"
    next_step = "mend these lines, then run `syncd check`"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be, None when nothing is near."""
    folded = {each.casefold(): each for each in sorted(known)}
    close = get_close_matches(name.casefold()[:SHOWN], folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def choose(name: str, known: Iterable[str]) -> str:
    """What to write instead of an unknown name: the nearest one, else the choice that there is."""
    names = sorted(known)
    if close := nearest(name, names):
        return f"write {close}"
    return f"write {one_of(names)}" if names else "take it out"


def one_of(names: Iterable[str]) -> str:
    """Names as people list a choice: `a, b or c`, at most twelve of them."""
    listed = list(names)
    if len(listed) > 12:
        return "one of " + ", ".join(listed[:12]) + ", ..."
    return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + " or " + listed[-1]


def shown(value: object) -> str:
    """A value as a message may repeat it: short texts as they are, all else by its kind."""
    if isinstance(value, str):
        if not value.strip():
            return "nothing"
        printable = "".join(each if each.isprintable() else "?" for each in value)
        return f"`{printable[:SHOWN]}...`" if len(printable) > SHOWN else f"`{printable}`"
    return "a list" if isinstance(value, list) else "a mapping"
