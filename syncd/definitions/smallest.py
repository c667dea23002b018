"""The smallest change that would bring a person into a stage: found, carried out on the facts, and judged again. Pure.

Nothing is claimed that was not tried: each way that is told is one after which `evaluate` enters the stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from syncd.definitions.clauses import context_for, ready
from syncd.definitions.context import Context
from syncd.definitions.evaluate import evaluate
from syncd.definitions.explain import asked, points, prove
from syncd.definitions.intervals import truth_at
from syncd.definitions.language import BantClause, Clause, Definitions, Not, ScoreClause, StageRule, leaves_of
from syncd.definitions.moves import Became, Dealt, Move, Touched, Way, after, cost_of
from syncd.definitions.unknowns import unknown_reasons
from syncd.definitions.ways import Search, missing_points, ways
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Facts, Verdict
from syncd.model.said import Name, and_said, said
from syncd.model.stage import SIDE_STAGES, Stage
from syncd.model.truth import Truth

TOLD = 3
"""Ways that are told: the smallest, and others."""

MOMENTS = 12
"""Instants at which time alone changes something that are looked at."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would have to happen: `kind` is "touch", "property" or "opportunity".

    `name` is the signal or the property, `says` the change in words, `asked_by` what asks for it, `now` what is found
    today, `place` where it stands in the file.
    """

    kind: str
    name: str
    count: int
    says: str
    asked_by: str
    now: str
    place: str


@dataclass(frozen=True, slots=True)
class Smallest:
    """What would bring a person into a stage: `ways`, the smallest first, each of which did when it was tried.

    An empty way says that nothing has to happen but what is told beside it. `barred` are the reasons of the rules of
    `never` that would have to fall away first. `at` is the earliest instant for which the ways were tried, `waiting`
    the one at which time alone does it, and `unknown` why it can't be judged, where nothing else stands between.
    """

    stage: Stage
    at: Instant
    ways: Sequence[Sequence[Change]] = ()
    waiting: Instant | None = None
    unknown: Sequence[str] = ()
    barred: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """Somebody, as judged at `now`, on the way to the stage of a rule in a cycle of which the context is known."""

    definitions: Definitions
    verdict: Verdict
    rule: StageRule
    context: Context
    now: Instant

    @property
    def facts(self) -> Facts:
        """What is known, with all entries so far: what would happen comes on top of them."""
        return replace(self.context.facts, held=self.verdict.entries)


def smallest(trial: Trial, start: Instant) -> Smallest:
    """The smallest changes, made at `start` or as soon after as they can do, that would bring a person into a stage."""
    context, rule = trial.context, trial.rule
    bars = _bars(trial)
    standing = [bar for bar in bars if truth_at(context.line(bar), start) is Truth.TRUE]
    never = [one for one in trial.definitions.never if not any(one.clause is bar for bar in standing)]
    unbarred = replace(trial, definitions=replace(trial.definitions, never=never)) if standing else trial
    unknown = unknown_reasons(rule.when, context, start) if _truth(trial, start) is Truth.UNKNOWN else ()
    found: list[Way] = []
    for at in _moments(trial, start, [rule.when]):
        found = _tried(unbarred, at)
        if found:
            break
    else:
        at = start
    return Smallest(
        stage=rule.stage,
        at=at,
        ways=[[_told(move, trial, at) for move in way] for way in found],
        waiting=_waiting(trial, start, bars),
        unknown=unknown,
        barred=[one.reason for one in trial.definitions.never if any(one.clause is bar for bar in standing)],
    )


def _bars(trial: Trial) -> list[Clause]:
    judged = trial.rule.stage in ready(trial.definitions).barred
    return [one.clause for one in trial.definitions.never] if judged else []


def _truth(trial: Trial, at: Instant) -> Truth:
    return truth_at(trial.context.line(trial.rule.when), at)


def _moments(trial: Trial, start: Instant, clauses: Sequence[Clause]) -> list[Instant]:
    """An instant, and the next ones at which time alone changes one of the leaves of some clauses."""
    leaves = [leaf for clause in clauses for leaf in leaves_of(clause)]
    later = {Instant(at) for leaf in leaves for at, _ in trial.context.line(leaf) if at > start}
    return [start, *sorted(later)[: MOMENTS - 1]]


def _waiting(trial: Trial, start: Instant, bars: Sequence[Clause]) -> Instant | None:
    """The first instant at which the person would be in the stage though nothing happens, if there is one."""
    return next(
        (at for at in _moments(trial, start, [trial.rule.when, *bars]) if at > trial.now and _enters(trial, (), at)),
        None,
    )


def _tried(trial: Trial, at: Instant) -> list[Way]:
    """The ways that do it at an instant, without what they can do without; the cheapest first."""
    found: list[Way] = []
    for way in ways(trial.rule.when, Search(trial.context, at)):
        if _enters(trial, way, at):
            least = _least(trial, way, at)
            if least not in found:
                found.append(least)
        if len(found) == TOLD:
            break
    return sorted(found, key=cost_of)


def _enters(trial: Trial, way: Way, at: Instant) -> bool:
    """Whether a person enters the stage, and stays there or goes further, once a way was gone at an instant."""
    changed = after(trial.facts, way, trial.definitions, at)
    if changed is None or not _holds(trial, changed, at):
        return False
    verdict = evaluate(changed, trial.definitions, at, trial.now)
    known = {(entry.stage, entry.cycle, entry.at) for entry in trial.verdict.entries}
    return verdict.stage not in SIDE_STAGES and any(
        entry.stage == trial.rule.stage
        and entry.left_at is None
        and entry.cycle == verdict.cycle
        and (entry.stage, entry.cycle, entry.at) not in known
        for entry in verdict.entries
    )


def _holds(trial: Trial, changed: Facts, at: Instant) -> bool:
    """Whether the stage's own clause is TRUE of changed facts: most ways that will not do fail here already."""
    context = context_for(changed, trial.definitions, trial.context.began, dict(trial.context.entered))
    return truth_at(context.line(trial.rule.when), at) is Truth.TRUE


def _least(trial: Trial, way: Way, at: Instant) -> Way:
    """A way without the moves and touches that it can do without: one may serve several clauses."""
    smaller = next((less for less in _without_one(way) if _enters(trial, less, at)), None)
    return way if smaller is None else _least(trial, smaller, at)


def _without_one(way: Way) -> Iterator[Way]:
    for index, move in enumerate(way):
        if isinstance(move, Touched) and move.count > 1:
            yield (*way[:index], replace(move, count=move.count - 1), *way[index + 1 :])
        else:
            yield (*way[:index], *way[index + 1 :])


def _told(move: Move, trial: Trial, at: Instant) -> Change:
    """A move in words."""
    clause = move.asked_by
    found = prove(clause, trial.context, at).found
    missing = missing_points(clause, Search(trial.context, at)) if isinstance(clause, ScoreClause) else 0
    now = said("{found}, {points} missing", found=found, points=points(missing)) if missing > 0 else found
    beside = asked(clause), now, clause.place
    match move:
        case Touched():
            return Change(
                "touch",
                move.signal,
                move.count,
                said("{n} more {signal}", n=move.count, signal=Name(move.signal)),
                *beside,
            )
        case Became():
            return Change("property", move.name, 1, _became(move), *beside)
        case Dealt():
            return Change("opportunity", "opportunity", 1, asked(move.clause), *beside)


def _became(move: Became) -> str:
    if isinstance(move.asked_by, BantClause):
        return said("an answer to {name}", name=Name(move.name))
    return and_said(*(asked(clause if wanted else Not(clause)) for clause, wanted in move.asked))
