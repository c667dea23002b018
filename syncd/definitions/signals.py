"""Signals over time: which touches are one, and when enough of them were counted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TypeAlias

from syncd.definitions.context import NOTHING, POSSIBLE, SURE, Context, Judge, Matched
from syncd.definitions.intervals import ALWAYS, FALSE, TRUE, UNKNOWN, Interval, Line, any_of, from_intervals, negation
from syncd.definitions.intervals import all_of as both
from syncd.definitions.language import Signal, SignalClause, fold
from syncd.definitions.properties import truths_of_texts
from syncd.model.instant import BEGINNING, NEVER, Instant
from syncd.model.person import Touch
from syncd.model.touches import Strand, Touches, in_strands

SHORT_ID = 15
"""Characters of a Salesforce id that tell it; the other three only repeat the case of its letters."""

Truths: TypeAlias = "int | list[int]"
"""Whether the touches of a strand are a signal: one truth where it is the same for all, else one each."""


def signal_reader(rule: Signal) -> Callable[[Context, bool], Matched]:
    """Which touches of a person's cycle, or with True of the whole company's, are a signal, and which may be."""
    return _steps_reader(rule) if rule.sequence else _touches_reader(rule)


def _touches_reader(rule: Signal) -> Callable[[Context, bool], Matched]:
    truths_of = _truths_of(rule)

    def read(context: Context, company: bool) -> Matched:  # noqa: FBT001 - it is always given
        kinds, began = context.kinds(company=company), context.began
        sure: list[Strand] = []
        possible: list[Strand] = []
        for kind in rule.of:
            for strand in kinds.get(kind, ()):
                later = strand if strand.ats[0] > began else strand.after(began)
                if later.ats:
                    _take(later, truths_of(later), sure, possible)
        return (Touches(sure), Touches(possible)) if possible else NOTHING

    return read


def _take(strand: Strand, truths: Truths, sure: list[Strand], possible: list[Strand]) -> None:
    """Add of a strand what is the signal for certain, and what may be."""
    if isinstance(truths, int):
        if truths != FALSE:
            possible.append(strand)
            if truths == TRUE:
                sure.append(strand)
    elif min(truths) == TRUE:  # the one touch of most forms, say
        sure.append(strand)
        possible.append(strand)
    elif any(truths):
        certain = [index for index, truth in enumerate(truths) if truth == TRUE]
        chosen = strand.only(certain)
        if certain:
            sure.append(chosen)
        if UNKNOWN in truths:
            chosen = strand.only([index for index, truth in enumerate(truths) if truth != FALSE])
        possible.append(chosen)


def _steps_reader(rule: Signal) -> Callable[[Context, bool], Matched]:
    def read(context: Context, company: bool) -> Matched:  # noqa: FBT001 - it is always given
        steps = [context.matches(signal, company=company) for signal in rule.sequence]
        sure, possible = (_last_steps([step[which] for step in steps], rule.within) for which in (SURE, POSSIBLE))
        return in_strands(sure), in_strands(possible)

    return read


def _last_steps(steps: Sequence[Sequence[Touch]], within: int | None) -> list[Touch]:
    """The touches of the last step before which all others came, each later than the one before.

    Kept in mind is the latest instant at which a row up to a touch can have begun: if that is too long ago, all are.
    """
    began: list[tuple[int, int]] = [(touch.at, touch.at) for touch in steps[0]]
    for number, step in enumerate(steps[1:], 2):
        following: list[tuple[int, int]] = []
        latest, index = None, 0
        found = []
        for touch in step:
            while index < len(began) and began[index][0] < touch.at:
                start = began[index][1]
                latest = start if latest is None else max(latest, start)
                index += 1
            if latest is not None and (within is None or touch.at < latest + within):
                following.append((touch.at, latest))
                found.append(touch)
        if number == len(steps):
            return found
        began = following
    return []


def _truths_of(rule: Signal) -> Callable[[Strand], Truths]:
    """Whether the touches of a strand of a signal's kinds are one. A field that a touch lacks is unknown."""
    by = rule.by if not rule.team else None
    member = _member_of(rule.team) if rule.team else None
    where = [(clause.name, truths_of_texts(clause.tests)) for clause in rule.where]

    def truths(strand: Strand) -> Truths:
        least = TRUE
        if by is not None and strand.by != by:
            if strand.by is not None:
                return FALSE
            least = UNKNOWN
        columns = [] if member is None else [member(strand)]
        for name, passing in where:
            column = strand.column(name)
            if column is None:
                least = UNKNOWN
            else:
                columns.append(passing(column))
        if not columns:
            return least
        if least == TRUE and len(columns) == 1:
            return columns[0]
        return [min(least, *each) for each in zip(*columns, strict=True)]

    return truths


