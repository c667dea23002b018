"""Picklists: definitions may name a value as people see it or as the API calls it; both mean the same (design 4)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from syncd.definitions.language import Definitions, Operator, PropertyClause, Test, fold, property_clauses_of
from syncd.definitions.rewritten import rewritten
from syncd.model.nouns import dataclass

NAMING = (Operator.IS, Operator.ANY_OF, Operator.NONE_OF)
"""Tests that name whole values."""


@dataclass(frozen=True, slots=True)
class Picklist:
    """The values of a property: (value, label) each. `closed` says that the CRM takes no others."""

    options: Sequence[tuple[str, str]]
    closed: bool

    def meant_by(self, text: str) -> set[str]:
        """The values, folded, that a folded text names: a value itself, else every value with that label."""
        values = {fold(value) for value, _ in self.options}
        return {text} if text in values else {fold(value) for value, label in self.options if fold(label) == text}


@dataclass(frozen=True, slots=True)
class Misnamed:
    """A value that definitions name and no picklist has, or that several values are called. `near` are likely ones."""

    place: str
    name: str
    text: str
    near: Sequence[str]
    several: bool = False


def resolved(definitions: Definitions, picklists: Mapping[str, Picklist]) -> Definitions:
    """The definitions with the API's own values in place of labels, by name of property. The hash stays."""
    if not picklists:
        return definitions
    return rewritten(definitions, lambda clause: _asked(clause, picklists))


def misnamed(definitions: Definitions, picklists: Mapping[str, Picklist]) -> Iterator[Misnamed]:
    """What definitions name that a closed picklist does not have, or that has several meanings, in order."""
    for clause in property_clauses_of(definitions):
        if clause.name in picklists:
            yield from _wrong_in(clause, picklists[clause.name])


def _wrong_in(clause: PropertyClause, picklist: Picklist) -> Iterator[Misnamed]:
    for test in clause.tests:
        for text in _texts(test):
            meant = picklist.meant_by(text)
            if len(meant) > 1:
                yield Misnamed(clause.place, clause.name, text, sorted(meant), several=True)
            elif not meant and picklist.closed:
                known = [label for _, label in picklist.options]
                folded = {fold(label): label for label in known}
                near = [folded[each] for each in difflib.get_close_matches(text, folded, n=3)]
                yield Misnamed(clause.place, clause.name, text, near or known[:3])


def _texts(test: Test) -> list[str]:
    if test.operator not in NAMING:
        return []
    operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    return [one for one in operands if isinstance(one, str)]


def _asked(clause: PropertyClause, picklists: Mapping[str, Picklist]) -> PropertyClause:
    if clause.name not in picklists:
        return clause
    return replace(clause, tests=tuple(_test(test, picklists[clause.name]) for test in clause.tests))


def _test(test: Test, picklist: Picklist) -> Test:
    if test.operator not in NAMING:
        return test
    if isinstance(test.operand, tuple):
        named = tuple(_value(one, picklist) if isinstance(one, str) else one for one in test.operand)
        return replace(test, operand=named)
    return replace(test, operand=_value(test.operand, picklist)) if isinstance(test.operand, str) else test


def _value(text: str, picklist: Picklist) -> str:
    meant = picklist.meant_by(text)
    return meant.pop() if len(meant) == 1 else text
