"""Clauses that can never hold, whatever a person is or does: `at_least: 50` beside `at_most: 10`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Clause,
    Not,
    Operand,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    SignalClause,
    Test,
)
from syncd.files.fields_file import OF_DEALS
from syncd.model.nouns import dataclass
from syncd.model.person import Money

Bound: TypeAlias = "Decimal | date"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What cannot hold, and the place of the clause that says so."""

    what: str
    place: str


def contradictions_in(
    clause: Clause, kinds: Mapping[str, str | None], most: Mapping[str, int]
) -> tuple[bool, list[Contradiction]]:
    """Whether the whole clause can never hold, and every contradiction inside.

    `kinds` are the properties' types; `most` is the highest sum that each fit score can reach.
    """
    found: list[Contradiction] = []
    never = _Finder(kinds, most, found).never(clause)
    return never, found


class _Finder:
    def __init__(self, kinds: Mapping[str, str | None], most: Mapping[str, int], found: list[Contradiction]) -> None:
        self._kinds = kinds
        self._most = most
        self._found = found

    def never(self, clause: Clause) -> bool:
        """Whether the clause can never hold; contradictions on the way are noted."""
        if isinstance(clause, AllOf):
            together = self._together(clause)
            impossible = [self.never(each) for each in clause.clauses]
            return any(impossible) or together
        if isinstance(clause, AnyOf):
            impossible = [self.never(each) for each in clause.clauses]
            return all(impossible)
        if isinstance(clause, AtLeastOf):
            possible = [not self.never(each) for each in clause.clauses]
            return sum(possible) < clause.n
        if isinstance(clause, Not):
            self.never(clause.clause)
            return False
        return self._note(_alone(clause, self._kinds, self._most), clause.place)

    def _together(self, clause: AllOf) -> bool:
        """Contradictions between several clauses of one `all`."""
        tests: dict[str, list[Test]] = defaultdict(list)
        counts: dict[tuple[object, ...], list[SignalClause]] = defaultdict(list)
        alone: dict[str, int] = defaultdict(int)
        for each in _parts(clause):
            if isinstance(each, PropertyClause):
                tests[each.name].extend(each.tests)
                alone[each.name] += 1
            elif isinstance(each, ScoreClause):
                tests[f"score.{each.score}"].extend(each.tests)
                alone[f"score.{each.score}"] += 1
            elif isinstance(each, SignalClause):
                counts[each.signal, each.within, each.since].append(each)
        several = [name for name, number in alone.items() if number > 1]
        known = {str(each.what) for each in self._found}
        bad = [what for name in several if (what := tests_contradict(name, tests[name], self._kinds.get(name)))]
        bad += [what for same in counts.values() if len(same) > 1 and (what := _counts_contradict(same))]
        for what in bad:
            if what not in known:
                self._note(what, clause.place)
        return bool(bad)

    def _note(self, what: str | None, place: str) -> bool:
        if what:
            self._found.append(Contradiction(what, place))
        return bool(what)


def _parts(clause: AllOf) -> Iterator[Clause]:
    for each in clause.clauses:
        if isinstance(each, AllOf):
            yield from _parts(each)
        else:
            yield each


def _alone(clause: Clause, kinds: Mapping[str, str | None], most: Mapping[str, int]) -> str | None:
    if isinstance(clause, PropertyClause):
        return tests_contradict(clause.name, clause.tests, kinds.get(clause.name))
    if isinstance(clause, SignalClause):
        return _counts_contradict([clause])
    if isinstance(clause, OpportunityClause):
        found = (tests_contradict(each.name, each.tests, kinds.get(f"{OF_DEALS}{each.name}")) for each in clause.where)
        return tests_contradict("amount", clause.amount, "money") or next(filter(None, found), None)
    if isinstance(clause, ScoreClause):
        name = f"score.{clause.score}"
        low, _, _ = _range(clause.tests)
        if clause.score in most and isinstance(low, Decimal) and low > most[clause.score]:
            return f"{name} can reach {most[clause.score]} points, never {low}"
        return tests_contradict(name, clause.tests, "points")
    return None


def _counts_contradict(same: Sequence[SignalClause]) -> str | None:
    least = max((each.at_least for each in same if each.at_least is not None), default=0)
    most = min((each.at_most for each in same if each.at_most is not None), default=least)
    return f"{same[0].signal} cannot count at least {least} and at most {most}" if least > most else None


