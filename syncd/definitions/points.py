"""Scores over time: when the points of fit or of engagement pass their tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache

from syncd.definitions import scores
from syncd.definitions.context import POSSIBLE, SURE, Context, Judge
from syncd.definitions.intervals import (
    ALWAYS,
    FALSE,
    TRUE,
    UNKNOWN,
    Line,
    all_of,
    any_of,
    combine,
    from_intervals,
    negation,
)
from syncd.definitions.language import Clause, Definitions, EngagementScore, FitScore, Operator, ScoreClause, Test
from syncd.definitions.properties import REMEMBERED
from syncd.definitions.signals import blind_line

_UPWARD = (Operator.AT_LEAST, Operator.ABOVE)
"""Tests that more points pass."""
_BEYOND = (Operator.ABOVE, Operator.AT_MOST)
"""Tests that turn just above their operand; the other two turn at it."""

Turn = tuple[int, bool]
"""Where a test turns: from so many points on it passes (True), or passes no more (False)."""


def score_judge(clause: ScoreClause, definitions: Definitions, made: Callable[[Clause], Judge]) -> Judge:
    """When a score passes the tests of a clause, for whoever it is asked. `made` gives the judges of fit's rules."""
    score = definitions.scores[clause.score]
    if isinstance(score, FitScore):
        rules = [made(rule) for rule, _ in score.all_rules()]
        return _fit_judge(score, rules, [turn_of(test, 1) for test in clause.tests])
    judges = [_engagement_judge(score, definitions, turn_of(test, scores.MICRO)) for test in clause.tests]
    return judges[0] if len(judges) == 1 else lambda context: all_of([judge(context) for judge in judges])


def turn_of(test: Test, unit: int) -> Turn:
    """Where a test of a score turns, in units of which so many make a point."""
    exact = Decimal(str(test.operand)) * unit
    if test.operator in _BEYOND:
        return int(exact.to_integral_value(ROUND_FLOOR)) + 1, test.operator in _UPWARD
    return int(exact.to_integral_value(ROUND_CEILING)), test.operator in _UPWARD


def _fit_judge(score: FitScore, rules: Sequence[Judge], turns: Sequence[Turn]) -> Judge:
    """UNKNOWN where the rules that can't be judged could make the difference."""

    def judge(context: Context) -> Line:
        return together(*[rule(context) for rule in rules])

    @lru_cache(maxsize=REMEMBERED)
    def together(*lines: Line) -> Line:
        return combine(lines, lambda truths: added_up(*truths))

    @lru_cache(maxsize=REMEMBERED)
    def added_up(*truths: int) -> int:
        low, high = fit_range(score, truths)
        least = TRUE
        for turn, upward in turns:
            if (low >= turn) is not (high >= turn):
                least = min(least, UNKNOWN)
            elif (low >= turn) is not upward:
                return FALSE
        return least

    return judge


def fit_range(score: FitScore, truths: Sequence[int]) -> tuple[int, int]:
    """The least and the most points that a score can give when some of its rules, all in order, can't be judged."""
    low, high = _sums(score.rules, truths)
    start = len(score.rules)
    for group in score.groups:
        least, most = _sums(group.rules, truths[start : start + len(group.rules)])
        low, high = low + min(least, group.at_most), high + min(most, group.at_most)
        start += len(group.rules)
    return low, high


def _sums(rules: Sequence[tuple[Clause, int]], truths: Sequence[int]) -> tuple[int, int]:
    low = high = 0
    for (_, points), truth in zip(rules, truths, strict=False):
        if truth == TRUE:
            low += points
            high += points
        elif truth == UNKNOWN:
            low += min(points, 0)
            high += max(points, 0)
    return low, high


def _engagement_judge(score: EngagementScore, definitions: Definitions, turn: Turn) -> Judge:
    """UNKNOWN where touches that may count, or that could not be read, could make the difference."""
    threshold, upward = turn
    horizon = scores.horizon_of(score.half_life)
    kinds = tuple(dict.fromkeys(kind for signal in score.points for kind in _kinds_of(signal, definitions)))
    nothing = ALWAYS[TRUE if threshold <= 0 else FALSE]

    def judge(context: Context) -> Line:
        line = _reached(score, threshold, context) if _may_reach(score, threshold, context) else nothing
        if not context.sees_all(kinds):
            line = _as_far_as_seen(line, score, horizon, context)
        return line if upward else negation(line)

    return judge


def _may_reach(score: EngagementScore, threshold: int, context: Context) -> bool:
    """Whether it takes adding up to tell where a score is reached: few touches do not do even when all are fresh."""
    possible = [(points, context.matches(signal)[POSSIBLE]) for signal, points in score.points.items()]
    if threshold <= 0:
        return any(touches for _, touches in possible)
    given = [points * len(touches) for points, touches in possible if points > 0 and touches]
    return sum(given) * scores.MICRO >= threshold


def _kinds_of(signal: str, definitions: Definitions) -> Sequence[str]:
    rule = definitions.signals[signal]
    return [*rule.of, *(kind for step in rule.sequence for kind in _kinds_of(step, definitions))]


def _as_far_as_seen(line: Line, score: EngagementScore, horizon: int | None, context: Context) -> Line:
    """The line of a score that is reached, where touches of its signals could not be read."""
    blind = {signal: blind_line(signal, context, context.began, horizon) for signal in score.points}
    line = any_of([line, *(blind[signal] for signal, points in score.points.items() if points > 0)])
    return all_of([line, *(negation(blind[signal]) for signal, points in score.points.items() if points < 0)])


def _reached(score: EngagementScore, threshold: int, context: Context) -> Line:
    """Where the touches that are known give so many points for certain, and where they may."""
    least = pots_of(score, context, losses=POSSIBLE)
    line = from_intervals(scores.at_least(least, score.half_life, threshold), TRUE, FALSE)
    if all(len(sure) == len(possible) for sure, possible in map(context.matches, score.points)):
        return line
    most = pots_of(score, context, gains=POSSIBLE)
    return any_of([line, from_intervals(scores.at_least(most, score.half_life, threshold), UNKNOWN, FALSE)])


def pots_of(score: EngagementScore, context: Context, *, gains: int = SURE, losses: int = SURE) -> list[scores.Pot]:
    """The touches that give points, and those that take some: first what has no cap, then each cap's own."""
    capped = {signal: number for number, cap in enumerate(score.caps, 1) for signal in cap.signals}
    pots: list[list[tuple[int, int]]] = [[] for _ in range(len(score.caps) + 1)]
    for signal, points in score.points.items():
        touches = context.matches(signal)[gains if points > 0 else losses]
        if touches:
            pots[capped.get(signal, 0)] += [(int(at), points) for at in touches.instants()]
    for pot in pots:
        pot.sort()
    return [(pots[0], None), *((pot, cap.at_most) for pot, cap in zip(pots[1:], score.caps, strict=True))]
