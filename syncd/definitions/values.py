"""Tests of single values: text, numbers, dates, lists. Three-valued: a missing value passes only `known: false`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from syncd.definitions.language import Operator, Test, fold
from syncd.model.instant import midnight_of
from syncd.model.person import Unknown, Value
from syncd.model.truth import Truth

TIMED = (Operator.CHANGED_WITHIN, Operator.OLDER_THAN)
"""Tests whose truth changes by mere passing of time; `clauses` evaluates them."""


def passes(value: Value, test: Test) -> Truth:
    """Whether a value passes a test that does not depend on time. A value of another kind than asked is UNKNOWN."""
    if test.operator is Operator.KNOWN:
        if isinstance(value, Unknown):
            known = Truth.FALSE if value.readable else Truth.UNKNOWN
        else:
            known = Truth.TRUE
        return known if test.operand is True else Truth(Truth.TRUE - known)
    if isinstance(value, Unknown):
        return Truth.UNKNOWN
    if isinstance(value, frozenset):
        return _list_passes(value, test)
    return Truth.TRUE if _CHECKS[test.operator](_plain(value), test.operand) else Truth.FALSE


def _list_passes(values: frozenset[str], test: Test) -> Truth:
    if test.operator is Operator.NONE_OF:
        return min((passes(value, test) for value in values), default=Truth.TRUE)
    return max((passes(value, test) for value in values), default=Truth.FALSE)


def _plain(value: Value) -> Any:
    return fold(value) if isinstance(value, str) else value


def _comparable(value: Any, operand: Any) -> tuple[Any, Any] | None:
    """Both sides as things that can be compared, or None where they can't: a date against an instant, say."""
    if isinstance(value, Decimal) and isinstance(operand, date):
        return value, Decimal(midnight_of(operand))
    if isinstance(value, bool) or isinstance(operand, bool):
        return (value, operand) if type(value) is type(operand) else None
    if isinstance(value, Decimal) and isinstance(operand, int):
        return value, Decimal(operand)
    return (value, operand) if type(value) is type(operand) else None


def _compare(rule: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def check(value: Any, operand: Any) -> bool:
        pair = _comparable(value, operand)
        return pair is not None and rule(*pair)

    return check


def _same(value: Any, operand: Any) -> bool:
    pair = _comparable(value, operand)
    return pair is not None and bool(pair[0] == pair[1])


@lru_cache(maxsize=1024)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


_CHECKS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.IS: _same,
    Operator.ANY_OF: lambda value, operands: any(_same(value, operand) for operand in operands),
    Operator.NONE_OF: lambda value, operands: not any(_same(value, operand) for operand in operands),
    Operator.AT_LEAST: _compare(lambda value, operand: value >= operand),
    Operator.AT_MOST: _compare(lambda value, operand: value <= operand),
    Operator.ABOVE: _compare(lambda value, operand: value > operand),
    Operator.BELOW: _compare(lambda value, operand: value < operand),
    Operator.BETWEEN: lambda value, pair: (
        _CHECKS[Operator.AT_LEAST](value, pair[0]) and _CHECKS[Operator.AT_MOST](value, pair[1])
    ),
    Operator.CONTAINS: lambda value, parts: any(part in str(value) for part in parts),
    Operator.STARTS_WITH: lambda value, parts: any(str(value).startswith(part) for part in parts),
    Operator.HAS_WORD: lambda value, words: any(_word(word).search(str(value)) for word in words),
}
