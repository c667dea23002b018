"""The words of tasks: templates filled with what is known of a person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from string import Formatter

from syncd.definitions.explain import score_found
from syncd.definitions.reasons import context_of, standing
from syncd.locales.words import Words, marked, words_of
from syncd.model.instant import Instant, datetime_of
from syncd.model.person import Touch, Unknown, Value
from syncd.plan.case import Case, Setting
from syncd.plan.ranks import rank_of
from syncd.telling.proofs import reason, told

ENGLISH = words_of("en")

BANT_QUESTIONS: Mapping[str, str] = {
    "budget": marked("Budget: what can they spend, and is it set aside?"),
    "authority": marked("Authority: who decides, who else is asked?"),
    "need": marked("Need: which problem, how urgent?"),
    "timeline": marked("Timeline: when should it run?"),
}
"""The checklist of a first conversation (design 7.2)."""

TOUCHES: Mapping[str, str] = {
    "page_view": marked("page view"),
    "web_visit": marked("web visit"),
    "form_submission": marked("form submission"),
    "email_open": marked("email open"),
    "email_click": marked("email click"),
    "email_reply": marked("email reply"),
    "meeting": marked("meeting"),
    "call": marked("call"),
    "email": marked("email"),
    "task": marked("task"),
    "note": marked("note"),
    "event": marked("event"),
    "list_join": marked("list join"),
    "campaign": marked("campaign"),
    "status_change": marked("status change"),
}
"""Kinds of touches at the head of a line."""

SCORE = "score."
"""How a template names a score: {score.fit}."""


@lru_cache(maxsize=64)
def parsed(template: str) -> Sequence[tuple[str, str | None]]:
    """A template's texts, each with the name of the placeholder that follows it, if one does."""
    return tuple((text, name) for text, name, _, _ in Formatter().parse(template))


def fill(template: str, words: Mapping[str, str], unknown: str = "(unknown)") -> str:
    """A template with its placeholders replaced; a value that is not known reads `unknown`."""
    pieces = (text if name is None else text + (words.get(name) or unknown) for text, name in parsed(template))
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


def unknown(setting: Setting) -> str:
    """What stands for a value that is not known."""
    return setting.teller.words.say("(unknown)")


def why(case: Case, setting: Setting) -> str:
    """Why a person is in the stage that they are in now, in one line, as sales reads it.

    The ledger's own line where another version decided: what that one asked is not at hand.
    """
    entry = case.current
    if setting.service.language == "en" and not any(name in entry.why for name in setting.dated):
        return entry.why
    proof = None
    if entry.definition == setting.definitions.hash:
        proof = standing(case.facts, setting.definitions, case.verdict, setting.now).proof
    return reason(entry.why, proof, setting.teller)


def _shown(name: str, case: Case, setting: Setting) -> str | None:
    known = case.facts.properties.get(name)
    if known is None:
        return None
    return readable(known.timeline[-1][1], setting.teller.words, instant=name in setting.dated)


def _answers(case: Case, setting: Setting) -> str:
    return bant_checklist({name: _shown(name, case, setting) for name in BANT_QUESTIONS}, setting.teller.words)


def _scores(case: Case, setting: Setting, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """The scores that are wanted, as they were on entering the stage, in the cycle of that entry."""
    names = [name.removeprefix(SCORE) for name in wanted if name.startswith(SCORE)]
    if names:
        at, cycle = case.current.at, case.current.cycle
        context = context_of(case.facts, setting.definitions, case.verdict.entries, cycle)
        for name in names:
            if name in setting.definitions.scores:
                yield SCORE + name, told(score_found(name, context, at), setting.teller)


def readable(value: Value, words: Words = ENGLISH, *, instant: bool = False) -> str | None:
    """A value as people read it, None for an unknown one. `instant`: the number is one, in milliseconds."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, bool):
        return words.say("yes") if value else words.say("no")
    return minute(Instant(int(value)), words) if instant and isinstance(value, Decimal) else str(value)


def minute(at: Instant, words: Words = ENGLISH) -> str:
    """An instant as people read it, to the minute."""
    return f"{_minute(at)} UTC" if words.language == "en" else words.minute(at)


def _minute(at: Instant) -> str:
    return datetime_of(at).isoformat(" ")[:16]


def last_touches(touches: Sequence[Touch], words: Words = ENGLISH, count: int = 5) -> str:
    """The last of some touches in order of time, newest first, a line each."""
    lines = []
    for touch in sorted(touches[-count:], key=lambda touch: (-touch.at, touch.id)):
        detail = touch.fields.get("form") or touch.fields.get("url") or touch.fields.get("subject")
        kind = words.say(TOUCHES[touch.kind]) if touch.kind in TOUCHES else touch.kind.replace("_", " ")
        lines.append(f"{_minute(touch.at)} {kind}" + (f": {detail}" if detail else ""))
    return "\n".join(lines) or words.say("no touches on record")


def bant_checklist(answers: Mapping[str, str | None], words: Words = ENGLISH) -> str:
    """The four questions, with the answers that are known."""
    return "\n".join(
        f"[{'x' if answers.get(name) else ' '}] {words.say(question)}"
        + (f" ({answers[name]})" if answers.get(name) else "")
        for name, question in BANT_QUESTIONS.items()
    )


OURS: Mapping[str, Callable[[Case, Setting], str]] = {
    "stage": lambda case, setting: setting.teller.stage(case.current.stage),
    "cycle": lambda case, _: str(case.current.cycle),
    "entered_at": lambda case, setting: minute(case.current.at, setting.teller.words),
    "why": why,
    "touches": lambda case, setting: last_touches(case.facts.touches, setting.teller.words),
    "bant": _answers,
    "definition": lambda case, _: case.current.definition,
    "rank": lambda case, setting: str(rank_of(case, setting)),
}
"""The words that are not read from a CRM, which win over names that are."""
