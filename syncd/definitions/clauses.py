"""Clauses over time: for every clause the line of when it holds for one person, in one cycle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from syncd.definitions import scores
from syncd.definitions.intervals import (
    ALWAYS,
    FALSE,
    TRUE,
    UNKNOWN,
    Interval,
    Line,
    all_of,
    any_of,
    at_least_of,
    combine,
    from_intervals,
    negation,
    normal,
    true_from,
)
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Clause,
    Definitions,
    EngagementScore,
    FitScore,
    Not,
    OpportunityClause,
    Operator,
    PropertyClause,
    ScoreClause,
    Signal,
    SignalClause,
    Test,
)
from syncd.definitions.values import TIMED, passes
from syncd.model.instant import BEGINNING, NEVER, Instant, midnight_of
from syncd.model.person import Facts, Opportunity, Property, Touch, Unknown
from syncd.model.stage import Stage

BANT = ("budget", "authority", "need", "timeline")
"""The four answers, by the names of the properties that hold them."""


@dataclass(slots=True)
class Context:
    """One person in one cycle, while being judged.

    `began` is the return that the cycle began with (BEGINNING in the first); only later touches count. `entered`
    grows as stages are entered. `cautious` takes a value without history to be certain only from the record's
    last change on.
    """

    facts: Facts
    definitions: Definitions
    began: Instant = BEGINNING
    entered: dict[Stage, Instant] = field(default_factory=dict)
    cautious: bool = False
    _matches: dict[str, tuple[list[Touch], list[Touch]]] = field(default_factory=dict)

    def matches(self, signal: str) -> tuple[list[Touch], list[Touch]]:
        """The touches that are this signal for certain, and those that may be."""
        if signal not in self._matches:
            rule = self.definitions.signals[signal]
            found = [(touch, _is_signal(rule, touch)) for touch in self.facts.touches if touch.at > self.began]
            self._matches[signal] = (
                [touch for touch, truth in found if truth == TRUE],
                [touch for touch, truth in found if truth != FALSE],
            )
        return self._matches[signal]

    def readable_since(self, signal: str) -> tuple[Instant, str]:
        """From when on all kinds of a signal could be read, and what is missing before."""
        since, gap = BEGINNING, ""
        for kind in self.definitions.signals[signal].of:
            coverage = self.facts.coverage.get(kind)
            if coverage is None:
                return NEVER, f"{kind} is not read"
            if coverage.since > since:
                since, gap = coverage.since, coverage.gap
        return since, gap


def line_of(clause: Clause, context: Context) -> Line:
    """When a clause holds: its line from the beginning of time on, into the future as far as time alone decides."""
    return _LINES[type(clause)](clause, context)


def _property(clause: PropertyClause, context: Context) -> Line:
    known = context.facts.properties.get(clause.name)
    if known is None:
        return ALWAYS[UNKNOWN]
    return all_of([_tested(known, test, cautious=context.cautious) for test in clause.tests])


def _tested(known: Property, test: Test, *, cautious: bool) -> Line:
    if test.operator in TIMED:
        return _changed_within(known, test) if test.operator is Operator.CHANGED_WITHIN else _older_than(known, test)
    points = [(int(start), int(passes(value, test))) for start, value in known.timeline]
    if cautious and known.assumed_until > points[0][0]:
        first = [point for point in points if point[0] <= known.assumed_until][-1][1]
        later = [point for point in points if point[0] > known.assumed_until]
        points = [(int(BEGINNING), UNKNOWN), (int(known.assumed_until), first), *later]
    return normal(points)


def _changed_within(known: Property, test: Test) -> Line:
    span = _milliseconds(test)
    changes = [(int(start), start + span) for start, _ in known.timeline[1:]]
    return from_intervals(changes, TRUE, FALSE)


def _older_than(known: Property, test: Test) -> Line:
    span = _milliseconds(test)
    points: list[tuple[int, int]] = []
    ends = [*(start for start, _ in known.timeline[1:]), NEVER]
    for (start, value), end in zip(known.timeline, ends, strict=True):
        if isinstance(value, Decimal):
            turn = int(value) + span
        elif not isinstance(value, str | bool | frozenset | Unknown):
            turn = midnight_of(value) + span
        else:
            points.append((start, UNKNOWN))
            continue
        points.append((start, TRUE if turn <= start else FALSE))
        if start < turn < end:
            points.append((turn, TRUE))
    return normal(points)


def _milliseconds(test: Test) -> int:
    if not isinstance(test.operand, int):
        message = f"{test.operator} needs a duration"
        raise TypeError(message)
    return test.operand


def _is_signal(rule: Signal, touch: Touch) -> int:
    if touch.kind not in rule.of:
        return FALSE
    truth = TRUE
    if rule.by is not None:
        truth = UNKNOWN if touch.by is None else TRUE if touch.by == rule.by else FALSE
    for clause in rule.where:
        value = touch.fields.get(clause.name)
        given = Unknown(f"{clause.name} is missing") if value is None else value
        truth = min(truth, *(int(passes(given, test)) for test in clause.tests))
    return truth


def _signal(clause: SignalClause, context: Context) -> Line:
    since = context.began
    if clause.since is not None:
        if clause.since not in context.entered:
            return ALWAYS[FALSE]
        since = max(since, context.entered[clause.since])
    lines = []
    if clause.at_least is not None:
        lines.append(_counted(clause, context, since, clause.at_least))
    if clause.at_most is not None:
        lines.append(negation(_counted(clause, context, since, clause.at_most + 1)))
    return all_of(lines)


def _counted(clause: SignalClause, context: Context, since: Instant, count: int) -> Line:
    """TRUE while at least so many touches count; below, FALSE only where the stream was readable (design promise 3)."""
    if count <= 0:
        return ALWAYS[TRUE]
    sure, possible = (
        [touch.at for touch in touches if touch.at >= since] for touches in context.matches(clause.signal)
    )
    lines = [from_intervals(_enough(sure, count, clause.within), TRUE, FALSE)]
    if len(possible) > len(sure):
        lines.append(from_intervals(_enough(possible, count, clause.within), UNKNOWN, FALSE))
    readable, _ = context.readable_since(clause.signal)
    if readable > max(since, context.facts.born):
        blind = readable + clause.within if clause.within is not None and readable < NEVER else NEVER
        lines.append(from_intervals([(BEGINNING, blind)], UNKNOWN, FALSE))
    return any_of(lines)


def _enough(ats: Sequence[int], count: int, within: int | None) -> list[Interval]:
    """When at least `count` of the touches count: a touch at u counts for u <= t < u + within (design 3)."""
    if len(ats) < count:
        return []
    if within is None:
        return [(ats[count - 1], NEVER)]
    pairs = zip(ats, ats[count - 1 :], strict=False)
    return [(last, first + within) for first, last in pairs if last < first + within]


def _score(clause: ScoreClause, context: Context) -> Line:
    score = context.definitions.scores[clause.score]
    if isinstance(score, FitScore):
        return _fit(score, clause, context)
    return all_of([_engagement(score, test, context) for test in clause.tests])


def _fit(score: FitScore, clause: ScoreClause, context: Context) -> Line:
    """UNKNOWN where the rules that can't be judged could make the difference."""
    points = [points for _, points in score.rules]

    def judge(truths: list[int]) -> int:
        low, high = fit_range(points, truths)
        return min(_between(low, high, test) for test in clause.tests)

    return combine([line_of(rule, context) for rule, _ in score.rules], judge)


