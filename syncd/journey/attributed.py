"""Attribution out of the store: the deals of a period, everybody on them, and what each of their touches gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from syncd.facts.build import Reading, build_facts
from syncd.files.problem import choose
from syncd.journey.attribution import LEAD, MODELS, PRESETS, Credit, Deal, Model, anchors_of, credits_of
from syncd.journey.cut_off import cut_off
from syncd.journey.funnel import Rate
from syncd.journey.population import Asked, Scope, opportunities
from syncd.journey.reading import last_seen, reading_of
from syncd.journey.splits import NO_ONE, VERSION, Buckets, NoSuchName, Splitter
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Facts, Opportunity, PersonId, Touch
from syncd.store import deals, dossier
from syncd.store.batches import batches
from syncd.store.past import load_known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config

Which: TypeAlias = "Literal['won', 'created']"
UNATTRIBUTED, NO_VALUE = "(unattributed)", "(none)"
"""The groups of deals without any touch, and of touches that do not say."""
AT_ONCE = 500

CHANNELS: Mapping[str, str] = {
    "page_view": "website",
    "web_visit": "website",
    "form_submission": "form",
    "email_open": "e-mail",
    "email_click": "e-mail",
    "email_reply": "e-mail",
    "campaign": "campaign",
    "list_join": "list",
    "event": "event",
}
"""The channel of a touch whose address does not name one (utm_medium)."""
SAYS: Mapping[str, Sequence[str]] = {"campaign": ("campaign",), "content": ("form", "subject", "name", "page")}
UTM = {"channel": "utm_medium", "campaign": "utm_campaign", "content": "utm_content"}
OF_TOUCHES = ("channel", "campaign", "content", "kind")


@dataclass(slots=True)
class Share:
    """What one value gets: millionths of deals, in how many deals, and money by currency."""

    parts: int = 0
    deals: int = 0
    money: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attributed:
    """The answer. `shares` are by model, name and value. `sourced`: deals whose first record a touch of ours came
    before; `influenced`: those with any. `unlinked` are deals on which nobody is known.
    """

    asked: Asked
    scope: Scope
    which: Which
    definitions: str
    time_zone: str
    cut_off: Instant | None
    models: Sequence[Model]
    deals: Sequence[Deal]
    shares: Mapping[str, Mapping[str, Mapping[str, Share]]]
    sourced: Rate
    influenced: Rate
    unlinked: int


def attribute(
    tx: Connection, config: Config, asked: Asked, scope: Scope, which: Which, models: Sequence[Model]
) -> Attributed:
    """Share out the deals that were won, or created, in the period. Raises NoSuchName for a name to split by."""
    found = list(deals_of(tx, config, asked, scope, which))
    labels = {name: _label(tx, config, scope, name) for name in asked.by}
    shares: dict[str, dict[str, dict[str, Share]]] = {model.name: {name: {} for name in asked.by} for model in models}
    for model in models:
        for deal in found:
            credit = credits_of(deal, model)
            for name, label in labels.items():
                _add(shares[model.name][name], deal, credit, label)
    touched = [[touch for touch in deal.touches if touch.at <= deal.until] for deal in found]
    return Attributed(
        asked,
        scope,
        which,
        config.definitions_at(scope.at).hash,
        config.service.time_zone,
        cut_off(tx, scope.as_of),
        models,
        found,
        shares,
        Rate(sum(LEAD in anchors_of(deal, some) for deal, some in zip(found, touched, strict=True)), len(found)),
        Rate(sum(map(bool, touched)), len(found)),
        sum(not deal.people for deal in found),
    )


def models_named(config: Config, names: Iterable[str]) -> list[Model]:
    """The models of these names; all where there are none. Raises NoSuchName, which tells the nearest."""
    said = config.service.attribution
    weights = {**PRESETS, **{name: one.weights for name, one in said.models.items()}}
    known = dict.fromkeys([*MODELS, *weights])
    wanted = list(dict.fromkeys(names)) or list(known)
    for name in wanted:
        if name not in known:
            raise NoSuchName(f"there is no model {name!r}", choose(name, known))
    return [Model(name, weights.get(name), said.half_life) for name in wanted]


def _add(groups: dict[str, Share], deal: Deal, credit: Sequence[Credit], label: Callable[[Deal, Touch], str]) -> None:
    seen = set()
    for one in credit:
        value = UNATTRIBUTED if one.touch is None else label(deal, one.touch)
        share = groups.setdefault(value, Share())
        share.parts += one.parts
        if one.money is not None:
            currency = deal.currency or ""
            share.money[currency] = share.money.get(currency, Decimal(0)) + one.money
        if value not in seen:
            seen.add(value)
            share.deals += 1


def _label(tx: Connection, config: Config, scope: Scope, name: str) -> Callable[[Deal, Touch], str]:
    if name in OF_TOUCHES:
        return lambda _, touch: said_by(touch, name)
    of_deal = _of_deal(tx, config, scope, name)
    return lambda deal, _: of_deal(deal)


def _of_deal(tx: Connection, config: Config, scope: Scope, name: str) -> Callable[[Deal], str]:
    """The value of each deal: of its first person, or of when it was won or created. Raises NoSuchName."""
    splitter = Splitter(tx, config, scope.at, [name])
    if splitter.is_dated(name):
        if name == VERSION:
            return lambda deal: config.definitions_at(deal.until).hash
        buckets = Buckets(name, ZoneInfo(config.service.time_zone))
        return lambda deal: buckets.of(deal.until)
    of_person = splitter.of_person(name)
    return lambda deal: of_person(deal.people[0]) if deal.people else NO_ONE


def said_by(touch: Touch, name: str) -> str:
    """A touch's channel, campaign, content or kind: as its address names it, else as its fields or its kind do."""
    if name == "kind":
        return touch.kind
    url = touch.fields.get("url", "")
    named = parse_qs(urlsplit(url).query).get(UTM[name], [""])[0] if "utm_" in url else ""
    told = named or next((touch.fields[each] for each in SAYS.get(name, ()) if touch.fields.get(each)), "")
    if told:
        return told
    if name == "channel":
        return CHANNELS.get(touch.kind, touch.kind)
    return urlsplit(url).path or NO_VALUE if name == "content" and url else NO_VALUE


