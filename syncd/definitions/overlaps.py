"""Clauses that say nothing new beside another one, and stages that wait for what nobody enters. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations

from syncd.definitions.clauses import parts_of
from syncd.definitions.explain import says
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Clause,
    Definitions,
    Not,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    SignalClause,
    Test,
    clauses_of,
)
from syncd.definitions.values import passes
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage

_FLOORS = (Operator.AT_LEAST, Operator.ABOVE)
_CEILINGS = (Operator.AT_MOST, Operator.BELOW)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Something that can be left out or never comes about, and where it stands."""

    place: str
    what: str


def overlaps(definitions: Definitions) -> list[Overlap]:
    """Everything that a version says twice or in vain, in no order."""
    found = [*_beside_each_other(definitions), *_told_before(definitions), *_in_vain(definitions)]
    return list(dict.fromkeys(found))


def _beside_each_other(definitions: Definitions) -> Iterator[Overlap]:
    """In an `any`, what holds only where another part does; in an `all`, what holds wherever another part does."""
    for clause in clauses_of(definitions):
        for group in parts_of(clause):
            if not isinstance(group, AnyOf | AllOf):
                continue
            for one, other in permutations(group.clauses, 2):
                twice = implies(other, one)
                if implies(one, other) and (not twice or _place(one) > _place(other)):
                    idle, why = (one, other) if isinstance(group, AnyOf) or twice else (other, one)
                    words = "holds only where" if isinstance(group, AnyOf) else "holds wherever"
                    what = "is said twice" if twice else f"{words} `{says(why)}` does: it changes nothing"
                    yield Overlap(idle.place, f"`{says(idle)}` {what}")


def _told_before(definitions: Definitions) -> Iterator[Overlap]:
    """Reasons to stay out that are never told, for an earlier rule keeps the same people out."""
    for index, rule in enumerate(definitions.never):
        for earlier in definitions.never[:index]:
            if implies(rule.clause, earlier.clause):
                yield Overlap(
                    rule.place, f"the reason {rule.reason} is never told: {earlier.reason} keeps them out before"
                )


def _in_vain(definitions: Definitions) -> Iterator[Overlap]:
    """Stages and counts that wait for a stage without a rule: only HubSpot's own stage can bring it about."""
    ruled = {rule.stage for rule in definitions.stages} | {Stage.SUBSCRIBER, Stage.LEAD}
    for rule in definitions.stages:
        if rule.after is not None and rule.after not in ruled:
            yield Overlap(rule.place, f"{rule.stage} comes from {rule.after}, which has no rule here")
    for clause in clauses_of(definitions):
        for part in parts_of(clause):
            if isinstance(part, SignalClause) and part.since is not None and part.since not in ruled:
                yield Overlap(part.place, f"`{says(part)}` counts since a stage that has no rule here")


def implies(one: Clause, other: Clause) -> bool:  # noqa: PLR0911 - one line per kind of clause
    """Whether a clause holds wherever another does, as far as that can be told by looking at both."""
    if _bare(one) == _bare(other):
        return True
    if isinstance(one, AllOf):
        return any(implies(part, other) for part in one.clauses)
    if isinstance(one, AnyOf):
        return all(implies(part, other) for part in one.clauses)
    if isinstance(other, AllOf):
        return all(implies(one, part) for part in other.clauses)
    if isinstance(other, AnyOf):
        return any(implies(one, part) for part in other.clauses)
    match one, other:
        case SignalClause(), SignalClause():
            return _counts_more(one, other)
        case ScoreClause(), ScoreClause():
            return one.score == other.score and _tests_imply(one.tests, other.tests)
        case PropertyClause(), PropertyClause():
            return one.name == other.name and _tests_imply(one.tests, other.tests)
        case BantClause(), BantClause():
            return one.at_least >= other.at_least and set(other.including) <= set(one.including)
    return False


def _counts_more(one: SignalClause, other: SignalClause) -> bool:
    if (one.signal, one.at_most, other.at_most) != (other.signal, None, None):
        return False
    often = (one.at_least or 0) >= (other.at_least or 0)
    lately = other.within is None or (one.within is not None and one.within <= other.within)
    later = other.since is None or one.since == other.since
    return often and lately and later and (other.anyone_at_company or not one.anyone_at_company)


def _tests_imply(tests: Sequence[Test], others: Sequence[Test]) -> bool:
    return all(any(_test_implies(test, other) for test in tests) for other in others)


def _test_implies(test: Test, other: Test) -> bool:
    if test == other:
        return True
    if test.operator in (Operator.IS, Operator.ANY_OF) and other.operator is not Operator.KNOWN:
        values = test.operand if isinstance(test.operand, tuple) else (test.operand,)
        # A list of values may hold one of those asked for and another one besides.
        timed = other.operator in (Operator.CHANGED_WITHIN, Operator.OLDER_THAN, Operator.NONE_OF)
        return not timed and all(int(passes(value, other)) == 2 for value in values)  # type: ignore[arg-type]  # an operand is a value here
    same = (test.operator in _FLOORS and other.operator in _FLOORS) or (
        test.operator in _CEILINGS and other.operator in _CEILINGS
    )
    strict = Test(Operator.AT_LEAST if other.operator in _FLOORS else Operator.AT_MOST, other.operand)
    return same and test.operator == other.operator and int(passes(test.operand, strict)) == 2  # type: ignore[arg-type]  # an operand is a value here


def _bare(clause: Clause) -> Clause:
    """A clause without its place."""
    match clause:
        case AllOf() | AnyOf() | AtLeastOf():
            return replace(clause, place="", clauses=tuple(_bare(part) for part in clause.clauses))
        case Not():
            return replace(clause, place="", clause=_bare(clause.clause))
        case OpportunityClause():
            return replace(clause, place="", where=tuple(replace(each, place="") for each in clause.where))
    return replace(clause, place="")


def _place(clause: Clause) -> tuple[int, ...]:
    return tuple(int(part) for part in clause.place.split(":")[1:])
