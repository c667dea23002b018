"""One record, and what shares its keys: which person is it?

The order of the rules is the config's (design 3): the external id, then the link that a CRM keeps itself, then
e-mail. A record that is linked stays where it is; two candidates at the same rule are a question for people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from connectors.records import System
from syncd.links.keys import EMAIL, HUBSPOT_ID, SALESFORCE_ID, sort_of
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId

RULES = {"external_id": HUBSPOT_ID, "crm_link": SALESFORCE_ID, "email": EMAIL}
"""The names of the rules in the config, and the sort of key that each compares."""


@dataclass(frozen=True, slots=True)
class Party:
    """A contact or lead in the question of who it is.

    `claims` is the HubSpot id that a Salesforce record names. `inert` records (deleted, or leads that were
    converted) are history: they can be followed, but no address leads to them.
    """

    system: System
    kind: str
    id: str
    person: PersonId | None = None
    claims: str | None = None
    inert: bool = False

    def of(self, person: PersonId) -> Party:
        """The same record, a person's."""
        return Party(self.system, self.kind, self.id, person, self.claims, self.inert)

    def same_row(self, other: Party) -> bool:
        """Whether both are the same row of the same CRM."""
        return (self.system, self.kind, self.id) == (other.system, other.kind, other.id)

    def same_kind(self, other: Party) -> bool:
        """Whether both are of one object of one CRM."""
        return (self.system, self.kind) == (other.system, other.kind)


@dataclass(frozen=True, slots=True)
class Linked:
    """The person to link to, and by which rule. `absorbs` are persons who turned out to be the same one."""

    person: PersonId
    rule: str
    absorbs: Sequence[PersonId] = ()


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Candidates that no rule tells apart, or a claim that contradicts the address. Nobody is linked."""

    why: str
    candidates: Sequence[Party]


def new_person(record: Party) -> PersonId:
    """The id of the person that begins with a record: the same in every store, so that keys survive a lost one.

    It begins with the record's own but for the last digits, and so sorts nearly as the records came: what all tables
    know of neighbours lies side by side, and a batch of people writes few pages instead of one for each.
    """
    near = f"{''.join(filter(str.isalnum, record.id)):0>15}"[:12]
    return PersonId(f"p{near}{hashlib.sha256(f'{record.system}:{record.kind}:{record.id}'.encode()).hexdigest()[:14]}")


def decide(record: Party, sharing: Sequence[tuple[str, Party]], match: Sequence[str]) -> Linked | Ambiguous:
    """Who a contact or lead is, given the parties that share a key with it, as (key, party).

    A record that nothing leads anywhere becomes its own person. What a CRM itself makes one (a merge, a conversion)
    brings persons together: the one of the record that lives on stays.
    """
    others = [(key, party) for key, party in sharing if not party.same_row(record)]
    if not others and record.person is None:
        return Linked(new_person(record), "new")
    merged = _merged(record, others)
    if record.person is not None or merged:
        together = sorted((record, *merged), key=lambda party: (party.inert, not party.same_row(record), party.id))
        first, *rest = dict.fromkeys(party.person for party in together if party.person)
        return Linked(first, "crm_link", tuple(rest))
    for rule in match:
        found = [party for key, party in others if sort_of(key) == RULES[rule]]
        decision = _by_mail(record, found) if rule == "email" else _by_id(rule, found)
        if decision is not None:
            return decision
    return Linked(new_person(record), "new")


def _merged(record: Party, others: Sequence[tuple[str, Party]]) -> list[Party]:
    """The linked records that a CRM says are this one: they name the same id of it."""
    if record.system is System.SALESFORCE and record.person is None:
        return []  # the rules say first whose it is
    own = HUBSPOT_ID if record.system is System.HUBSPOT else SALESFORCE_ID
    return [party for key, party in others if party.system is record.system and party.person and sort_of(key) == own]


def _by_id(rule: str, found: Sequence[Party]) -> Linked | Ambiguous | None:
    persons = list(dict.fromkeys(party.person for party in found if party.person))
    if len(persons) > 1:
        return Ambiguous("ids lead to several people", tuple(found))
    return Linked(persons[0], rule) if persons else None


def _by_mail(record: Party, found: Sequence[Party]) -> Linked | Ambiguous | None:
    """By address: only where there is one live record of each kind, and nobody claims to be somebody else."""
    if record.inert:
        return None
    live = [party for party in found if not party.inert and not _claims_another(party, record)]
    rivals = [party for party in live if party.same_kind(record) and record.system is System.SALESFORCE]
    candidates = [party for party in live if not party.same_kind(record)]
    persons = list(dict.fromkeys(party.person for party in candidates if party.person))
    if not persons:
        return None
    if record.claims and any(party.system is System.HUBSPOT and party.id != record.claims for party in candidates):
        return Ambiguous("names another HubSpot contact than the one at its address", tuple(candidates))
    kinds = [(party.system, party.kind) for party in candidates]
    if rivals or len(persons) > 1 or len(set(kinds)) < len(kinds):
        return Ambiguous("several records share the address", (*candidates, *rivals))
    return Linked(persons[0], "email")


def _claims_another(party: Party, record: Party) -> bool:
    return party.claims is not None and record.system is System.HUBSPOT and party.claims != record.id
