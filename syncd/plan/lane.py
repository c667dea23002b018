"""Which changes go out where not all can: the hottest first, for whom a part of the day's calls is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from syncd.model.change import Change
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.plan.render import Group, calls_of


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many calls a run may make to a CRM: for anybody, and for the hottest, who also have what is kept for them.

    None: no limit is known.
    """

    anybody: int | None = None
    hottest: int | None = None


def fitting(
    changes: Sequence[Change], bounds: Mapping[str, Bounds], hot_from: int
) -> tuple[list[Change], list[Change]]:
    """The changes that may go out, in their order, and those that wait. A person's changes stay together,
    and so do those about nobody.

    People come in the order of their tasks' ranks, the highest first; from `hot_from` on somebody is one of the
    hottest. Who has no new task is at the end.
    """
    whole = Counter((one.system, one.purpose, one.object) for one in changes)
    if _fits(calls_of(whole), {system: bound.anybody for system, bound in bounds.items()}):
        return list(changes), []
    groups: dict[PersonId | None, Counter[Group]] = {}
    ranks: dict[PersonId | None, int] = {}
    for one in changes:
        groups.setdefault(one.person, Counter())[one.system, one.purpose, one.object] += 1
        ranks[one.person] = max(ranks.get(one.person, 0), one.rank)
    taken, kept = Counter[Group](), set()
    for person in sorted(groups, key=lambda one: (-ranks[one], one or "")):
        is_hot = ranks[person] >= hot_from
        most = {system: bound.hottest if is_hot else bound.anybody for system, bound in bounds.items()}
        if _fits(calls_of(taken + groups[person]), most):
            taken += groups[person]
            kept.add(person)
    return [one for one in changes if one.person in kept], [one for one in changes if one.person not in kept]


def _fits(calls: Mapping[str, int], most: Mapping[str, int | None]) -> bool:
    return all((bound := most.get(system)) is None or count <= bound for system, count in calls.items())
