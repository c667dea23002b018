"""How many went how far (facts: market 4). The unit of counting is one person in one cycle. Pure.

Stages that definitions judge form the chain; base stages (subscriber, lead) are records coming into being, not steps
that somebody must take in order, and are counted beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from syncd.journey.anomalies import Anomaly, out_of_order
from syncd.model.instant import Instant
from syncd.model.person import Entry, PersonId
from syncd.model.stage import SIDE_STAGES, Stage


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which stages form the chain, in order; whether it must be passed in that order (`strict`); and
    when the first of them was entered (from `since` on, before `until`; None: whenever).
    """

    chain: Sequence[Stage]
    strict: bool = False
    since: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """One person in one cycle: when each stage was entered first, and all entries of that cycle."""

    person: PersonId
    cycle: int
    first: Mapping[Stage, Instant]
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    n: int
    of: int


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: how many had it; and how many of those that had the stage before (for the first one: of everybody)
    and of those that had the first stage have it too.
    """

    stage: Stage
    n: int
    rate: Rate
    of_first: Rate


@dataclass(frozen=True, slots=True)
class Odd:
    """An anomaly of one unit."""

    person: PersonId
    cycle: int
    anomaly: Anomaly


@dataclass(slots=True)
class _Tally:
    """Counts while they grow."""

    units: int = 0
    had: Counter[Stage] = field(default_factory=Counter)
    with_before: Counter[Stage] = field(default_factory=Counter)
    with_first: Counter[Stage] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Funnel:
    """The answer: steps of everybody, steps by value where it was split, returns, and what is out of order."""

    question: Question
    units: int
    steps: Sequence[Step]
    returns: Mapping[Stage, int]
    by: Mapping[str, Sequence[Step]]
    odd: Sequence[Odd]


def units_of(person: PersonId, entries: Sequence[Entry]) -> Iterator[Unit]:
    """The cycles of one person."""
    for cycle in sorted({entry.cycle for entry in entries}):
        mine = [entry for entry in entries if entry.cycle == cycle]
        first: dict[Stage, Instant] = {}
        for entry in sorted(mine, key=lambda entry: entry.at):
            first.setdefault(entry.stage, entry.at)
        yield Unit(person, cycle, first, mine)


def in_cohort(unit: Unit, question: Question) -> bool:
    """Whether a unit is counted: all are without a period; else those that entered the first stage within it."""
    if question.since is None and question.until is None:
        return True
    at = unit.first.get(question.chain[0]) if question.chain else None
    if at is None:
        return False
    return (question.since is None or at >= question.since) and (question.until is None or at < question.until)


def reached(unit: Unit, question: Question) -> set[Stage]:
    """The stages that count for a unit: all it had; with strict order, those of the chain up to the first gap.

    Strict: each stage was entered at or after the one before (facts: market 4).
    """
    if not question.strict:
        return set(unit.first)
    passed = set(unit.first).difference(question.chain)
    before: Instant | None = None
    for stage in question.chain:
        at = unit.first.get(stage)
        if at is None or (before is not None and at < before):
            break
        passed.add(stage)
        before = at
    return passed


def funnel(
    units: Iterable[Unit], question: Question, order: Sequence[Stage], group_of: Callable[[PersonId], str] | None = None
) -> Funnel:
    """Count units. `order` sorts the stages; `group_of` gives the value by which the numbers are split."""
    total, groups = _Tally(), dict[str, _Tally]()
    odd: list[Odd] = []
    for unit in units:
        if not in_cohort(unit, question):
            continue
        had = reached(unit, question)
        _add(total, had, question)
        if group_of is not None:
            _add(groups.setdefault(group_of(unit.person), _Tally()), had, question)
        odd += [Odd(unit.person, unit.cycle, one) for one in out_of_order(unit.entries, question.chain)]
    return Funnel(
        question,
        total.units,
        _steps(total, question, order),
        {stage: total.had[stage] for stage in SIDE_STAGES if total.had[stage]},
        {value: _steps(groups[value], question, order) for value in sorted(groups, key=lambda v: -groups[v].units)},
        odd,
    )


def _add(tally: _Tally, had: set[Stage], question: Question) -> None:
    tally.units += 1
    tally.had.update(had)
    for before, stage in pairwise(question.chain):
        if before in had and stage in had:
            tally.with_before[stage] += 1
    if question.chain and question.chain[0] in had:
        tally.with_first.update(had)


def _steps(tally: _Tally, question: Question, order: Sequence[Stage]) -> list[Step]:
    base = [stage for stage in order if stage not in question.chain and tally.had[stage]]
    steps = []
    before: Stage | None = None
    for stage in (*base, *question.chain):
        n, first = tally.had[stage], tally.had[question.chain[0]] if question.chain else 0
        rate = Rate(n, tally.units) if before is None else Rate(tally.with_before[stage], tally.had[before])
        steps.append(Step(stage, n, rate, Rate(tally.with_first[stage], first)))
        before = stage if stage in question.chain else None
    return steps
