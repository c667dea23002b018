"""Which moves would make a clause hold, or no longer hold: the cheapest ways, leaf by leaf and over the tree. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice, product

from syncd.definitions import scores
from syncd.definitions.clauses import BANT, answer_line
from syncd.definitions.context import POSSIBLE, SURE, Context
from syncd.definitions.intervals import FALSE, TRUE, truth_at
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Clause,
    EngagementScore,
    FitScore,
    Not,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    SignalClause,
    Test,
)
from syncd.definitions.moves import Became, Dealt, Touched, Way, cost_of, joined
from syncd.definitions.points import Turn, fit_range, pots_of, turn_of
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.truth import Truth

KEPT = 12
"""Ways that are looked at further, of each clause: the cheapest, and of equals the first in the file."""

TRIED = 2_000
"""Combinations of the parts of a clause that are looked at."""

GIVEN = (Test(Operator.NONE_OF, ("no", "false")),)
"""What a property has to pass to be an answer: any value but a plain no."""


@dataclass(frozen=True, slots=True)
class Search:
    """A person in a cycle, as of an instant: for whom ways are looked for."""

    context: Context
    at: Instant

    def truth(self, clause: Clause) -> Truth:
        """Whether a clause holds then."""
        return truth_at(self.context.line(clause), self.at)


def ways(clause: Clause, search: Search, *, wanted: bool = True) -> list[Way]:
    """The cheapest ways to make a clause TRUE, or FALSE where it is not wanted; none where nothing would do.

    They are worked out leaf by leaf, each with what it says alone: whether a way really does it is to be tried.
    """
    if search.truth(clause) is (Truth.TRUE if wanted else Truth.FALSE):
        return [()]
    match clause:
        case Not():
            return ways(clause.clause, search, wanted=not wanted)
        case AllOf():
            needed = len(clause.clauses) if wanted else 1
        case AnyOf():
            needed = 1 if wanted else len(clause.clauses)
        case AtLeastOf():
            needed = clause.n if wanted else len(clause.clauses) - clause.n + 1
        case _:
            return _cheapest(_of_leaf(clause, search, wanted=wanted))
    return _of_parts([ways(part, search, wanted=wanted) for part in clause.clauses], needed)


def _of_parts(parts: Sequence[Sequence[Way]], needed: int) -> list[Way]:
    """The cheapest ways of so many of the parts together. What is so already is taken first."""
    given = sum(part == [()] for part in parts)
    open_parts = [part for part in parts if part and part != [()]]
    if needed <= given:
        return [()]
    chosen = islice(combinations(open_parts, needed - given), TRIED)
    return _cheapest(way for some in chosen for way in _product(some))


def _product(parts: Sequence[Sequence[Way]]) -> Sequence[Way]:
    """Ways that do all parts: one part after the other, keeping the cheapest."""
    found: Sequence[Way] = [()]
    for part in parts:
        found = _cheapest(joined(pair) for pair in product(found, part))
    return found


def _cheapest(found: Iterable[Way]) -> list[Way]:
    unique: list[Way] = []
    for way in sorted(found, key=cost_of):
        if way not in unique:
            unique.append(way)
        if len(unique) == KEPT:
            break
    return unique


def _of_leaf(clause: Clause, search: Search, *, wanted: bool) -> Iterator[Way]:
    match clause:
        case PropertyClause():
            yield (Became(clause.name, ((clause, wanted),), clause),)
        case SignalClause():
            yield from _of_signal(clause, search, wanted=wanted)
        case ScoreClause():
            yield from _of_score(clause, search, wanted=wanted)
        case BantClause() if wanted:
            yield from _of_bant(clause, search)
        case OpportunityClause() if wanted:
            yield (Dealt(clause, clause),)


def _of_signal(clause: SignalClause, search: Search, *, wanted: bool) -> Iterator[Way]:
    """So many more touches. Nothing that happens makes less of them: for that one can only wait."""
    goal = clause.at_least if wanted else None if clause.at_most is None else clause.at_most + 1
    if goal is None or (clause.since is not None and clause.since not in search.context.entered):
        return
    touches = search.context.matches(clause.signal, company=clause.anyone_at_company)[SURE]
    since = search.context.began if clause.since is None else search.context.entered[clause.since]
    counted = sum(
        since <= touch.at <= search.at and (clause.within is None or search.at < touch.at + clause.within)
        for touch in touches
    )
    yield from _touches(clause.signal, max(goal - counted, 1), clause, search)


def _touches(signal: str, count: int, asked_by: Clause, search: Search) -> Iterator[Way]:
    """So many more touches of a signal; of a sequence first its last step alone, then with what comes before it."""
    *earlier, last = _steps(signal, search)
    way: Way = (Touched(last, count, asked_by),)
    yield way
    for before, step in enumerate(reversed(earlier), 1):
        way = (Touched(step, 1, asked_by, before), *way)
        yield way


def _steps(signal: str, search: Search) -> Iterator[str]:
    rule = search.context.definitions.signals[signal]
    if not rule.sequence:
        yield signal
    for step in rule.sequence:
        yield from _steps(step, search)


def _of_score(clause: ScoreClause, search: Search, *, wanted: bool) -> Iterator[Way]:
    """Each test of a score that is not as wanted is mended by itself; not wanted, one that fails is enough."""
    score = search.context.definitions.scores[clause.score]
    parts: list[list[Way]] = []
    for test in clause.tests:
        alone = replace(clause, tests=(test,))
        if isinstance(score, FitScore):
            threshold, upward = turn_of(test, 1)
            found = _of_fit(score, (threshold, upward is wanted), search)
        else:
            threshold, upward = turn_of(test, scores.MICRO)
            found = _of_engagement(score, clause, (threshold, upward is wanted), search)
        # A context keeps lines by the id of their clause: one that is made here is judged beside it.
        truth = truth_at(search.context.ready.make(alone)(search.context), search.at)
        as_wanted = truth is (Truth.TRUE if wanted else Truth.FALSE)
        parts.append([()] if as_wanted else _cheapest(_said_by(clause, way) for way in found))
    yield from _of_parts(parts, len(parts) if wanted else 1)


def _said_by(clause: Clause, way: Way) -> Way:
    """The way, as asked for by a whole clause of a stage and not by the rules inside of it."""
    return tuple(replace(move, asked_by=clause) for move in way)


def _of_fit(score: FitScore, turn: Turn, search: Search) -> Iterator[Way]:
    """The fewest rules that, made TRUE or FALSE, give or take the points that are missing."""
    threshold, upward = turn
    rules = list(score.all_rules())
    truths = [int(search.truth(rule)) for rule, _ in rules]
    helpful = [
        (index, TRUE if (points > 0) is upward else FALSE)
        for index, (_, points) in enumerate(rules)
        if points and truths[index] != (TRUE if (points > 0) is upward else FALSE)
    ]
    tried = (some for size in range(1, len(helpful) + 1) for some in combinations(helpful, size))
    size = len(helpful)
    for some in islice(tried, TRIED):
        if len(some) > size:
            return
        least, most = fit_range(score, _with(truths, dict(some)))
        if (least >= threshold) if upward else (most < threshold):
            size = min(size, len(some))
            yield from _product([ways(rules[index][0], search, wanted=truth == TRUE) for index, truth in some])


def missing_points(clause: ScoreClause, search: Search) -> int:
    """How many micro-points a score has too few at an instant, 0 where it has too many or enough."""
    score, context = search.context.definitions.scores[clause.score], search.context
    if isinstance(score, FitScore):
        now = scores.MICRO * fit_range(score, [int(search.truth(rule)) for rule, _ in score.all_rules()])[0]
    else:
        now = scores.total_at(pots_of(score, context, losses=POSSIBLE), score.half_life, search.at)
    turns = (turn_of(test, scores.MICRO) for test in clause.tests)
    return max([threshold - now for threshold, upward in turns if upward], default=0)


def _with(truths: Sequence[int], changed: dict[int, int]) -> list[int]:
    return [changed.get(index, truth) for index, truth in enumerate(truths)]


def _of_engagement(score: EngagementScore, clause: ScoreClause, turn: Turn, search: Search) -> Iterator[Way]:
    """How often each signal alone would do it, and where its cap is in the way, the most of each."""
    threshold, upward = turn
    pots = pots_of(score, search.context, losses=POSSIBLE) if upward else pots_of(score, search.context, gains=POSSIBLE)
    missing = threshold - scores.total_at(pots, score.half_life, search.at)
    if not upward:
        missing -= 1
    helpful = [(signal, points) for signal, points in score.points.items() if points and (points > 0) is upward]
    for signal, points in helpful:
        yield from _touches(signal, max(-(-missing // (points * scores.MICRO)), 1), clause, search)
    if score.caps and upward:
        yield from _under_caps(score, clause, missing, search)


def _under_caps(score: EngagementScore, clause: ScoreClause, missing: int, search: Search) -> Iterator[Way]:
    """Touches that give most first, of each signal as many as its cap leaves room for."""
    groups = {signal: number for number, cap in enumerate(score.caps, 1) for signal in cap.signals}
    room = {
        number: cap * scores.MICRO - scores.score_at(touches, score.half_life, search.at)
        for number, (touches, cap) in enumerate(pots_of(score, search.context))
        if cap is not None
    }
    parts: list[Way] = []
    for signal, points in sorted(score.points.items(), key=lambda item: -item[1]):
        group, each = groups.get(signal, 0), points * scores.MICRO
        given = min(missing, max(room.get(group, missing), 0))
        if points > 0 and given > 0:
            parts.append(next(_touches(signal, -(-given // each), clause, search)))
            missing -= given
            room[group] = room.get(group, missing + given) - given
    if missing <= 0:
        yield joined(parts)


def _of_bant(clause: BantClause, search: Search) -> Iterator[Way]:
    """The answers that are asked for by name, and of the others as many as are lacking."""
    open_ = {
        name: _of_answer(name, clause, search)
        for name in BANT
        if truth_at(answer_line(name, search.context), search.at) is not Truth.TRUE
    }
    named = [name for name in clause.including if name in open_]
    others = [name for name in open_ if name not in named]
    lacking = max(clause.at_least - (len(BANT) - len(open_)) - len(named), 0)
    for some in combinations(others, lacking):
        yield from _product([open_[name] for name in (*named, *some)])


def _of_answer(name: str, clause: BantClause, search: Search) -> list[Way]:
    """The field of its name holds an answer, or what else the definitions take for one holds."""
    field: Way = (Became(name, ((PropertyClause(name, GIVEN), True),), clause),)
    otherwise = search.context.definitions.answers.get(name)
    return [field, *(() if otherwise is None else (_said_by(clause, way) for way in ways(otherwise, search)))]
