"""Whom a page is about, as people call them: name, address and company out of the records of both CRMs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from syncd.model.nouns import dataclass
from syncd.store import mirror
from syncd.web.views import cut

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.model.dossier import Mirrored
    from syncd.model.person import PersonId

NAMES = (("firstname", "lastname"), ("FirstName", "LastName"))
MAIL, TITLE, COMPANY = ("email", "Email"), ("jobtitle", "Title"), ("company", "Company")
"""What both CRMs call it."""
NOBODY = "no name"
LONGEST = 160
"""Signs that are shown: a CRM takes thousands, and a title of thousands is no title."""


@dataclass(frozen=True, slots=True)
class Face:
    """A person as a page shows them. What no record says is empty."""

    person: PersonId
    name: str
    email: str
    title: str
    company: str


def face(person: PersonId, records: Sequence[Mirrored]) -> Face:
    """What records say of a person: living ones before deleted ones, HubSpot's before Salesforce's."""
    ordered = sorted(records, key=lambda one: (one.deleted, one.system, one.kind, one.id))
    names = (" ".join(filter(None, (_text(one, name) for name in both))) for one in ordered for both in NAMES)
    email = _first(ordered, MAIL)
    return Face(
        person, next(filter(None, names), email or NOBODY), email, _first(ordered, TITLE), _first(ordered, COMPANY)
    )


def faces(tx: Connection, persons: Iterable[PersonId]) -> dict[PersonId, Face]:
    """The faces of some people."""
    found = mirror.of_persons(tx, list(dict.fromkeys(persons)))
    return {person: face(person, records) for person, records in found.items()}


def _first(records: Sequence[Mirrored], names: Sequence[str]) -> str:
    return next(filter(None, (_text(one, name) for one in records for name in names)), "")


def _text(record: Mirrored, name: str) -> str:
    return cut(str(record.properties.get(name) or "").strip(), LONGEST)
