"""Why a clause holds: proof trees at an instant, and their one-line summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from syncd.definitions import scores
from syncd.definitions.clauses import BANT, answer_line, field_line, line_of
from syncd.definitions.context import Context
from syncd.definitions.deals import opportunity_line
from syncd.definitions.intervals import TRUE, truth_at
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Clause,
    EngagementScore,
    FitScore,
    Not,
    Operand,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    SignalClause,
    Test,
)
from syncd.definitions.points import fit_range, pots_of
from syncd.definitions.signals import blind_line
from syncd.model.instant import Instant
from syncd.model.person import Money, Opportunity, Property, Touch, Unknown, Value
from syncd.model.proof import Proof
from syncd.model.said import Name, Names, Said, When, and_said, said, span
from syncd.model.truth import Truth


class Asked(str):
    """What a clause asks, in the words of the file, with the clause itself: other languages tell it from there."""

    __slots__ = ("clause",)

    clause: Clause


def prove(clause: Clause, context: Context, at: Instant, only: Truth | None = None) -> Proof:
    """The proof tree of a clause at an instant. With `only`, parts that have another truth are left out."""
    if isinstance(clause, Not):
        return turned(prove(clause.clause, context, at, None if only is None else Truth(Truth.TRUE - only)))
    truth = truth_at(line_of(clause, context), at)
    if isinstance(clause, AllOf | AnyOf | AtLeastOf):
        asked = (part for part in clause.clauses if only is None or truth_at(context.line(part), at) is only)
        parts = tuple(prove(part, context, at, only) for part in asked)
        return Proof(_said(clause, context), truth, place=clause.place, parts=parts)
    found, evidence = _FOUND[type(clause)](clause, context, at)
    return Proof(_said(clause, context), truth, found, tuple(evidence), clause.place)


def turned(proof: Proof) -> Proof:
    """The proof of the opposite. Its parts are turned too, so that its leaves are what made it so."""
    parts = tuple(turned(part) for part in proof.parts)
    words = asked(_opposite(proof.says.clause)) if isinstance(proof.says, Asked) else f"not {proof.says}"
    return replace(proof, says=words, truth=Truth(Truth.TRUE - proof.truth), parts=parts)


def _opposite(clause: Clause) -> Clause:
    """What holds where a clause does not, with the parts of a group turned instead of the whole."""
    match clause:
        case Not():
            return clause.clause
        case AllOf():
            return AnyOf(tuple(map(_opposite, clause.clauses)), clause.place)
        case AnyOf():
            return AllOf(tuple(map(_opposite, clause.clauses)), clause.place)
        case AtLeastOf():
            n = len(clause.clauses) - clause.n + 1
            return AtLeastOf(n, tuple(map(_opposite, clause.clauses)), clause.place)
    return Not(clause, clause.place)


def asked(clause: Clause) -> Asked:
    """What a clause asks, in words that remember it."""
    text = Asked(says(clause))
    text.clause = clause
    return text


def summary(proof: Proof) -> str:
    """One line for people: what made a clause true, as "score.fit at least 40: 40 points; pricing_visit …"."""
    return "; ".join(f"{leaf.says}: {leaf.found}" if leaf.found else leaf.says for leaf in proof.leaves(Truth.TRUE))


def _said(clause: Clause, context: Context) -> str:
    """What a clause asks, put into words once for all people."""
    words = context.ready.words.get(id(clause))
    if words is None:
        words = asked(clause)
        if id(clause) in context.ready.judges:
            context.ready.words[id(clause)] = words
    return words


def says(clause: Clause) -> str:
    """What a clause asks, in the words of the file."""
    return _SAYS[type(clause)](clause)


def _bant_says(clause: BantClause) -> str:
    including = f", including {', '.join(clause.including)}" if clause.including else ""
    return f"bant at least {clause.at_least} of 4{including}"


def points(micro: int) -> Said:
    """Micro-points as points with at most two decimals."""
    number = (Decimal(micro) / scores.MICRO).quantize(Decimal("0.01"))
    return _points(number.normalize() if number % 1 else number.to_integral_value())


def _points(number: Decimal | int) -> Said:
    return said("{points} points", points=number)


def _tests(tests: Sequence[Test]) -> str:
    return " and ".join(f"{test.operator.replace('_', ' ')} {_operand(test.operand)}" for test in tests)


def _operand(operand: Operand) -> str:
    if isinstance(operand, tuple):
        return ", ".join(str(part) for part in operand)
    if isinstance(operand, bool):
        return "true" if operand else "false"
    return span(operand) if isinstance(operand, int) else str(operand)


def _signal_says(clause: SignalClause) -> str:
    words = [clause.signal]
    if clause.at_least is not None:
        words.append(f"at least {clause.at_least}")
    if clause.at_most is not None:
        words.append(f"at most {clause.at_most}")
    if clause.within is not None:
        words.append(f"within {span(clause.within)}")
    if clause.since is not None:
        words.append(f"since {clause.since}")
    if clause.anyone_at_company:
        words.append("by anyone at the company")
    return " ".join(words)


def _opportunity_says(clause: OpportunityClause) -> str:
    words = ["opportunity"]
    if clause.open is not None:
        words.append("open" if clause.open else "not open")
    if clause.won is not None:
        words.append("won" if clause.won else "not won")
    if clause.amount:
        words.append(f"amount {_tests(clause.amount)}")
    if clause.close_date_set_by_sales:
        words.append("close date set by sales")
    words += (says(asked) for asked in clause.where)
    return " ".join(words)


def _property_found(clause: PropertyClause, context: Context, at: Instant) -> tuple[str, Iterator[str]]:
    known = context.facts.properties.get(clause.name)
    return _value_found(clause.name, known, at)


def _value_found(name: str, known: Property | None, at: Instant) -> tuple[str, Iterator[str]]:
    if known is None:
        return said("{name} is not read", name=Name(name)), iter(())
    value = value_at(known, at)
    if isinstance(value, Unknown):
        return value.reason, iter(())
    told = value if isinstance(value, Decimal | date | Money) else _shown(value)
    return said("{value} ({source})", value=told, source=known.source), iter((known.source,))


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return said("true") if value else said("false")
    return shown(value)


def value_at(known: Property, at: Instant) -> Value:
    """The value of a property at an instant."""
    return next(value for start, value in reversed(known.timeline) if start <= at)


def shown(value: Value) -> str:
    """A value as people read it."""
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _signal_found(clause: SignalClause, context: Context, at: Instant) -> tuple[str, Iterator[str]]:
    since = context.began if clause.since is None else context.entered.get(clause.since)
    if since is None:
        return said("{stage} is not entered", stage=clause.since), iter(())
    sure, possible = (
        [one for one in found if _counts(one, clause, since, at)]
        for found in context.matches(clause.signal, company=clause.anyone_at_company)
    )
    text = said("{n} counted", n=len(sure))
    if sure:
        text = said("{found}, last on {at}", found=text, at=When(sure[-1].at))
    if truth_at(line_of(clause, context), at) is Truth.UNKNOWN:
        if len(possible) > len(sure):
            text = said("{found}, {n} more may count", found=text, n=len(possible) - len(sure))
        _, gap = context.readable_since(clause.signal)
        if clause.anyone_at_company and context.facts.colleagues is None:
            text = _but(text, said("what colleagues did is not read"))
        elif truth_at(blind_line(clause.signal, context, since, clause.within), at) is Truth.UNKNOWN:
            text = _but(text, gap)
    return text, (touch.id for touch in sure)


def _but(found: str, missing: str) -> Said:
    return said("{found}, but {missing}", found=found, missing=missing)


def _counts(touch: Touch, clause: SignalClause, since: Instant, at: Instant) -> bool:
    recent = clause.within is None or at < touch.at + clause.within
    return since <= touch.at <= at and recent


def score_found(name: str, context: Context, at: Instant) -> str:
    """What a score is at an instant, as "40 points"; what could not be read and may change it is named."""
    score = context.definitions.scores[name]
    if isinstance(score, FitScore):
        return _fit_found(score, context, at)[0]
    horizon = scores.horizon_of(score.half_life)
    missing = and_said(*unread(score, context, context.began if horizon is None else at - horizon))
    text = points(scores.total_at(pots_of(score, context), score.half_life, at))
    return _but(text, missing) if missing else text


def points_at(name: str, context: Context, at: Instant) -> Decimal:
    """The points of a score at an instant that are sure: what could not be read counts nothing."""
    score = context.definitions.scores[name]
    if isinstance(score, FitScore):
        return Decimal(fit_range(score, [truth_at(context.line(rule), at) for rule, _ in score.all_rules()])[0])
    return Decimal(scores.total_at(pots_of(score, context), score.half_life, at)) / scores.MICRO


def unread(score: EngagementScore, context: Context, since: int) -> list[str]:
    """What of a score's touches after an instant could not be read, in the words of the streams."""
    gaps = [context.readable_since(signal) for signal in score.points]
    start = max(since, context.began, context.facts.born)
    return list(dict.fromkeys(gap for readable, gap in gaps if readable > start))


