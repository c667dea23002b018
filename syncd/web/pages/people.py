"""People: a list by stage, and the search. What is searched for is never in an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from syncd.store import people as stored
from syncd.store import search
from syncd.web.faces import faces
from syncd.web.pages.overview import census
from syncd.web.visit import Shown, Visit

if TYPE_CHECKING:
    from syncd.model.person import PersonId

PER_PAGE, FOUND = 50, 50
FEWEST_SIGNS = 3
"""A shorter word is in everybody's record."""


def people(visit: Visit) -> Shown:
    """Everybody, or everybody in a stage, a page at a time."""
    stage, page = visit.asked("stage"), visit.number("page", 1)
    stages = visit.remembered("stages", stored.stages)
    count = stored.count(visit.tx) if stage is None else stages.get(stage, 0)
    found = search.in_stage(visit.tx, stage, PER_PAGE, (page - 1) * PER_PAGE)
    shown = {
        "people": found,
        "faces": faces(visit.tx, [one.person for one in found]),
        "stages": census(stages),
        "stage": stage,
        "page": page,
        "pages": max(1, -(-count // PER_PAGE)),
        "count": count,
        "searched": None,
    }
    return Shown("people.html", shown)


def find(visit: Visit) -> Shown | Response:
    """Whom somebody searched for: the one person at once, else a list."""
    text = visit.form.get("q", "").strip()
    found = _found(visit, text) if text else []
    if len(found) == 1:
        return RedirectResponse(f"/people/{found[0]}", status_code=303)
    shown = {
        "people": search.listed(visit.tx, found),
        "faces": faces(visit.tx, found),
        "stages": census(visit.remembered("stages", stored.stages)),
        "stage": None,
        "page": 1,
        "pages": 1,
        "count": len(found),
        "searched": text,
        "most": FOUND,
    }
    return Shown("people.html", shown)


def _found(visit: Visit, text: str) -> list[PersonId]:
    """By id or address; else whose address begins so; else in whose records all the words are."""
    tx = visit.tx
    words = [word for word in text.split() if len(word) >= FEWEST_SIGNS]
    return (
        stored.find(tx, text)
        or (search.by_address(tx, text, FOUND) if " " not in text else [])
        or (search.by_words(tx, words, FOUND) if words else [])
    )
