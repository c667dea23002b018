"""What is known while one person is judged: the facts, the cycle in hand, and when to look again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from syncd.definitions.context import Context, Ready
from syncd.definitions.explain import prove, summary
from syncd.definitions.intervals import ALWAYS, FALSE, UNKNOWN, Line
from syncd.definitions.language import Definitions, ReturnRule, StageRule
from syncd.model.instant import BEGINNING, NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, Facts
from syncd.model.proof import Proof
from syncd.model.stage import Stage
from syncd.model.truth import Truth

Turn: TypeAlias = "tuple[ReturnRule | None, Entry]"
"""The return that ends a cycle, and the rule that it follows if there still is one."""


@dataclass(slots=True)
class Judging:
    """One call of `evaluate`. `due` is the next instant at which time alone changes what was looked at so far.

    `since` is when these definitions came into force: they make no entry that is earlier. Without `proofs` entries say
    nothing of why they are: that costs as much as judging, and is seldom asked.
    """

    facts: Facts
    ready: Ready
    now: Instant
    since: Instant = BEGINNING
    due: Instant = NEVER
    proofs: bool = True

    @property
    def definitions(self) -> Definitions:
        """What the person is judged by."""
        return self.ready.definitions

    def rank(self, stage: Stage) -> int:
        """How far along a stage is, as `order.rank` says."""
        return self.ready.rank(stage)

    def wake(self, at: int) -> None:
        """Note that something changes at an instant, if that is still to come."""
        if self.now < at < self.due:
            self.due = Instant(at)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A person's n-th way through the funnel: from when on, and from when on stages can be entered in it.

    `bars` are the lines of `never` that are TRUE at some time, each with its reason: what is unknown keeps nobody out.
    """

    number: int
    began: Instant
    ready: Instant
    context: Context
    cautious: Context
    bars: Sequence[tuple[str, Line]]


def new_cycle(judging: Judging, number: int, began: Instant, again: Instant, entered: dict[Stage, Instant]) -> Cycle:
    """A new cycle. `entered` are the stages that nobody judges: who was a lead is still one."""
    facts = judging.facts
    context = Context(facts, judging.ready, began, entered)
    cautious = context
    for name in judging.ready.answers:
        known = facts.properties.get(name)
        if known is not None and known.assumed_until > BEGINNING:
            cautious = Context(facts, judging.ready, began, entered, cautious=True)
            break
    bars = [
        (rule.reason, line)
        for rule, judge in judging.ready.bars
        if (line := judge(context)) is not ALWAYS[FALSE] and line is not ALWAYS[UNKNOWN]
    ]
    return Cycle(number, began, Instant(max(again, facts.born)), context, cautious, bars)


def entry_of(rule: StageRule | ReturnRule, judging: Judging, cycle: Cycle, at: Instant) -> Entry:
    """The entry that a rule's clause makes at an instant, with its proof in one line."""
    if not judging.proofs:
        return Entry(rule.stage, cycle.number, at, "definition", "", (), judging.definitions.hash)
    proof = prove(rule.when, cycle.context if isinstance(rule, StageRule) else cycle.cautious, at, Truth.TRUE)
    why, evidence = summary(proof), _evidence(proof)
    return Entry(rule.stage, cycle.number, at, "definition", why, evidence, judging.definitions.hash)


def _evidence(proof: Proof) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for leaf in proof.leaves(Truth.TRUE) for found in leaf.evidence))