def _score_found(clause: ScoreClause, context: Context, at: Instant) -> tuple[str, Iterator[str]]:
    score = context.definitions.scores[clause.score]
    if isinstance(score, FitScore):
        return _fit_found(score, context, at)
    return _engagement_found(clause, score, context, at)


def _fit_found(score: FitScore, context: Context, at: Instant) -> tuple[str, Iterator[str]]:
    proofs = [prove(rule, context, at) for rule, _ in score.all_rules()]
    low, high = fit_range(score, [proof.truth for proof in proofs])
    evidence = (source for proof in proofs for leaf in proof.leaves(Truth.TRUE) for source in leaf.evidence)
    if low == high:
        return _points(low), evidence
    missing = dict.fromkeys(leaf.found for proof in proofs for leaf in proof.leaves(Truth.UNKNOWN))
    return said("{low} to {high} points, since {missing}", low=low, high=high, missing=and_said(*missing)), evidence


def _engagement_found(
    clause: ScoreClause, score: EngagementScore, context: Context, at: Instant
) -> tuple[str, Iterator[str]]:
    text = points(scores.total_at(pots_of(score, context), score.half_life, at))
    if truth_at(line_of(clause, context), at) is Truth.UNKNOWN:
        text = _but(text, and_said(*unread(score, context, context.began)) or said("more may count"))
    horizon = scores.horizon_of(score.half_life)
    found = {touch.id: touch for signal in score.points for touch in context.matches(signal)[0]}
    ordered = sorted(found.values(), key=lambda touch: (touch.at, touch.id))
    evidence = (touch.id for touch in ordered if touch.at <= at and (horizon is None or at - touch.at < horizon))
    return text, evidence


