"""Whom a report is about: a person by what somebody typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.records import System
from syncd.endings import NotThere
from syncd.links.keys import short_id
from syncd.model.person import PersonId
from syncd.store import mirror, people, references

if TYPE_CHECKING:
    from sqlalchemy import Connection

PLACES = {"001": "account", "006": "opportunity"}
"""Where people belong together, by the first letters of Salesforce's id (facts: salesforce B6)."""
SHOWN = 10
"""Candidates that a message lists."""


class NobodyFound(NotThere):
    """Nobody is known by a text, or was known then."""

    code = "unknown_person"


class SeveralFound(NotThere):
    """Several persons are known by a text: `candidates`, each with its records."""

    code = "ambiguous_person"
    next_step = "name one of them by its id, or by a record of only one"

    def __init__(self, text: str, candidates: tuple[str, ...]) -> None:
        more = f"\n  and {len(candidates) - SHOWN} more" if len(candidates) > SHOWN else ""
        lines = "".join(f"\n  {one}" for one in candidates[:SHOWN])
        super().__init__(f"{len(candidates)} persons are known by {text}:{lines}{more}")
        self.candidates = candidates


def find_person(tx: Connection, text: str) -> PersonId:
    """The one person known by an e-mail address, `hubspot:ID`, `salesforce:ID` (15 or 18 characters) or our own id.

    Raises NobodyFound or SeveralFound.
    """
    text = text.strip()
    system, _, record_id = text.partition(":")
    tried = [text] if system != "salesforce" else [text, f"{system}:{short_id(record_id)}"]
    found = sorted({person for one in tried for person in people.find(tx, one)})
    if len(found) == 1:
        return found[0]
    if found:
        raise SeveralFound(text, tuple(f"{person} ({_records(tx, person)})" for person in found))
    if people.count(tx) == 0:
        raise NobodyFound("The store knows nobody yet", "run `syncd plan` or `syncd sync` first")
    raise NobodyFound(
        f"nobody is known by {text}",
        "give an e-mail address, hubspot:ID, salesforce:ID or an id of syncd; who is new comes with `syncd sync`",
    )


def _records(tx: Connection, person: PersonId) -> str:
    records = mirror.of_persons(tx, [person])[person]
    return ", ".join(f"{record.system}:{record.id} {record.kind}" for record in records) or "no records"


def find_place(tx: Connection, text: str) -> tuple[str, str] | None:
    """The company, account or opportunity that a text names, as (kind, id); None where it names a person.

    `company:DOMAIN`, `company:ID` or `hubspot:company/ID`; `salesforce:ID` of an account or opportunity (15 or 18
    characters). Raises NobodyFound and SeveralFound.
    """
    system, _, rest = text.strip().partition(":")
    if system == "salesforce" and rest[:3] in PLACES:
        kind, short = PLACES[rest[:3]], rest[:15]
        known = {*mirror.ids(tx, System.SALESFORCE, kind), *references.known_as(tx, System.SALESFORCE, kind, short)}
        found = [one for one in known if one[:15] == short]
    elif system == "hubspot" and rest.startswith("company/"):
        kind, found = "company", [rest.removeprefix("company/")]
    elif system == "company":
        kind, found = "company", _companies(tx, rest)
    else:
        return None
    if len(found) > 1:
        raise SeveralFound(text, tuple(f"hubspot:company/{one}" for one in sorted(found)))
    if not found:
        raise NobodyFound(f"no {kind} is known by {rest}", "give company:DOMAIN, hubspot:company/ID or salesforce:ID")
    return kind, found[0]


def _companies(tx: Connection, text: str) -> list[str]:
    wanted = text.strip().casefold()
    return [
        one.id
        for one in mirror.iterate(tx, System.HUBSPOT, "company")
        if not one.deleted and (one.id == wanted or str(one.properties.get("domain") or "").casefold() == wanted)
    ]
