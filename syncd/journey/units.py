"""What is counted: one person in one cycle, and what became of them at each stage (facts: market 4). Pure.

Stages that definitions judge form the chain; base stages (subscriber, lead) are records coming into being, not steps
that somebody must take in order, and are counted beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

from syncd.definitions.returns import SILENCE
from syncd.model.instant import DAY, NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.model.stage import SIDE_STAGES, Stage

Basis: TypeAlias = "Literal['cohort', 'period']"

STALLED_AFTER = 90 * DAY
"""Who waits for the next stage longer than that is counted as stalled, unless the question says otherwise."""

CONVERTED, SKIPPED, LAPSED, STALLED, OPEN = "converted", "skipped", "lapsed", "stalled", "open"
OUTCOMES = (CONVERTED, SKIPPED, *map(str, SIDE_STAGES), LAPSED, STALLED, OPEN)
"""What can have become of somebody at a stage; each unit has exactly one of them."""

NO_REASON = "(no reason)"
"""The reason of a return for which sales gave none: that is a reason too."""


class Entered(Protocol):
    """An entry into a stage, as far as counting looks at it."""

    @property
    def stage(self) -> Stage: ...  # noqa: D102 - as in syncd.model.person.Entry
    @property
    def cycle(self) -> int: ...  # noqa: D102
    @property
    def at(self) -> Instant: ...  # noqa: D102
    @property
    def left_at(self) -> Instant | None: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str | None: ...  # noqa: D102
    @property
    def definition(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    `chain` are the stages in order, and `strict` says whether they must be passed in that order. The period goes from
    `since` on to before `until` (None: whenever): with the basis `cohort` those are counted that entered the first
    stage in it, with `period` the entries themselves that fall in it. `horizon` is up to when anything is known,
    `within` the milliseconds in which the next stage shall be reached, `stalled` the longest that waiting is normal.
    `takes_over` is the first stage that sales judges.
    """

    chain: Sequence[Stage]
    strict: bool = False
    since: Instant | None = None
    until: Instant | None = None
    basis: Basis = "cohort"
    horizon: Instant = NEVER
    within: int | None = None
    stalled: int = STALLED_AFTER
    takes_over: Stage | None = None

    def covers(self, at: Instant | None) -> bool:
        """Whether an instant is in the period; None is in none."""
        if at is None:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


class Unit(NamedTuple):
    """One person in one cycle: when each stage was entered first, and all entries of that cycle by time.

    `again_at` is when the first stage of the chain was entered in the cycle that follows. A plain tuple: there are
    very many.
    """

    person: PersonId
    cycle: int
    first: Mapping[Stage, Instant]
    entries: Sequence[Entered]
    again_at: Instant | None = None


class Way(NamedTuple):
    """What one unit did at one stage of the chain that it had.

    `inside`: it entered the stage in the period. `became` is one of OUTCOMES, `reason` that of a return. `soon` says
    that this came within the time asked about; None where the entry is too young to tell, or nobody asked. `silent`:
    the next stage was given for sales' silence.
    """

    inside: bool
    became: str
    reason: str | None = None
    soon: bool | None = None
    silent: bool = False


class Shape(NamedTuple):
    """All that counting needs of a unit; many units have the same. `ways` are by stage of the chain, None where the
    stage does not count. `beside` are the other stages that it had. `again` says whether somebody who was recycled
    qualified again; None where it is too early to tell, or nobody was. `returned`: its return falls in the period.
    """

    cohort: bool
    ways: tuple[Way | None, ...]
    beside: tuple[Stage, ...]
    again: bool | None = None
    returned: bool = False

    @property
    def inside(self) -> bool:
        """Whether anything of it falls in the period: an entry into a stage of the chain, or its return."""
        return self.returned or any(way is not None and way.inside for way in self.ways)


