"""What is known of one person: values over time, touches, opportunities, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple, NewType, TypeAlias

from syncd.model.instant import BEGINNING, Instant, iso
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage

PersonId = NewType("PersonId", str)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is missing, and why. `readable` says that the field was read and is empty."""

    reason: str
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency's ISO 4217 code. Amounts of two currencies are never compared: nobody said a rate."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """As people write it: 12000 EUR."""
        return f"{self.amount} {self.currency}"


class Moment(Decimal):
    """An instant that a test compares with: milliseconds, as values of date-and-time properties are, told as a time."""

    __slots__ = ()

    def __str__(self) -> str:
        """As people write it: 2026-01-31T09:00:00.000Z."""
        return iso(Instant(int(self)))


Value: TypeAlias = "str | Decimal | bool | date | frozenset[str] | Money | Unknown"
"""A property's value, typed. Instants of date-and-time properties are Decimal milliseconds."""

Timeline: TypeAlias = "tuple[tuple[Instant, Value], ...]"
"""Values from an instant on until the next entry's, in order; the first entry begins at BEGINNING."""


@dataclass(frozen=True, slots=True)
class Property:
    """What one property was over time, with where it was read from.

    `assumed_until` is set where the first value has no history: it is then taken to have held from the record's
    creation on, but is only certain from that instant.
    """

    timeline: Timeline
    source: str
    assumed_until: Instant = BEGINNING


NOTHING: Mapping[str, str] = MappingProxyType({})
"""What a touch says that says no more than its kind."""


class Touch(NamedTuple):
    """One occurrence of a kind of engagement. `by` is "sales" or "marketing" where the actor is known.

    Among `fields`, `owner` and `owner_email` say who it was: by these a named team's touches are told.
    `id` names the evidence (system:object:id and, for a property change, the property and instant). A plain tuple:
    there are very many.
    """

    at: Instant
    id: str
    kind: str
    fields: Mapping[str, str] = NOTHING
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """From when on a kind of touch could be read without gaps, by which stream; `gap` says what is missing before."""

    since: Instant
    stream: str
    gap: str


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A deal that the person is part of. `closed_at` is the true time of winning or losing, None while open.

    `properties` are the names that fields.yaml reads from it.
    `amounts` and `stages` are what was said from an instant on, oldest first, where the CRM's history tells it.
    `close_date_at` is since when the close date is the one that sales set, None: as long as the deal exists.
    `lost_because` is the reason that sales gave.
    """

    id: str
    created_at: Instant
    closed_at: Instant | None
    won: bool
    stage: str
    amount: Decimal | None
    amount_at: Instant | None
    close_date: date | None
    close_date_by_sales: bool
    currency: str | None = None
    properties: Mapping[str, Property] = field(default_factory=dict)
    amounts: Sequence[tuple[Instant, Decimal | None]] = ()
    stages: Sequence[tuple[Instant, str]] = ()
    close_date_at: Instant | None = None
    lost_because: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that deciding about one person may look at. Touches are sorted by (at, id).

    `floor` is what the CRMs themselves say, as (instant, stage, source: "hubspot" or "record"), oldest first; these
    stand. `held` are the entries that the ledger has, which stand once made. `colleagues` are the touches of the other
    people at the person's company, sorted alike and read without gaps from `colleagues_since` on; None: not read.
    """

    person: PersonId
    born: Instant
    properties: Mapping[str, Property] = field(default_factory=dict)
    touches: Sequence[Touch] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    opportunities: Sequence[Opportunity] = ()
    opportunities_known: bool = True
    floor: Sequence[tuple[Instant, Stage, str]] = ()
    held: Sequence[Entry] = ()
    colleagues: Sequence[Touch] | None = None
    colleagues_since: Instant = BEGINNING


@dataclass(frozen=True, slots=True)
class Entry:
    """One transition: the person's entry into a stage in one cycle.

    `source` is "definition", "hubspot" (the floor), "silence" (sales did not answer in time) or "record" (where
    everybody starts). `why` is one line for people; `evidence` are ids of touches and records; `definition` is the
    hash of the version that decided. `reason` is sales' reason for a return, by the definitions' code where they have
    codes. `left_at` is set once the stage was left by its own rule.
    """

    stage: Stage
    cycle: int
    at: Instant
    source: str
    why: str
    evidence: Sequence[str] = ()
    definition: str = ""
    left_at: Instant | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided about one person at an instant.

    `entries` are all transitions so far in order of time; `stage`, `cycle` and `since` are those of now. `barred`
    is the reason of the `never` rule that keeps the person out. `unknowns` are the reasons why a stage could not
    be judged. `due_at` is the next instant at which the verdict can change by mere passing of time.
    """

    person: PersonId
    stage: Stage
    cycle: int
    since: Instant
    entries: Sequence[Entry]
    barred: str | None
    unknowns: Sequence[str]
    due_at: Instant
