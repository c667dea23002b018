"""Tests of single values: text, numbers, dates, lists. Three-valued: a missing value passes only `known: false`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import repeat
from typing import Any, TypeAlias

from syncd.definitions.language import Operand, Operator, Test, fold
from syncd.model.instant import DAY, midnight_of, parse_iso
from syncd.model.person import Money, Unknown, Value
from syncd.model.truth import Truth

TIMED = (Operator.CHANGED_WITHIN, Operator.OLDER_THAN)
"""Tests whose truth changes by mere passing of time; `clauses` evaluates them."""

_Check: TypeAlias = "Callable[[Any, Any], bool]"


class _UnlikeError(TypeError):
    """A value and an operand that cannot be compared, such as a text and a number."""


# Looked up by name once: millions of values are tested, and a member of an enumeration takes longer to find than a
# number to compare.
_FALSE, _UNKNOWN, _TRUE = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE
_KNOWN = Operator.KNOWN


def passes(value: Value, test: Test) -> Truth:
    """Whether a value passes a test that does not depend on time. A value of another kind than asked is UNKNOWN."""
    if test.operator is _KNOWN:
        return _is_known(value, asked=test.operand is True)
    if isinstance(value, str):
        value = fold(value)
    elif isinstance(value, Unknown):
        return _UNKNOWN
    elif isinstance(value, frozenset):
        return _list_passes(value, test)
    try:
        return _TRUE if _CHECKS[test.operator](value, test.operand) else _FALSE
    except _UnlikeError:
        return _UNKNOWN


def typed(text: str, test: Test) -> Value:
    """A text as the kind of value that a test compares with, the text itself where it is no such thing."""
    operand = test.operand[0] if isinstance(test.operand, tuple) else test.operand
    if isinstance(operand, str) or test.operator in (_KNOWN, Operator.CHANGED_WITHIN):
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


def _is_known(value: Value, *, asked: bool) -> Truth:
    if isinstance(value, Unknown):
        if not value.readable:
            return _UNKNOWN
        return _FALSE if asked else _TRUE
    return _TRUE if asked else _FALSE


def _list_passes(values: frozenset[str], test: Test) -> Truth:
    if test.operator is Operator.NONE_OF:
        return min((passes(value, test) for value in values), default=Truth.TRUE)
    return max((passes(value, test) for value in values), default=Truth.FALSE)


def _alike(value: object, operand: object) -> tuple[object, object]:
    """Both sides, which differ in type, as what can be compared; an instant is compared with a date by its UTC day."""
    if isinstance(value, Decimal) and isinstance(operand, date):
        return int(value) // DAY, midnight_of(operand) // DAY
    if isinstance(value, Decimal) and isinstance(operand, Decimal | int) and not isinstance(operand, bool):
        return value, Decimal(operand)
    if isinstance(value, Money) and isinstance(operand, Decimal):
        return value.amount, operand
    raise _UnlikeError


def _amounts(value: Money, operand: Money) -> tuple[Decimal, Decimal]:
    if value.currency != operand.currency:
        raise _UnlikeError
    return value.amount, operand.amount


def _compare(rule: _Check) -> _Check:
    def check(value: object, operand: object) -> bool:
        if type(value) is not type(operand):
            value, operand = _alike(value, operand)
        elif isinstance(value, Money) and isinstance(operand, Money):
            value, operand = _amounts(value, operand)
        return rule(value, operand)

    return check


_same = _compare(operator.eq)
_at_least = _compare(operator.ge)
_at_most = _compare(operator.le)


def _one_of(value: object, operands: tuple[object, ...]) -> bool:
    if type(value) is str and _all_texts(operands):
        return value in operands
    return any(map(_same, repeat(value), operands))


@lru_cache(maxsize=1024)
def _all_texts(operands: tuple[object, ...]) -> bool:
    return all(type(operand) is str for operand in operands)


@lru_cache(maxsize=1024)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


_CHECKS: dict[Operator, _Check] = {
    Operator.IS: _same,
    Operator.ANY_OF: _one_of,
    Operator.NONE_OF: lambda value, operands: not _one_of(value, operands),
    Operator.AT_LEAST: _at_least,
    Operator.AT_MOST: _at_most,
    Operator.ABOVE: _compare(operator.gt),
    Operator.BELOW: _compare(operator.lt),
    Operator.BETWEEN: lambda value, pair: _at_least(value, pair[0]) and _at_most(value, pair[1]),
    Operator.CONTAINS: lambda value, parts: any(map(operator.contains, repeat(str(value)), parts)),
    Operator.STARTS_WITH: lambda value, parts: str(value).startswith(parts),
    Operator.HAS_WORD: lambda value, words: any(_word(word).search(str(value)) for word in words),
}
