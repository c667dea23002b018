"""The order of stages that definitions make: the team's own merged into the known funnel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from syncd.definitions.language import Definitions
from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage


def order_of(definitions: Definitions) -> Sequence[Stage]:
    """All stages in order, as `merged` makes it of those that definitions name."""
    return merged(tuple(rule.stage for rule in definitions.stages))


def rank(definitions: Definitions, stage: Stage) -> int:
    """How far along a stage is. Side stages, and stages that definitions no longer name, come before all others."""
    order = order_of(definitions)
    return order.index(stage) if stage in order else -1


@lru_cache(maxsize=64)
def merged(named: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The known funnel with each other stage after its predecessor in `named`.

    One that comes first stands before the next known one, or at the end where none follows.
    """
    order = list(FUNNEL)
    waiting: list[Stage] = []
    before: Stage | None = None
    for stage in named:
        if stage in SIDE_STAGES:
            continue
        if stage in FUNNEL:
            at = order.index(stage)
            order[at:at] = waiting
            waiting = []
        elif before is None:
            waiting.append(stage)
            continue
        elif stage not in order:
            order.insert(order.index(before) + 1, stage)
        before = stage
    return (*order, *waiting)
