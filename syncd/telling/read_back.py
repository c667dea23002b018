"""An entry's line as the ledger keeps it, in English, read back into the clauses and sentences that it was made of.

Whoever reads another language is told an old entry in it too, also where the definitions that decided it are gone. Only
lines of our own form can be read back; the rest of a line stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from syncd.definitions.explain import Asked, asked
from syncd.definitions.language import (
    BantClause,
    Clause,
    Not,
    Operand,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    SignalClause,
    Test,
)
from syncd.model.instant import DAY, HOUR, MINUTE, SECOND, parse_iso
from syncd.model.person import Money
from syncd.model.proof import Proof
from syncd.model.said import Name, Names, Said, When, and_said, said
from syncd.model.stage import Stage
from syncd.model.truth import Truth

_UNITS = {"day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND, "millisecond": 1}
_WORDS = {each.replace("_", " "): each for each in Operator}
_OPERATOR = "|".join(sorted(_WORDS, key=len, reverse=True))
_SPAN = r"(\d+) (day|hour|minute|second|millisecond)s?"
_TEST = re.compile(rf"({_OPERATOR}) (.+)")
_NEXT_TEST = re.compile(rf" and (?=(?:{_OPERATOR}) )")
_SCORE = re.compile(r"score\.(\w+) (.+)")
_BANT = re.compile(r"bant at least (\d+) of 4(?:, including (.+))?")
_SIGNAL = re.compile(
    rf"(\w+)(?: at least (\d+))?(?: at most (\d+))?(?: within ({_SPAN}))?(?: since (\w+))?( by anyone at the company)?"
)
_DEAL = re.compile(
    r"opportunity(?: (open|not open))?(?: (won|not won))?(?: amount (.+?))?(?: (close date set by sales))?"
)
_PROPERTY = re.compile(r"([\w.]+) (.+)")
_LISTS = (Operator.ANY_OF, Operator.NONE_OF, Operator.BETWEEN, Operator.CONTAINS, Operator.STARTS_WITH,
          Operator.HAS_WORD)  # fmt: skip
_TEXTS = (Operator.CONTAINS, Operator.STARTS_WITH, Operator.HAS_WORD)


def read_back(line: str, kinds: Mapping[str, str]) -> Proof | None:
    """The proof that a line sums up, None where none of its parts can be read. `kinds` are the types of properties."""
    parts = [_leaf(part, kinds) for part in line.split("; ")]
    if not any(isinstance(part.says, Asked) for part in parts):
        return None
    return Proof("", Truth.TRUE, parts=tuple(parts))


def _leaf(text: str, kinds: Mapping[str, str]) -> Proof:
    """A clause with what was found; a text that is none of ours as it is."""
    for colon in (*(match.start() for match in re.finditer(": ", text)), len(text)):
        clause = _clause(text[:colon], kinds)
        if clause is not None:
            found = text[colon + 2 :]
            return Proof(asked(clause), Truth.TRUE, _found(found, clause, kinds) if found else "")
    return Proof(text, Truth.TRUE)


def _clause(text: str, kinds: Mapping[str, str]) -> Clause | None:
    """The clause that says this, None where none does."""
    try:
        return _read_clause(text, kinds)
    except (ValueError, InvalidOperation):
        return None


def _read_clause(text: str, kinds: Mapping[str, str]) -> Clause | None:
    if text.startswith("not "):
        inner = _clause(text.removeprefix("not "), kinds)
        return None if inner is None else Not(inner)
    if match := _SCORE.fullmatch(text):
        return ScoreClause(match[1], _tests(match[2], "number"))
    if match := _BANT.fullmatch(text):
        return BantClause(int(match[1]), tuple(match[2].split(", ")) if match[2] else ())
    if match := _DEAL.fullmatch(text):
        return OpportunityClause(
            open=None if match[1] is None else match[1] == "open",
            won=None if match[2] is None else match[2] == "won",
            amount=_tests(match[3], "money") if match[3] else (),
            close_date_set_by_sales=match[4] is not None,
        )
    name = text.partition(" ")[0]
    if name not in kinds and (match := _SIGNAL.fullmatch(text)) and (match[2] or match[3]):
        return _signal(match)
    match = _PROPERTY.fullmatch(text)
    return PropertyClause(match[1], _tests(match[2], kinds.get(match[1], "text"))) if match else None


def _signal(match: re.Match[str]) -> SignalClause:
    name, least, most, span, number, unit, stage, anyone = match.groups()
    return SignalClause(
        name,
        int(least) if least else None,
        int(most) if most else None,
        within=int(number) * _UNITS[unit] if span else None,
        since=Stage(stage) if stage else None,
        anyone_at_company=anyone is not None,
    )


def _tests(text: str, kind: str) -> tuple[Test, ...]:
    """Tests that stand behind one another. Raises ValueError where something else does."""
    found = []
    for part in _NEXT_TEST.split(text):
        match = _TEST.fullmatch(part)
        if match is None:
            raise ValueError(part)
        operator = Operator(_WORDS[match[1]])
        found.append(Test(operator, _operand(operator, match[2], kind)))
    return tuple(found)


def _operand(operator: Operator, text: str, kind: str) -> Operand:
    if operator is Operator.KNOWN:
        return text == "true"
    if operator in (Operator.CHANGED_WITHIN, Operator.OLDER_THAN):
        match = re.fullmatch(_SPAN, text)
        if match is None:
            raise ValueError(text)
        return int(match[1]) * _UNITS[match[2]]
    read = str if operator in _TEXTS else _READERS.get(kind, str)
    if operator in _LISTS:
        return tuple(read(part) for part in text.split(", "))
    return text == "true" if kind == "boolean" else read(text)


def _money(text: str) -> Decimal | Money:
    amount, _, currency = text.rpartition(" ")
    return Money(Decimal(amount), currency) if amount else Decimal(text)


_READERS: Mapping[str, Callable[[str], str | Decimal | Money | date]] = {
    "number": Decimal,
    "money": _money,
    "date": date.fromisoformat,
    "datetime": Decimal,
}


def _found(text: str, clause: Clause, kinds: Mapping[str, str]) -> str:
    """What was found, as the sentence that it was."""
    inner = clause.clause if isinstance(clause, Not) else clause
    for form, made in _FORMS:
        match = form.fullmatch(text)
        if match is not None:
            return made(match, lambda part: _found(part, inner, kinds))
    if isinstance(inner, PropertyClause) and (match := _VALUE.fullmatch(text)):
        return said("{value} ({source})", value=_value(match[1], kinds.get(inner.name, "text")), source=match[2])
    if isinstance(inner, OpportunityClause):
        return _deals(text)
    return text


def _value(text: str, kind: str) -> object:
    if kind == "boolean" and text in ("true", "false"):
        return said(text)
    try:
        return _READERS.get(kind, str)(text)
    except (ValueError, InvalidOperation):
        return text


def _deals(text: str) -> str:
    """Opportunities by stage and amount, one or several; text as it is where something else stands there."""
    found = [_AMOUNT.fullmatch(part) for part in text.split(" and ")]
    deals = [said("{stage}, amount {amount}", stage=one[1], amount=_money(one[2])) for one in found if one]
    return and_said(*deals) if len(deals) == len(found) else text


Again = Callable[[str], str]
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_VALUE = re.compile(r"(.*) \(([^ ()]+)\)")
_AMOUNT = re.compile(r"(.+), amount (-?\d+(?:\.\d+)?(?: [A-Z]{3})?)")


def _answers(text: str) -> Names:
    return Names(text.split(", "))


_FORMS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str], Again], Said]]] = (
    (
        re.compile(r"(.+), last on (\d{4}-\d\d-\d\d \d\d:\d\d) UTC"),
        lambda match, again: said(
            "{found}, last on {at}", found=again(match[1]), at=When(parse_iso(match[2].replace(" ", "T")))
        ),
    ),
    (
        re.compile(r"(\d of 4.*), without (.+)"),
        lambda match, again: said("{found}, without {answers}", found=again(match[1]), answers=_answers(match[2])),
    ),
    (
        re.compile(r"(\d) of 4 \((.+)\)"),
        lambda match, _: said("{n} of 4 ({answers})", n=int(match[1]), answers=_answers(match[2])),
    ),
    (re.compile(r"(\d) of 4"), lambda match, _: said("{n} of 4", n=int(match[1]))),
    (re.compile(r"(\d+) counted"), lambda match, _: said("{n} counted", n=int(match[1]))),
    (re.compile(r"none of (\d+)"), lambda match, _: said("none of {n}", n=int(match[1]))),
    (re.compile(rf"{_NUMBER} points"), lambda match, _: said("{points} points", points=Decimal(match[1]))),
    (
        re.compile(rf"{_NUMBER} to {_NUMBER} points, since (.+)"),
        lambda match, _: said(
            "{low} to {high} points, since {missing}", low=int(match[1]), high=int(match[2]), missing=_missing(match[3])
        ),
    ),
    (re.compile(r"(\w+) is not entered"), lambda match, _: said("{stage} is not entered", stage=Stage(match[1]))),
    (re.compile(r"([\w.]+) is not read"), lambda match, _: said("{name} is not read", name=Name(match[1]))),
)
"""What is found of clauses: the form that it has in English, and the sentence that it is."""


def _missing(text: str) -> str:
    return and_said(*text.split(" and "))
