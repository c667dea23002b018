"""From one person's facts to a verdict: which stages were entered when, in which cycle, and what comes next.

One pure function of one person (design 3): no clock, no I/O. Everything is worked out from the lines of
`clauses`, so that entry times are true times, whenever they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from syncd.definitions.clauses import ready
from syncd.definitions.explain import value_at
from syncd.definitions.intervals import FALSE, TRUE, Line, first_of, next_change, truth_at
from syncd.definitions.judging import Cycle, Judging, Turn, entry_of, new_cycle
from syncd.definitions.language import UNMAPPED, Definitions, StageRule
from syncd.definitions.order import order_of, rank
from syncd.definitions.returns import SILENCE, ready_again, return_of, silence
from syncd.definitions.unknowns import unknown_reasons
from syncd.model.instant import BEGINNING, NEVER, Instant, midnight_of
from syncd.model.person import Entry, Facts, Verdict
from syncd.model.stage import SIDE_STAGES, Stage
from syncd.model.truth import Truth

__all__ = ["evaluate", "order_of", "rank"]


def evaluate(
    facts: Facts,
    definitions: Definitions,
    now: Instant,
    since: Instant = BEGINNING,
    *,
    proofs: bool = True,
    unknowns: bool = True,
) -> Verdict:
    """The verdict about one person as of `now`, by definitions that are in force from `since` on.

    Entries that the ledger holds stand: a fresh look can date them earlier (a touch that came late), never take
    them back. Everything else follows from facts and definitions alone. Without `proofs` entries that are news do not
    say why they are; without `unknowns` the verdict does not say what could not be judged.
    """
    judging = Judging(facts, ready(definitions), now, since, proofs=proofs)
    entries = [_base(facts)]
    number, began, again, carried = 1, BEGINNING, BEGINNING, {Stage.SUBSCRIBER: entries[0].at}
    while True:
        cycle, found, turn = _gone_through(judging, number, began, again, carried)
        if turn is None:
            entries += found
            break
        rule, entry = turn
        entries += [_until(entry.at, earlier) for earlier in found if earlier.at <= entry.at]
        entries.append(entry)
        judged = judging.ready.stages
        carried = {stage: entry.at for stage in cycle.context.entered if stage not in judged}
        number, began, again = number + 1, entry.at, ready_again(rule, entry)
    if len(entries) > 1:
        ranks = judging.ready.ranks
        entries.sort(key=lambda entry: (entry.cycle, entry.at, entry.stage in SIDE_STAGES, ranks.get(entry.stage, -1)))
        entries = list(_without_afterthoughts(judging, entries))
    return _verdict(judging, cycle, entries, unknowns=unknowns)


def _gone_through(
    judging: Judging, number: int, began: Instant, again: Instant, carried: Mapping[Stage, Instant]
) -> tuple[Cycle, list[Entry], Turn | None]:
    """One cycle with its entries and the return that ends it, if one does. What sales' silence leads to is in it."""
    accepted: dict[Stage, Entry] = {}
    while True:
        floor = judging.facts.floor
        judging.due = min([at for at, _, _ in floor if at > judging.now], default=NEVER) if floor else NEVER
        cycle = new_cycle(judging, number, began, again, dict(carried))
        found = list(_entries(judging, cycle, accepted))
        turn = return_of(judging, cycle, found)
        silent = silence(judging, cycle, found, turn) if judging.ready.waiting else None
        if silent is None:
            return cycle, found, turn
        if silent.stage in SIDE_STAGES:
            rule = next((rule for rule in judging.definitions.returns if rule.stage == silent.stage), None)
            return cycle, found, (rule, silent)
        accepted[silent.stage] = silent


def _until(end: Instant, entry: Entry) -> Entry:
    """An entry of a cycle that ended: what lapses later is left no more, the return has seen to it."""
    return replace(entry, left_at=None) if entry.left_at is not None and entry.left_at > end else entry


def _without_afterthoughts(judging: Judging, entries: Sequence[Entry]) -> Iterator[Entry]:
    """The entries without those that merely come of a record which was made for somebody who was further already."""
    furthest: dict[int, int] = {}
    for entry in entries:
        rank = judging.rank(entry.stage)
        if entry.source != "record" or rank >= furthest.get(entry.cycle, -1) or entry in judging.facts.held:
            yield entry
        furthest[entry.cycle] = max(rank, furthest.get(entry.cycle, -1))


def _base(facts: Facts) -> Entry:
    entry = Entry(Stage.SUBSCRIBER, 1, facts.born, "record", "known since then")
    stood = (held for held in facts.held if (held.stage, held.cycle) == (entry.stage, 1)) if facts.held else ()
    return next(iter(stood), entry)


