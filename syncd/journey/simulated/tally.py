"""Counting what two versions decide: numbers of a size that does not grow with the number of people. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from syncd.files.tasks_file import Task
from syncd.journey.simulated.compare import Became, Difference, Fate, Kind, Period, Replay, compare, entered, wins
from syncd.model.instant import MINUTE, Instant, datetime_of
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, Verdict
from syncd.model.stage import Stage

Side: TypeAlias = Literal["old", "new"]
SIDES: tuple[Side, ...] = ("old", "new")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the period, all stages that are counted in their order, what `good` judges, the tasks that entries
    make, and the time zone in which days begin.
    """

    period: Period
    order: Sequence[Stage]
    tasks: Sequence[Task] = ()
    time_zone: str = "UTC"
    judged: Stage = Stage.MQL
    by: str | None = None


@dataclass(slots=True)
class Fates:
    """How many there were, what became of how many of them, and how much of that came when sales had them already."""

    n: int = 0
    became: Counter[Fate] = field(default_factory=Counter)
    worked: Counter[Fate] = field(default_factory=Counter)

    def add(self, one: Became) -> None:
        """Count one entry by what became of the person after it."""
        self.n += 1
        self.became.update(one.at.keys())
        self.worked.update(one.worked)

    def join(self, other: Fates) -> None:
        """Add what was counted of others."""
        self.n += other.n
        self.became.update(other.became)
        self.worked.update(other.worked)