def deals_of(tx: Connection, config: Config, asked: Asked, scope: Scope, which: Which) -> Iterator[Deal]:
    """The deals that were won, or created, in the period, by id, with the touches of everybody on them."""
    reading = reading_of(tx, config, last_seen(tx))
    kinds = frozenset(config.service.attribution.touches)
    kept = [(_of_deal(tx, config, scope, name), value) for name, value in asked.where.items()]
    wanted = (one for one in opportunities(tx, reading, scope) if _covered(one, asked, which))
    for some in batches(wanted, AT_ONCE):
        people = deals.people_on(tx, [one.id for one in some])
        facts = _facts(tx, reading, scope, {each for ones in people.values() for each in ones})
        for one in some:
            mine = [each for each in people.get(one.id, ()) if each in facts]
            deal = _deal(one, mine, facts, which, kinds)
            if all(value_of(deal) == value for value_of, value in kept):
                yield deal


def _facts(tx: Connection, reading: Reading, scope: Scope, persons: Iterable[PersonId]) -> dict[PersonId, Facts]:
    """What is known of persons; those of whom nothing was, are left out."""
    ordered = sorted(persons)
    loaded = (
        dossier.load(tx, ordered)
        if scope.as_of is None
        else (load_known(tx, person, scope.as_of) for person in ordered)
    )
    return {one.person: build_facts(one, reading) for one in loaded if one.records}


def _covered(deal: Opportunity, asked: Asked, which: Which) -> bool:
    at = deal.created_at if which == "created" else deal.closed_at if deal.won else None
    if at is None:
        return False
    return (asked.since is None or at >= asked.since) and (asked.until is None or at < asked.until)


def _deal(
    one: Opportunity, people: Sequence[PersonId], facts: Mapping[PersonId, Facts], which: Which, kinds: frozenset[str]
) -> Deal:
    touches = {
        touch.id: touch
        for person in people
        for touch in facts[person].touches
        if touch.kind in kinds and touch.by not in ("sales", "integration")
    }
    until = one.created_at if which == "created" or one.closed_at is None else one.closed_at
    return Deal(
        one.id,
        one.created_at,
        until,
        one.won and which == "won",
        one.amount,
        one.currency,
        min((facts[person].born for person in people), default=None),
        people,
        sorted(touches.values(), key=lambda touch: (touch.at, touch.id)),
    )