def _entries(judging: Judging, cycle: Cycle, accepted: Mapping[Stage, Entry]) -> Iterator[Entry]:
    """The entries of a cycle as if no return had ended it, in the order of the stages.

    At most one per stage, but for stages that are left by their own rule: these can be entered again.
    """
    facts, rules = judging.facts, judging.ready.stages
    floor = _floor(judging, cycle) if facts.floor else {}
    for stage, entry in accepted.items():
        floor[stage] = min(entry, floor.get(stage, entry), key=lambda one: one.at)
    held: dict[Stage, list[Entry]] = {}
    for entry in facts.held:
        if entry.cycle == cycle.number and entry.stage not in SIDE_STAGES:
            held.setdefault(entry.stage, []).append(entry)
            if entry.source == SILENCE:
                floor[entry.stage] = min(entry, floor.get(entry.stage, entry), key=lambda one: one.at)
    gone = sorted(held.keys() - judging.ready.ranks.keys()) if held else ()
    for stage in (*judging.ready.order, *gone):
        rule, stood = rules.get(stage), held.get(stage, [])
        if (rule is None and not stood and stage not in floor) or (stage == Stage.SUBSCRIBER and cycle.number == 1):
            continue
        found = _by_rule(judging, cycle, rule, stood) if rule else []
        if stage in floor:
            found = [*(entry for entry in found if entry.at < floor[stage].at), floor[stage]]
        if not found and not stood:
            continue
        chosen = _left_by_rule(judging, cycle, rule, found, stood) if rule and rule.leave else _standing(stood, found)
        if chosen:
            cycle.context.entered[stage] = min(entry.at for entry in chosen)
            yield from chosen


def _standing(held: Sequence[Entry], fresh: Sequence[Entry]) -> list[Entry]:
    """The one entry that stands: a held one, unless a touch that came late dates it earlier."""
    return [min((*held, *fresh), key=lambda entry: entry.at)] if held or fresh else []


def _left_by_rule(
    judging: Judging, cycle: Cycle, rule: StageRule, fresh: Sequence[Entry], held: Sequence[Entry]
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


def _floor(judging: Judging, cycle: Cycle) -> dict[Stage, Entry]:
    """The first time in a cycle that a CRM's own record says a stage. Only a judged stage begins a new cycle."""
    found: dict[Stage, Entry] = {}
    for at, stage, source in judging.facts.floor:
        if not cycle.began < at <= judging.now or stage in found:
            continue
        if cycle.number == 1 or stage in judging.ready.stages:
            why = f"HubSpot's lifecycle stage says {stage}" if source == "hubspot" else "has a record in Salesforce"
            found[stage] = Entry(stage, cycle.number, at, source, why)
    return found


def _by_rule(judging: Judging, cycle: Cycle, rule: StageRule, held: Sequence[Entry]) -> list[Entry]:
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
    for start, end in _chances(judging, cycle, rule, line, since):
        at, dated = _dated(rule, judging, cycle, start)
        if max(start, at) > judging.now:
            judging.wake(max(start, at))
            break
        if not rule.leave and any(entry.at <= at for entry in held):
            return []
        entry = entry_of(rule, judging, cycle, start)
        entries.append(replace(entry, at=at, why=f"{entry.why}; dated by {rule.entered_at}") if dated else entry)
        if not rule.leave:
            return entries
        if end > judging.now:
            judging.wake(end)
            break
        entries[-1] = replace(entries[-1], left_at=end)
    judging.wake(next_change(line, judging.now))
    return entries


def _chances(
    judging: Judging, cycle: Cycle, rule: StageRule, line: Line, since: Instant
) -> Iterator[tuple[Instant, Instant]]:
    """When a stage can be entered from an instant on, as far as these definitions were in force: spans (from, to).

    What already held when somebody returned is no reason to come back: it must become true anew.
    """
    bars = [bar for _, bar in cycle.bars] if cycle.bars and rule.stage in judging.ready.barred else ()
    for start, end in _open_spans(line, bars, since, leave=rule.leave):
        if (cycle.number == 1 or start > cycle.began) and end > judging.since:
            yield Instant(max(start, judging.since)), end


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


def _dated(rule: StageRule, judging: Judging, cycle: Cycle, at: Instant) -> tuple[Instant, bool]:
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


def _verdict(judging: Judging, cycle: Cycle, entries: list[Entry], *, unknowns: bool) -> Verdict:
    current = _current(judging, entries)
    barred = None
    for reason, line in cycle.bars:
        judging.wake(next_change(line, judging.now))
        if barred is None and truth_at(line, judging.now) is Truth.TRUE:
            barred = reason
    judging.wake(cycle.ready)
    return Verdict(
        person=judging.facts.person,
        stage=current.stage,
        cycle=current.cycle,
        since=current.at,
        entries=tuple(entries),
        barred=barred,
        unknowns=tuple(_unknowns(judging, cycle, current)) if unknowns else (),
        due_at=judging.due,
    )


def _current(judging: Judging, entries: Sequence[Entry]) -> Entry:
    """The entry that says where the person is: the furthest that was not left, of the last cycle that has one."""
    if len(entries) == 1:
        return entries[0]
    standing = [entry for entry in entries if entry.left_at is None] or entries[:1]
    last = standing[-1].cycle  # entries are in order of cycle
    return max(
        (entry for entry in standing if entry.cycle == last),
        key=lambda entry: (entry.stage in SIDE_STAGES, judging.rank(entry.stage)),
    )


def _unknowns(judging: Judging, cycle: Cycle, current: Entry) -> Iterator[str]:
    """Why stages further on could not be judged, as "mql: company_size is missing", and reasons without a code."""
    if current.reason is not None and current.reason.startswith(UNMAPPED):
        yield f"{current.stage}: the reason {current.reason.removeprefix(UNMAPPED)} has no code"
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
