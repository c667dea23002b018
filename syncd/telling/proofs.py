"""Proofs in the language of syncd.yaml. The ledger keeps them in English; people read them in theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from string import Formatter

from syncd.definitions.explain import Asked, summary
from syncd.definitions.language import PropertyClause
from syncd.locales.words import marked
from syncd.model.instant import DAY, HOUR, MINUTE, SECOND, Instant, midnight_of
from syncd.model.person import Money
from syncd.model.proof import Proof
from syncd.model.said import Name, Names, Said, Span, When, Why, Word, said
from syncd.model.stage import Stage
from syncd.telling.clauses import Teller
from syncd.telling.read_back import read_back

DATED_BY = "; dated by "
"""Before the name of the property that an entry has its date from."""

_PLAIN = (
    marked("{name} is missing"),
    marked("{name} was missing then"),
    marked("{name} is no {kind}"),
    marked("{name} is not read"),
    marked("{name} is of another kind than asked"),
    marked("{name} can't be read: {fields} does not exist for us"),
    marked("a value is neither true nor false"),
    marked("the amount of an opportunity is missing"),
    marked("opportunities are not read"),
    marked("what colleagues did is not read"),
    marked("HubSpot's lifecycle stage says {stage}"),
    marked("has a record in Salesforce"),
    marked("known since then"),
    marked("sales did not answer within {span} of {stage}"),
    marked("sales did not answer within {span} of {stage}: accepted"),
)
"""Sentences that facts and the ledger hold as plain text; they are found again by their form."""

_UNITS = {"day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND}


def told(text: str, teller: Teller) -> str:
    """One of our sentences in the teller's language. A text that is none of ours stays as it is."""
    if teller.words.language == "en":
        return str(text)
    if isinstance(text, Asked):
        return _sentence(text, teller)
    if isinstance(text, Said):
        return teller.words.say(text.message, **{name: _part(one, teller) for name, one in text.values.items()})
    for message, form in _forms().items():
        match = form.fullmatch(text)
        if match is not None:
            values = {name: _named(name, one, teller) for name, one in match.groupdict().items()}
            return teller.words.say(message, **values)
    return str(text)


def retold(line: str, teller: Teller) -> str:
    """An entry's line as the ledger keeps it, in the teller's language as far as it is made of our own sentences."""
    text = told(line, teller)
    if text != line or teller.words.language == "en":
        return text
    proof = read_back(line, teller.kinds)
    return line if proof is None else summary(in_language(proof, teller))


def in_language(proof: Proof, teller: Teller) -> Proof:
    """The same tree with its sentences in the teller's language. Instants read as such in every language."""
    if type(proof.says) is str and proof.says and not proof.parts:
        return replace(proof, says=reason(proof.says, None, teller))
    parts = tuple(in_language(part, teller) for part in proof.parts)
    says, found = proof.says, proof.found
    if isinstance(says, Asked) and isinstance(says.clause, PropertyClause) and teller.is_instant(says.clause.name):
        return replace(proof, says=_sentence(says, teller), found=told(_dated(found), teller))
    return replace(proof, says=told(says, teller), found=told(found, teller), parts=parts)


def reason(why: str, proof: Proof | None, teller: Teller) -> str:
    """Why somebody entered a stage, in one line: the proof's where there is one, else the ledger's own line."""
    line, dated, name = why.rpartition(DATED_BY)
    proved = proof is not None and isinstance(proof.says, Asked)
    text = summary(in_language(proof, teller)) if proof and proved else retold(line if dated else why, teller)
    return teller.words.say("{why}; dated by {name}", why=text, name=teller.name(name)) if dated else text


def _sentence(says: Asked, teller: Teller) -> str:
    return teller.clause(says.clause).says.removesuffix(":")


def _dated(found: str) -> str:
    """What was found of a date with a time, which the facts hold as milliseconds."""
    value = found.values.get("value") if isinstance(found, Said) else None
    if not isinstance(found, Said) or not isinstance(value, Decimal):
        return found
    return said(found.message, **{**found.values, "value": When(int(value))})


def _part(value: object, teller: Teller) -> str:  # noqa: C901, PLR0911 - one line per kind of value
    """A value within a sentence."""
    words = teller.words
    match value:
        case Name():
            return teller.name(value)
        case Names():
            return words.all_of([teller.name(each) for each in value])
        case Stage():
            return teller.stage(value)
        case Word():
            return words.text(value)
        case Why():
            return reason(value, None, teller)
        case When():
            return words.minute(Instant(value))
        case Span():
            return words.span(value)
        case Money():
            return words.money(value.amount, value.currency)
        case Decimal() | int():
            return words.number(value)
        case date():
            return words.day(midnight_of(value))
    return told(value if isinstance(value, str) else str(value), teller)


def _named(name: str, text: str, teller: Teller) -> str:
    """A part of a plain sentence, by what its placeholder is called."""
    match name:
        case "name":
            return teller.name(text)
        case "stage":
            return teller.stage(Stage(text))
        case "span":
            number, unit = text.split()
            return teller.words.span(int(number) * _UNITS[unit.removesuffix("s")])
    return text


@cache
def _forms() -> Mapping[str, re.Pattern[str]]:
    return {message: re.compile("".join(_form(message))) for message in _PLAIN}


def _form(message: str) -> Iterator[str]:
    for text, name, _, _ in Formatter().parse(message):
        yield re.escape(text)
        if name is not None:
            yield rf"(?P<{name}>{_HELD.get(name, '.+')})"


_HELD = {"name": r"[\w.]+", "kind": r"\w+", "stage": r"\w+", "span": r"\d+ (?:day|hour|minute|second)s?"}
"""What the placeholders of plain sentences hold."""
