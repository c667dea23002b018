"""The numbers of the overview, out of the reports: the one place where pages count people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from syncd.journey.counted import count_funnel
from syncd.journey.funnel_data import as_data
from syncd.journey.handovers import report_sla
from syncd.journey.paths import Path, paths
from syncd.journey.population import Asked, Scope
from syncd.journey.sla_data import as_data as sla_data
from syncd.journey.state import State, state
from syncd.model.nouns import dataclass

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config
    from syncd.model.instant import Instant
    from syncd.web.asked import Report


@dataclass(frozen=True, slots=True)
class Numbers:
    """What takes time to count: the state, the funnel as `--json` prints it, and the streams between its stages."""

    state: State
    funnel: dict[str, Any]
    paths: Sequence[Path]
    chain: Sequence[str]


def numbers(tx: Connection, config: Config, now: Instant) -> Numbers:
    """All numbers of the overview, as of now."""
    asked, scope = Asked(flow=False), Scope(now)
    found = count_funnel(tx, config, asked, scope)
    return Numbers(state(tx, now), as_data(found), paths(found.journeys, found.question.chain), found.question.chain)


def answers_of_sales(tx: Connection, config: Config, ask: Report) -> dict[str, Any]:
    """How sales answers, as `syncd sla --json` prints it. The overview and the page of it ask alike, and count once."""
    return sla_data(report_sla(tx, config, ask.asked, ask.scope, None))
