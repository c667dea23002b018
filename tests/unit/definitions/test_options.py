"""Picklist values in definitions: by label or by the API's own value."""

from __future__ import annotations

import pytest

from syncd.definitions.language import AllOf, Definitions, NeverRule, Not, Operator, PropertyClause, StageRule
from syncd.definitions.language import Test as Check
from syncd.definitions.options import Picklist, misnamed, resolved
from syncd.model.stage import Stage

STATUS = Picklist(
    [("IN_PROGRESS", "Arbeitet dran"), ("NEW", "Neu"), ("OPEN", "Offen"), ("OPEN_DEAL", "Offen")], closed=True
)


def asks(*operands: str, operator: Operator = Operator.ANY_OF) -> PropertyClause:
    return PropertyClause("status", (Check(operator, operands),), "definitions.yaml:3:5")


def agreement(clause) -> Definitions:
    return Definitions("f00d", never=[NeverRule("busy", Not(clause))], stages=[StageRule(Stage.MQL, AllOf([clause]))])


def test_a_label_means_its_value_wherever_it_stands():
    found = resolved(agreement(asks("arbeitet dran", "new")), {"status": STATUS})
    expected = asks("in_progress", "new")
    assert found.stages[0].when.clauses == (expected,)
    assert found.never[0].clause.clause == expected
    assert found.hash == "f00d"


def test_a_single_value_is_resolved_like_a_list():
    clause = PropertyClause("status", (Check(Operator.IS, "neu"),))
    found = resolved(agreement(clause), {"status": STATUS})
    assert found.stages[0].when.clauses[0].tests[0].operand == "new"


@pytest.mark.parametrize(("text", "several"), [("arbeitet nie", False), ("offen", True)])
def test_a_value_that_no_picklist_has_or_that_several_are_called_is_told_with_its_place(text, several):
    found = list(misnamed(agreement(asks("neu", text)), {"status": STATUS}))
    assert {(one.place, one.text, one.several) for one in found} == {("definitions.yaml:3:5", text, several)}
    assert all(one.near for one in found)


def test_an_open_picklist_may_hold_values_that_it_does_not_list():
    open_one = Picklist(STATUS.options, closed=False)
    assert list(misnamed(agreement(asks("arbeitet nie")), {"status": open_one})) == []
    assert resolved(agreement(asks("arbeitet nie")), {"status": open_one}).stages[0].when.clauses == (
        asks("arbeitet nie"),
    )


def test_parts_of_texts_are_no_values():
    clause = asks("arb", operator=Operator.CONTAINS)
    assert list(misnamed(agreement(clause), {"status": STATUS})) == []
    assert resolved(agreement(clause), {"status": STATUS}).stages[0].when.clauses == (clause,)


def test_properties_without_picklist_are_left_alone():
    clause = asks("whatever")
    assert resolved(agreement(clause), {}) == agreement(clause)
    assert list(misnamed(agreement(clause), {})) == []