def fit_range(points: Sequence[int], truths: Sequence[int]) -> tuple[int, int]:
    """The least and the most points that rules can give, when some of them can't be judged."""
    low = high = 0
    for value, truth in zip(points, truths, strict=True):
        if truth == TRUE:
            low, high = low + value, high + value
        elif truth == UNKNOWN:
            low, high = low + min(value, 0), high + max(value, 0)
    return low, high


def _between(low: int, high: int, test: Test) -> int:
    ends = {passes(Decimal(low), test), passes(Decimal(high), test)}
    return int(ends.pop()) if len(ends) == 1 else UNKNOWN


def _engagement(score: EngagementScore, test: Test, context: Context) -> Line:
    touches = scored_touches(score, context)
    threshold = int(Decimal(str(test.operand)) * scores.MICRO)
    if test.operator in (Operator.ABOVE, Operator.AT_MOST):
        threshold += 1
    line = from_intervals(scores.at_least(touches, score.half_life, threshold), TRUE, FALSE)
    blind = max((context.readable_since(signal)[0] for signal in score.points), default=BEGINNING)
    if blind > max(context.began, context.facts.born):
        line = any_of([line, from_intervals([(BEGINNING, blind)], UNKNOWN, FALSE)])
    return line if test.operator in (Operator.AT_LEAST, Operator.ABOVE) else negation(line)


