"""Mirrored records, and everything that is stored about one person."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from typing import Literal, NamedTuple, TypeAlias

from connectors.records import JsonValue, System
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, PersonId, Touch

Who: TypeAlias = Literal["RevOps", "Salesforce admin", "HubSpot admin", "operator"]
"""Who can mend something."""


Dated: TypeAlias = "tuple[Instant, JsonValue, str | None, str | None]"
"""A version: from when on, the value, and what set it (type and id). A plain tuple: there are very many."""


OURS = "syncd"
"""What set a version that syncd wrote itself."""


class Move(NamedTuple):
    """A change of a field that a CRM's history tells of: when, the new value, by which user, and the value `before`
    where it `tells` that.
    """

    at: Instant
    value: JsonValue
    by: str | None = None
    before: JsonValue = None
    tells: bool = False


class Reference(NamedTuple):
    """A record that another one of its CRM names: what it is to it (`company`, `account`, `who`), its kind and id."""

    name: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A record as last seen.

    `known_at` is when we learned of this state, `modified_at` when the CRM says that it began. `history` holds
    versions per property, oldest first, for those whose past is known. `amended` names the properties that we
    wrote since the last copy was read. A record that was merged keeps its row, and `merged_into` names the other.
    `seen_at` is when it was first seen, `evidence` the touches that hang on it (`syncd.store.evidence`), `reach` since
    when changes of a property are known, where the CRM keeps only the latest.
    """

    system: System
    kind: str
    id: str
    person: PersonId | None
    created_at: Instant | None
    modified_at: Instant
    known_at: Instant
    deleted: bool
    merged_into: str | None
    properties: dict[str, JsonValue]
    history: dict[str, list[Dated]] = field(default_factory=dict)
    amended: tuple[str, ...] = ()
    seen_at: Instant = Instant(0)
    evidence: str = ""
    reach: Mapping[str, Instant] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The record as evidence names it: hubspot:contact:1."""
        return f"{self.system}:{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A case that was set aside: what failed, why, who can mend it, and when it is tried again.

    `cause` is a Recovery of the connectors, or "link", "data" or "forget". `message` may hold personal data.
    `digest` is the fingerprint of what was refused: while that is the same, nothing is tried before `next_at`.
    """

    id: str
    system: str
    kind: str
    record_id: str | None
    person: PersonId | None
    cause: str
    code: str
    message: str
    who: Who
    first_at: Instant
    key: str | None = None
    digest: str = ""
    last_at: Instant = Instant(0)
    next_at: Instant | None = None
    attempts: int = 1
    state: Literal["open", "resolved", "dropped"] = "open"


def case_id(*parts: object) -> str:
    """The id of the case that these parts tell from all others: the same in every run."""
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Dossier:
    """One person's records and past. Deleted records are there too and say so.

    `records` are HubSpot contacts and Salesforce contacts and leads; `companies` what these name as company or
    account; `roles` join the person's Salesforce contacts to `opportunities`, which a lead may also name itself;
    `tasks` are Salesforce's about the person, `activities` everything else that is: calls, meetings, e-mails, notes and
    tasks of HubSpot, events, e-mails and campaign memberships of Salesforce. `entries` are those that stand,
    `quarantined` what is set aside now, `declined` the fingerprints of changes that somebody dropped, and `done_keys`
    the keys of what was written for the person. `former` are persons who turned out to be this one. `colleagues` are
    the other people at the same company, with their records, tasks, activities and touches; None: not looked for. All
    lists are in order of id, or of time where they have one.
    """

    person: PersonId
    records: Sequence[Mirrored] = ()
    companies: Sequence[Mirrored] = ()
    opportunities: Sequence[Mirrored] = ()
    roles: Sequence[Mirrored] = ()
    tasks: Sequence[Mirrored] = ()
    activities: Sequence[Mirrored] = ()
    touches: Sequence[Touch] = ()
    entries: Sequence[Entry] = ()
    quarantined: Sequence[Quarantined] = ()
    declined: AbstractSet[str] = frozenset()
    done_keys: AbstractSet[str] = frozenset()
    former: Sequence[PersonId] = ()
    colleagues: Sequence[Dossier] | None = None