@dataclass(slots=True)
class Counts:
    """One stage: how many entered it by each version, how the two differ, and what became of them.

    `shifts` are whole minutes by which the new version is earlier or later, how often each.
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    fates: dict[str, Fates] = field(default_factory=dict)
    shifts: dict[str, Counter[int]] = field(default_factory=dict)

    @property
    def old(self) -> int:
        """How many entered in the period by the version in force."""
        return self.kinds.total() - self.kinds["gained"]

    @property
    def new(self) -> int:
        """How many entered in the period by the new version."""
        return self.kinds.total() - self.kinds["lost"]

    def add(self, one: Difference) -> None:
        """Count one entry."""
        self.kinds[one.kind] += 1
        groups: tuple[tuple[str, Became | None], ...] = (("old", one.after_old), ("new", one.after_new))
        if one.kind in ("gained", "lost"):
            groups += ((one.kind, one.became),)
        for group, became in groups:
            if became is not None:
                self.fates.setdefault(group, Fates()).add(became)
        if one.kind in ("earlier", "later") and one.old is not None and one.new is not None:
            self.shifts.setdefault(one.kind, Counter())[abs(one.new - one.old) // MINUTE] += 1

    def join(self, other: Counts) -> None:
        """Add what was counted of others."""
        self.kinds.update(other.kinds)
        for group, fates in other.fates.items():
            self.fates.setdefault(group, Fates()).join(fates)
        for kind, shifts in other.shifts.items():
            self.shifts.setdefault(kind, Counter()).update(shifts)

    def median_shift(self, kind: Kind) -> int | None:
        """The middle of the minutes by which it is earlier or later; None where nobody is."""
        return _median(self.shifts.get(kind, Counter()))


@dataclass(slots=True)
class Found:
    """Of those who reached something in the period, how many the judged stage had found before, by each version."""

    of: int = 0
    worked: int = 0
    found: Counter[Side] = field(default_factory=Counter)

    def join(self, other: Found) -> None:
        """Add what was counted of others."""
        self.of += other.of
        self.worked += other.worked
        self.found.update(other.found)


@dataclass(slots=True)
class Doubt:
    """About how many people one version could not tell everything, and why, by how many each."""

    people: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def join(self, other: Doubt) -> None:
        """Add what was counted of others."""
        self.people += other.people
        self.reasons.update(other.reasons)


@dataclass(slots=True)
class Simulation:
    """The whole comparison while it grows; the order in which people are added does not matter."""

    question: Question
    people: int = 0
    stages: dict[Stage, Counts] = field(default_factory=dict)
    segments: dict[str, dict[Stage, Counts]] = field(default_factory=dict)
    found: dict[Fate, Found] = field(default_factory=dict)
    days: dict[Side, Counter[date]] = field(default_factory=lambda: {"old": Counter(), "new": Counter()})
    doubt: dict[Side, Doubt] = field(default_factory=lambda: {"old": Doubt(), "new": Doubt()})
    at_once: Counter[Stage] = field(default_factory=Counter)

    def add(self, one: Replay) -> list[Difference]:
        """Count one person, and give the entries that were compared."""
        self.people += 1
        differences = compare(one, self.question.period, self.question.order)
        for each in differences:
            self.stages.setdefault(each.stage, Counts()).add(each)
            if self.question.by is not None:
                self.segments.setdefault(each.segment, {}).setdefault(each.stage, Counts()).add(each)
        self._recall(one)
        verdicts: Mapping[Side, Verdict] = {"old": one.old, "new": one.new}
        for side, verdict in verdicts.items():
            self.days[side].update(self._task_days(one, verdict))
            if verdict.unknowns:
                self.doubt[side].people += 1
                self.doubt[side].reasons.update(set(verdict.unknowns))
        self.at_once.update(set(one.at_once))
        return differences

    def join(self, other: Simulation) -> None:
        """Add what was counted of other people under the same question."""
        self.people += other.people
        for stage, counts in other.stages.items():
            self.stages.setdefault(stage, Counts()).join(counts)
        for segment, stages in other.segments.items():
            for stage, counts in stages.items():
                self.segments.setdefault(segment, {}).setdefault(stage, Counts()).join(counts)
        for fate, found in other.found.items():
            self.found.setdefault(fate, Found()).join(found)
        for side in SIDES:
            self.days[side].update(other.days[side])
            self.doubt[side].join(other.doubt[side])
        self.at_once.update(other.at_once)

    def day_of(self, at: Instant) -> date:
        """The day of an instant, where sales is."""
        return datetime_of(at).astimezone(ZoneInfo(self.question.time_zone)).date()

    @property
    def length(self) -> int:
        """How many days the period touches."""
        period = self.question.period
        return (self.day_of(Instant(period.until - 1)) - self.day_of(period.since)).days + 1

    def _recall(self, one: Replay) -> None:
        """Of those who became SQL or were won in the period, who had been found by then."""
        reached: Mapping[Fate, Iterable[Instant]] = {"sql": entered(one, Stage.SQL), "won": wins(one)}
        for fate, instants in reached.items():
            at = min((at for at in instants if self.question.period.holds(at)), default=None)
            if at is None:
                continue
            counted = self.found.setdefault(fate, Found())
            counted.of += 1
            counted.worked += one.worked_at <= at
            for side, verdict in zip(SIDES, (one.old, one.new), strict=True):
                if any(entry.stage == self.question.judged and entry.at <= at for entry in verdict.entries):
                    counted.found[side] += 1

    def _task_days(self, one: Replay, verdict: Verdict) -> list[date]:
        """The days of the tasks that entries of the period make: one per cycle and purpose, as a plan makes them."""
        made: set[tuple[int, str]] = set()
        days = []
        for entry in verdict.entries:
            if not self.question.period.holds(entry.at) or self._was_further(one, verdict, entry):
                continue
            for task in self.question.tasks:
                if task.on == entry.stage and (entry.cycle, task.purpose) not in made:
                    made.add((entry.cycle, task.purpose))
                    days.append(self.day_of(entry.at))
        return days

    def _was_further(self, one: Replay, verdict: Verdict, entry: Entry) -> bool:
        """Whether there is no task: the stage was passed already, or a deal was open or won before it got to SQO."""
        order = self.question.order
        if entry.stage not in order:
            return True
        here = order.index(entry.stage)
        bought = (
            Stage.SQO in order
            and here < order.index(Stage.SQO)
            and any(
                deal.created_at <= entry.at and (deal.closed_at is None or deal.won or deal.closed_at > entry.at)
                for deal in one.deals
            )
        )
        return bought or any(
            other.cycle == entry.cycle and other.at <= entry.at and other.stage in order[here + 1 :]
            for other in verdict.entries
        )


def _median(counts: Counter[int]) -> int | None:
    middle, seen = (counts.total() + 1) // 2, 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= middle:
            return value
    return None