def units_of(person: PersonId, entries: Sequence[Entered], first_stage: Stage | None = None) -> Iterator[Unit]:
    """The cycles of one person, whose entries are by time."""
    if entries and all(entry.cycle == entries[0].cycle for entry in entries):
        yield Unit(person, entries[0].cycle, {entry.stage: entry.at for entry in reversed(entries)}, entries)
        return
    cycles: dict[int, list[Entered]] = {}
    for entry in entries:
        cycles.setdefault(entry.cycle, []).append(entry)
    again: Instant | None = None
    found: list[Unit] = []
    for cycle in sorted(cycles, reverse=True):
        first: dict[Stage, Instant] = {}
        for entry in cycles[cycle]:
            if entry.stage not in first:
                first[entry.stage] = entry.at
        found.append(Unit(person, cycle, first, cycles[cycle], again))
        again = first.get(first_stage) if first_stage is not None else None
    yield from reversed(found)


def reached(unit: Unit, question: Question) -> list[bool]:
    """Which stages of the chain count for a unit: those it had; with strict order, those up to the first gap.

    Strict: each stage was entered at or after the one before (facts: market 4).
    """
    if not question.strict:
        return [stage in unit.first for stage in question.chain]
    found: list[bool] = []
    before: Instant | None = None
    for stage in question.chain:
        at = unit.first.get(stage)
        if at is None or (before is not None and at < before):
            break
        found.append(True)
        before = at
    return found + [False] * (len(question.chain) - len(found))


def shape_of(unit: Unit, question: Question) -> Shape:
    """What a unit did, as far as numbers look at it."""
    chain = question.chain
    had = reached(unit, question)
    whole = question.since is None and question.until is None
    cohort = whole or (bool(chain) and question.covers(unit.first.get(chain[0])))
    beside = tuple(stage for stage in unit.first if stage not in chain)
    back = return_of(unit) if beside else None
    ways = tuple(_way(unit, question, had, index, back) if had[index] else None for index in range(len(chain)))
    returned = back is not None and question.covers(back.at)
    return Shape(cohort, ways, beside, _again(unit, question, back), returned)


def _way(unit: Unit, question: Question, had: Sequence[bool], index: int, back: Entered | None) -> Way:
    stage = question.chain[index]
    at = unit.first[stage]
    became, end, reason, silent = _outcome(unit, question, had, index, back)
    soon = None
    if question.within is not None and at + question.within <= question.horizon:
        soon = end is not None and end - at < question.within
    return Way(question.covers(at), became, reason, soon, silent)


def ended_at(unit: Unit, question: Question, index: int) -> Instant | None:
    """When something became of a unit at a stage of the chain that it had; None where it still waits."""
    back = return_of(unit)
    return _outcome(unit, question, reached(unit, question), index, back)[1]


def _outcome(
    unit: Unit, question: Question, had: Sequence[bool], index: int, back: Entered | None
) -> tuple[str, Instant | None, str | None, bool]:
    """What became of a unit at a stage, when (None: nothing yet), the reason of a return, and silence."""
    chain = question.chain
    stage = chain[index]
    if index + 1 < len(chain) and had[index + 1]:
        end = unit.first[chain[index + 1]]
        silent = any(one.source == SILENCE and one.at == end and one.stage == chain[index + 1] for one in unit.entries)
        return CONVERTED, end, None, silent
    later = [unit.first[each] for each in chain[index + 1 :] if each in unit.first]
    if later:
        return SKIPPED, min(later), None, False
    if back is not None:
        return str(back.stage), back.at, back.reason or NO_REASON, False
    left = [one.left_at for one in unit.entries if one.stage == stage]
    if left and None not in left:
        return LAPSED, max(at for at in left if at is not None), None, False
    stalled = question.horizon - unit.first[stage] > question.stalled and index + 1 < len(chain)
    return STALLED if stalled else OPEN, None, None, False


def return_of(unit: Unit) -> Entered | None:
    """The return that ended a cycle: the last one, should there be several."""
    return next((one for one in reversed(unit.entries) if one.stage in SIDE_STAGES), None)


def _again(unit: Unit, question: Question, back: Entered | None) -> bool | None:
    """Whether somebody recycled qualified again, within the time asked about where one is."""
    if back is None or back.stage != Stage.RECYCLED:
        return None
    if question.within is None:
        return unit.again_at is not None
    if back.at + question.within > question.horizon:
        return None
    return unit.again_at is not None and unit.again_at - back.at < question.within
