"""Where people wait, how long, behind whom or what, and what it costs (issue: bottlenecks). Pure.

A place is a stage of the chain and one value of each name. What it loses is measured against the whole: had its people
come further at the rate of everybody, so many more would have. Places are ranked by that; a place that does better
than the whole loses nothing, and those of which little is known yet are shown with their numbers, not hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.journey.columns import Group
from syncd.journey.funnel import Conversion, Rate
from syncd.journey.units import OPEN, STALLED
from syncd.journey.velocity import Velocity
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage


@dataclass(frozen=True, slots=True)
class Before:
    """The same place in the period before: its rate, its median (milliseconds), and who waited then."""

    rate: Rate
    median: int | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One place: people of one value of a name (none for everybody) who wait in `stage` for `after`.

    `rate` are those who came further, `waiting` those who have not yet, `stalled` of them for longer than is normal.
    `left` are those who went another way, by reason. `median` and `survival` are milliseconds. `lost` is how many more
    would have come further at the rate of the whole; for the whole itself, at the rate of the period before.
    """

    stage: Stage
    after: Stage
    name: str
    value: str
    rate: Rate
    waiting: int
    stalled: int
    left: Mapping[str, int]
    median: int | None
    survival: int | None
    lost: float
    before: Before | None

    @property
    def rate_change(self) -> float | None:
        """By how much the rate rose since the period before, as a share; None where one of them is of nobody."""
        if self.before is None or self.rate.share is None or self.before.rate.share is None:
            return None
        return self.rate.share - self.before.rate.share


def bottlenecks(
    whole: Group, groups: Sequence[Group], whole_before: Group | None, groups_before: Sequence[Group]
) -> list[Bottleneck]:
    """All places at which somebody waits or was lost, those that lose most first, then those where most wait.

    The whole's own places come among them, measured against the period before.
    """
    earlier = {(group.name, group.value): group for group in groups_before}
    found = []
    for group in (whole, *groups):
        then = whole_before if group is whole else earlier.get((group.name, group.value))
        for index, one in enumerate(group.numbers.conversions):
            before = None if then is None else _before(then, index)
            norm = (
                (None if before is None else before.rate) if group is whole else whole.numbers.conversions[index].cohort
            )
            found.append(_place(group, one, group.velocities[index], norm, before))
    kept = [one for one in found if one.waiting or one.lost or one.left]
    return sorted(kept, key=lambda one: (-one.lost, -one.waiting, one.stage, one.name, one.value))


def _place(group: Group, one: Conversion, speed: Velocity, norm: Rate | None, before: Before | None) -> Bottleneck:
    expected = 0.0 if norm is None or norm.share is None else norm.share * one.cohort.of
    return Bottleneck(
        stage=one.before,
        after=one.after,
        name=group.name,
        value=group.value,
        rate=one.cohort,
        waiting=one.open.n,
        stalled=one.outcomes[STALLED],
        left={f"{outcome}: {reason}": n for outcome, found in one.reasons.items() for reason, n in found.items()},
        median=speed.arrived.median,
        survival=speed.survival,
        lost=max(0.0, expected - one.cohort.n),
        before=before,
    )


def _before(group: Group, index: int) -> Before:
    one = group.numbers.conversions[index]
    return Before(one.cohort, group.velocities[index].arrived.median, one.outcomes[OPEN] + one.outcomes[STALLED])
