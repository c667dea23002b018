"""From one person's facts to a verdict: which stages were entered when, in which cycle, and what comes next.

One pure function of one person (design 3): no clock, no I/O. Everything is worked out from the lines of
`clauses`, so that entry times are true times, whenever they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from syncd.definitions.clauses import ready
from syncd.definitions.context import Context, Ready
from syncd.definitions.explain import prove, summary, unknown_reasons, value_at
from syncd.definitions.intervals import FALSE, TRUE, Line, first_of, next_change, true_from, truth_at
from syncd.definitions.language import (
    Definitions,
    ReturnRule,
    StageRule,
)
from syncd.definitions.order import order_of, rank
from syncd.model.instant import BEGINNING, NEVER, Instant, midnight_of
from syncd.model.person import Entry, Facts, Unknown, Verdict
from syncd.model.proof import Proof
from syncd.model.stage import SIDE_STAGES, Stage
from syncd.model.truth import Truth

__all__ = ["evaluate", "order_of", "rank"]


def evaluate(facts: Facts, definitions: Definitions, now: Instant) -> Verdict:
    """The verdict about one person as of `now`.

    Entries that the ledger holds stand: a fresh look can date them earlier (a touch that came late), never take
    them back. Everything else follows from facts and definitions alone.
    """
    judging = _Judging(facts, ready(definitions), now)
    entries = [_base(facts)]
    cycle = _cycle(judging, 1, BEGINNING, BEGINNING, {Stage.SUBSCRIBER: entries[0].at})
    while True:
        judging.due = min((at for at, _, _ in facts.floor if at > now), default=NEVER)
        found = list(_entries(judging, cycle))
        turn = _return(judging, cycle, found)
        if turn is None:
            entries += found
            break
        rule, entry = turn
        entries += [earlier for earlier in found if earlier.at <= entry.at]
        entries.append(entry)
        judged = judging.ready.stages
        entered = {stage: entry.at for stage in cycle.context.entered if stage not in judged}
        cycle = _cycle(judging, cycle.number + 1, entry.at, _ready_again(rule, entry), entered)
    if len(entries) > 1:
        entries.sort(key=lambda entry: (entry.cycle, entry.at, entry.stage in SIDE_STAGES, judging.rank(entry.stage)))
        entries = list(_without_afterthoughts(judging, entries))
    return _verdict(judging, cycle, entries)


def _without_afterthoughts(judging: _Judging, entries: Sequence[Entry]) -> Iterator[Entry]:
    """The entries without those that merely come of a record which was made for somebody who was further already."""
    furthest: dict[int, int] = {}
    for entry in entries:
        rank = judging.rank(entry.stage)
        if entry.source != "record" or rank >= furthest.get(entry.cycle, -1) or entry in judging.facts.held:
            yield entry
        furthest[entry.cycle] = max(rank, furthest.get(entry.cycle, -1))


@dataclass(slots=True)
class _Judging:
    """One call of `evaluate`. `due` is the next instant at which time alone changes what was looked at so far."""

    facts: Facts
    ready: Ready
    now: Instant
    due: Instant = NEVER

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
class _Cycle:
    """A person's n-th way through the funnel: from when on, and from when on stages can be entered in it."""

    number: int
    began: Instant
    ready: Instant
    context: Context
    cautious: Context
    bars: list[Line] = field(default_factory=list)


def _cycle(judging: _Judging, number: int, began: Instant, again: Instant, entered: dict[Stage, Instant]) -> _Cycle:
    """A new cycle. `entered` are the stages that nobody judges: who was a lead is still one."""
    facts = judging.facts
    context = Context(facts, judging.ready, began, entered)
    unsure = any(
        facts.properties[name].assumed_until > BEGINNING for name in judging.ready.answers & facts.properties.keys()
    )
    cautious = Context(facts, judging.ready, began, entered, cautious=True) if unsure else context
    # What is unknown keeps nobody out: only where these are TRUE they bar.
    bars = [context.line(rule.clause) for rule in judging.definitions.never]
    return _Cycle(number, began, Instant(max(again, facts.born)), context, cautious, bars)


