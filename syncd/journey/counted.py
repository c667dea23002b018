"""The funnel out of the store: recorded entries, and the values by which they are split."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.definitions.order import order_of
from syncd.journey.alike import Asking
from syncd.journey.anomalies import Anomaly, out_of_order
from syncd.journey.columns import Columns, Group
from syncd.journey.cut_off import cut_off
from syncd.journey.deals import DealNumbers, Span, deal_numbers, deals_in_time
from syncd.journey.flow import ranks_of
from syncd.journey.in_time import InTime
from syncd.journey.population import Asked, Scope, courses_of, opportunities, question_of, span_of
from syncd.journey.reading import last_seen, reading_of
from syncd.journey.splits import IN_TIME, NEVER_ENTERED, NO_ONE, VERSION, Buckets, Splitter
from syncd.journey.units import Question
from syncd.model.instant import NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Opportunity, PersonId
from syncd.model.stage import Stage
from syncd.store.courses import entries_of
from syncd.store.deals import people_on

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config


@dataclass(frozen=True, slots=True)
class Odd:
    """An anomaly of one unit."""

    person: PersonId
    cycle: int
    anomaly: Anomaly


@dataclass(frozen=True, slots=True)
class Funnel:
    """The answer: numbers of everybody and of each group with where they stand, how many had which stages that count,
    and what is out of order.

    `cut_off` is up to when all decisive data goes (None: nothing was read yet), `definitions` the version in force.
    """

    asked: Asked
    scope: Scope
    question: Question
    definitions: str
    time_zone: str
    cut_off: Instant | None
    whole: Group
    journeys: Mapping[frozenset[Stage], int]
    groups: Sequence[Group]
    deals: DealNumbers
    deals_by: Mapping[tuple[str, str], DealNumbers]
    odd: Sequence[Odd]


def count_funnel(tx: Connection, config: Config, asked: Asked, scope: Scope) -> Funnel:
    """Count entries, split by each name. Raises NoSuchName for one that does not exist."""
    with _nothing_collected():
        return _count(tx, config, asked, scope)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Look for no garbage meanwhile: there are very many small objects and no circles, and looking takes a third."""
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking:
            gc.enable()


def _count(tx: Connection, config: Config, asked: Asked, scope: Scope) -> Funnel:
    question = question_of(tx, config, asked, scope)
    definitions = config.definitions_at(scope.at)
    order = order_of(definitions)
    splitter = Splitter(tx, config, scope.at, (*asked.by, *asked.where))
    columns = _columns(question, asked, scope, splitter, order)
    for some, said in courses_of(tx, config, asked, scope, splitter):
        columns.add(some, {name: codes for name, codes in said.items() if name in asked.by})
    return Funnel(
        asked,
        scope,
        question,
        definitions.hash,
        config.service.time_zone,
        cut_off(tx, scope.as_of),
        columns.whole(),
        columns.journeys(),
        [group for name in asked.by for group in _ordered(columns.groups(name), dated=splitter.is_dated(name))],
        *_deals(tx, config, question, asked, scope, splitter),
        _odd(columns, question),
    )


def _columns(question: Question, asked: Asked, scope: Scope, splitter: Splitter, order: Sequence[Stage]) -> Columns:
    """Columns for what is asked: of those who stand somewhere from the period's begin to its end."""
    dated = {name: splitter.of_units(name, question) for name in (*asked.by, *asked.where) if splitter.is_dated(name)}
    timed = [name for name in asked.by if asked.basis == "period" and name in IN_TIME and name in dated]
    zone = ZoneInfo(splitter.config.service.time_zone)
    start, end = span_of(asked, scope)
    return Columns(
        Asking(question, ranks_of(order), start, end) if asked.flow else Asking(question, ranks_of(order)),
        order,
        splitter.codes,
        {name: dated[name] for name in asked.by if name in dated and name not in timed},
        {name: InTime(Buckets(name, zone).of) for name in timed},
        [(dated[name], value) for name, value in asked.where.items() if name in dated],
    )


def _ordered(groups: list[Group], *, dated: bool) -> list[Group]:
    """Groups of a month or week in order of time, those who never entered last; others as they are."""
    if not dated or not groups or groups[0].name not in IN_TIME:
        return groups
    return sorted(groups, key=lambda group: (group.value == NEVER_ENTERED, group.value))


def _odd(columns: Columns, question: Question) -> list[Odd]:
    return [
        Odd(person, cycle, each)
        for person, cycle, course in sorted(columns.odd)
        for each in out_of_order([one for one in entries_of(course) if one.cycle == cycle], question.chain)
    ]


def _deals(
    tx: Connection, config: Config, question: Question, asked: Asked, scope: Scope, splitter: Splitter
) -> tuple[DealNumbers, dict[tuple[str, str], DealNumbers]]:
    """Numbers of the deals, all and by name: by the values of the first person on each, by when they were made or
    closed, and by the version in force when they were made.
    """
    every = list(opportunities(tx, reading_of(tx, config, last_seen(tx)), scope))
    people = people_on(tx, [deal.id for deal in every]) if splitter.codes else {}
    value_of = splitter.of_some({some[0] for some in people.values()})
    groups: dict[tuple[str, str], list[Opportunity]] = {}
    kept = []
    for deal in every:
        first = people.get(deal.id, [None])[0]
        said = {name: NO_ONE if first is None else of[first] for name, of in value_of.items()}
        if splitter.is_dated(VERSION):
            said[VERSION] = config.definitions_at(deal.created_at).hash
        if all(said.get(name, value) == value for name, value in asked.where.items()):
            kept.append(deal)
            for name in asked.by:
                if name in said:
                    groups.setdefault((name, said[name]), []).append(deal)
    span_of = {
        name: Buckets(name, ZoneInfo(config.service.time_zone)).span for name in IN_TIME if splitter.is_dated(name)
    }
    for name, value in asked.where.items():
        if name in span_of:
            question = _in_bucket(question, kept, span_of[name], value)
    found = {key: deal_numbers(some, question) for key, some in sorted(groups.items())}
    for name in asked.by:
        if name in span_of:
            found |= {(name, value): one for value, one in deals_in_time(kept, question, span_of[name])}
    return deal_numbers(kept, question), found


def _in_bucket(
    question: Question, deals: Sequence[Opportunity], span_of: Callable[[Instant], Span], value: str
) -> Question:
    """The question about one bucket of time: the period of the deals in it is that bucket."""
    dates = (at for deal in deals for at in (deal.created_at, deal.closed_at) if at is not None)
    begin, end, _ = next((span for span in map(span_of, dates) if span[2] == value), (NEVER, NEVER, value))
    return replace(question, since=max(begin, question.since or begin), until=min(end, question.until or end))
