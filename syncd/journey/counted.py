"""The funnel out of the store: recorded entries, and the values by which they are split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.definitions.order import order_of
from syncd.journey.anomalies import Anomaly, out_of_order
from syncd.journey.columns import Columns, Group
from syncd.journey.cut_off import cut_off
from syncd.journey.flow import Fall, StageTime, Visit, ranks_of, stage_times, visits_of, waterfall
from syncd.journey.population import Asked, Scope, people_of, question_of
from syncd.journey.splits import IN_TIME, Buckets, Splitter
from syncd.journey.units import Question
from syncd.model.instant import Instant
from syncd.model.person import PersonId

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
    odd: Sequence[Odd]


def count_funnel(tx: Connection, config: Config, asked: Asked, scope: Scope) -> Funnel:
    """Count entries, split by each name. Raises NoSuchName for one that does not exist."""
    question = question_of(tx, config, asked, scope)
    definitions = config.definitions_at(scope.at)
    order = order_of(definitions)
    splitter = Splitter(tx, config, scope.at)
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
    for one in people_of(tx, config, question, asked, scope):
        if asked.flow:
            visits.append(visits_of(one.entries, ranks))
        for unit in one.units:
            if columns.add(unit).cohort or asked.basis == "period":
                odd += [Odd(one.person, unit.cycle, each) for each in out_of_order(unit.entries, question.chain)]
    end = min(scope.at, question.horizon) if question.until is None else min(scope.at, Instant(question.until - 1))
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
        odd,
    )
