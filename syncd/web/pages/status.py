"""Status: how syncd is doing, as `syncd status` tells it."""

from __future__ import annotations

from syncd.brakes import budget
from syncd.journey.state import lag, state
from syncd.web import budgets
from syncd.web.pages.overview import census
from syncd.web.visit import Shown, Visit


def status(visit: Visit) -> Shown:
    """Runs, streams, budgets, and the files in force."""
    found = visit.remembered("status", lambda tx: state(tx, visit.now))
    pace, waits = budgets.of(visit)
    return Shown(
        "status.html",
        {
            "state": found,
            "stages": census(found.stages),
            "streams": [(one, lag(one, visit.now)) for one in found.streams],
            "pace": pace,
            "pace_says": budget.said(pace),
            "waits": waits,
            "files": visit.config,
        },
    )
