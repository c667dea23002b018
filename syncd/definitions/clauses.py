"""Clauses over time: for every clause the line of when it holds for one person, in one cycle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
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
    truth_at,
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
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    Signal,
    SignalClause,
    Test,
    fold,
)
from syncd.definitions.values import TIMED, passes, typed
from syncd.model.instant import BEGINNING, NEVER, Instant, midnight_of
from syncd.model.person import Facts, Opportunity, Property, Touch, Unknown, Value
from syncd.model.stage import Stage
from syncd.model.truth import Truth

BANT = ("budget", "authority", "need", "timeline")
"""The four answers, by the names of the properties that hold them."""

SURE, POSSIBLE = 0, 1
"""Of the two lists of touches that `Context.matches` gives."""

_BEYOND = (Operator.ABOVE, Operator.AT_MOST)
"""Tests that turn just above their operand; the other two turn at it."""
_UPWARD = (Operator.AT_LEAST, Operator.ABOVE)
"""Tests that more points pass."""
_GIVEN = Test(Operator.KNOWN, operand=True)


@dataclass(slots=True)
class Context:
    """One person in one cycle, while being judged.

    `began` is the return that the cycle began with (BEGINNING in the first); only later touches count. `entered`
    grows as stages are entered, in their order. `cautious` takes a value without history to be certain only from
    the record's last change on.
    """

    facts: Facts
    definitions: Definitions
    began: Instant = BEGINNING
    entered: dict[Stage, Instant] = field(default_factory=dict)
    cautious: bool = False
    kinds: Mapping[str, Sequence[Touch]] | None = None
    _lines: dict[int, Line] = field(default_factory=dict)
    _matches: dict[str, tuple[list[Touch], list[Touch]]] = field(default_factory=dict)

    def line(self, clause: Clause) -> Line:
        """When a clause holds, worked out once. Definitions outlive a context, so a clause's id is its name."""
        line = self._lines.get(id(clause))
        if line is None:
            line = self._lines[id(clause)] = _LINES[type(clause)](clause, self)
        return line

    def matches(self, signal: str) -> tuple[list[Touch], list[Touch]]:
        """The touches that are this signal for certain, and those that may be, in order of time."""
        found = self._matches.get(signal)
        if found is None:
            found = self._matches[signal] = self._match(self.definitions.signals[signal])
        return found

    def _match(self, rule: Signal) -> tuple[list[Touch], list[Touch]]:
        if self.kinds is None:
            self.kinds = by_kind(self.facts)
        given = [self.kinds[kind] for kind in rule.of if kind in self.kinds]
        touches = given[0] if len(given) == 1 else sorted(chain(*given), key=lambda touch: (touch.at, touch.id))
        judged = [(touch, _is_signal(rule, touch)) for touch in touches if touch.at > self.began]
        sure = [touch for touch, truth in judged if truth == TRUE]
        return sure, [touch for touch, truth in judged if truth != FALSE]

    def readable_since(self, signal: str) -> tuple[Instant, str]:
        """From when on all kinds of a signal could be read, and which stream lacks what before."""
        since, gap = BEGINNING, ""
        for kind in self.definitions.signals[signal].of:
            coverage = self.facts.coverage.get(kind)
            if coverage is None:
                return NEVER, f"{kind} is not read"
            if coverage.since > since:
                since, gap = coverage.since, f"{coverage.stream}: {coverage.gap}"
        return since, gap


def by_kind(facts: Facts) -> Mapping[str, Sequence[Touch]]:
    """A person's touches by their kind, each in order of time."""
    kinds: dict[str, list[Touch]] = {}
    for touch in facts.touches:
        kinds.setdefault(touch.kind, []).append(touch)
    return kinds


def line_of(clause: Clause, context: Context) -> Line:
    """When a clause holds: its line from the beginning of time on, into the future as far as time alone decides."""
    return context.line(clause)