def _member_of(team: Sequence[str]) -> Callable[[Strand], list[int]]:
    """Whether touches are by somebody of a team; UNKNOWN where what the team is told by is not known of one."""
    mails = {fold(member) for member in team if "@" in member}
    ids = {member[:SHORT_ID] for member in team if "@" not in member}

    def member(mail: str | None, owner: str | None) -> int:
        if (mail and fold(mail) in mails) or (owner and owner[:SHORT_ID] in ids):
            return TRUE
        return UNKNOWN if (mails and not mail) or (ids and not owner) else FALSE

    def members(strand: Strand) -> list[int]:
        nothing = [None] * len(strand.ats)
        return list(map(member, strand.column("owner_email") or nothing, strand.column("owner") or nothing))

    return members


def signal_judge(clause: SignalClause) -> Judge:
    """When a signal was counted as often as a clause asks, for whoever it is asked."""
    stage, count = clause.since, clause.at_least or 0
    simple = stage is None and clause.at_most is None and count > 0

    def judge(context: Context) -> Line:
        since = context.began
        if simple:
            return _counted(clause, context, since, count)
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
    company = clause.anyone_at_company
    sure, possible = context.matches(clause.signal, company=company)
    blind = blind_line(clause.signal, context, since, clause.within, company=company)
    if len(possible) < count:
        return blind
    line = from_intervals(_enough(sure, since, count, clause.within), TRUE, FALSE)
    if len(possible) > len(sure):
        maybe = from_intervals(_enough(possible, since, count, clause.within), UNKNOWN, FALSE)
        line = any_of([line, maybe])
    return line if blind is ALWAYS[FALSE] else any_of([line, blind])


def blind_line(signal: str, context: Context, since: Instant, within: int | None, *, company: bool = False) -> Line:
    """UNKNOWN where touches that would count could not be read, else FALSE."""
    facts = context.facts
    readable = BEGINNING
    for kind in context.ready.kinds[signal]:
        covered = facts.coverage.get(kind)
        if covered is None:
            return ALWAYS[UNKNOWN]
        readable = max(readable, covered.since)
    if company:
        if facts.colleagues is None:
            return ALWAYS[UNKNOWN]
        readable = max(readable, facts.colleagues_since)
    elif readable <= facts.born:
        return ALWAYS[FALSE]
    first = max(context.began, BEGINNING if company else facts.born)
    if readable <= first:
        return ALWAYS[FALSE]
    rule = context.ready.definitions.signals[signal]
    if readable == NEVER or (rule.sequence and rule.within is None):
        return ALWAYS[UNKNOWN]
    hidden = readable + (rule.within or 1) - 1
    if hidden <= max(since, first):
        return ALWAYS[FALSE]
    return ALWAYS[UNKNOWN] if within is None else from_intervals([(BEGINNING, hidden + within - 1)], UNKNOWN, FALSE)


def _enough(touches: Touches, since: Instant, count: int, within: int | None) -> list[Interval]:
    """When at least `count` of the touches count: a touch at u counts for u <= t < u + within (design 3)."""
    ats = touches.instants()
    if ats and ats[0] < since:
        ats = ats[bisect_left(ats, since) :]
    if len(ats) < count:
        return []
    if within is None:
        return [(ats[count - 1], NEVER)]
    pairs = zip(ats, ats[count - 1 :], strict=False)
    return [(last, first + within) for first, last in pairs if last < first + within]
