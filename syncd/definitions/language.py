"""The language of definitions as data: what `definitions.yaml` says after it was read and checked.

Clauses form a tree. Every node knows its place in the file (`definitions.yaml:17:9`) for explanations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from syncd.model.instant import BEGINNING, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Money
from syncd.model.stage import Stage

UNMAPPED = "unmapped: "
"""Before a reason of sales that the definitions have no code for."""


class Operator(StrEnum):
    """How a value is tested. Text is compared without case and outer blanks."""

    IS = "is"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"
    BETWEEN = "between"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    HAS_WORD = "has_word"
    KNOWN = "known"
    CHANGED_WITHIN = "changed_within"
    OLDER_THAN = "older_than"


Operand: TypeAlias = "str | Decimal | bool | date | int | Money | tuple[str | Decimal | date | Money, ...]"
"""Texts are already folded (see `fold`); durations are whole milliseconds; lists are tuples."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a value: `at_least: 50`. CONTAINS, STARTS_WITH and HAS_WORD hold a tuple: any of them will do."""

    operator: Operator
    operand: Operand


@dataclass(frozen=True, slots=True)
class PropertyClause:
    """A property passes all its tests."""

    name: str
    tests: Sequence[Test]
    place: str = ""


@dataclass(frozen=True, slots=True)
class SignalClause:
    """A signal was counted at least or at most so often: within a time, since a stage was entered, or ever.

    With `anyone_at_company` the touches of the person's colleagues count too.
    """

    signal: str
    at_least: int | None
    at_most: int | None = None
    within: int | None = None
    since: Stage | None = None
    place: str = ""
    anyone_at_company: bool = False


@dataclass(frozen=True, slots=True)
class ScoreClause:
    """A score passes its tests (AT_LEAST, AT_MOST, ABOVE, BELOW, in points)."""

    score: str
    tests: Sequence[Test]
    place: str = ""


@dataclass(frozen=True, slots=True)
class BantClause:
    """At least so many of the four answers are given, these among them."""

    at_least: int
    including: Sequence[str] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class OpportunityClause:
    """Some one opportunity of the person fits all that is said here (None: not asked).

    `where` are tests of names that fields.yaml reads from opportunities.
    """

    open: bool | None = None
    won: bool | None = None
    amount: Sequence[Test] = ()
    close_date_set_by_sales: bool = False
    where: Sequence[PropertyClause] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every clause holds."""

    clauses: Sequence[Clause]
    place: str = ""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the clauses holds."""

    clauses: Sequence[Clause]
    place: str = ""


@dataclass(frozen=True, slots=True)
class AtLeastOf:
    """At least `n` of the clauses hold."""

    n: int
    clauses: Sequence[Clause]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Not:
    """The clause does not hold."""

    clause: Clause
    place: str = ""


Clause: TypeAlias = (
    "PropertyClause | SignalClause | ScoreClause | BantClause | OpportunityClause | AllOf | AnyOf | AtLeastOf | Not"
)


@dataclass(frozen=True, slots=True)
class Signal:
    """A kind of engagement that counts: touches of some kinds, by somebody, whose fields pass their tests.

    `by` is "sales", "marketing" or the name of a team; `team` then are its members, by e-mail address in small letters
    or by owner id. With a `sequence` it is the last touch of a row of other signals, each later than the one before and
    all of them within `within` milliseconds.
    """

    name: str
    of: Sequence[str]
    by: str | None = None
    where: Sequence[PropertyClause] = ()
    team: Sequence[str] = ()
    sequence: Sequence[str] = ()
    within: int | None = None


@dataclass(frozen=True, slots=True)
class FitGroup:
    """Rules of a score that give at most so many points together."""

    name: str
    at_most: int
    rules: Sequence[tuple[Clause, int]]


@dataclass(frozen=True, slots=True)
class FitScore:
    """Points for who somebody is: the sum over the rules that hold, and over groups of rules up to their caps."""

    name: str
    rules: Sequence[tuple[Clause, int]]
    groups: Sequence[FitGroup] = ()

    def all_rules(self) -> Iterator[tuple[Clause, int]]:
        """Every rule with its points: those without a group first."""
        yield from self.rules
        for group in self.groups:
            yield from group.rules


@dataclass(frozen=True, slots=True)
class Cap:
    """Signals of a score that give at most so many points together, at any time."""

    name: str
    at_most: int
    signals: Sequence[str]


@dataclass(frozen=True, slots=True)
class EngagementScore:
    """Points for what somebody does: per touch of a signal, halved every `half_life` (milliseconds; None: never)."""

    name: str
    points: Mapping[str, int]
    half_life: int | None
    caps: Sequence[Cap] = ()


