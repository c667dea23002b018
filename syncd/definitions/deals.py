"""Opportunities over time: when one of a person's fits a clause."""

from __future__ import annotations

from decimal import Decimal

from syncd.definitions.context import Context, Judge
from syncd.definitions.intervals import (
    ALWAYS,
    FALSE,
    TRUE,
    UNKNOWN,
    Line,
    all_of,
    any_of,
    from_intervals,
    negation,
    normal,
    truth_at,
)
from syncd.definitions.language import OpportunityClause, PropertyClause
from syncd.definitions.properties import over_time
from syncd.definitions.values import passes
from syncd.model.instant import BEGINNING, NEVER
from syncd.model.person import Money, Opportunity, Unknown, Value
from syncd.model.truth import Truth


def opportunity_judge(clause: OpportunityClause) -> Judge:
    """When some one opportunity fits a clause, for whoever it is asked."""

    def judge(context: Context) -> Line:
        facts = context.facts
        if not facts.opportunities:
            return ALWAYS[FALSE if facts.opportunities_known else UNKNOWN]
        lines = [opportunity_line(clause, opportunity, context) for opportunity in facts.opportunities]
        if not facts.opportunities_known:
            lines.append(ALWAYS[UNKNOWN])
        return any_of(lines)

    return judge


def opportunity_line(clause: OpportunityClause, opportunity: Opportunity, context: Context) -> Line:
    """When one opportunity fits a clause. In a later cycle only what came to fit after the return counts."""
    end = opportunity.closed_at if opportunity.closed_at is not None else NEVER
    lines = [from_intervals([(opportunity.created_at, NEVER)], TRUE, FALSE)]
    if clause.won is not None:
        won = from_intervals([(end, NEVER)], TRUE, FALSE) if opportunity.won else ALWAYS[FALSE]
        lines.append(won if clause.won else negation(won))
    if clause.open is not None:
        is_open = from_intervals([(opportunity.created_at, end)], TRUE, FALSE)
        lines.append(is_open if clause.open else negation(is_open))
    if clause.amount:
        lines.append(_amount(clause, opportunity))
    lines += (_passed(asked, opportunity) for asked in clause.where)
    if clause.close_date_set_by_sales:
        if not opportunity.close_date_by_sales:
            return ALWAYS[FALSE]
        if opportunity.close_date_at is not None:
            lines.append(from_intervals([(opportunity.close_date_at, NEVER)], TRUE, FALSE))
    line = all_of(lines)
    if context.began > BEGINNING and truth_at(line, context.began) is Truth.TRUE:
        return normal([(int(BEGINNING), FALSE), *(point for point in line if point[0] > context.began)])
    return line


def _passed(asked: PropertyClause, opportunity: Opportunity) -> Line:
    """When a name that is read from opportunities passed its tests."""
    known = opportunity.properties.get(asked.name)
    return ALWAYS[UNKNOWN] if known is None else over_time(asked.tests)(known, BEGINNING)


def _amount(clause: OpportunityClause, opportunity: Opportunity) -> Line:
    """What an amount was before it was last set is known only where the CRM's history tells it."""
    if opportunity.amounts:
        points = [(int(at), _passes(clause, opportunity, amount)) for at, amount in opportunity.amounts]
        return normal([(int(BEGINNING), UNKNOWN), *points])
    since = BEGINNING if opportunity.amount_at is None else opportunity.amount_at
    return normal([(int(BEGINNING), UNKNOWN), (int(since), _passes(clause, opportunity, opportunity.amount))])


def _passes(clause: OpportunityClause, opportunity: Opportunity, given: Decimal | None) -> int:
    amount: Value = Unknown("amount is missing") if given is None else given
    if isinstance(amount, Decimal) and opportunity.currency is not None:
        amount = Money(amount, opportunity.currency)
    return min(int(passes(amount, test)) for test in clause.amount)
