"""Quarantine: what was set aside, by who can mend it, to be tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from syncd.journey.state import grouped
from syncd.repair import mending
from syncd.repair.mending import Choice, NoSuchCase
from syncd.store import quarantine as stored
from syncd.web.faces import faces
from syncd.web.visit import SOMEBODY, Misasked, Shown, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

PER_PAGE = 100
CASE = "case-"
"""Before the id of a case, the name of its box in the form."""


def quarantine(visit: Visit) -> Shown:
    """Every case that is open, oldest first."""
    who, page = visit.asked("who"), visit.number("page", 1)
    rows = stored.open_ones(visit.tx)
    mine = [row for row in rows if who in (None, row.who)]
    some = mine[(page - 1) * PER_PAGE : page * PER_PAGE]
    shown = {
        "groups": grouped(rows),
        "cases": some,
        "case": CASE,
        "faces": faces(visit.tx, [row.person for row in some if row.person is not None]),
        "count": len(rows),
        "who": who,
        "whos": sorted({row.who for row in rows}),
        "page": page,
        "pages": max(1, -(-len(mine) // PER_PAGE)),
        "retried": visit.number("retried", 0) if visit.asked("retried") else None,
    }
    return Shown("quarantine.html", shown)


def retry(visit: Visit) -> Response:
    """Have the marked cases tried in the next cycle. Raises Misasked where none is marked or one is gone by now."""
    ids = [name.removeprefix(CASE) for name in visit.form if name.startswith(CASE)]
    if not ids:
        raise Misasked("no case was marked", "mark those to try again, then press the button")
    try:
        with visit.lookout.writing() as tx:
            rows = mending.chosen(tx, Choice(ids))
            mending.retry(tx, rows, SOMEBODY, visit.now)
    except NoSuchCase as error:
        raise Misasked(error.message, "load the page again: a cycle may have mended it") from error
    return RedirectResponse(f"/quarantine?retried={len(rows)}", status_code=303)
