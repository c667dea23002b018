"""The words of tasks and fields: templates filled with what is known, and Salesforce's way of writing values."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from string import Formatter

from connectors.records import Field, FieldType, JsonValue
from syncd.model.instant import Instant, datetime_of
from syncd.model.person import Facts, Touch, Unknown, Value
from syncd.model.stage import Stage, label_of

BANT_QUESTIONS: Mapping[str, str] = {
    "budget": "Budget: what can they spend, and is it set aside?",
    "authority": "Authority: who decides, who else is asked?",
    "need": "Need: which problem, how urgent?",
    "timeline": "Timeline: when should it run?",
}
"""The checklist of a first conversation (design 7.2)."""


def fill(template: str, words: Mapping[str, str]) -> str:
    """A template with its placeholders replaced; a value that is not known reads "(unknown)"."""
    parts = []
    for text, name, _, _ in Formatter().parse(template):
        parts.append(text)
        if name is not None:
            parts.append(words.get(name) or "(unknown)")
    return "".join(parts).strip()


def words_for(facts: Facts, stage: Stage, cycle: int, at: Instant, why: str, definition: str) -> dict[str, str]:
    """What templates may name, for one person on entering a stage."""
    words = {
        name: shown
        for name, known in facts.properties.items()
        if (shown := readable(known.timeline[-1][1])) is not None
    }
    words |= {
        "stage": label_of(stage),
        "cycle": str(cycle),
        "entered_at": f"{datetime_of(at):%Y-%m-%d %H:%M} UTC",
        "why": why,
        "touches": last_touches(facts.touches),
        "bant": bant_checklist(words),
        "definition": definition,
    }
    return words


def readable(value: Value) -> str | None:
    """A value as people read it, None for an unknown one."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def last_touches(touches: Sequence[Touch], count: int = 5) -> str:
    """The last touches, newest first, a line each."""
    lines = []
    for touch in sorted(touches, key=lambda touch: (-touch.at, touch.id))[:count]:
        detail = touch.fields.get("form") or touch.fields.get("url") or touch.fields.get("subject")
        kind = touch.kind.replace("_", " ")
        lines.append(f"{datetime_of(touch.at):%Y-%m-%d %H:%M} {kind}" + (f": {detail}" if detail else ""))
    return "\n".join(lines) or "no touches on record"


def bant_checklist(words: Mapping[str, str]) -> str:
    """The four questions, with the answers that are known."""
    return "\n".join(
        f"[{'x' if words.get(name) else ' '}] {question}" + (f" ({words[name]})" if words.get(name) else "")
        for name, question in BANT_QUESTIONS.items()
    )


def as_salesforce(value: Value | Instant, field: Field | None) -> JsonValue:
    """A value in the form that a Salesforce field takes; None for an unknown one."""
    if isinstance(value, Unknown):
        return None
    kind = field.type if field else FieldType.TEXT
    if kind is FieldType.BOOLEAN or isinstance(value, bool):
        return value if isinstance(value, bool) else str(value).strip().casefold() in ("true", "yes", "1")
    if isinstance(value, frozenset):
        return ";".join(sorted(value))
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.isoformat()}T00:00:00.000Z" if kind is FieldType.DATETIME else value.isoformat()
    if kind in (FieldType.NUMBER, FieldType.MONEY) and isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def stamp(at: Instant, field: Field) -> str:
    """An instant for a date or date-and-time field, as Salesforce itself writes it: a copy read back is no news.

    It keeps whole seconds (facts: salesforce B4).
    """
    moment = datetime_of(at)
    return f"{moment:%Y-%m-%d}" if field.type is FieldType.DATE else f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"


def same(before: JsonValue, after: JsonValue, field: Field | None) -> bool:
    """Whether a field already holds a value: blank is None, numbers by value, instants by the second."""
    left, right = _comparable(before, field), _comparable(after, field)
    return left == right


def _comparable(value: JsonValue, field: Field | None) -> object:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    kind = field.type if field else FieldType.TEXT
    if kind is FieldType.DATETIME and isinstance(value, str):
        try:
            return datetime.fromisoformat(value).replace(microsecond=0).timestamp()
        except ValueError:
            return value
    if kind is FieldType.CHOICES and isinstance(value, str):
        return frozenset(value.split(";"))
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else repr(value)


def trouble_with(value: JsonValue, field: Field | None) -> str | None:
    """Why a field would not take a value, or None. What is checked: length, picklist, control characters."""
    if not isinstance(value, str):
        return None
    if any(unicodedata.category(sign) == "Cc" and sign not in "\n\r\t" for sign in value):
        return "holds control characters"
    if field is None:
        return None
    if field.length and len(value) > field.length:
        return f"is {len(value)} characters long, and {field.name} takes {field.length}"
    if (
        field.type is FieldType.CHOICE
        and field.restricted
        and value not in {one.value for one in field.options if one.active}
    ):
        return f"is no value of the picklist {field.name}"
    return None
