"""Who is behind a number of the funnel: every number opens down to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncd.files.problem import choose
from syncd.journey.population import Asked, Scope, entering, people_of, question_of, stage_named
from syncd.journey.splits import NoSuchName
from syncd.journey.stood import WAYS
from syncd.journey.units import OUTCOMES, Question, Shape, Unit, shape_of
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, PersonId
from syncd.model.stage import Stage
from syncd.store import entries

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config


@dataclass(frozen=True, slots=True)
class Behind:
    """Which number: those who had a stage; with an outcome, those of whom that became there."""

    stage: Stage
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """One unit behind a number: who, in which cycle, when the stage was entered, by what, and what became of it there
    (None for a stage beside the chain).
    """

    person: PersonId
    cycle: int
    at: Instant
    source: str
    why: str
    became: str | None
    reason: str | None


def behind_named(definitions: Definitions, text: str) -> Behind:
    """The number of a text: `mql`, or `mql:open` for those who wait there. Raises NoSuchName with the nearest name."""
    name, _, outcome = text.partition(":")
    if outcome and outcome not in OUTCOMES:
        raise NoSuchName(f"nothing can become {outcome!r}", choose(outcome, (*OUTCOMES, *WAYS)))
    return Behind(stage_named(definitions, name), outcome or None)


def people_behind(tx: Connection, config: Config, asked: Asked, scope: Scope, what: Behind) -> list[Counted]:
    """The units that a number counts, in order of entry."""
    question = question_of(tx, config, asked, scope)
    units = [
        (unit, shape)
        for one in people_of(tx, config, question, asked, scope, only=entering(what.stage))
        for unit in one.units
        if counts(shape := shape_of(unit, question), question, what)
    ]
    told = entries.of_persons(tx, {unit.person for unit, _ in units}, scope.as_of)
    found = [_counted(unit, shape, question, what, told[unit.person]) for unit, shape in units]
    return sorted(found, key=lambda one: (one.at, one.person, one.cycle))


def counts(shape: Shape, question: Question, what: Behind) -> bool:
    """Whether a number counts a unit of a shape."""
    if what.stage not in question.chain:
        counted = shape.returned if question.basis == "period" else shape.cohort
        return what.outcome is None and counted and what.stage in shape.beside
    way = shape.ways[question.chain.index(what.stage)]
    if way is None:
        return False
    if what.outcome is not None:
        return way.inside and way.became == what.outcome
    return way.inside if question.basis == "period" else shape.cohort


def _counted(unit: Unit, shape: Shape, question: Question, what: Behind, told: Sequence[Entry]) -> Counted:
    way = shape.ways[question.chain.index(what.stage)] if what.stage in question.chain else None
    at = unit.first[what.stage]
    entry = next((one for one in told if (one.stage, one.cycle, one.at) == (what.stage, unit.cycle, at)), None)
    mine = next(one for one in unit.entries if (one.stage, one.at) == (what.stage, at))
    why = "as today's definitions decide" if entry is None else entry.why
    return Counted(
        unit.person, unit.cycle, at, mine.source, why, way and way.became, way.reason if way else mine.reason
    )
