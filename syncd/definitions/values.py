"""Tests of single values: text, numbers, dates, lists. Three-valued: a missing value passes only `known: false`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeAlias

from syncd.definitions.language import Operand, Operator, Test, fold
from syncd.model.instant import DAY, midnight_of, parse_iso
from syncd.model.person import Unknown, Value
from syncd.model.truth import Truth

TIMED = (Operator.CHANGED_WITHIN, Operator.OLDER_THAN)
"""Tests whose truth changes by mere passing of time; `clauses` evaluates them."""

_Check: TypeAlias = "Callable[[Any, Any], bool]"


class _UnlikeError(TypeError):
    """A value and an operand that cannot be compared, such as a text and a number."""


def passes(value: Value, test: Test) -> Truth:
    """Whether a value passes a test that does not depend on time. A value of another kind than asked is UNKNOWN."""
    if test.operator is Operator.KNOWN:
        return _is_known(value) if test.operand is True else Truth(Truth.TRUE - _is_known(value))
    if isinstance(value, Unknown):
        return Truth.UNKNOWN
    if isinstance(value, frozenset):
        return _list_passes(value, test)
    try:
        passed = _CHECKS[test.operator](fold(value) if isinstance(value, str) else value, test.operand)
    except _UnlikeError:
        return Truth.UNKNOWN
    return Truth.TRUE if passed else Truth.FALSE


def typed(text: str, test: Test) -> Value:
    """A text as the kind of value that a test compares with, the text itself where it is no such thing."""
    operand = test.operand[0] if isinstance(test.operand, tuple) else test.operand
    if test.operator is Operator.KNOWN or test.operator is Operator.CHANGED_WITHIN or isinstance(operand, str):
        return text
    try:
        return _parsed(text.strip(), operand, dated=test.operator is Operator.OLDER_THAN)
    except (ValueError, InvalidOperation):
        return text


def _parsed(text: str, operand: Operand, *, dated: bool) -> Value:
    if isinstance(operand, bool):
        return {"true": True, "yes": True, "false": False, "no": False}.get(fold(text), text)
    if dated or isinstance(operand, date):
        return date.fromisoformat(text) if len(text) <= len("2026-12-24") else Decimal(parse_iso(text))
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(parse_iso(text))


def _is_known(value: Value) -> Truth:
    if isinstance(value, Unknown):
        return Truth.FALSE if value.readable else Truth.UNKNOWN
    return Truth.TRUE


def _list_passes(values: frozenset[str], test: Test) -> Truth:
    if test.operator is Operator.NONE_OF:
        return min((passes(value, test) for value in values), default=Truth.TRUE)
    return max((passes(value, test) for value in values), default=Truth.FALSE)


def _alike(value: object, operand: object) -> tuple[Any, Any]:
    """Both sides as things that can be compared; an instant is compared with a date by its day in UTC."""
    if isinstance(value, Decimal) and isinstance(operand, date):
        return int(value) // DAY, midnight_of(operand) // DAY
    if isinstance(operand, int) and not isinstance(operand, bool):
        operand = Decimal(operand)
    if type(value) is not type(operand):
        raise _UnlikeError
    return value, operand


def _compare(rule: _Check) -> _Check:
    return lambda value, operand: rule(*_alike(value, operand))


def _same(value: object, operand: object) -> bool:
    one, other = _alike(value, operand)
    return bool(one == other)


@lru_cache(maxsize=1024)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


_CHECKS: dict[Operator, _Check] = {
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
