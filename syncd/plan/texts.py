"""The words of tasks: templates filled with what is known of a person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from string import Formatter

from syncd.definitions.explain import score_found
from syncd.definitions.reasons import context_of
from syncd.model.instant import Instant, datetime_of
from syncd.model.person import Touch, Unknown, Value
from syncd.model.stage import label_of
from syncd.plan.case import Case, Setting

BANT_QUESTIONS: Mapping[str, str] = {
    "budget": "Budget: what can they spend, and is it set aside?",
    "authority": "Authority: who decides, who else is asked?",
    "need": "Need: which problem, how urgent?",
    "timeline": "Timeline: when should it run?",
}
"""The checklist of a first conversation (design 7.2)."""

SCORE = "score."
"""How a template names a score: {score.fit}."""


@lru_cache(maxsize=64)
def parsed(template: str) -> Sequence[tuple[str, str | None]]:
    """A template's texts, each with the name of the placeholder that follows it, if one does."""
    return tuple((text, name) for text, name, _, _ in Formatter().parse(template))


def fill(template: str, words: Mapping[str, str]) -> str:
    """A template with its placeholders replaced; a value that is not known reads "(unknown)"."""
    pieces = (text if name is None else text + (words.get(name) or "(unknown)") for text, name in parsed(template))
    return "".join(pieces).strip()


def printable(text: str, *, keep_lines: bool = False) -> str:
    """Our own text without control characters, and others that show nothing, that came in with a CRM's values."""
    kept = "\n" if keep_lines else ""
    if (text.replace("\n", "") if keep_lines else text).isprintable():
        return text.strip()
    return "".join(sign if sign.isprintable() or sign in kept else " " for sign in text).strip()


def words_for(case: Case, setting: Setting, wanted: Collection[str]) -> dict[str, str]:
    """What templates that name the `wanted` are filled with, for a person in the stage that they are in now.

    What is not known is left out.
    """
    words = {name: OURS[name](case, setting) for name in wanted if name in OURS}
    for name in wanted:
        if name not in OURS and (shown := _shown(name, case, setting)) is not None:
            words[name] = shown
    return words | dict(_scores(case, setting, wanted))


def _shown(name: str, case: Case, setting: Setting) -> str | None:
    known = case.facts.properties.get(name)
    return None if known is None else readable(known.timeline[-1][1], instant=name in setting.dated)


def _answers(case: Case, setting: Setting) -> str:
    return bant_checklist({name: _shown(name, case, setting) for name in BANT_QUESTIONS})


def _scores(case: Case, setting: Setting, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """The scores that are wanted, as they were on entering the stage, in the cycle of that entry."""
    names = [name.removeprefix(SCORE) for name in wanted if name.startswith(SCORE)]
    if names:
        at, cycle = case.current.at, case.current.cycle
        context = context_of(case.facts, setting.definitions, case.verdict.entries, cycle)
        for name in names:
            if name in setting.definitions.scores:
                yield SCORE + name, score_found(name, context, at)


def readable(value: Value, *, instant: bool = False) -> str | None:
    """A value as people read it, None for an unknown one. `instant`: the number is one, in milliseconds."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return minute(Instant(int(value))) if instant and isinstance(value, Decimal) else str(value)


def minute(at: Instant) -> str:
    """An instant as people read it, to the minute."""
    return f"{_minute(at)} UTC"


def _minute(at: Instant) -> str:
    return datetime_of(at).isoformat(" ")[:16]


def last_touches(touches: Sequence[Touch], count: int = 5) -> str:
    """The last touches, newest first, a line each."""
    lines = []
    for touch in sorted(touches, key=lambda touch: (-touch.at, touch.id))[:count]:
        detail = touch.fields.get("form") or touch.fields.get("url") or touch.fields.get("subject")
        kind = touch.kind.replace("_", " ")
        lines.append(f"{_minute(touch.at)} {kind}" + (f": {detail}" if detail else ""))
    return "\n".join(lines) or "no touches on record"


def bant_checklist(words: Mapping[str, str | None]) -> str:
    """The four questions, with the answers that are known."""
    return "\n".join(
        f"[{'x' if words.get(name) else ' '}] {question}" + (f" ({words[name]})" if words.get(name) else "")
        for name, question in BANT_QUESTIONS.items()
    )


OURS: Mapping[str, Callable[[Case, Setting], str]] = {
    "stage": lambda case, _: label_of(case.current.stage),
    "cycle": lambda case, _: str(case.current.cycle),
    "entered_at": lambda case, _: minute(case.current.at),
    "why": lambda case, _: case.current.why,
    "touches": lambda case, _: last_touches(case.facts.touches),
    "bant": _answers,
    "definition": lambda case, _: case.current.definition,
}
"""The words that are not read from a CRM, which win over names that are."""
