"""The order of stages: those that a file names, merged into the known funnel."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage


def stage_order(names: Iterable[str]) -> tuple[Stage, ...]:
    """The whole funnel in order: the known stages, and each other one after its predecessor in `names`.

    A team's own stage that comes first in `names` stands before the next known one. Side stages have no order.
    """
    order = list(FUNNEL)
    before: Stage | None = None
    waiting: list[Stage] = []
    for name in map(Stage, names):
        if name in SIDE_STAGES:
            continue
        if name in FUNNEL:
            at = order.index(name)
            order[at:at] = [each for each in waiting if each not in order]
            waiting = []
        elif before is None:
            waiting.append(name)
            continue
        elif name not in order:
            order.insert(order.index(before) + 1, name)
        before = name
    return (*order, *(each for each in waiting if each not in order))