def scored_touches(score: EngagementScore, context: Context) -> list[tuple[int, int]]:
    """(instant, points) of the touches that give points, in order of time."""
    return sorted(
        (int(touch.at), points) for signal, points in score.points.items() for touch in context.matches(signal)[0]
    )


def _bant(clause: BantClause, context: Context) -> Line:
    answers = {name: answer_line(name, context) for name in BANT}
    enough = at_least_of(clause.at_least, list(answers.values())) if clause.at_least > 0 else ALWAYS[TRUE]
    return all_of([enough, *(answers[name] for name in clause.including)])


def answer_line(name: str, context: Context) -> Line:
    """When a BANT answer is given: a known value other than a plain no."""
    known = context.facts.properties.get(name)
    if known is None:
        return ALWAYS[UNKNOWN]
    given = Test(Operator.KNOWN, operand=True)
    return normal(
        (int(start), FALSE if value is False else int(passes(value, given))) for start, value in known.timeline
    )


def _opportunity(clause: OpportunityClause, context: Context) -> Line:
    lines = [opportunity_line(clause, opportunity, context) for opportunity in context.facts.opportunities]
    if not context.facts.opportunities_known:
        lines.append(ALWAYS[UNKNOWN])
    return any_of(lines)


def opportunity_line(clause: OpportunityClause, opportunity: Opportunity, context: Context) -> Line:
    """When one opportunity fits a clause. In a later cycle only what began after the return counts."""
    end = opportunity.closed_at if opportunity.closed_at is not None else NEVER
    lines = [from_intervals([(opportunity.created_at, NEVER)], TRUE, FALSE)]
    if clause.won is not None:
        won = from_intervals([(end, NEVER)], TRUE, FALSE) if opportunity.won else ALWAYS[FALSE]
        lines = [won] if clause.won else [*lines, negation(won)]
    if clause.open is not None:
        is_open = from_intervals([(opportunity.created_at, end)], TRUE, FALSE)
        lines.append(is_open if clause.open else negation(is_open))
    if clause.amount:
        amount = Unknown("amount is missing") if opportunity.amount is None else opportunity.amount
        lines.append(ALWAYS[min(int(passes(amount, test)) for test in clause.amount)])
    if clause.close_date_set_by_sales:
        lines.append(ALWAYS[TRUE if opportunity.close_date_by_sales else FALSE])
    line = all_of(lines)
    return from_intervals(true_from(line, context.began), TRUE, FALSE) if context.began > BEGINNING else line


_LINES: Mapping[type, Callable[[Any, Context], Line]] = {
    PropertyClause: _property,
    SignalClause: _signal,
    ScoreClause: _score,
    BantClause: _bant,
    OpportunityClause: _opportunity,
    AllOf: lambda clause, context: all_of([line_of(part, context) for part in clause.clauses]),
    AnyOf: lambda clause, context: any_of([line_of(part, context) for part in clause.clauses]),
    AtLeastOf: lambda clause, context: at_least_of(clause.n, [line_of(part, context) for part in clause.clauses]),
    Not: lambda clause, context: negation(line_of(clause.clause, context)),
}
