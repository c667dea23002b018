"""From one person's facts to a verdict: which stages were entered when, in which cycle, and what comes next.

One pure function of one person (design 3): no clock, no I/O. Everything is worked out from the lines of
`clauses`, so that entry times are true times, whenever they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import takewhile

from syncd.definitions.clauses import Context, line_of
from syncd.definitions.explain import prove, summary, unknown_reasons
from syncd.definitions.intervals import Line, first_true, next_change, true_from, truth_at
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Clause,
    Definitions,
    Not,
    OpportunityClause,
    ReturnRule,
    StageRule,
)
from syncd.model.instant import BEGINNING, NEVER, Instant, midnight_of
from syncd.model.person import Entry, Facts, Unknown, Verdict
from syncd.model.proof import Proof
from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage
from syncd.model.truth import Truth


def evaluate(facts: Facts, definitions: Definitions, now: Instant) -> Verdict:
    """The verdict about one person as of `now`.

    Entries that the ledger holds stand: a fresh look can date them earlier (a touch that came late), never take
    them back. Everything else follows from facts and definitions alone.
    """
    judging = _Judging(facts, definitions, now)
    entries = _base(facts)
    cycle = 1
    began = ready = BEGINNING
    while True:
        context = Context(facts, definitions, began)
        state = _Cycle(cycle, began, ready, context, replace(context, cautious=True))
        found = list(_entries(judging, state))
        turn = _return(judging, state, found)
        if turn is None:
            entries += found
            break
        rule, entry = turn
        entries += [earlier for earlier in found if earlier.at < entry.at]
        entries.append(entry)
        cycle, began, ready = cycle + 1, entry.at, _ready_again(rule, entry)
    entries.sort(key=lambda entry: (entry.cycle, entry.at, rank(definitions, entry.stage)))
    return _verdict(judging, state, entries)


def rank(definitions: Definitions, stage: Stage) -> int:
    """How far along a stage is. Side stages come before all others."""
    order = order_of(definitions)
    return order.index(stage) if stage in order else -1


def order_of(definitions: Definitions) -> Sequence[Stage]:
    """All stages in order: the known ones, or the team's own between lead and customer where it names its own."""
    own = [rule.stage for rule in definitions.stages]
    if all(stage in FUNNEL for stage in own):
        return FUNNEL
    before = [stage for stage in (Stage.SUBSCRIBER, Stage.LEAD) if stage not in own]
    after = [stage for stage in (Stage.CUSTOMER,) if stage not in own]
    return (*before, *own, *after)


@dataclass(slots=True)
class _Judging:
    facts: Facts
    definitions: Definitions
    now: Instant
    lines: dict[tuple[int, int], Line] = field(default_factory=dict)

    def line(self, clause: Clause, context: Context) -> Line:
        """The line of a clause in a context, worked out once and remembered for when it next changes."""
        key = (id(clause), id(context))
        if key not in self.lines:
            self.lines[key] = line_of(clause, context)
        return self.lines[key]


@dataclass(frozen=True, slots=True)
class _Cycle:
    number: int
    began: Instant
    ready: Instant
    context: Context
    cautious: Context


def _base(facts: Facts) -> list[Entry]:
    entry = Entry(Stage.SUBSCRIBER, 1, facts.born, "record", "known since then")
    return [next((held for held in facts.held if (held.stage, held.cycle) == (entry.stage, 1)), entry)]


def _entries(judging: _Judging, cycle: _Cycle) -> Iterator[Entry]:
    """The entries of a cycle as if no return had ended it, at most one per stage, in the order of the stages."""
    floor = _floor(judging, cycle)
    held = {entry.stage: entry for entry in judging.facts.held if entry.cycle == cycle.number}
    rules = {rule.stage: rule for rule in judging.definitions.stages}
    for stage in order_of(judging.definitions):
        found = [floor[stage]] if stage in floor else []
        if stage in rules and (entry := _by_rule(judging, cycle, rules[stage])):
            found.append(entry)
        earliest = min(found, key=lambda entry: entry.at, default=None)
        leaves = stage in rules and rules[stage].leave
        chosen = _standing(held.get(stage), min(found, key=lambda entry: entry.at, default=None), leaves=leaves)
        if chosen and (stage != Stage.SUBSCRIBER or cycle.number > 1):
            cycle.context.entered[stage] = chosen.at
            yield chosen