def _property(clause: PropertyClause, context: Context) -> Line:
    known = context.facts.properties.get(clause.name)
    if known is None:
        return ALWAYS[UNKNOWN]
    line = all_of(_tested(known, test) for test in clause.tests)
    if context.cautious and known.assumed_until > BEGINNING:
        certain = [point for point in line if point[0] > known.assumed_until]
        first = int(truth_at(line, known.assumed_until))
        return normal([(int(BEGINNING), UNKNOWN), (int(known.assumed_until), first), *certain])
    return line


def _tested(known: Property, test: Test) -> Line:
    if test.operator in TIMED:
        return _changed_within(known, test) if test.operator is Operator.CHANGED_WITHIN else _older_than(known, test)
    return _over_time(known, lambda value: passes(value, test))


def _over_time(known: Property, judge: Callable[[Value], Truth]) -> Line:
    """When a property had values of which something is true."""
    if len(known.timeline) == 1:
        return ALWAYS[judge(known.timeline[0][1])]
    return normal((int(start), int(judge(value))) for start, value in known.timeline)


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
        if value is None:
            truth = min(truth, UNKNOWN)
            continue
        for test in clause.tests:
            found = passes(typed(value, test), test)
            if found < truth:
                truth = int(found)
        if truth == FALSE:
            return FALSE
    return truth


def _signal(clause: SignalClause, context: Context) -> Line:
    since = context.began
    lines = []
    if clause.since is not None:
        if clause.since not in context.entered:
            return ALWAYS[FALSE]
        since = max(since, context.entered[clause.since])
        lines.append(from_intervals([(since, NEVER)], TRUE, FALSE))
    if clause.at_least is not None:
        lines.append(_counted(clause, context, since, clause.at_least))
    if clause.at_most is not None:
        lines.append(negation(_counted(clause, context, since, clause.at_most + 1)))
    return all_of(lines)


def _counted(clause: SignalClause, context: Context, since: Instant, count: int) -> Line:
    """TRUE while at least so many touches count; below, FALSE only where the stream was readable (design promise 3)."""
    if count <= 0:
        return ALWAYS[TRUE]
    sure, possible = context.matches(clause.signal)
    line = from_intervals(_enough(sure, since, count, clause.within), TRUE, FALSE)
    if len(possible) > len(sure):
        maybe = from_intervals(_enough(possible, since, count, clause.within), UNKNOWN, FALSE)
        line = any_of([line, maybe])
    return any_of([line, _blind(clause.signal, context, since, clause.within)])


def _blind(signal: str, context: Context, since: Instant, within: int | None) -> Line:
    """UNKNOWN where touches that would count could not be read, else FALSE."""
    readable, _ = context.readable_since(signal)
    if readable <= max(since, context.facts.born):
        return ALWAYS[FALSE]
    if within is None or readable == NEVER:
        return ALWAYS[UNKNOWN]
    return from_intervals([(BEGINNING, readable + within - 1)], UNKNOWN, FALSE)


def _enough(touches: Sequence[Touch], since: Instant, count: int, within: int | None) -> list[Interval]:
    """When at least `count` of the touches count: a touch at u counts for u <= t < u + within (design 3)."""
    ats = [touch.at for touch in touches if touch.at >= since]
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

    return combine([context.line(rule) for rule, _ in score.rules], judge)


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
    truth = int(passes(Decimal(low), test))
    return truth if low == high or passes(Decimal(high), test) == truth else UNKNOWN


def _engagement(score: EngagementScore, test: Test, context: Context) -> Line:
    """UNKNOWN where touches that may count, or that could not be read, could make the difference."""
    threshold = int(Decimal(str(test.operand)) * scores.MICRO)
    if test.operator in _BEYOND:
        threshold += 1
    least = scored_touches(score, context, losses=POSSIBLE)
    lines = [from_intervals(scores.at_least(least, score.half_life, threshold), TRUE, FALSE)]
    if any(len(sure) < len(possible) for sure, possible in map(context.matches, score.points)):
        most = scored_touches(score, context, gains=POSSIBLE)
        lines.append(from_intervals(scores.at_least(most, score.half_life, threshold), UNKNOWN, FALSE))
    horizon = scores.horizon_of(score.half_life)
    blind = {signal: _blind(signal, context, context.began, horizon) for signal in score.points}
    line = any_of([*lines, *(blind[signal] for signal, points in score.points.items() if points > 0)])
    if any(points < 0 for points in score.points.values()):
        line = all_of([line, *(negation(blind[signal]) for signal, points in score.points.items() if points < 0)])
    return line if test.operator in _UPWARD else negation(line)


