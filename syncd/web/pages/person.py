"""One person: the journey over both CRMs, and the proof of where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from syncd.agreement.versions import kinds_of
from syncd.journey.explained import Looked, explain
from syncd.journey.person import Journey, journey
from syncd.journey.reading import last_seen, typed
from syncd.journey.who import NobodyFound
from syncd.locales.words import words_of
from syncd.model.instant import NEVER
from syncd.model.person import PersonId
from syncd.store import people, search
from syncd.telling.clauses import Teller
from syncd.telling.proofs import in_language, told
from syncd.web.faces import face
from syncd.web.views import cut, named
from syncd.web.visit import Shown, Visit

if TYPE_CHECKING:
    from syncd.model.instant import Instant

PER_PAGE, DRAWN = 200, 800
"""Events on one page, and in the chart."""
LANES = ("hubspot", "salesforce", "syncd")


def whole_journey(visit: Visit) -> Shown | Response:
    """Everything that happened to somebody."""
    person, page = _person(visit), visit.number("page", 1)
    if person != visit.path["person"]:
        return RedirectResponse(f"/people/{person}", status_code=303)
    at, as_of = _times(visit)
    found = journey(visit.tx, visit.config, person, at, as_of)
    newest, teller = list(reversed(found.events)), teller_of(visit)
    shown = {
        "found": found,
        "events": newest[(page - 1) * PER_PAGE : page * PER_PAGE],
        "page": page,
        "pages": max(1, -(-len(newest) // PER_PAGE)),
        "drawing": timeline_chart(found, at, teller),
    }
    return Shown("journey.html", _about(visit, found.looked) | shown | {"kinds": teller.kinds})


def proof(visit: Visit) -> Shown | Response:
    """Why somebody stands where they stand, why not further, and the least that would do it."""
    person = _person(visit)
    if person != visit.path["person"]:
        return RedirectResponse(f"/people/{person}/explain", status_code=303)
    at, as_of = _times(visit)
    found = explain(visit.tx, visit.config, person, at, as_of)
    teller = teller_of(visit)
    ahead = found.ahead
    shown = {
        "found": found,
        "proof": in_language(found.standing.proof, teller),
        "ahead": ahead,
        "ahead_proof": None if ahead is None else in_language(ahead.proof, teller),
        "lacking": [] if ahead is None else [in_language(one, teller) for one in ahead.lacking],
        "told": lambda text: told(text, teller),
        "never": ahead is not None and ahead.not_before == NEVER,
    }
    return Shown("explain.html", _about(visit, found.looked) | shown)


def timeline_chart(found: Journey, at: Instant, teller: Teller) -> dict[str, Any]:
    """The last events on three lanes, with the stages behind them; times in milliseconds."""
    events = found.events[-DRAWN:]
    first = events[0].at if events else at
    last = max([at, *(event.at for event in events)])
    return {
        "lanes": [named(lane) for lane in LANES],
        "events": [
            {"at": event.at, "lane": named(event.system), "says": cut(told(event.says, teller))} for event in events
        ],
        "stays": [
            {
                "name": teller.stage(stay.entry.stage),
                "from": max(stay.entry.at, first),
                "to": stay.left_at or last,
            }
            for stay in found.stays
            if (stay.left_at or last) > max(stay.entry.at, first)
        ],
    }


def teller_of(visit: Visit) -> Teller:
    """What tells sentences in the language of the page."""
    return Teller(words_of(visit.config.service.language), kinds_of(typed(visit.config, last_seen(visit.tx))))


def _person(visit: Visit) -> PersonId:
    """The person of the address, or the one that they turned out to be. Raises NobodyFound."""
    person = people.resolve(visit.tx, PersonId(visit.path["person"]))
    if not search.listed(visit.tx, [person]):
        raise NobodyFound("nobody is known by that id", "search for the person above")
    return person


def _times(visit: Visit) -> tuple[Instant, Instant | None]:
    """As true at one time and as known at another; the present where nothing was asked."""
    at, as_of = visit.instant("at"), visit.instant("as_of")
    return at or as_of or visit.now, as_of


def _about(visit: Visit, looked: Looked) -> dict[str, Any]:
    return {
        "face": face(looked.verdict.person, looked.dossier.records),
        "verdict": looked.verdict,
        "dossier": looked.dossier,
        "deals": looked.facts.opportunities,
        "asked": {"at": visit.asked("at") or "", "as_of": visit.asked("as_of") or ""},
    }