def _base(facts: Facts) -> Entry:
    entry = Entry(Stage.SUBSCRIBER, 1, facts.born, "record", "known since then")
    return next((held for held in facts.held if (held.stage, held.cycle) == (entry.stage, 1)), entry)


def _entries(judging: _Judging, cycle: _Cycle) -> Iterator[Entry]:
    """The entries of a cycle as if no return had ended it, in the order of the stages.

    At most one per stage, but for stages that are left by their own rule: these can be entered again.
    """
    facts, rules = judging.facts, judging.ready.stages
    floor = _floor(judging, cycle) if facts.floor else {}
    held: dict[Stage, list[Entry]] = {}
    for entry in facts.held:
        if entry.cycle == cycle.number and entry.stage not in SIDE_STAGES:
            held.setdefault(entry.stage, []).append(entry)
    gone = sorted(held.keys() - judging.ready.ranks.keys()) if held else ()
    for stage in (*judging.ready.order, *gone):
        rule, stood = rules.get(stage), held.get(stage, [])
        if (rule is None and not stood and stage not in floor) or (stage == Stage.SUBSCRIBER and cycle.number == 1):
            continue
        found = _by_rule(judging, cycle, rule, stood) if rule else []
        if stage in floor:
            found = [*(entry for entry in found if entry.at < floor[stage].at), floor[stage]]
        chosen = _left_by_rule(judging, cycle, rule, found, stood) if rule and rule.leave else _standing(stood, found)
        if chosen:
            cycle.context.entered[stage] = min(entry.at for entry in chosen)
            yield from chosen


def _standing(held: Sequence[Entry], fresh: Sequence[Entry]) -> list[Entry]:
    """The one entry that stands: a held one, unless a touch that came late dates it earlier."""
    return [min((*held, *fresh), key=lambda entry: entry.at)] if held or fresh else []


def _left_by_rule(
    judging: _Judging, cycle: _Cycle, rule: StageRule, fresh: Sequence[Entry], held: Sequence[Entry]
) -> list[Entry]:
    """The entries of a stage that ends when its clause does. What is held stands, and is left where it lapsed."""
    stands = {entry.at: entry for entry in fresh}
    line = cycle.context.line(rule.when)
    for entry in held:
        if entry.at in stands:
            stands[entry.at] = replace(entry, left_at=stands[entry.at].left_at)
        elif not any(other.at < entry.at < (other.left_at or NEVER) for other in fresh):
            lapsed = min([first_of(FALSE, line, entry.at), *(other.at for other in fresh if other.at > entry.at)])
            left = entry.left_at or (lapsed if lapsed <= judging.now and entry.source == "definition" else None)
            stands[entry.at] = replace(entry, left_at=left)
    return list(stands.values())


def _floor(judging: _Judging, cycle: _Cycle) -> dict[Stage, Entry]:
    """The first time in a cycle that a CRM's own record says a stage. Only a judged stage begins a new cycle."""
    found: dict[Stage, Entry] = {}
    for at, stage, source in judging.facts.floor:
        if not cycle.began < at <= judging.now or stage in found:
            continue
        if cycle.number == 1 or stage in judging.ready.stages:
            why = f"HubSpot's lifecycle stage says {stage}" if source == "hubspot" else "has a record in Salesforce"
            found[stage] = Entry(stage, cycle.number, at, source, why)
    return found


