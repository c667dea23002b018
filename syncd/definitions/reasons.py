"""Why somebody is in a stage, why not in the next one, and the least that would have to change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncd.definitions.clauses import context_for
from syncd.definitions.context import Context
from syncd.definitions.explain import prove
from syncd.definitions.intervals import FALSE, first_of
from syncd.definitions.language import AllOf, AnyOf, AtLeastOf, Clause, Definitions, Not, ReturnRule, StageRule
from syncd.definitions.order import rank
from syncd.definitions.smallest import Smallest, Trial, smallest
from syncd.model.instant import BEGINNING, NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, Facts, Verdict
from syncd.model.proof import Proof
from syncd.model.stage import SIDE_STAGES, Stage
from syncd.model.truth import Truth


@dataclass(frozen=True, slots=True)
class Standing:
    """The entry that says where a person is, with its proof; `lapsed_at` is when the clause ceased to hold, if so."""

    entry: Entry
    proof: Proof
    lapsed_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next stage: its clause as it stands, and `lacking`, the least clauses that would have to become true.

    `waits_for` is a stage that has to be entered before. `not_before` is when a new cycle can begin after a return:
    NEVER where that is not to happen. `smallest` is what was tried and does, for `waits_for` if that is first.
    """

    stage: Stage
    proof: Proof
    lacking: Sequence[Proof]
    waits_for: Stage | None = None
    not_before: Instant | None = None
    smallest: Smallest | None = None


def context_of(facts: Facts, definitions: Definitions, entries: Sequence[Entry], cycle: int) -> Context:
    """What the clauses of a cycle are judged in, given a person's entries. Stages that nobody judges carry over."""
    returns = [entry.at for entry in entries if entry.cycle == cycle - 1 and entry.stage in SIDE_STAGES]
    judged = {rule.stage for rule in definitions.stages} | set(SIDE_STAGES)
    entered: dict[Stage, Instant] = {}
    for entry in sorted(entries, key=lambda entry: entry.at):
        if entry.stage not in SIDE_STAGES and (
            entry.cycle == cycle or (entry.cycle < cycle and entry.stage not in judged)
        ):
            entered.setdefault(entry.stage, entry.at)
    return context_for(facts, definitions, max(returns, default=BEGINNING), entered)


def standing(facts: Facts, definitions: Definitions, verdict: Verdict, at: Instant) -> Standing:
    """Why the person is where the verdict says, as of an instant.

    The proof is that of the instant of entry. Where other definitions, a CRM or the ledger decided, and the clause
    of today does not show it, the entry's own line is the proof.
    """
    entry = next(
        one
        for one in reversed(verdict.entries)
        if (one.stage, one.cycle, one.at) == (verdict.stage, verdict.cycle, verdict.since)
    )
    rule = _rule_of(definitions, entry.stage)
    said = Proof(entry.why, Truth.TRUE, evidence=tuple(entry.evidence))
    if rule is None or entry.source != "definition":
        return Standing(entry, said)
    context = context_of(facts, definitions, verdict.entries, entry.cycle)
    proof = prove(rule.when, context, entry.at)
    lapsed = first_of(FALSE, context.line(rule.when), entry.at)
    if proof.truth is not Truth.TRUE:
        return Standing(entry, said)
    return Standing(entry, proof, lapsed if lapsed <= at and entry.stage not in SIDE_STAGES else None)


def ahead(facts: Facts, definitions: Definitions, verdict: Verdict, at: Instant) -> Ahead | None:
    """What stands between the person and the next stage, None for who is in the last one."""
    returned = verdict.stage in SIDE_STAGES
    here = -1 if returned else rank(definitions, verdict.stage)
    rule = next((rule for rule in definitions.stages if rank(definitions, rule.stage) > here), None)
    if rule is None:
        return None
    cycle = verdict.cycle + 1 if returned else verdict.cycle
    found = towards(facts, definitions, verdict.entries, rule, cycle, at)
    ready = _ready(definitions, verdict) if returned else None
    if ready is not None and ready >= NEVER:
        return replace(found, waits_for=None, not_before=NEVER)
    first = _rule_of(definitions, found.waits_for) if found.waits_for else rule
    if not isinstance(first, StageRule):
        return replace(found, not_before=ready)
    context = context_of(facts, definitions, verdict.entries, cycle)
    trial = Trial(definitions, verdict, first, context, at)
    return replace(found, not_before=ready, smallest=smallest(trial, Instant(max(at, ready or at, context.began + 1))))


def towards(
    facts: Facts, definitions: Definitions, entries: Sequence[Entry], rule: StageRule, cycle: int, at: Instant
) -> Ahead:
    """What stands between the person and one stage in one cycle."""
    context = context_of(facts, definitions, entries, cycle)
    proof = prove(rule.when, context, at)
    waits_for = rule.after if rule.after is not None and rule.after not in context.entered else None
    return Ahead(rule.stage, proof, lacking(rule.when, proof), waits_for)


def lacking(clause: Clause, proof: Proof, *, negated: bool = False) -> tuple[Proof, ...]:
    """The leaves that would have to become true for a proof's clause to hold: the fewest; of equals the first ones."""
    if proof.truth is Truth.TRUE:
        return ()
    match clause:
        case Not():
            return lacking(clause.clause, proof, negated=not negated)
        case AllOf():
            needed = 1 if negated else len(clause.clauses)
        case AnyOf():
            needed = len(clause.clauses) if negated else 1
        case AtLeastOf():
            needed = len(clause.clauses) - clause.n + 1 if negated else clause.n
        case _:
            return (proof,)
    parts = [lacking(one, part, negated=negated) for one, part in zip(clause.clauses, proof.parts, strict=True)]
    cheapest = sorted(range(len(parts)), key=lambda index: len(parts[index]))[:needed]
    return tuple(leaf for index in sorted(cheapest) for leaf in parts[index])


def _rule_of(definitions: Definitions, stage: Stage) -> StageRule | ReturnRule | None:
    rules: list[StageRule | ReturnRule] = [*definitions.stages, *definitions.returns]
    return next((rule for rule in rules if rule.stage == stage), None)


def _ready(definitions: Definitions, verdict: Verdict) -> Instant:
    """From when on a new cycle may begin after a return; what a silent rule means is as in `evaluate`."""
    rule = _rule_of(definitions, verdict.stage)
    wait = rule.requalify_after if isinstance(rule, ReturnRule) else None
    if wait is None:
        return NEVER if verdict.stage == Stage.DISQUALIFIED else verdict.since
    return Instant(min(verdict.since + wait, NEVER))