def _bant_found(clause: BantClause, context: Context, at: Instant) -> tuple[str, Iterator[str]]:
    given = [name for name in BANT if truth_at(answer_line(name, context), at) == TRUE]
    sources = (source for name in given for source in _answer_sources(name, context, at))
    lacking = [name for name in clause.including if name not in given]
    text = said("{n} of 4", n=len(given))
    if given:
        text = said("{n} of 4 ({answers})", n=len(given), answers=Names(given))
    return (said("{found}, without {answers}", found=text, answers=Names(lacking)) if lacking else text), sources


def _answer_sources(name: str, context: Context, at: Instant) -> Iterator[str]:
    """What gives an answer: the field of its name, and what else the definitions take for one."""
    if truth_at(field_line(name, context), at) is Truth.TRUE:
        yield context.facts.properties[name].source
    otherwise = context.definitions.answers.get(name)
    if otherwise is not None:
        for leaf in prove(otherwise, context, at, Truth.TRUE).leaves(Truth.TRUE):
            yield from leaf.evidence


def _opportunity_found(clause: OpportunityClause, context: Context, at: Instant) -> tuple[str, Iterator[str]]:
    fitting = [
        opportunity
        for opportunity in sorted(context.facts.opportunities, key=lambda one: (one.created_at, one.id))
        if truth_at(opportunity_line(clause, opportunity, context), at) == TRUE
    ]
    if not fitting and not context.facts.opportunities_known:
        return said("opportunities are not read"), iter(())
    sources = (f"salesforce:opportunity:{opportunity.id}" for opportunity in fitting)
    if not fitting:
        return said("none of {n}", n=len(context.facts.opportunities)), sources
    return and_said(*(_deal_said(one, at) for one in fitting)), sources


def _deal_said(one: Opportunity, at: Instant) -> str:
    """A deal as it was at the time, as far as the CRM's history tells it; a deal that was lost later was open then."""
    stage = next((each for since, each in reversed(one.stages) if since <= at), one.stage)
    amount = next((each for since, each in reversed(one.amounts) if since <= at), one.amount)
    if amount is None:
        return stage
    number = Decimal(f"{amount.normalize():f}")
    money = number if one.currency is None else Money(number, one.currency)
    return said("{stage}, amount {amount}", stage=stage, amount=money)


_SAYS: Mapping[type, Callable[..., str]] = {
    PropertyClause: lambda clause: f"{clause.name} {_tests(clause.tests)}",
    ScoreClause: lambda clause: f"score.{clause.score} {_tests(clause.tests)}",
    SignalClause: _signal_says,
    BantClause: _bant_says,
    OpportunityClause: _opportunity_says,
    AllOf: lambda _: "all of",
    AnyOf: lambda _: "any of",
    AtLeastOf: lambda clause: f"at least {clause.n} of",
    Not: lambda clause: f"not {says(clause.clause)}",
}

_FOUND: Mapping[type, Callable[..., tuple[str, Iterator[str]]]] = {
    PropertyClause: _property_found,
    SignalClause: _signal_found,
    ScoreClause: _score_found,
    BantClause: _bant_found,
    OpportunityClause: _opportunity_found,
}