def _by_rule(judging: _Judging, cycle: _Cycle, rule: StageRule, held: Sequence[Entry]) -> list[Entry]:
    """The entries by a stage's own rule: the first, or all of them where the rule also says when it is left.

    Where the ledger holds an earlier one there is nothing to prove.
    """
    context = cycle.context
    since = cycle.ready
    if rule.after is not None:
        if rule.after not in context.entered:
            return []
        since = max(since, context.entered[rule.after])
    line = context.line(rule.when)
    if len(line) == 1 and line[0][1] != TRUE:
        return []
    entries: list[Entry] = []
    for start, end in _open_spans(
        line, cycle.bars if rule.stage in judging.ready.barred else (), since, leave=rule.leave
    ):
        if cycle.number > 1 and start == cycle.began:
            continue  # what already held when somebody returned is no reason to come back: it must become true anew
        at, dated = _dated(rule, judging, cycle, start)
        if max(start, at) > judging.now:
            judging.wake(max(start, at))
            break
        if not rule.leave and any(entry.at <= at for entry in held):
            return []
        entry = _entry(rule, judging, cycle, start)
        entries.append(replace(entry, at=at, why=f"{entry.why}; dated by {rule.entered_at}") if dated else entry)
        if not rule.leave:
            return entries
        if end > judging.now:
            judging.wake(end)
            break
        entries[-1] = replace(entries[-1], left_at=end)
    judging.wake(next_change(line, judging.now))
    return entries


def _entry(rule: StageRule | ReturnRule, judging: _Judging, cycle: _Cycle, at: Instant) -> Entry:
    """The entry that a rule's clause makes at an instant, with its proof in one line."""
    proof = prove(rule.when, cycle.context if isinstance(rule, StageRule) else cycle.cautious, at, Truth.TRUE)
    why, evidence = summary(proof), _evidence(proof)
    return Entry(rule.stage, cycle.number, at, "definition", why, evidence, judging.definitions.hash)


def _evidence(proof: Proof) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for leaf in proof.leaves(Truth.TRUE) for found in leaf.evidence))


def _open_spans(
    line: Line, bars: Sequence[Line], since: Instant, *, leave: bool = False
) -> Iterator[tuple[Instant, Instant]]:
    """Where a line is TRUE and no bar is, from an instant on: spans (from, to), in order.

    With `leave` a span ends only where the line is FALSE: what can't be told any more is not false.
    """
    at = first_of(TRUE, line, since)
    while at < NEVER:
        barring = [bar for bar in bars if truth_at(bar, at) is Truth.TRUE]
        if barring:
            end = max(next_change(bar, at) for bar in barring)
        else:
            lapse = first_of(FALSE, line, at) if leave else next_change(line, at)
            end = min([lapse, *(first_of(TRUE, bar, at) for bar in bars)])
            yield at, end
        at = first_of(TRUE, line, end)


def _dated(rule: StageRule, judging: _Judging, cycle: _Cycle, at: Instant) -> tuple[Instant, bool]:
    """The date of an entry: the one in the property that the rule names, if it is of this cycle, else the clause's."""
    known = judging.facts.properties.get(rule.entered_at) if rule.entered_at else None
    value = value_at(known, judging.now) if known else None
    if isinstance(value, Decimal):
        dated = Instant(int(value))
    elif isinstance(value, date):
        dated = midnight_of(value)
    else:
        return at, False
    return (dated, True) if dated > cycle.began else (at, False)


def _return(judging: _Judging, cycle: _Cycle, entries: Sequence[Entry]) -> tuple[ReturnRule | None, Entry] | None:
    """The first return in a cycle: what the ledger holds, else the first rise of a return's clause."""
    held = [entry for entry in judging.facts.held if entry.cycle == cycle.number]
    for entry in held:
        if entry.stage in SIDE_STAGES:
            rule = next((rule for rule in judging.definitions.returns if rule.stage == entry.stage), None)
            said = _reason(rule, judging, entry.at) if rule and entry.reason is None else entry.reason
            return rule, replace(entry, reason=said)
    won = min((entry.at for entry in entries if entry.stage == Stage.CUSTOMER), default=NEVER)
    first: tuple[Instant, ReturnRule] | None = None
    for rule in judging.definitions.returns:
        at = _returned_at(rule, cycle, held)
        judging.wake(at)
        if at <= judging.now and at < won and (first is None or at < first[0]):
            first = at, rule
    if first is None:
        return None
    at, rule = first
    return rule, replace(_entry(rule, judging, cycle, at), reason=_reason(rule, judging, at))


