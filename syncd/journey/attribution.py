"""Which touches came before a deal, and how much of it each gets (facts: market 4). Pure.

Credit is counted in millionths of a deal, shared so that each deal's sum to exactly one; money likewise, to the cent.
What vendors leave undefined is decided in docs/decisions/0030-attribution.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from syncd.model.instant import DAY, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId, Touch

WHOLE = 1_000_000
"""The credit of one deal."""
FIRST, LEAD, OPPORTUNITY, WON, MIDDLE = "first", "lead", "opportunity", "won", "middle"
ANCHORS = (FIRST, LEAD, OPPORTUNITY, WON)
LAST, LINEAR, TIME_DECAY = "last", "linear", "time_decay"

Weights: TypeAlias = "Mapping[str, Decimal]"
"""How much each anchor gets and, in equal parts, the touches that hold none (`middle`). They sum to one."""


def _weights(first: str, lead: str, opportunity: str, won: str, middle: str) -> Weights:
    parts = zip((*ANCHORS, MIDDLE), (first, lead, opportunity, won, middle), strict=True)
    return MappingProxyType({name: Decimal(part) for name, part in parts if part != "0"})


PRESETS: Mapping[str, Weights] = MappingProxyType(
    {
        FIRST: _weights("1", "0", "0", "0", "0"),
        "lead_creation": _weights("0", "1", "0", "0", "0"),
        "u_hubspot": _weights("0.4", "0.4", "0", "0", "0.2"),
        "u_marketo_measure": _weights("0.5", "0.5", "0", "0", "0"),
        "w": _weights("0.3", "0.3", "0.3", "0", "0.1"),
        "full_path": _weights("0.225", "0.225", "0.225", "0.225", "0.1"),
    }
)
"""Models that are said by weights; LAST, LINEAR and TIME_DECAY are said by a rule."""
MODELS = (FIRST, "lead_creation", LAST, LINEAR, "u_hubspot", "u_marketo_measure", "w", "full_path", TIME_DECAY)
_EXACT = Context(prec=28)
_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Model:
    """A model by its name. `weights` is None for the rules LAST, LINEAR and TIME_DECAY."""

    name: str
    weights: Weights | None
    half_life: int


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal with all touches of everybody on it, by (at, id).

    `until` is the instant that ends what counts: of winning, or of the deal's creation. `known_since` is when the first
    record of anybody on it was made, None where nobody is known. `people` begin with the one the deal is put under.
    """

    id: str
    created_at: Instant
    until: Instant
    won: bool
    amount: Decimal | None
    currency: str | None
    known_since: Instant | None
    people: Sequence[PersonId]
    touches: Sequence[Touch]


class Credit(NamedTuple):
    """What one touch gets of a deal: millionths, and its part of the amount. `touch` None: nothing was attributed."""

    touch: Touch | None
    parts: int
    money: Decimal | None


def credits_of(deal: Deal, model: Model) -> list[Credit]:
    """The credit of each touch that gets any, in order of time; a deal without touches is credited to None."""
    touches = [touch for touch in deal.touches if touch.at <= deal.until]
    shares = _shares(touches, deal, model)
    if not shares:
        return [Credit(None, WHOLE, deal.amount)]
    ordered = sorted(shares)
    parts = _apportioned([shares[index] for index in ordered], WHOLE)
    money: Sequence[Decimal | None] = [None] * len(ordered)
    if deal.amount is not None:
        cent = Decimal(1).scaleb(min(-2, int(deal.amount.as_tuple().exponent)))
        pieces = _apportioned([shares[index] for index in ordered], int(deal.amount / cent))
        money = [piece * cent for piece in pieces]
    return [Credit(touches[at], part, mine) for at, part, mine in zip(ordered, parts, money, strict=True)]


def anchors_of(deal: Deal, touches: Sequence[Touch]) -> dict[str, int]:
    """The place of the touch that holds each anchor; one that nobody holds is left out.

    First: the first touch. The others: the last touch at or before the person's first record, the deal's creation, and
    its being won (facts: market 4, HubSpot's anchors).
    """
    if not touches:
        return {}
    ends = {LEAD: deal.known_since, OPPORTUNITY: deal.created_at, WON: deal.until if deal.won else None}
    found = {FIRST: 0}
    for name, end in ends.items():
        before = -1 if end is None else sum(touch.at <= end for touch in touches) - 1
        if before >= 0:
            found[name] = before
    return found


def _shares(touches: Sequence[Touch], deal: Deal, model: Model) -> dict[int, Fraction]:
    """The share of each touch by its place; they sum to one, or there are none."""
    if not touches:
        return {}
    if model.weights is not None:
        return _by_weights(touches, deal, model.weights)
    if model.name == LAST:
        return {len(touches) - 1: Fraction(1)}
    weights = [Fraction(1) for _ in touches]
    if model.name == TIME_DECAY:
        weights = [_decayed(deal.until - touch.at, model.half_life) for touch in touches]
    total = sum(weights)
    return {index: weight / total for index, weight in enumerate(weights)}


def _by_weights(touches: Sequence[Touch], deal: Deal, weights: Weights) -> dict[int, Fraction]:
    """What no touch holds is shared by the others in proportion; one touch with two anchors gets both."""
    anchors = {name: place for name, place in anchors_of(deal, touches).items() if name in weights}
    middle = [place for place in range(len(touches)) if place not in anchors.values()] if MIDDLE in weights else []
    shares: dict[int, Fraction] = {}
    for name, place in anchors.items():
        shares[place] = shares.get(place, Fraction(0)) + Fraction(weights[name])
    for place in middle:
        shares[place] = Fraction(weights[MIDDLE]) / len(middle)
    total = sum(shares.values())
    return {place: share / total for place, share in shares.items()} if total else {}


def _decayed(age: int, half_life: int) -> Fraction:
    """What a touch still weighs: half for each half-life of its age in whole periods of 24 hours."""
    days = age // DAY
    return Fraction(_EXACT.power(_HALF, _EXACT.divide(Decimal(days * DAY), Decimal(half_life))))


def _apportioned(shares: Sequence[Fraction], whole: int) -> list[int]:
    """Whole parts by share that sum to exactly the whole: the largest remainders get what rounding down leaves."""
    exact = [share * whole for share in shares]
    parts = [int(one // 1) for one in exact]
    by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[: whole - sum(parts)]:
        parts[index] += 1
    return parts
