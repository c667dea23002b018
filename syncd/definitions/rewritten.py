"""Definitions with every test of a property said in another way: wherever such a test may stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Clause,
    Definitions,
    FitScore,
    Not,
    OpportunityClause,
    PropertyClause,
    StageRule,
)

Retold: TypeAlias = "Callable[[PropertyClause], PropertyClause]"


def rewritten(definitions: Definitions, retold: Retold) -> Definitions:
    """The definitions with what `retold` gives in place of each test of a property. The hash stays."""
    scores = {
        name: replace(
            score,
            rules=_rules(score.rules, retold),
            groups=[replace(group, rules=_rules(group.rules, retold)) for group in score.groups],
        )
        if isinstance(score, FitScore)
        else score
        for name, score in definitions.scores.items()
    }
    return replace(
        definitions,
        scores=scores,
        never=[replace(rule, clause=_clause(rule.clause, retold)) for rule in definitions.never],
        stages=[_stage(rule, retold) for rule in definitions.stages],
        returns=[replace(rule, when=_clause(rule.when, retold)) for rule in definitions.returns],
        answers={name: _clause(clause, retold) for name, clause in definitions.answers.items()},
    )


def _rules(rules: Sequence[tuple[Clause, int]], retold: Retold) -> Sequence[tuple[Clause, int]]:
    return [(_clause(clause, retold), points) for clause, points in rules]


def _stage(rule: StageRule, retold: Retold) -> StageRule:
    silence = rule.unanswered
    if silence is not None and silence.unless is not None:
        silence = replace(silence, unless=_clause(silence.unless, retold))
    return replace(rule, when=_clause(rule.when, retold), unanswered=silence)


def _clause(clause: Clause, retold: Retold) -> Clause:
    match clause:
        case PropertyClause():
            return retold(clause)
        case OpportunityClause():
            return replace(clause, where=tuple(map(retold, clause.where)))
        case AllOf() | AnyOf() | AtLeastOf():
            return replace(clause, clauses=tuple(_clause(part, retold) for part in clause.clauses))
        case Not():
            return replace(clause, clause=_clause(clause.clause, retold))
    return clause
