"""The calls of the day, out of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.brakes import budget
from syncd.store import runs
from syncd.store.database import get_meta

if TYPE_CHECKING:
    from syncd.web.visit import Visit


def of(visit: Visit) -> tuple[budget.Pace, str | None]:
    """The pace of the cycles with each CRM's day, and the name of the CRM that the service waits for, if it does."""
    service = visit.config.service
    last = runs.recent(visit.tx, budget.RECENT + 1)
    pace = budget.pace(last, service.budgets, service.jobs["cycle"].every, visit.now)
    waits = budget.waits(get_meta(visit.tx, budget.WAITING), visit.now)
    return pace, None if waits is None else budget.label(waits[0])
