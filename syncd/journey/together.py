"""The journeys of people who belong together: everybody at a company, all contacts on an opportunity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from connectors.records import System
from syncd.definitions.language import counts_colleagues
from syncd.definitions.versions import evaluate_in_turn
from syncd.facts.build import build_facts
from syncd.journey.explained import Looked
from syncd.journey.reading import definitions_in_force, last_seen, reading_of, versions_in_turn
from syncd.journey.timeline import Event, Learned, event_data, events_of
from syncd.journey.who import NobodyFound
from syncd.model.dossier import Mirrored
from syncd.model.instant import BEGINNING, Instant, iso
from syncd.model.nouns import dataclass
from syncd.model.person import Opportunity, PersonId
from syncd.store import colleagues, dossier, mirror, references
from syncd.store.past import load_known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config

MOST = 60
"""People whose journeys are told together; the next ones are on the next page."""
PLACES = {"company": System.HUBSPOT, "account": System.SALESFORCE, "opportunity": System.SALESFORCE}
"""What people belong together by, and whose record it is."""
ROLE = "opportunity_contact_role"


@dataclass(frozen=True, slots=True)
class Joint:
    """Something of one person in a journey of many."""

    person: PersonId
    event: Event


@dataclass(frozen=True, slots=True)
class Together:
    """The journeys around one record: its people as judged now, everything that happened to them in order, the deals
    that they are part of, and how many people there are in all: `page` of `pages` has some of them, in order.
    """

    record: Mirrored
    people: Sequence[Looked]
    events: Sequence[Joint]
    deals: Sequence[Opportunity]
    count: int
    page: int = 1

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.count // MOST))


def together(
    tx: Connection,
    config: Config,
    kind: str,
    record_id: str,
    at: Instant,
    as_of: Instant | None = None,
    page: int = 1,
) -> Together:
    """The journeys around a HubSpot company, a Salesforce account or an opportunity, up to `at`, as known at `as_of`:
    of MOST people at a time. Deals are those of the people on the page. Raises NobodyFound.
    """
    system = PLACES.get(kind)
    persons = [] if system is None else sorted(_around(tx, system, kind, record_id))
    record = None if system is None else mirror.get(tx, system, kind, [record_id]).get(record_id)
    if system is None or (record is None and not persons):
        raise NobodyFound(f"no {kind} {record_id} is known", "look at a person; companies and deals are named there")
    record = record or _only_named(system, kind, record_id)
    people = list(_looked(tx, config, persons[(page - 1) * MOST : page * MOST], at, as_of))
    joint = [
        Joint(looked.verdict.person, event)
        for looked in people
        for event in events_of(looked, Learned(), ())
        if event.at <= at and not event.kind.startswith("opportunity")
    ]
    deals = {deal.id: deal for looked in people for deal in looked.facts.opportunities}
    if kind == "opportunity":
        deals = {name: deal for name, deal in deals.items() if name == record_id}
    ordered = sorted([*joint, *_deal_events(people, deals)], key=lambda one: (one.event.at, one.person))
    return Together(
        record, people, ordered, sorted(deals.values(), key=lambda deal: deal.created_at), len(persons), page
    )


def _only_named(system: System, kind: str, record_id: str) -> Mirrored:
    """A record that others name and that is not mirrored itself: accounts are not, where no name is read from them."""
    return Mirrored(
        system, kind, record_id, None, None, BEGINNING, BEGINNING, deleted=False, merged_into=None, properties={}
    )


def _around(tx: Connection, system: System, kind: str, record_id: str) -> set[PersonId]:
    if kind != "opportunity":
        return colleagues.staff_of(tx, system, [record_id]).get(record_id, set())
    roles = references.referring(tx, system, ROLE, kind, [record_id]).get(record_id, [])
    named = references.named(tx, system, ROLE, roles).values()
    contacts = mirror.get(tx, system, "contact", {to.id for ones in named for to in ones if to.kind == "contact"})
    leads = references.referring(tx, system, "lead", kind, [record_id]).get(record_id, [])
    found = [*contacts.values(), *mirror.get(tx, system, "lead", leads).values()]
    return {one.person for one in found if one.person is not None}


def _looked(
    tx: Connection, config: Config, persons: Iterable[PersonId], at: Instant, as_of: Instant | None
) -> Iterator[Looked]:
    """Each of some people judged afresh. Those who were not born yet are left out."""
    seen = last_seen(tx)
    reading, versions = reading_of(tx, config, seen), versions_in_turn(config, seen)
    definitions = definitions_in_force(config, at, seen)
    asked = any(map(counts_colleagues, config.versions))
    now = dossier.load(tx, persons, with_colleagues=asked)
    then = (load_known(tx, person, as_of, with_colleagues=asked) for person in persons)
    for one in now if as_of is None else then:
        facts = build_facts(one, reading)
        if one.records and facts.born <= at:
            yield Looked(one, facts, evaluate_in_turn(facts, versions, at), definitions)


def _deal_events(people: Sequence[Looked], deals: Iterable[str]) -> Iterator[Joint]:
    """What happened to each deal, once, whoever of them it is told of."""
    told: set[tuple[str, str]] = set()
    wanted = set(deals)
    for looked in people:
        for event in events_of(looked, Learned(), ()):
            key = (event.kind, event.source_id)
            if event.kind.startswith("opportunity") and event.source_id in wanted and key not in told:
                told.add(key)
                yield Joint(looked.verdict.person, event)


def as_data(found: Together) -> dict[str, Any]:
    """The journeys around a record as `--json` prints them."""
    record = found.record
    return {
        "record": {"system": record.system, "kind": record.kind, "id": record.id},
        "people": [
            {"person": one.verdict.person, "stage": one.verdict.stage, "cycle": one.verdict.cycle,
             "since": iso(one.verdict.since)}
            for one in found.people
        ],
        "count": found.count,
        "page": {"n": found.page, "of": found.pages},
        "entries": [{"person": one.person, **event_data(one.event)} for one in found.events],
        "deals": [
            {"id": one.id, "created_at": iso(one.created_at),
             "closed_at": None if one.closed_at is None else iso(one.closed_at), "won": one.won, "stage": one.stage,
             "amount": one.amount, "currency": one.currency}
            for one in found.deals
        ],
    }  # fmt: skip