def _standing(held: Entry | None, fresh: Entry | None, *, leaves: bool) -> Entry | None:
    """What stands of a held entry and a fresh one: the held one, unless a touch that came late dates it earlier."""
    if held is None or fresh is None:
        return held or fresh
    if fresh.at == held.at:
        return replace(held, left_at=fresh.left_at)
    return fresh if fresh.at < held.at or leaves else held


def _floor(judging: _Judging, cycle: _Cycle) -> dict[Stage, Entry]:
    """The first time in a cycle that a CRM's own record says a stage. Only a judged stage begins a new cycle."""
    found: dict[Stage, Entry] = {}
    judged = {rule.stage for rule in judging.definitions.stages}
    for at, stage, source in judging.facts.floor:
        if cycle.began < at <= judging.now and (cycle.number == 1 or stage in judged):
            why = f"HubSpot's lifecycle stage says {stage}" if source == "hubspot" else "has a record in Salesforce"
            found.setdefault(stage, Entry(stage, cycle.number, at, source, why))
    return found


def _by_rule(judging: _Judging, cycle: _Cycle, rule: StageRule) -> Entry | None:
    context = cycle.context
    since = max(cycle.began, cycle.ready)
    if since > judging.now:
        return None
    if rule.after is not None:
        if rule.after not in context.entered:
            return None
        since = max(since, context.entered[rule.after])
    line = judging.line(rule.when, context)
    spans = _open_spans(line, _barring(judging, cycle) if _is_judged(rule.when) else [], since)
    past = takewhile(lambda span: span[0] <= judging.now, spans)
    span = max(past, default=None) if rule.leave else next(past, None)
    if span is None:
        return None
    at, left = span[0], span[1] if rule.leave and span[1] <= judging.now else None
    proof = prove(rule.when, context, at)
    return Entry(
        stage=rule.stage,
        cycle=cycle.number,
        at=_dated(rule, judging.facts, at),
        source="definition",
        why=summary(proof),
        evidence=_evidence(proof),
        definition=judging.definitions.hash,
        left_at=left,
    )


def _evidence(proof: Proof) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for leaf in proof.leaves(Truth.TRUE) for found in leaf.evidence))


def _open_spans(line: Line, barring: Sequence[Line], since: Instant) -> Iterator[tuple[Instant, Instant]]:
    """Where a line is TRUE and no barring line is, from an instant on: spans (from, to), in order."""
    at = first_true(line, since)
    while at is not None:
        bars = [bar for bar in barring if truth_at(bar, at) is Truth.TRUE]
        if bars:
            later = max(next_change(bar, at) for bar in bars)
        else:
            later = min([next_change(line, at), *(_next_true(bar, at) for bar in barring)])
            yield at, later
        at = first_true(line, later) if later < NEVER else None


def _next_true(line: Line, after: Instant) -> Instant:
    found = first_true(line, after)
    return NEVER if found is None else found


def _barring(judging: _Judging, cycle: _Cycle) -> list[Line]:
    """The lines of the `never` rules. They bar only where they are TRUE: what is unknown keeps nobody out."""
    return [judging.line(rule.clause, cycle.context) for rule in judging.definitions.never]


def _is_judged(clause: Clause) -> bool:
    """Whether definitions judge a stage. One that rests on an opportunity is a fact that sales made."""
    match clause:
        case OpportunityClause():
            return False
        case AllOf() | AnyOf() | AtLeastOf():
            return all(_is_judged(part) for part in clause.clauses)
        case Not():
            return _is_judged(clause.clause)
    return True


def _dated(rule: StageRule, facts: Facts, at: Instant) -> Instant:
    """The date of an entry: the property's where the rule names one that is known, else the clause's own."""
    known = facts.properties.get(rule.entered_at) if rule.entered_at else None
    value = known.timeline[-1][1] if known else None
    if isinstance(value, Decimal):
        return Instant(int(value))
    return midnight_of(value) if isinstance(value, date) else at