def scored_touches(
    score: EngagementScore, context: Context, *, gains: int = SURE, losses: int = SURE
) -> list[tuple[int, int]]:
    """(instant, points) of the touches that give points, and of those that take some, in order of time."""
    return sorted(
        (int(touch.at), points)
        for signal, points in score.points.items()
        for touch in context.matches(signal)[gains if points > 0 else losses]
    )


def _bant(clause: BantClause, context: Context) -> Line:
    answers = {name: answer_line(name, context) for name in BANT}
    return all_of([at_least_of(clause.at_least, list(answers.values())), *(answers[name] for name in clause.including)])


def answer_line(name: str, context: Context) -> Line:
    """When a BANT answer is given: a known value other than a plain no."""
    known = context.facts.properties.get(name)
    if known is None:
        return ALWAYS[UNKNOWN]
    return _over_time(known, _is_answer)


def _is_answer(value: Value) -> Truth:
    if value is False or (isinstance(value, str) and fold(value) in ("no", "false")):
        return Truth.FALSE
    return passes(value, _GIVEN)


def _opportunity(clause: OpportunityClause, context: Context) -> Line:
    lines = [opportunity_line(clause, opportunity, context) for opportunity in context.facts.opportunities]
    if not context.facts.opportunities_known:
        lines.append(ALWAYS[UNKNOWN])
    return any_of(lines)


def opportunity_line(clause: OpportunityClause, opportunity: Opportunity, context: Context) -> Line:
    """When one opportunity fits a clause. In a later cycle only what came to fit after the return counts."""
    end = opportunity.closed_at if opportunity.closed_at is not None else NEVER
    lines = [from_intervals([(opportunity.created_at, NEVER)], TRUE, FALSE)]
    if clause.won is not None:
        won = from_intervals([(end, NEVER)], TRUE, FALSE) if opportunity.won else ALWAYS[FALSE]
        lines.append(won if clause.won else negation(won))
    if clause.open is not None:
        is_open = from_intervals([(opportunity.created_at, end)], TRUE, FALSE)
        lines.append(is_open if clause.open else negation(is_open))
    if clause.amount:
        lines.append(_amount(clause, opportunity))
    if clause.close_date_set_by_sales and not opportunity.close_date_by_sales:
        return ALWAYS[FALSE]
    line = all_of(lines)
    if context.began > BEGINNING and truth_at(line, context.began) is Truth.TRUE:
        return normal([(int(BEGINNING), FALSE), *(point for point in line if point[0] > context.began)])
    return line


def _amount(clause: OpportunityClause, opportunity: Opportunity) -> Line:
    """What an amount was before it was last set is not known."""
    amount = Unknown("amount is missing") if opportunity.amount is None else opportunity.amount
    truth = min(int(passes(amount, test)) for test in clause.amount)
    since = BEGINNING if opportunity.amount_at is None else opportunity.amount_at
    return normal([(int(BEGINNING), UNKNOWN), (int(since), truth)])


_LINES: Mapping[type, Callable[[Any, Context], Line]] = {
    PropertyClause: _property,
    SignalClause: _signal,
    ScoreClause: _score,
    BantClause: _bant,
    OpportunityClause: _opportunity,
    AllOf: lambda clause, context: all_of(context.line(part) for part in clause.clauses),
    AnyOf: lambda clause, context: any_of(context.line(part) for part in clause.clauses),
    AtLeastOf: lambda clause, context: at_least_of(clause.n, [context.line(part) for part in clause.clauses]),
    Not: lambda clause, context: negation(context.line(clause.clause)),
}
