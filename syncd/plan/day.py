"""No floods: at most so many new tasks of one owner a day, the best ranked; the rest waits for the next day."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.model.change import TASK, Change
from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.plan.case import Setting


def put_off(changes: Sequence[Change], setting: Setting) -> set[PersonId]:
    """Those whose new tasks are too many for their owner's day. Of equal rank, the lower id comes first."""
    bound = setting.tasks.daily
    if bound is None:
        return set()
    left = {owner: bound - made for owner, made in setting.made_today.items()}
    waiting = set()
    for one in sorted((one for one in changes if one.purpose == TASK), key=lambda one: (-one.rank, one.person or "")):
        owner = (one.owner or "")[:15]
        left[owner] = left.get(owner, bound) - 1
        if left[owner] < 0 and one.person is not None:
            waiting.add(one.person)
    return waiting


def tomorrow(setting: Setting) -> Instant:
    """When the team's next day begins."""
    return setting.working.midnight_after(setting.now)


def without_tasks_of(changes: Sequence[Change], waiting: set[PersonId]) -> list[Change]:
    """The changes without the new tasks of those who wait."""
    return [one for one in changes if one.purpose != TASK or one.person not in waiting]
