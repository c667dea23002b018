"""Types of names for which fields.yaml says none: what a CRM says of the field, and until then how it is tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from syncd.definitions.language import Definitions, Operator, PropertyClause, Test, property_clauses_of
from syncd.definitions.rewritten import rewritten
from syncd.files.operands import misfit, typed_again
from syncd.files.problem import Wrong
from syncd.model.person import Moment, Money

if TYPE_CHECKING:
    from syncd.files.fields_file import FieldsFile, Kind

_ORDERED = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW, Operator.BETWEEN)


def typed_by(definitions: Definitions, kinds: Mapping[str, Kind]) -> Definitions:
    """The definitions with tests of some names read again, now that their types are known. The hash stays."""
    if not kinds:
        return definitions

    def again(clause: PropertyClause) -> PropertyClause:
        kind = kinds.get(clause.name)
        return (
            clause if kind is None else replace(clause, tests=tuple(typed_again(test, kind) for test in clause.tests))
        )

    return rewritten(definitions, again)


def asked_for(fields: FieldsFile, definitions: Definitions) -> dict[str, Kind]:
    """What definitions take names without a type for, by what they compare them with: numbers, amounts or dates."""
    found: dict[str, Kind] = {}
    for clause in property_clauses_of(definitions):
        if clause.name in fields.open_names:
            for test in clause.tests:
                if kind := _meant(test):
                    found[clause.name] = kind
    return found


def misfits(definitions: Definitions, kinds: Mapping[str, Kind]) -> Iterator[tuple[PropertyClause, Wrong]]:
    """Tests that no value of a name's type can pass or that make no sense of it, with what to write instead."""
    for clause in property_clauses_of(definitions):
        if clause.name in kinds:
            for test in clause.tests:
                if (wrong := misfit(clause.name, test, kinds[clause.name])) is not None:
                    yield clause, wrong


def _meant(test: Test) -> Kind | None:
    if test.operator is Operator.OLDER_THAN:
        return "date"
    if test.operator not in _ORDERED:
        return None
    operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    if any(isinstance(one, Moment) for one in operands):
        return "datetime"
    operand = operands[0]
    if isinstance(operand, Money):
        return "money"
    return "date" if isinstance(operand, date) else "number" if isinstance(operand, Decimal) else None
