"""The stages of the funnel, and their order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


class Stage(str):
    """A stage of a person's way, by its name in the definitions. Teams may name their own; these are the known ones."""

    __slots__ = ()

    SUBSCRIBER: ClassVar[Stage]
    LEAD: ClassVar[Stage]
    MQL: ClassVar[Stage]
    SQL: ClassVar[Stage]
    SQO: ClassVar[Stage]
    CUSTOMER: ClassVar[Stage]
    RECYCLED: ClassVar[Stage]
    DISQUALIFIED: ClassVar[Stage]


Stage.SUBSCRIBER = Stage("subscriber")
Stage.LEAD = Stage("lead")
Stage.MQL = Stage("mql")
Stage.SQL = Stage("sql")
Stage.SQO = Stage("sqo")
Stage.CUSTOMER = Stage("customer")
Stage.RECYCLED = Stage("recycled")
Stage.DISQUALIFIED = Stage("disqualified")

FUNNEL: tuple[Stage, ...] = (
    Stage.SUBSCRIBER,
    Stage.LEAD,
    Stage.MQL,
    Stage.SQL,
    Stage.SQO,
    Stage.CUSTOMER,
)
"""The stages in order; a later one is further on."""

SIDE_STAGES: tuple[Stage, ...] = (Stage.RECYCLED, Stage.DISQUALIFIED)
"""Where a return leads: out of the funnel, for a while or for good."""

LABELS: dict[Stage, str] = {
    Stage.SUBSCRIBER: "Subscriber",
    Stage.LEAD: "Lead",
    Stage.MQL: "MQL",
    Stage.SQL: "SQL",
    Stage.SQO: "SQO",
    Stage.CUSTOMER: "Customer",
    Stage.RECYCLED: "Recycled",
    Stage.DISQUALIFIED: "Disqualified",
}
"""What people see, and the values of Salesforce's picklist."""


def label_of(stage: Stage) -> str:
    """The name that people see: from LABELS, else the stage's own name with a capital."""
    return LABELS.get(stage) or stage[:1].upper() + stage[1:]


def stage_order(names: Iterable[str]) -> tuple[Stage, ...]:
    """The whole funnel in order: the known stages, and each other one after its predecessor in `names`.

    A team's own stage that comes first in `names` stands before the next known one, or at the end where none
    follows. Side stages have no order.
    """
    order = list(FUNNEL)
    waiting: list[Stage] = []
    before: Stage | None = None
    for stage in dict.fromkeys(map(Stage, names)):
        if stage in SIDE_STAGES:
            continue
        if stage in FUNNEL:
            at = order.index(stage)
            order[at:at] = waiting
            waiting = []
        elif before is None:
            waiting.append(stage)
            continue
        else:
            order.insert(order.index(before) + 1, stage)
        before = stage
    return (*order, *waiting)