def _returned_at(rule: ReturnRule, cycle: _Cycle, held: Sequence[Entry]) -> Instant:
    """When a return's clause first became true in a cycle; what the ledger holds of the cycle is not undone by it.

    A value without history is dated by its record's last change. In a later cycle that change may be our own write
    of the return before, so there only a value that is known to have changed is news.
    """
    line = (cycle.cautious if cycle.number == 1 else cycle.context).line(rule.when)
    if len(line) == 1 and line[0][1] != TRUE:
        return NEVER
    born = cycle.context.facts.born
    standing = max((entry.at for entry in held), default=born)
    rises = true_from(line, cycle.began if cycle.number > 1 else BEGINNING - 1)
    return next((Instant(max(start, standing, born)) for start, end in rises if end > max(standing, born)), NEVER)


def _reason(rule: ReturnRule, judging: _Judging, at: Instant) -> str | None:
    """What the field that a return names said then, or where it was still empty, what it says since."""
    known = judging.facts.properties.get(rule.reason) if rule.reason else None
    if known is None:
        return None
    since = [value for start, value in known.timeline if at < start <= judging.now]
    said = (value for value in (value_at(known, at), *since) if not isinstance(value, Unknown))
    return next((str(value) for value in said), None)


def _ready_again(rule: ReturnRule | None, entry: Entry) -> Instant:
    """From when on a new cycle may begin. Silent rules: at once after a recycling, never after a disqualification."""
    if rule is None or rule.requalify_after is None:
        return NEVER if entry.stage == Stage.DISQUALIFIED else entry.at
    return Instant(min(entry.at + rule.requalify_after, NEVER))


def _verdict(judging: _Judging, cycle: _Cycle, entries: list[Entry]) -> Verdict:
    current = _current(judging, entries)
    barred = None
    for rule, line in zip(judging.definitions.never, cycle.bars, strict=True):
        if len(line) > 1:
            judging.wake(next_change(line, judging.now))
        if barred is None and truth_at(line, judging.now) is Truth.TRUE:
            barred = rule.reason
    judging.wake(cycle.ready)
    return Verdict(
        person=judging.facts.person,
        stage=current.stage,
        cycle=current.cycle,
        since=current.at,
        entries=tuple(entries),
        barred=barred,
        unknowns=tuple(_unknowns(judging, cycle, current)),
        due_at=judging.due,
    )


def _current(judging: _Judging, entries: Sequence[Entry]) -> Entry:
    """The entry that says where the person is: the furthest that was not left, of the last cycle that has one."""
    if len(entries) == 1:
        return entries[0]
    standing = [entry for entry in entries if entry.left_at is None] or entries[:1]
    last = max(entry.cycle for entry in standing)
    return max(
        (entry for entry in standing if entry.cycle == last),
        key=lambda entry: (entry.stage in SIDE_STAGES, judging.rank(entry.stage)),
    )


def _unknowns(judging: _Judging, cycle: _Cycle, current: Entry) -> Iterator[str]:
    """Why stages further on could not be judged, as "mql: company_size is missing"."""
    if cycle.ready > judging.now:
        return
    ahead = judging.rank(current.stage)
    for rule in judging.definitions.stages:
        if rule.after is not None and rule.after not in cycle.context.entered:
            continue
        if judging.rank(rule.stage) <= ahead:
            continue
        if truth_at(cycle.context.line(rule.when), judging.now) is Truth.UNKNOWN:
            for reason in unknown_reasons(rule.when, cycle.context, judging.now):
                yield f"{rule.stage}: {reason}"
