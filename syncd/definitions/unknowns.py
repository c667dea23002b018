"""Why clauses could not be judged: reasons in the same words for everybody, so that people can be counted by them."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.definitions.clauses import BANT, answer_line
from syncd.definitions.context import Context
from syncd.definitions.explain import unread, value_at
from syncd.definitions.intervals import truth_at
from syncd.definitions.language import (
    BantClause,
    Clause,
    FitScore,
    Not,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    SignalClause,
)
from syncd.definitions.signals import blind_line
from syncd.model.instant import Instant
from syncd.model.person import Unknown
from syncd.model.truth import Truth


def unknown_reasons(clause: Clause, context: Context, at: Instant) -> list[str]:
    """Why a clause is UNKNOWN at an instant, each reason once, in the order of the file. Nobody's values are told."""
    return list(dict.fromkeys(_reasons(clause, context, at)))


def _reasons(clause: Clause, context: Context, at: Instant) -> Iterator[str]:
    """Of parts those that are UNKNOWN are asked, of groups with another truth none: they left nothing open."""
    if truth_at(context.line(clause), at) is not Truth.UNKNOWN:
        return
    match clause:
        case PropertyClause():
            yield _of_property(clause.name, context, at)
        case SignalClause():
            yield _of_signal(clause, context, at)
        case ScoreClause():
            yield from _of_score(clause, context, at)
        case OpportunityClause():
            yield from _of_opportunity(clause, context)
        case BantClause():
            yield from _of_bant(context, at)
        case Not():
            yield from _reasons(clause.clause, context, at)
        case _:
            for part in clause.clauses:
                yield from _reasons(part, context, at)


def _of_property(name: str, context: Context, at: Instant) -> str:
    known = context.facts.properties.get(name)
    if known is None:
        return f"{name} is not read"
    value = value_at(known, at)
    return value.reason if isinstance(value, Unknown) else f"{name} is of another kind than asked"


def _of_opportunity(clause: OpportunityClause, context: Context) -> Iterator[str]:
    """What an opportunity does not say. A name that is read from it says so by itself."""
    if not context.facts.opportunities_known:
        yield "opportunities are not read"
        return
    if clause.amount:
        yield "the amount of an opportunity is missing"
    for asked in clause.where:
        yield f"{asked.name} is missing"


def _of_signal(clause: SignalClause, context: Context, at: Instant) -> str:
    """What could not be read, else what the touches that may count do not tell."""
    if clause.anyone_at_company and context.facts.colleagues is None:
        return "what colleagues did is not read"
    since = context.began if clause.since is None else context.entered.get(clause.since, context.began)
    blind = blind_line(clause.signal, context, since, clause.within, company=clause.anyone_at_company)
    if truth_at(blind, at) is Truth.UNKNOWN:
        return context.readable_since(clause.signal)[1] or "what colleagues did before is not read"
    return f"whether all that may be {clause.signal} counts is not known"


def _of_score(clause: ScoreClause, context: Context, at: Instant) -> Iterator[str]:
    score = context.definitions.scores[clause.score]
    if isinstance(score, FitScore):
        for rule, _ in score.all_rules():
            yield from _reasons(rule, context, at)
        return
    gaps = unread(score, context, context.began)
    yield from gaps or [f"whether all counts that may for score.{clause.score} is not known"]


def _of_bant(context: Context, at: Instant) -> Iterator[str]:
    for name in BANT:
        if truth_at(answer_line(name, context), at) is Truth.UNKNOWN:
            yield _of_property(name, context, at)
