"""Mirrored records, and everything that is stored about one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from connectors.records import JsonValue
from syncd.model.instant import Instant
from syncd.model.person import Entry, PersonId, Touch

Versions: TypeAlias = "list[tuple[Instant, JsonValue, str | None, str | None]]"
"""Values a property had: (from when on, value, source type, source id), oldest first."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A record refers to another one of the same CRM under a name: a contact to its company."""

    name: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A record of a CRM as last seen. `known_at` is when syncd last learned something new about it."""

    system: str
    kind: str
    id: str
    person: PersonId | None
    created_at: Instant | None
    modified_at: Instant
    known_at: Instant
    deleted: bool
    merged_into: str | None
    properties: dict[str, JsonValue]
    history: dict[str, Versions] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A case that was set aside: what failed, why, who can mend it, and when it is tried again.

    `cause` is a Recovery value or "link", "data" or "owner". `digest` is the fingerprint of what was refused, so
    that it is not tried again unchanged before `next_at`.
    """

    id: str
    system: str
    kind: str
    record_id: str | None
    person: PersonId | None
    key: str | None
    cause: str
    code: str
    message: str
    who: str
    digest: str
    first_at: Instant = Instant(0)
    last_at: Instant = Instant(0)
    next_at: Instant | None = None
    attempts: int = 0
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything stored about one person.

    `records` are the person's own contacts and leads; `companies` HubSpot companies and Salesforce accounts;
    `done_keys` the keys of tasks and leads that syncd has written once.
    """

    person: PersonId
    records: Sequence[Mirrored] = ()
    companies: Sequence[Mirrored] = ()
    opportunities: Sequence[Mirrored] = ()
    roles: Sequence[Mirrored] = ()
    tasks: Sequence[Mirrored] = ()
    touches: Sequence[Touch] = ()
    entries: Sequence[Entry] = ()
    quarantined: Sequence[Quarantined] = ()
    done_keys: Mapping[str, str] | frozenset[str] = frozenset()
