"""How a cycle ends: by what sales says, or by its silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncd.definitions.explain import value_at
from syncd.definitions.intervals import TRUE, true_from, truth_at
from syncd.definitions.judging import Cycle, Judging, Turn, entry_of
from syncd.definitions.language import UNMAPPED, ReturnRule, StageRule, Unanswered, fold
from syncd.model.instant import BEGINNING, NEVER, Instant
from syncd.model.person import Entry, Unknown
from syncd.model.said import span
from syncd.model.stage import SIDE_STAGES, Stage
from syncd.model.truth import Truth

SILENCE = "silence"
"""The source of an entry that came about because sales did not answer: no clause makes it, and none ends it."""

NO_ANSWER = "unanswered"
"""The reason of a recycling that nobody of sales said."""


def return_of(judging: Judging, cycle: Cycle, entries: Sequence[Entry]) -> Turn | None:
    """The first return in a cycle: what the ledger holds, else the first rise of a return's clause."""
    held = [entry for entry in judging.facts.held if entry.cycle == cycle.number]
    for entry in held:
        if entry.stage in SIDE_STAGES:
            rule = next((rule for rule in judging.definitions.returns if rule.stage == entry.stage), None)
            open_ = entry.reason is None or entry.reason.startswith(UNMAPPED)
            said = _reason(rule, judging, entry.at) or entry.reason if rule and open_ else entry.reason
            return rule, replace(entry, reason=said)
    first: tuple[Instant, ReturnRule] | None = None
    for rule in judging.definitions.returns:
        at = _returned_at(rule, cycle, held, judging.since)
        judging.wake(at)
        if at <= judging.now and (first is None or at < first[0]):
            first = at, rule
    if first is None:
        return None
    at, rule = first
    if any(entry.stage == Stage.CUSTOMER and entry.at <= at for entry in entries):
        return None  # who has bought is not sent back
    return rule, replace(entry_of(rule, judging, cycle, at), reason=_reason(rule, judging, at))


def _returned_at(rule: ReturnRule, cycle: Cycle, held: Sequence[Entry], since: Instant) -> Instant:
    """When a return's clause first became true in a cycle; what the ledger holds of the cycle is not undone by it.

    A value without history is dated by its record's last change. In a later cycle that change may be our own write
    of the return before, so there only a value that is known to have changed is news.
    """
    line = (cycle.cautious if cycle.number == 1 else cycle.context).line(rule.when)
    if len(line) == 1 and line[0][1] != TRUE:
        return NEVER
    born = max(cycle.context.facts.born, since)
    standing = max((entry.at for entry in held), default=born)
    rises = true_from(line, cycle.began if cycle.number > 1 else BEGINNING - 1)
    return next((Instant(max(start, standing, born)) for start, end in rises if end > max(standing, born)), NEVER)


def _reason(rule: ReturnRule | None, judging: Judging, at: Instant) -> str | None:
    """What the field that a return names said then, or where it was still empty, what it says since: as its code."""
    known = judging.facts.properties.get(rule.reason) if rule and rule.reason else None
    if known is None:
        return None
    since = [value for start, value in known.timeline if at < start <= judging.now]
    said = (value for value in (value_at(known, at), *since) if not isinstance(value, Unknown))
    words = next((str(value) for value in said), None)
    if words is None or rule is None or not rule.reasons:
        return words
    return rule.reasons.get(fold(words), f"{UNMAPPED}{words}")


def ready_again(rule: ReturnRule | None, entry: Entry) -> Instant:
    """From when on a new cycle may begin. Silent rules: at once after a recycling, never after a disqualification."""
    if rule is None or rule.requalify_after is None:
        return NEVER if entry.stage == Stage.DISQUALIFIED else entry.at
    return Instant(min(entry.at + rule.requalify_after, NEVER))


def silence(judging: Judging, cycle: Cycle, entries: Sequence[Entry], turn: Turn | None) -> Entry | None:
    """What comes of the first stage in a cycle that sales left unanswered, None where it answered or still has time.

    An answer is any stage further on, or a return. The clock of who was there before this version began starts with it.
    """
    ended = NEVER if turn is None else turn[1].at
    for rule in judging.ready.waiting:
        asked = cycle.context.entered.get(rule.stage)
        if asked is None or rule.unanswered is None:
            continue
        at = Instant(max(asked, judging.definitions.effective_from) + rule.unanswered.after)
        further = [entry.at for entry in entries if judging.rank(entry.stage) > judging.rank(rule.stage)]
        if min([ended, *further]) <= at or _is_left(rule, entries, at):
            continue
        if at > judging.now:
            judging.wake(at)
        elif _nobody_acted(rule.unanswered, cycle, at):
            return _consequence(judging, cycle, rule, rule.unanswered, at)
    return None


def _is_left(rule: StageRule, entries: Sequence[Entry], at: Instant) -> bool:
    """Whether a stage that is left by its own rule was left by then."""
    return all(entry.left_at is not None and entry.left_at <= at for entry in entries if entry.stage == rule.stage)


def _nobody_acted(said: Unanswered, cycle: Cycle, at: Instant) -> bool:
    return said.unless is None or truth_at(cycle.context.line(said.unless), at) is Truth.FALSE


def _consequence(judging: Judging, cycle: Cycle, rule: StageRule, said: Unanswered, at: Instant) -> Entry:
    words = f"sales did not answer within {span(said.after)} of {rule.stage}"
    if said.then == "recycle":
        return Entry(Stage.RECYCLED, cycle.number, at, SILENCE, words, (), judging.definitions.hash, None, NO_ANSWER)
    stages = [each.stage for each in judging.definitions.stages]
    following = stages[stages.index(rule.stage) + 1]
    return Entry(following, cycle.number, at, SILENCE, f"{words}: accepted", (), judging.definitions.hash)
