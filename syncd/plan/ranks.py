"""Who comes first: a rank from 0 to 100 of what speaks for somebody, by the weights of tasks.yaml (design 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from syncd.definitions.context import Context
from syncd.definitions.explain import points_at
from syncd.definitions.reasons import context_of
from syncd.files.fields_file import ANSWERS
from syncd.files.tasks_file import Rank
from syncd.model.instant import DAY, Instant
from syncd.model.person import Unknown
from syncd.plan.case import Case, Setting

FULL_POINTS = 100
"""Points of a score that are all."""
FRESH = 7 * DAY
"""After so long without a touch nothing is urgent any more."""


def rank_of(case: Case, setting: Setting) -> int:
    """The weighted mean of what is known, in hundredths: nothing known is 0, everything full is 100."""
    rule = setting.tasks.rank
    parts = _parts(case, setting, rule)
    weights = {name: int(getattr(rule, name)) for name in parts}
    whole = sum(weights.values())
    if not whole:
        return 0
    return int(100 * sum(parts[name] * weights[name] for name in parts) / whole)


def _parts(case: Case, setting: Setting, rule: Rank) -> Mapping[str, Decimal]:
    """What speaks for the person, each from 0 to 1."""
    context = context_of(case.facts, setting.definitions, case.verdict.entries, case.current.cycle)
    answers = sum(_is_known(case, name) for name in ANSWERS)
    amounts = [one.amount for one in case.facts.opportunities if one.closed_at is None and one.amount is not None]
    last = max((touch.at for touch in case.facts.touches if touch.at <= setting.now), default=None)
    age = FRESH if last is None else min(FRESH, setting.now - last)
    return {
        "bant": Decimal(answers) / len(ANSWERS),
        "fit": _score("fit", context, setting.now),
        "engagement": _score("engagement", context, setting.now),
        "value": _bounded(sum(amounts, Decimal(0)) / max(1, int(rule.full_value))),
        "urgency": 1 - Decimal(age) / FRESH,
    }


def _is_known(case: Case, name: str) -> bool:
    known = case.facts.properties.get(name)
    return known is not None and not isinstance(known.timeline[-1][1], Unknown)


def _score(name: str, context: Context, now: Instant) -> Decimal:
    if name not in context.definitions.scores:
        return Decimal(0)
    return _bounded(points_at(name, context, now) / FULL_POINTS)


def _bounded(share: Decimal) -> Decimal:
    return max(Decimal(0), min(Decimal(1), share))
