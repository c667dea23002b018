"""One person in one cycle while being judged, and definitions made ready for judging many people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TypeAlias

from syncd.definitions.intervals import Line
from syncd.definitions.language import Clause, Definitions, NeverRule, StageRule
from syncd.model.instant import BEGINNING, NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Facts
from syncd.model.stage import Stage
from syncd.model.touches import Strand, Touches, in_strands

Judge: TypeAlias = "Callable[[Context], Line]"
"""A clause made ready: when it holds for whoever the context is about."""

Matched: TypeAlias = "tuple[Touches, Touches]"
"""The touches that are a signal for certain, and those that may be, each in order of time."""

SURE, POSSIBLE = 0, 1
"""Of the two lists of touches that `Context.matches` gives."""

NOTHING: Matched = (Touches(()), Touches(()))
"""What most people did of most signals."""


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """One version of the definitions, made ready: a judge per clause (by its id) and a reader per signal.

    A reader is told whether it is the whole company's touches that it reads. `kinds` are the kinds of touches that a
    signal rests on, those of its sequence included. `make` makes the judge of a clause that the version does not
    hold, as tests and examples ask for. `order` are all stages in order, `ranks` their places, `stages` the rules.
    `bars` are the rules of `never`, `barred` the stages that they keep people out of. `waiting` are the rules of stages
    that sales has to answer in time, `answers` the properties that returns test. `words` keeps what clauses say, by
    their id, once it was asked.
    """

    definitions: Definitions
    judges: Mapping[int, Judge]
    signals: Mapping[str, Callable[[Context, bool], Matched]]
    kinds: Mapping[str, Sequence[str]]
    make: Callable[[Clause], Judge]
    order: Sequence[Stage]
    ranks: Mapping[Stage, int]
    stages: Mapping[Stage, StageRule]
    bars: Sequence[tuple[NeverRule, Judge]]
    barred: frozenset[Stage]
    waiting: Sequence[StageRule]
    answers: frozenset[str]
    words: dict[int, str] = field(default_factory=dict)

    def rank(self, stage: Stage) -> int:
        """How far along a stage is, as `order.rank` says."""
        return self.ranks.get(stage, -1)


@dataclass(slots=True)
class Context:
    """One person in one cycle, while being judged.

    `began` is the return that the cycle began with (BEGINNING in the first); only later touches count. `entered`
    grows as stages are entered, in their order. `cautious` takes a value without history to be certain only from
    the record's last change on. `lines` are those worked out so far, by the id of their clause, and `said` those of
    all clauses about a property, by what is asked of it.
    """

    facts: Facts
    ready: Ready
    began: Instant = BEGINNING
    entered: dict[Stage, Instant] = field(default_factory=dict)
    cautious: bool = False
    lines: dict[int, Line] = field(default_factory=dict)
    said: dict[object, Sequence[Line]] = field(default_factory=dict)
    _kinds: Mapping[str, Sequence[Strand]] | None = None
    _company_kinds: Mapping[str, Sequence[Strand]] | None = None
    _matches: dict[str, Matched] = field(default_factory=dict)
    _company_matches: dict[str, Matched] = field(default_factory=dict)

    @property
    def definitions(self) -> Definitions:
        """What the person is judged by."""
        return self.ready.definitions

    def line(self, clause: Clause) -> Line:
        """When a clause holds, worked out once. Definitions outlive a context, so a clause's id is its name."""
        name = id(clause)
        line = self.lines.get(name)
        if line is None:
            judge = self.ready.judges.get(name) or self.ready.make(clause)
            line = self.lines[name] = judge(self)
        return line

    def matches(self, signal: str, *, company: bool = False) -> Matched:
        """The touches that are this signal for certain, and those that may be, in order of time.

        With `company` those of the person's colleagues are among them.
        """
        matches = self._company_matches if company else self._matches
        found = matches.get(signal)
        if found is None:
            found = matches[signal] = self.ready.signals[signal](self, company)
        return found

    def kinds(self, *, company: bool = False) -> Mapping[str, Sequence[Strand]]:
        """The strands of the person's touches, or of the whole company's, by kind of touch."""
        if company:
            if self._company_kinds is None:
                both = (in_strands(self.facts.touches), in_strands(self.facts.colleagues or ()))
                self._company_kinds = Touches([strand for each in both for strand in each.strands]).kinds
            return self._company_kinds
        if self._kinds is None:
            self._kinds = in_strands(self.facts.touches).kinds
        return self._kinds

    def sees_all(self, kinds: Sequence[str]) -> bool:
        """Whether nothing of some kinds of touches is hidden from us in this cycle of the person's life."""
        coverage, since = self.facts.coverage, max(self.began, self.facts.born)
        for kind in kinds:
            covered = coverage.get(kind)
            if covered is None or covered.since > since:
                return False
        return True

    def readable_since(self, signal: str) -> tuple[Instant, str]:
        """From when on all kinds of a signal could be read, and which stream lacks what before."""
        since, gap = BEGINNING, ""
        for kind in self.ready.kinds[signal]:
            coverage = self.facts.coverage.get(kind)
            if coverage is None:
                return NEVER, f"{kind} is not read"
            if coverage.since > since:
                since, gap = coverage.since, f"{coverage.stream}: {coverage.gap}"
        return since, gap
