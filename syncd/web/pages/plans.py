"""Plans and runs: the plan that waits for a person, with its diff, and what each run wrote."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from syncd.brakes import pause
from syncd.plan.render import change_of
from syncd.store import held, intents, runs
from syncd.web.faces import faces
from syncd.web.visit import SOMEBODY, NoSuchPage, Shown, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

CHANGES, PER_PAGE, RUNS = 10, 25, 50
"""Changes and writes on a page (a change has a line for each of its fields), and runs."""
LONG = 240
"""Signs of a value that are shown; a task's description is longer."""


def plans(visit: Visit) -> Shown:
    """The plan that waits, and the last runs."""
    waiting, purpose, page = held.waiting(visit.tx), visit.asked("purpose"), visit.number("page", 1)
    counts = held.counts(visit.tx) if waiting else {}
    count = sum(counts.values()) if purpose is None else counts.get(purpose, 0)
    rows = held.changes(visit.tx, purpose, CHANGES, (page - 1) * CHANGES) if waiting else []
    changes = [change_of(row) for row in rows]
    shown = {
        "waiting": waiting,
        "counts": counts,
        "purpose": purpose,
        "changes": changes,
        "faces": faces(visit.tx, (one.person for one in changes if one.person is not None)),
        "page": page,
        "pages": max(1, -(-count // CHANGES)),
        "runs": runs.recent(visit.tx, RUNS),
        "long": LONG,
        "brake": pause.in_force(visit.tx, visit.config.directory),
    }
    return Shown("plans.html", shown)


def put_on(visit: Visit) -> Response:
    """Put the brake on, for the reason of the form. One that is on stays, with its own reason."""
    with visit.lookout.braking() as tx:
        pause.pause(tx, SOMEBODY, visit.form.get("why", "").strip(), visit.now)
    return RedirectResponse("/plans", status_code=303)


def take_off(visit: Visit) -> Response:
    """Take the brake off that was put on by command or here. The next cycle writes again."""
    with visit.lookout.braking() as tx:
        pause.resume(tx, SOMEBODY, visit.form.get("why", "").strip(), visit.now)
    return RedirectResponse("/plans", status_code=303)


def run(visit: Visit) -> Shown:
    """One run: how it ended and what it wrote. Raises NoSuchPage."""
    found, page = runs.get(visit.tx, visit.path["run"]), visit.number("page", 1)
    if found is None:
        raise NoSuchPage("there is no run of that id", "choose one of the last runs under Plans")
    written = intents.of_run(visit.tx, found.id)
    some = written[(page - 1) * PER_PAGE : page * PER_PAGE]
    shown: dict[str, Any] = {
        "run": found,
        "written": some,
        "states": Counter(one.state for one in written),
        "count": len(written),
        "faces": faces(visit.tx, (one.person for one in some if one.person is not None)),
        "page": page,
        "pages": max(1, -(-len(written) // PER_PAGE)),
        "long": LONG,
    }
    return Shown("run.html", shown)
