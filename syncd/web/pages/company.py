"""A company or an opportunity: everybody there, and what happened to them on one line of time."""

from __future__ import annotations

from typing import Any

from syncd.journey.together import Together, together
from syncd.model.instant import Instant
from syncd.telling.clauses import Teller
from syncd.telling.proofs import told
from syncd.web.faces import Face, face
from syncd.web.pages.person import teller_of
from syncd.web.views import cut, named
from syncd.web.visit import Shown, Visit

PER_PAGE, DRAWN = 200, 800
NAMES = ("name", "Name")
TOLD = ("domain", "website", "Website", "industry", "Industry", "country", "BillingCountry", "numberofemployees",
        "NumberOfEmployees", "StageName", "Amount", "CloseDate")  # fmt: skip
"""Properties of a company or a deal that people know it by."""


def company(visit: Visit) -> Shown:
    """The journeys around one record."""
    kind, record_id, page = visit.path["kind"], visit.path["id"], visit.number("page", 1)
    found = together(visit.tx, visit.config, kind, record_id, visit.now, page=visit.number("people", 1))
    properties = found.record.properties
    faces = {one.verdict.person: face(one.verdict.person, one.dossier.records) for one in found.people}
    newest, teller = list(reversed(found.events)), teller_of(visit)
    shown = {
        "kind": kind,
        "found": found,
        "name": cut(next((str(properties[name]) for name in NAMES if properties.get(name)), record_id)),
        "told": [(name, properties[name]) for name in TOLD if properties.get(name) not in (None, "")],
        "faces": faces,
        "events": newest[(page - 1) * PER_PAGE : page * PER_PAGE],
        "page": page,
        "pages": max(1, -(-len(newest) // PER_PAGE)),
        "drawing": _chart(found, faces, visit.now, teller),
        "kinds": teller.kinds,
    }
    return Shown("company.html", shown)


def _chart(found: Together, faces: dict[Any, Face], now: Instant, teller: Teller) -> dict[str, Any]:
    """Everybody's events, a lane for each person, and the life of each deal behind them."""
    events = found.events[-DRAWN:]
    first = events[0].event.at if events else now
    return {
        "lanes": [faces[one.verdict.person].name for one in found.people],
        "events": [
            {
                "at": one.event.at,
                "lane": faces[one.person].name,
                "says": cut(told(one.event.says, teller)),
                "of": named(one.event.system),
            }
            for one in events
        ],
        "stays": [
            {
                "name": teller.words.say("deal {deal}", deal=deal.id[-6:]),
                "from": max(deal.created_at, first),
                "to": deal.closed_at or now,
            }
            for deal in found.deals
            if (deal.closed_at or now) > max(deal.created_at, first)
        ],
    }
