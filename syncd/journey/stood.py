"""Who is behind a census or a waterfall: stays in a stage, by how they stood between two instants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from syncd.definitions.order import order_of
from syncd.files.problem import choose
from syncd.journey.flow import Stand, Visit, ranks_of, stands_of, visits_of
from syncd.journey.population import (
    Asked,
    Population,
    Scope,
    entering,
    people_of,
    question_of,
    span_of,
    stage_named,
)
from syncd.journey.splits import NoSuchName
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, PersonId
from syncd.model.stage import Stage
from syncd.store import entries

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config

START, CENSUS, CAME, WENT = "start", "census", "came", "went"
WAYS = (START, CENSUS, CAME, WENT)
"""How a stay may stand in a waterfall: there at the start, there at the end, begun or ended in between."""
NEW = "new"
"""Where those came from who were not known before."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which number of a waterfall: of a stage, how (one of WAYS), and from where or to where (None: anywhere)."""

    stage: Stage
    way: str
    other: Stage | str | None = None

    def counts(self, stand: Stand) -> bool:
        """Whether the number counts a stay."""
        if stand.stage != self.stage:
            return False
        if self.way in (START, CENSUS):
            return stand.at_start if self.way == START else stand.at_end
        if self.way == CAME:
            return stand.came and self.other in (None, stand.came_from or NEW)
        return stand.went_to is not None and self.other in (None, stand.went_to)


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay behind a number: who, in which cycle, since and until when (None: still), from and to which stage (None:
    from nowhere, or not gone), and by what the stage was entered and why.
    """

    person: PersonId
    cycle: int
    since: Instant
    until: Instant | None
    came_from: Stage | None
    went_to: Stage | None
    source: str
    why: str


def standing_named(definitions: Definitions, text: str) -> Standing | None:
    """The number of a text: `mql:census`, `mql:start`, `mql:came`, `mql:came:new`, `mql:went:sql`; None where it speaks
    of no waterfall. Raises NoSuchName with the nearest name.
    """
    name, _, rest = text.partition(":")
    way, _, other = rest.partition(":")
    if way not in WAYS:
        return None
    stage = stage_named(definitions, name)
    if other and way not in (CAME, WENT):
        raise NoSuchName(f"{way} is from nowhere to nowhere", choose(way, (CAME, WENT)))
    if other == NEW and way == CAME:
        return Standing(stage, way, NEW)
    return Standing(stage, way, stage_named(definitions, other) if other else None)


def stays_behind(tx: Connection, config: Config, asked: Asked, scope: Scope, what: Standing) -> list[Stay]:
    """The stays that a number counts, in order of their beginning. As in a waterfall, who went twice is there twice."""
    question = question_of(tx, config, asked, scope)
    ranks = ranks_of(order_of(config.definitions_at(scope.at)))
    start, end = span_of(asked, scope)
    found = []
    for one in people_of(tx, config, question, asked, scope, only=entering(what.stage)):
        visits = visits_of(one.entries, ranks)
        found += [(one, visit, visits) for visit in _counted(one, visits, start, end, what)]
    told = entries.of_persons(tx, {one.person for one, _, _ in found}, scope.as_of)
    stays = [_stay(one.person, visit, visits, told[one.person], end) for one, visit, visits in found]
    return sorted(stays, key=lambda stay: (stay.since, stay.person, stay.cycle))


def _counted(
    one: Population, visits: Sequence[Visit], start: Instant | None, end: Instant, what: Standing
) -> Iterator[Visit]:
    """The visits of one person that a number counts, of those cycles that are not left out."""
    cycles = {unit.cycle for unit in one.units}
    for visit, stand in stands_of(visits, start, end):
        if visit.cycle in cycles and what.counts(stand):
            yield visit


def _stay(person: PersonId, visit: Visit, visits: Sequence[Visit], told: Sequence[Entry], end: Instant) -> Stay:
    place = visits.index(visit)
    left = visit.until is not None and visit.until <= end
    mine = [one for one in told if (one.stage, one.cycle) == (visit.stage, visit.cycle) and one.at <= visit.since]
    return Stay(
        person,
        visit.cycle,
        visit.since,
        visit.until if left else None,
        visits[place - 1].stage if place else None,
        visits[place + 1].stage if left else None,
        mine[-1].source if mine else "definition",
        mine[-1].why if mine else "as today's definitions decide",
    )
