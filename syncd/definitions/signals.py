"""Signals over time: which touches are one, and when enough of them were counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import merge

from syncd.definitions.context import NOTHING, Context, Judge, Matched
from syncd.definitions.intervals import ALWAYS, FALSE, TRUE, UNKNOWN, Interval, Line, any_of, from_intervals, negation
from syncd.definitions.intervals import all_of as both
from syncd.definitions.language import Signal, SignalClause
from syncd.definitions.properties import truth_of_text
from syncd.model.instant import BEGINNING, NEVER, Instant
from syncd.model.person import Touch


def signal_reader(rule: Signal) -> Callable[[Context], Matched]:
    """Which touches of a person's cycle are a signal, and which may be."""
    truth = _truth_of(rule)

    def read(context: Context) -> Matched:
        kinds = context.kinds
        if kinds is None:
            kinds = context.by_kind()
        given = [kinds[kind] for kind in rule.of if kind in kinds]
        if not given:
            return NOTHING
        touches = given[0] if len(given) == 1 else merge(*given, key=lambda touch: (touch.at, touch.id))
        began = context.began
        sure, possible = [], []
        for touch in touches:
            if touch.at > began:
                found = truth(touch)
                if found != FALSE:
                    possible.append(touch)
                    if found == TRUE:
                        sure.append(touch)
        return (sure, possible) if possible else NOTHING

    return read


def _truth_of(rule: Signal) -> Callable[[Touch], int]:
    """Whether a touch of a signal's kinds is one. A field that the touch lacks is unknown."""
    by = rule.by
    where = [(clause.name, truth_of_text(clause.tests)) for clause in rule.where]

    def truth(touch: Touch) -> int:
        least = TRUE
        if by is not None and touch.by != by:
            if touch.by is not None:
                return FALSE
            least = UNKNOWN
        for name, passing in where:
            value = touch.fields.get(name)
            found = UNKNOWN if value is None else passing(value)
            if found == FALSE:
                return FALSE
            least = min(least, found)
        return least

    return truth


def signal_judge(clause: SignalClause) -> Judge:
    """When a signal was counted as often as a clause asks, for whoever it is asked."""
    signal, stage, within = clause.signal, clause.since, clause.within
    simple = stage is None and clause.at_most is None and (clause.at_least or 0) > 0

    def judge(context: Context) -> Line:
        since = context.began
        if simple:
            blind = blind_line(signal, context, since, within)
            if blind is ALWAYS[FALSE] and not context.matches(signal)[1]:
                return blind
        lines = []
        if stage is not None:
            if stage not in context.entered:
                return ALWAYS[FALSE]
            since = max(since, context.entered[stage])
            lines.append(from_intervals([(since, NEVER)], TRUE, FALSE))
        if clause.at_least is not None:
            lines.append(_counted(clause, context, since, clause.at_least))
        if clause.at_most is not None:
            lines.append(negation(_counted(clause, context, since, clause.at_most + 1)))
        return both(lines)

    return judge


def _counted(clause: SignalClause, context: Context, since: Instant, count: int) -> Line:
    """TRUE while at least so many touches count; below, FALSE only where the stream was readable (design promise 3)."""
    if count <= 0:
        return ALWAYS[TRUE]
    sure, possible = context.matches(clause.signal)
    line = from_intervals(_enough(sure, since, count, clause.within), TRUE, FALSE)
    if len(possible) > len(sure):
        maybe = from_intervals(_enough(possible, since, count, clause.within), UNKNOWN, FALSE)
        line = any_of([line, maybe])
    return any_of([line, blind_line(clause.signal, context, since, clause.within)])


def blind_line(signal: str, context: Context, since: Instant, within: int | None) -> Line:
    """UNKNOWN where touches that would count could not be read, else FALSE."""
    readable = BEGINNING
    coverage = context.facts.coverage
    for kind in context.ready.definitions.signals[signal].of:
        covered = coverage.get(kind)
        if covered is None:
            return ALWAYS[UNKNOWN]
        readable = max(readable, covered.since)
    if readable <= since or readable <= context.facts.born:
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
