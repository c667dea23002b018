"""What a life in both CRMs is made of. Times are given as how long ago, so that a demo is always fresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

QUEUE, LEFT = -1, -2
"""Owners that are no seller of today: the queue for inbound leads, and a seller who has left."""


class Act(StrEnum):
    """What a visitor does."""

    VIEW = "view"
    CLICK = "click"
    OPEN = "open"
    FORM = "form"
    ATTEND = "attend"
    MISS = "miss"


class Kind(StrEnum):
    """What a seller does."""

    CALL = "call"
    MEETING = "meeting"
    MAIL = "mail"
    REPLY = "reply"
    NOTE = "note"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Did:
    """One thing that a visitor did: `detail` is the path of a page or the name of a form.

    A webinar that was attended or missed is the one that begins at that time (`world.WEBINARS`).
    """

    ago: timedelta
    act: Act
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    """A company as HubSpot knows it. `employees` is what somebody typed; blank where nobody knows."""

    name: str
    domain: str
    employees: str
    country: str
    industry: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a seller did with somebody, or was answered, noted in one of both CRMs.

    `outcome` is how a call or a meeting ended, by its label there; blank for one that went well. `by_program` is what
    an integration noted in a seller's stead: nobody has spoken with anybody.
    """

    ago: timedelta
    kind: Kind
    subject: str
    outcome: str = ""
    by_program: bool = False


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity: since when it has its amount and stage, and when it was closed. Untouched without an amount.

    One with a `lost` reason was lost, any other that is closed was won.
    """

    touched: timedelta
    stage: str = "Prospecting"
    amount: int | None = None
    closed: timedelta | None = None
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Sales:
    """What sales has of somebody: a lead, converted or not.

    `linked` leads carry HubSpot's id, the others share only the address. `copies` are further leads with the same
    address. `status` is set at `status_ago`, with its reason; `answers` are BANT fields, set at the last deed.
    """

    made: timedelta
    linked: bool = True
    copies: int = 0
    status: str = ""
    status_ago: timedelta | None = None
    reason: str = ""
    answers: Mapping[str, str | int] = field(default_factory=dict)
    deeds: Sequence[Deed] = ()
    converted: timedelta | None = None
    deal: Deal | None = None
    deleted: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """One person. `owner` counts the sellers from 0, or is QUEUE or LEFT; None: nobody owns the contact.

    `stages` are entries of HubSpot's own lifecycle stage, `words` further properties of the contact, `deeds` what
    sellers noted in HubSpot. Somebody without `joined` is unknown to HubSpot.
    """

    email: str
    first: str = ""
    last: str = ""
    title: str = ""
    company: Company | None = None
    joined: timedelta | None = None
    owner: int | None = None
    did: Sequence[Did] = ()
    stages: Sequence[tuple[timedelta, str]] = ()
    sales: Sales | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    deeds: Sequence[Deed] = ()


def days(number: float) -> timedelta:
    """So many days."""
    return timedelta(days=number)