def tests_contradict(name: str, tests: Sequence[Test], kind: str | None) -> str | None:
    """Why one value cannot pass all these tests, None when it can. Days beside instants are not looked into."""
    if _are_mixed(tests):
        return None
    low, high, empty = _range(tests)
    if empty:
        return f"{name} cannot be {_bound(tests, low, 'from')} and {_bound(tests, high, 'to')}"
    wanted = [test.operand for test in tests if test.operator is Operator.KNOWN]
    needs_value = [test for test in tests if test.operator not in {Operator.KNOWN, Operator.CHANGED_WITHIN}]
    if len(set(wanted)) > 1:
        return f"{name} cannot be known and unknown"
    if wanted == [False] and needs_value:
        return f"{name} cannot be unknown and pass {needs_value[0].operator}"
    return None if kind == "choices" else _values_contradict(name, tests, low, high)


def _are_mixed(tests: Sequence[Test]) -> bool:
    """Whether some operands are days and others instants: neither is less than the other by itself."""
    operands = [one for test in tests for one in (test.operand if isinstance(test.operand, tuple) else (test.operand,))]
    return any(isinstance(one, date) for one in operands) and any(isinstance(one, Decimal) for one in operands)


def _values_contradict(name: str, tests: Sequence[Test], low: Bound | None, high: Bound | None) -> str | None:
    """Contradictions of a value that is one thing only."""
    allowed: set[object] | None = None
    for test in tests:
        if test.operator in {Operator.IS, Operator.ANY_OF}:
            options: set[object] = set(test.operand) if isinstance(test.operand, tuple) else {test.operand}
            allowed = options if allowed is None else allowed & options
    if allowed is None:
        return None
    for test in tests:
        if test.operator is Operator.NONE_OF and isinstance(test.operand, tuple):
            allowed -= set(test.operand)
    if low is not None or high is not None:
        allowed = {each for each in allowed if _inside(each, tests)}
    return None if allowed else f"no value of {name} passes all of these tests"


def _inside(value: object, tests: Sequence[Test]) -> bool:
    _, _, empty = _range([*tests, Test(Operator.AT_LEAST, value), Test(Operator.AT_MOST, value)])  # type: ignore[arg-type]  # a value is an operand here
    return not empty


def _range(tests: Sequence[Test]) -> tuple[Bound | None, Bound | None, bool]:
    """The lowest and highest value that the tests leave, and whether nothing is left."""
    low: Bound | None = None
    high: Bound | None = None
    open_low = open_high = False
    for test in tests:
        for bound, from_below, is_open in _bounds(test):
            if from_below and (low is None or bound > low or (bound == low and is_open)):  # type: ignore[operator]  # one type per property
                low, open_low = bound, is_open
            if not from_below and (high is None or bound < high or (bound == high and is_open)):  # type: ignore[operator]  # one type per property
                high, open_high = bound, is_open
    if low is None or high is None:
        return low, high, False
    return low, high, low > high or (low == high and (open_low or open_high))  # type: ignore[operator]  # one type per property


def _bounds(test: Test) -> Iterator[tuple[Bound, bool, bool]]:
    """(bound, from below, open) for each bound that a test sets."""
    operand = _worth(test.operand)
    if test.operator is Operator.BETWEEN and isinstance(operand, tuple):
        for bound, from_below in zip(map(_worth, operand), (True, False), strict=True):
            if isinstance(bound, Decimal | date):
                yield bound, from_below, False
    elif isinstance(operand, Decimal | date):
        if test.operator in {Operator.AT_LEAST, Operator.ABOVE}:
            yield operand, True, test.operator is Operator.ABOVE
        elif test.operator in {Operator.AT_MOST, Operator.BELOW}:
            yield operand, False, test.operator is Operator.BELOW


def _worth(operand: Operand) -> Operand:
    """The number of an amount: two currencies are never compared, so that no value passes tests of both anyway."""
    return operand.amount if isinstance(operand, Money) else operand


def _bound(tests: Sequence[Test], bound: Bound | None, side: str) -> str:
    words = {"from": (Operator.AT_LEAST, Operator.ABOVE), "to": (Operator.AT_MOST, Operator.BELOW)}[side]
    for test in tests:
        if test.operator in words and _worth(test.operand) == bound:
            return f"{str(test.operator).replace('_', ' ')} {test.operand}"
    return f"{'from' if side == 'from' else 'up to'} {bound}"
