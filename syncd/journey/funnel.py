"""How many went how far: sums over the shapes of units (facts: market 4). Pure.

Every number here is a count of shapes, so that whatever a report is split by, it is counted once and summed often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from syncd.journey.units import CONVERTED, OPEN, OUTCOMES, SKIPPED, STALLED, Question, Shape, Way
from syncd.model.nouns import dataclass
from syncd.model.stage import SIDE_STAGES, Stage

Shapes: TypeAlias = "Mapping[Shape, int]"
"""How many units have each shape."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many. Of nobody there is no rate: `share` is None."""

    n: int
    of: int

    @property
    def share(self) -> float | None:
        """The rate as a number; above 1 where those below are others than those above."""
        return self.n / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: how many had it (cohort), or entered it in the period.

    With the basis `cohort`, `rate` is how many of those that had the stage before have it too (for the first one: of
    everybody), and `of_first` how many of those that had the first. With `period` both set entries against entries:
    other people may be above than below, and more than all of them.
    """

    stage: Stage
    n: int
    rate: Rate
    of_first: Rate


@dataclass(frozen=True, slots=True)
class Conversion:
    """From one stage of the chain to the next, by both ways of counting.

    `cohort`: of those who entered `before` in the period, who reached `after` by the end of the data. `outcomes` are
    what became of all of them, and sum to the same. `period`: entries into `after` against entries into `before`, both
    in the period. `within`: of those old enough to tell, who reached it within the time asked about; None where
    nobody asked.
    """

    before: Stage
    after: Stage
    cohort: Rate
    period: Rate
    within: Rate | None
    outcomes: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]

    @property
    def open(self) -> Rate:
        """Those of the cohort who still wait, long or not."""
        return Rate(self.outcomes[OPEN] + self.outcomes[STALLED], self.cohort.of)

    @property
    def leaked(self) -> Rate:
        """Those of the cohort who left without the next stage, or have waited too long: leakage."""
        gone = sum(n for name, n in self.outcomes.items() if name not in (CONVERTED, SKIPPED, OPEN))
        return Rate(gone, self.cohort.of)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What sales said to those handed over in the period: into which stage, and from which.

    Accepted are those who came further, those of them apart whom silence accepted; rejected are those who were
    recycled or disqualified, by reason. With a time asked about, answers that came later, and people who are too young
    to tell, are left out.
    """

    before: Stage
    after: Stage
    accepted: int
    silent: int
    rejected: int
    handed_over: int
    by_reason: Mapping[str, Mapping[str, int]]

    @property
    def rate(self) -> Rate:
        """Accepted by somebody, of all that somebody answered: what silence accepted is in neither."""
        return Rate(self.accepted - self.silent, self.accepted - self.silent + self.rejected)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything that is counted of some units."""

    units: int
    steps: Sequence[Step]
    returns: Mapping[Stage, int]
    conversions: Sequence[Conversion]
    acceptance: Acceptance | None
    requalified: Rate


def numbers(shapes: Shapes, question: Question, order: Sequence[Stage]) -> Numbers:
    """Sum up. `order` sorts the stages. With the basis `cohort` only units of the cohort are in it, with `period` those
    of which something falls in the period.
    """
    whole = question.basis == "period"
    counted = {shape: n for shape, n in shapes.items() if (shape.inside if whole else shape.cohort)}
    recycled = {s: n for s, n in counted.items() if s.again is not None and (s.returned or not whole)}
    return Numbers(
        units=sum(counted.values()),
        steps=_period_steps(counted, question) if whole else _cohort_steps(counted, question, order),
        returns=_returns({s: n for s, n in counted.items() if s.returned or not whole}),
        conversions=[
            _conversion(shapes, question, index, stages) for index, stages in enumerate(pairwise(question.chain))
        ],
        acceptance=_acceptance(shapes, question),
        requalified=Rate(sum(n for shape, n in recycled.items() if shape.again), sum(recycled.values())),
    )


def _returns(counted: Shapes) -> dict[Stage, int]:
    had = {stage: sum(n for shape, n in counted.items() if stage in shape.beside) for stage in SIDE_STAGES}
    return {stage: n for stage, n in had.items() if n}


def _cohort_steps(counted: Shapes, question: Question, order: Sequence[Stage]) -> list[Step]:
    beside: Counter[Stage] = Counter()
    had, both, first = Counter[int](), Counter[int](), Counter[int]()
    units = sum(counted.values())
    with_first = Counter[Stage]()
    for shape, n in counted.items():
        for stage in shape.beside:
            beside[stage] += n
            with_first[stage] += n if shape.ways and shape.ways[0] else 0
        before: Way | None = None
        for index, way in enumerate(shape.ways):
            if way is not None:
                had[index] += n
                both[index] += n if before is not None else 0
                first[index] += n if shape.ways[0] is not None else 0
            before = way
    of_first = had[0] if question.chain else 0
    steps = [
        Step(stage, beside[stage], Rate(beside[stage], units), Rate(with_first[stage], of_first))
        for stage in order
        if beside[stage] and stage not in question.chain
    ]
    for index, stage in enumerate(question.chain):
        rate = Rate(had[0], units) if index == 0 else Rate(both[index], had[index - 1])
        steps.append(Step(stage, had[index], rate, Rate(first[index], of_first)))
    return steps


def _period_steps(counted: Shapes, question: Question) -> list[Step]:
    entries = [_inside(counted, index) for index in range(len(question.chain))]
    return [
        Step(stage, entries[index], Rate(entries[index], entries[max(0, index - 1)]), Rate(entries[index], entries[0]))
        for index, stage in enumerate(question.chain)
    ]


def _inside(shapes: Shapes, index: int) -> int:
    return sum(n for shape, n in shapes.items() if (way := shape.ways[index]) is not None and way.inside)


def _conversion(shapes: Shapes, question: Question, index: int, stages: tuple[Stage, Stage]) -> Conversion:
    outcomes: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    old, soon = 0, 0
    for way, n in _cohort_of(shapes, index):
        outcomes[way.became] += n
        if way.reason is not None:
            reasons.setdefault(way.became, Counter())[way.reason] += n
        if way.soon is not None:
            old += n
            soon += n if way.soon and way.became == CONVERTED else 0
    return Conversion(
        *stages,
        cohort=Rate(outcomes[CONVERTED], outcomes.total()),
        period=Rate(_inside(shapes, index + 1), _inside(shapes, index)),
        within=None if question.within is None else Rate(soon, old),
        outcomes={name: outcomes[name] for name in OUTCOMES},
        reasons={name: dict(found.most_common()) for name, found in reasons.items()},
    )


def _cohort_of(shapes: Shapes, index: int) -> list[tuple[Way, int]]:
    """What those did at a stage who entered it in the period, and how many of them."""
    return [(way, n) for shape, n in shapes.items() if (way := shape.ways[index]) is not None and way.inside]


def _acceptance(shapes: Shapes, question: Question) -> Acceptance | None:
    if question.takes_over not in question.chain[1:]:
        return None
    index = question.chain.index(question.takes_over) - 1
    found: Counter[str] = Counter()
    by_reason: dict[str, Counter[str]] = {}
    for way, n in _cohort_of(shapes, index):
        if question.within is not None and way.soon is None:
            continue
        found["all"] += n
        if question.within is not None and not way.soon:
            continue
        if way.became in (CONVERTED, SKIPPED):
            found["accepted"] += n
            found["silent"] += n if way.silent else 0
        elif way.became in SIDE_STAGES:
            found["rejected"] += n
            by_reason.setdefault(way.became, Counter())[way.reason or ""] += n
    return Acceptance(
        question.chain[index],
        question.chain[index + 1],
        found["accepted"],
        found["silent"],
        found["rejected"],
        found["all"],
        {name: dict(some.most_common()) for name, some in by_reason.items()},
    )
