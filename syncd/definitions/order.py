"""How far along the stages are that definitions name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from syncd.definitions.language import Definitions
from syncd.model.stage import Stage, stage_order


def order_of(definitions: Definitions) -> Sequence[Stage]:
    """All stages in order, the known ones and those that definitions name."""
    return _order(tuple(rule.stage for rule in definitions.stages))


def rank(definitions: Definitions, stage: Stage) -> int:
    """How far along a stage is. Side stages, and stages that definitions no longer name, come before all others."""
    order = order_of(definitions)
    return order.index(stage) if stage in order else -1


_order = lru_cache(maxsize=64)(stage_order)
"""Asked for every person of a run, always about the same few names."""
