"""The funnel out of the store: recorded entries, and the values by which they are split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.definitions.order import order_of
from syncd.journey.anomalies import Anomaly, out_of_order
from syncd.journey.columns import Columns, Group
from syncd.journey.cut_off import cut_off
from syncd.journey.deals import DealNumbers, deal_numbers
from syncd.journey.flow import Fall, StageTime, Visit, ranks_of, stage_times, visits_of, waterfall
from syncd.journey.population import Asked, Scope, names_of, opportunities, people_of, question_of
from syncd.journey.reading import last_seen, reading_of
from syncd.journey.splits import IN_TIME, NO_ONE, OF_ENTRY, Buckets, Splitter
from syncd.journey.units import Question
from syncd.model.instant import Instant
from syncd.model.person import Opportunity, PersonId
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
    """The answer: numbers of everybody and of each group, where people stand, and what is out of order.

    `cut_off` is up to when all decisive data goes (None: nothing was read yet), `definitions` the version in force.
    """

    asked: Asked
    scope: Scope
    question: Question
    definitions: str
    time_zone: str
    cut_off: Instant | None
    whole: Group
    groups: Sequence[Group]
    times: Sequence[StageTime]
    falls: Sequence[Fall]
    deals: DealNumbers
    deals_by: Mapping[tuple[str, str], DealNumbers]
    odd: Sequence[Odd]


def count_funnel(tx: Connection, config: Config, asked: Asked, scope: Scope) -> Funnel:
    """Count entries, split by each name. Raises NoSuchName for one that does not exist."""
    question = question_of(tx, config, asked, scope)
    definitions = config.definitions_at(scope.at)
    order = order_of(definitions)
    splitter = Splitter(tx, config, scope.at, names_of(asked))
    timed = [name for name in asked.by if asked.basis == "period" and name in IN_TIME]
    zone = ZoneInfo(config.service.time_zone)
    columns = Columns(
        question,
        order,
        {name: splitter.of_unit(name, question) for name in asked.by if name not in timed},
        {name: Buckets(name, zone).of for name in timed},
    )
    visits: list[list[Visit]] = []
    odd: list[Odd] = []
    ranks = ranks_of(order)
    for one in people_of(tx, config, question, asked, scope, splitter):
        if asked.flow:
            visits.append(visits_of(one.entries, ranks))
        for unit in one.units:
            if columns.add(unit).cohort or asked.basis == "period":
                odd += [Odd(one.person, unit.cycle, each) for each in out_of_order(unit.entries, question.chain)]
    end = scope.at if question.until is None else min(scope.at, Instant(question.until - 1))
    start = None if question.since is None else Instant(question.since - 1)
    return Funnel(
        asked,
        scope,
        question,
        definitions.hash,
        config.service.time_zone,
        cut_off(tx, scope.as_of),
        columns.whole(),
        [group for name in asked.by for group in columns.groups(name)],
        stage_times(visits, question.horizon, order),
        waterfall(visits, start, end, order),
        *_deals(tx, config, question, asked, scope, splitter),
        odd,
    )


def _deals(
    tx: Connection, config: Config, question: Question, asked: Asked, scope: Scope, splitter: Splitter
) -> tuple[DealNumbers, dict[tuple[str, str], DealNumbers]]:
    """Numbers of the deals, all and by the values of the first person on each. Splits by time have none."""
    names = [name for name in dict.fromkeys((*asked.by, *asked.where)) if name not in OF_ENTRY]
    value_of = {name: splitter.of_person(name) for name in names}
    every = list(opportunities(tx, reading_of(tx, config, last_seen(tx)), scope))
    people = people_on(tx, [deal.id for deal in every]) if names else {}
    groups: dict[tuple[str, str], list[Opportunity]] = {}
    kept = []
    for deal in every:
        first = people.get(deal.id, [None])[0]
        said = {name: NO_ONE if first is None else of(first) for name, of in value_of.items()}
        if all(said.get(name, value) == value for name, value in asked.where.items()):
            kept.append(deal)
            for name in asked.by:
                if name in said:
                    groups.setdefault((name, said[name]), []).append(deal)
    return deal_numbers(kept, question), {key: deal_numbers(some, question) for key, some in sorted(groups.items())}