@dataclass(frozen=True, slots=True)
class NeverRule:
    """Keeps people out of every stage that definitions judge."""

    reason: str
    clause: Clause
    place: str = ""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """What becomes of who is in a stage for `after` milliseconds, went no further and was not sent back.

    `then` is "accept" (into the next stage) or "recycle". Where `unless` holds, or can't be judged, nothing does.
    """

    after: int
    then: str
    unless: Clause | None = None


@dataclass(frozen=True, slots=True)
class StageRule:
    """How a stage is entered: when the clause holds, and only after `after` was entered where that is said.

    `leave` is true for `leave: when_false`. `entered_at` names the property that dates the entry.
    """

    stage: Stage
    when: Clause
    judged_by: str | None = None
    after: Stage | None = None
    leave: bool = False
    entered_at: str | None = None
    unanswered: Unanswered | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class ReturnRule:
    """How a person goes back or out: when the clause becomes true; `reason` names the field that says why.

    A new cycle can begin `requalify_after` milliseconds later; None, where the file is silent, means at once after
    a recycling and never after a disqualification. `reasons` are codes by what the field says (folded): where there
    are any, a reason without a code is told as UNMAPPED.
    """

    stage: Stage
    when: Clause
    reason: str | None = None
    to: str | None = None
    requalify_after: int | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A test of the definitions that lives beside them. Events are (signal, milliseconds before now).

    `colleagues` are events of others at the company; `since` is how long ago the stage has to have been entered.
    """

    person: Mapping[str, str]
    events: Sequence[tuple[str, int]]
    expect: Stage
    colleagues: Sequence[tuple[str, int]] = ()
    since: int | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Definitions:
    """One version of the agreement. `hash` is the SHA-256 (first 12 hex digits) of its canonical content, `version` the
    name that people gave it, "" where they gave none.

    `answers` are what else gives a BANT answer, beside the field of that name.
    """

    hash: str
    effective_from: Instant = BEGINNING
    signals: Mapping[str, Signal] = field(default_factory=dict)
    scores: Mapping[str, FitScore | EngagementScore] = field(default_factory=dict)
    never: Sequence[NeverRule] = ()
    stages: Sequence[StageRule] = ()
    returns: Sequence[ReturnRule] = ()
    examples: Sequence[Example] = ()
    answers: Mapping[str, Clause] = field(default_factory=dict)
    version: str = ""

    @property
    def title(self) -> str:
        """The version as people name it: 2026-11 (b17c88b825ef), or its hash alone."""
        return f"{self.version} ({self.hash})" if self.version else self.hash


def clauses_of(definitions: Definitions) -> Iterator[Clause]:
    """Every whole clause of a version: of stages, returns, never, fit scores and answers, in this order."""
    yield from (rule.when for rule in definitions.stages)
    for rule in definitions.stages:
        if rule.unanswered is not None and rule.unanswered.unless is not None:
            yield rule.unanswered.unless
    yield from (rule.when for rule in definitions.returns)
    yield from (rule.clause for rule in definitions.never)
    for score in definitions.scores.values():
        if isinstance(score, FitScore):
            yield from (clause for clause, _ in score.all_rules())
    yield from definitions.answers.values()


def leaves_of(clause: Clause) -> Iterator[Clause]:
    """The clauses inside a clause that have no parts, in the order of the file."""
    match clause:
        case AllOf() | AnyOf() | AtLeastOf():
            for part in clause.clauses:
                yield from leaves_of(part)
        case Not():
            yield from leaves_of(clause.clause)
        case _:
            yield clause


def property_clauses_of(definitions: Definitions) -> Iterator[PropertyClause]:
    """Every test of a property that a version makes, those of opportunities among them."""
    for leaf in (leaf for clause in clauses_of(definitions) for leaf in leaves_of(clause)):
        if isinstance(leaf, PropertyClause):
            yield leaf
        elif isinstance(leaf, OpportunityClause):
            yield from leaf.where


def counts_colleagues(definitions: Definitions) -> bool:
    """Whether some clause of a version counts what a person's colleagues did."""
    leaves = (leaf for clause in clauses_of(definitions) for leaf in leaves_of(clause))
    return any(isinstance(leaf, SignalClause) and leaf.anyone_at_company for leaf in leaves)


def counted_kinds(definitions: Definitions) -> frozenset[str]:
    """The kinds of touches that some signal of a version counts."""
    return frozenset(kind for signal in definitions.signals.values() for kind in signal.of)


def fold(text: str) -> str:
    """Text as definitions compare it: without case and outer blanks."""
    return text.strip().casefold()
