"""Tests of values: which operator fits which type, and what its operand may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias, cast

from syncd.definitions.language import Operand, Operator, Test, fold
from syncd.files.places import Document, Node, Path
from syncd.files.problem import Problem, Wrong, nearest, one_of, shown
from syncd.files.scalars import day_of, flag_of, number_of, phrase_of, positive_duration_of
from syncd.model.instant import midnight_of, parse_iso
from syncd.model.person import Moment, Money

Single: TypeAlias = "str | Decimal | bool | object"

TEXTS = frozenset({"text", "choice", "choices"})
ORDERED = frozenset({"number", "money", "date", "datetime", "points"})
DATED = frozenset({"date", "datetime"})
OPEN = "open"
"""The type of a name for which fields.yaml says none and that no CRM has described yet: what it is compared with tells
whether it is meant as a number or a date, and the CRM's own description then decides.
"""

_ORDER = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW, Operator.BETWEEN)
_PARTS = (Operator.CONTAINS, Operator.STARTS_WITH, Operator.HAS_WORD)
_LISTS = (Operator.ANY_OF, Operator.NONE_OF)
UNKNOWN = "unknown"
"""`unknown: true` is how people write `known: false`."""

OPERATORS: tuple[str, ...] = (*(str(each) for each in Operator), UNKNOWN)


def _moment_of(text: str) -> Moment | date:
    """An instant; of a text that is a whole day that day, which instants are compared with by theirs."""
    try:
        said = text.strip()
        return date.fromisoformat(said) if len(said) <= len("2026-12-24") else Moment(parse_iso(said))
    except (ValueError, OverflowError):
        raise Wrong(f"{shown(text)} is no date or time", "write it as 2026-12-24 or 2026-12-24T09:00:00Z") from None


def money_of(text: str) -> Decimal | Money:
    """An amount, with its currency where one is said: `1000` or `1000 EUR`."""
    amount, _, currency = text.strip().rpartition(" ")
    if not amount:
        return number_of(text)
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise Wrong(f"{shown(text)} is no amount", "write it as 1000 or 1000 EUR")
    return Money(number_of(amount), currency)


def _worth(value: object) -> object:
    """What a value is compared by: an amount without its currency, a day as its first instant."""
    if isinstance(value, Money):
        return value.amount
    return Decimal(midnight_of(value)) if isinstance(value, date) else value


def _folded(text: str) -> str:
    return fold(phrase_of(text))


def _some_worth(text: str) -> object:
    """A number, an amount, a day or an instant, whichever a text is."""
    for read in (number_of, money_of, day_of, _moment_of):
        try:
            return read(text)
        except Wrong:
            continue
    raise Wrong(f"{shown(text)} is no number and no date", "write a number such as 50, or a date such as 2026-12-24")


_READERS: Mapping[str, Callable[[str], object]] = {
    "number": number_of,
    "money": money_of,
    "points": number_of,
    "date": day_of,
    "datetime": _moment_of,
    "boolean": flag_of,
}


def typed_again(test: Test, kind: str) -> Test:
    """A test of a name whose type was open, for values of a type. What cannot be read so stays, and matches nothing."""
    read = _READERS.get(kind)
    if read is None or test.operator in _PARTS or test.operator in (Operator.KNOWN, *_SINCE):
        return test
    if isinstance(test.operand, tuple):
        return Test(test.operator, cast("Operand", tuple(_again(one, read) for one in test.operand)))
    return Test(test.operator, cast("Operand", _again(test.operand, read)))


def misfit(name: str, test: Test, kind: str) -> Wrong | None:
    """What is wrong with a test, read while the type was open, of values of a type; None where nothing is."""
    try:
        _fits(name, test.operator, kind)
    except Wrong as wrong:
        return wrong
    held = typed_again(test, kind).operand
    operands = held if isinstance(held, tuple) else (held,)
    if kind in _HELD_AS and test.operator in (*_ORDER, *_LISTS, Operator.IS):
        for one in operands:
            if not isinstance(one, _HELD_AS[kind]):
                return Wrong(f"{shown(str(one))} is no {kind}, and {name} is one", f"write {_choice_for(kind)}")
    return None


def _again(operand: object, read: Callable[[str], object]) -> object:
    if not isinstance(operand, str):
        return operand
    try:
        return read(operand.upper() if read in (money_of, _moment_of) else operand)
    except Wrong:
        return operand


_SINCE = (Operator.CHANGED_WITHIN, Operator.OLDER_THAN)
_HELD_AS: Mapping[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "money": (Decimal, Money),
    "date": (date,),
    "datetime": (Decimal, date),
    "boolean": (bool,),
}
"""What operands are for values of a type; texts are for all others."""


class TestReader:
    """Reads the tests of one value of a known type and notes every mistake. `kind` None: any operand will do."""

    __test__ = False  # pytest takes classes of this name for tests

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self._document = document
        self._problems = problems

    def read(
        self, name: str, raw: Node, path: Path, kind: str | None, only: tuple[Operator, ...] = ()
    ) -> tuple[Test, ...]:
        """The tests that stand at a path; those with mistakes are left out. A bare text means `is`."""
        if isinstance(raw, str) and not only:
            raw, bare = {"is": raw}, True
        else:
            bare = False
        if not isinstance(raw, dict) or not raw:
            sample = "{any_of: [a, b]}" if isinstance(raw, list) else "{at_least: 50}"
            self._report(
                path, f"{shown(raw) if raw else 'nothing'} stands where tests of {name} should", f"write {sample}"
            )
            return ()
        tests = []
        for key, operand in raw.items():
            try:
                tests.append(self._test(name, key, operand, kind, only))
            except Wrong as wrong:
                at_key = key not in OPERATORS
                self._report(path if bare else (*path, key), wrong.what, wrong.instead, of_key=at_key)
        return tuple(tests)

    def _test(self, name: str, key: str, raw: Node, kind: str | None, only: tuple[Operator, ...]) -> Test:
        allowed = tuple(map(str, only)) or OPERATORS
        if key not in allowed:
            close = nearest(key, allowed)
            fitting = one_of(allowed) if only else _choice_for(kind or "text")
            raise Wrong(f"{shown(key)} is no test of {name}", f"write {close or fitting}")
        if key in {Operator.KNOWN, UNKNOWN}:
            return Test(Operator.KNOWN, flag_of(_one(key, raw, "true")) is (key == Operator.KNOWN))
        operator = Operator(key)
        _fits(name, operator, kind)
        return Test(operator, _operand(operator, raw, kind))

    def _report(self, path: Path, what: str, instead: str, *, of_key: bool = False) -> None:
        self._problems.append(self._document.problem(path, what, instead, of_key=of_key))


def _fits(name: str, operator: Operator, kind: str | None) -> None:
    """Raise Wrong for an operator that a type has no use for."""
    if kind is None or kind == OPEN:
        return
    if operator in _ORDER and kind not in ORDERED:
        raise Wrong(f"{operator} compares numbers and dates, and {name} is a {kind}", f"write {_choice_for(kind)}")
    if operator in _PARTS and kind not in TEXTS:
        raise Wrong(f"{operator} looks into texts, and {name} is a {kind}", f"write {_choice_for(kind)}")
    if operator is Operator.OLDER_THAN and kind not in DATED:
        raise Wrong(f"older_than is about dates, and {name} is a {kind}", "write changed_within, or test a date")


def _choice_for(kind: str) -> str:
    if kind in TEXTS:
        return "is, any_of, none_of, contains, starts_with or has_word"
    return "is: true or is: false" if kind == "boolean" else "at_least, at_most, above, below or between"


def _operand(operator: Operator, raw: Node, kind: str | None) -> Operand:
    if operator in {Operator.CHANGED_WITHIN, Operator.OLDER_THAN}:
        return positive_duration_of(_one(operator, raw, "30 days"))
    read = _READERS.get(kind or "text", _folded)
    if operator is Operator.BETWEEN:
        return _span(raw, kind)
    if operator in _PARTS:
        texts: list[Node] = raw if isinstance(raw, list) else [raw]
        return cast("Operand", _many(operator, texts, _folded))
    if operator in _LISTS:
        if not isinstance(raw, list):
            hint = f"write {operator}: [{raw}]" if isinstance(raw, str) and raw else f"write {operator}: [one, another]"
            raise Wrong(f"{operator} needs a list", hint)
        return cast("Operand", _many(operator, raw, read))
    if kind is None and operator in _ORDER:
        read = number_of if isinstance(raw, str) and not raw[:4].isdigit() else _folded
    if kind == OPEN and operator in _ORDER:
        read = _some_worth
    value = cast("str | Decimal | bool", read(_one(operator, raw, "one value")))
    worth = _worth(value)
    if kind in {"money", "points"} and isinstance(worth, Decimal) and worth < 0:
        raise Wrong(f"{operator}: {value} is negative", "write 0 or more")
    return value


def _one(operator: str, raw: Node, sample: str) -> str:
    if isinstance(raw, list):
        instead = "write any_of for a list" if operator == Operator.IS else f"write {operator}: {sample}"
        raise Wrong(f"{operator} takes one value, not a list", instead)
    if isinstance(raw, dict):
        raise Wrong(f"{operator} takes one value, not a mapping", f"write {operator}: {sample}")
    return phrase_of(raw)


def _many(operator: str, raw: list[Node], read: Callable[[str], object]) -> tuple[object, ...]:
    if not raw:
        raise Wrong(f"the list of {operator} is empty", f"write {operator}: [one, another]")
    if not all(isinstance(each, str) for each in raw):
        raise Wrong(f"the list of {operator} holds more than plain values", f"write {operator}: [one, another]")
    values = [read(each) for each in raw if isinstance(each, str)]
    return tuple(dict.fromkeys(values))


def _span(raw: Node, kind: str | None) -> Operand:
    if not isinstance(raw, list) or len(raw) != 2:
        raise Wrong("between needs two values", "write between: [10, 50]")
    read = _some_worth if kind == OPEN else _READERS.get(kind or "number", _folded)
    if not all(isinstance(each, str) for each in raw):
        raise Wrong("between needs two plain values", "write between: [10, 50]")
    low, high = (cast("Decimal | Money", read(each)) for each in raw if isinstance(each, str))
    if isinstance(low, Money) != isinstance(high, Money) or (
        isinstance(low, Money) and isinstance(high, Money) and low.currency != high.currency
    ):
        raise Wrong("between needs one currency", "write it behind both, as in between: [10 EUR, 50 EUR]")
    if cast("Decimal", _worth(low)) > cast("Decimal", _worth(high)):
        raise Wrong("between begins after it ends", "write the smaller one first")
    return (low, high)