def _return(judging: _Judging, cycle: _Cycle, entries: Sequence[Entry]) -> tuple[ReturnRule, Entry] | None:
    """The first return in a cycle: what the ledger holds, else the first rise of a return's clause."""
    rules = {rule.stage: rule for rule in judging.definitions.returns}
    for entry in judging.facts.held:
        if entry.cycle == cycle.number and entry.stage in SIDE_STAGES and entry.stage in rules:
            return rules[entry.stage], entry
    won = min((entry.at for entry in entries if entry.stage == Stage.CUSTOMER), default=NEVER)
    found: list[tuple[Instant, ReturnRule]] = []
    for rule in rules.values():
        rises = true_from(judging.line(rule.when, cycle.cautious), cycle.began)
        if rises and rises[0][0] <= judging.now and rises[0][0] < won:
            found.append((Instant(rises[0][0]), rule))
    if not found:
        return None
    at, rule = min(found, key=lambda pair: pair[0])
    proof = prove(rule.when, cycle.cautious, at)
    reason = judging.facts.properties.get(rule.reason) if rule.reason else None
    value = reason.timeline[-1][1] if reason else None
    entry = Entry(
        stage=rule.stage,
        cycle=cycle.number,
        at=at,
        source="definition",
        why=summary(proof),
        evidence=_evidence(proof),
        definition=judging.definitions.hash,
        reason=None if value is None or isinstance(value, Unknown) else str(value),
    )
    return rule, entry


def _ready_again(rule: ReturnRule, entry: Entry) -> Instant:
    """From when on a new cycle may begin. Silent rules: at once after a recycling, never after a disqualification."""
    if rule.requalify_after is None:
        return NEVER if rule.stage == Stage.DISQUALIFIED else entry.at
    return Instant(entry.at + rule.requalify_after)


def _verdict(judging: _Judging, cycle: _Cycle, entries: list[Entry]) -> Verdict:
    definitions = judging.definitions
    current = _current(definitions, entries, judging.now)
    barred = next(
        (
            rule.reason
            for rule in definitions.never
            if truth_at(judging.line(rule.clause, cycle.context), judging.now) is Truth.TRUE
        ),
        None,
    )
    unknowns = tuple(_unknowns(judging, cycle, current))
    due = min((next_change(line, judging.now) for line in judging.lines.values()), default=NEVER)
    if judging.now < cycle.ready < due:
        due = cycle.ready
    return Verdict(
        person=judging.facts.person,
        stage=current.stage,
        cycle=current.cycle,
        since=current.at,
        entries=tuple(entries),
        barred=barred,
        unknowns=unknowns,
        due_at=due,
    )


def _current(definitions: Definitions, entries: Sequence[Entry], now: Instant) -> Entry:
    """The entry that says where the person is: the furthest of the last cycle that was not left."""
    last = max(entry.cycle for entry in entries)
    standing = [entry for entry in entries if entry.cycle == last and (entry.left_at is None or entry.left_at > now)]
    out = [entry for entry in standing if entry.stage in SIDE_STAGES]
    if out:
        return out[-1]
    return max(standing or entries[:1], key=lambda entry: rank(definitions, entry.stage))


def _unknowns(judging: _Judging, cycle: _Cycle, current: Entry) -> Iterator[str]:
    """Why stages further on could not be judged, as "mql: company_size is missing"."""
    if cycle.ready > judging.now:
        return
    ahead = rank(judging.definitions, current.stage)
    for rule in judging.definitions.stages:
        if rank(judging.definitions, rule.stage) <= ahead:
            continue
        if rule.after is not None and rule.after not in cycle.context.entered:
            continue
        if truth_at(judging.line(rule.when, cycle.context), judging.now) is Truth.UNKNOWN:
            for reason in unknown_reasons(rule.when, cycle.context, judging.now):
                yield f"{rule.stage}: {reason}"
