"""The numbers of the overview, out of the reports: the one place where pages count people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncd.definitions.order import order_of
from syncd.journey import counted
from syncd.journey.funnel import Question, funnel
from syncd.journey.paths import Path, paths
from syncd.journey.state import State, state

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config
    from syncd.model.instant import Instant


@dataclass(frozen=True, slots=True)
class Numbers:
    """What takes time to count: the state, the funnel as `--json` prints it, and the streams between its stages."""

    state: State
    funnel: dict[str, Any]
    paths: Sequence[Path]
    chain: Sequence[str]


def numbers(tx: Connection, config: Config, now: Instant) -> Numbers:
    """All numbers of the overview, as of now."""
    definitions = config.definitions_at(now)
    question = Question(counted.chain_of(definitions))
    units = list(counted.units_in(tx, counted.Scope(now)))
    found = funnel(units, question, order_of(definitions))
    journeys = (unit.first.keys() for unit in units)
    return Numbers(state(tx, now), counted.as_data(found), paths(journeys, question.chain), question.chain)
