"""How sales answers, as gauges: the clocks of those who were handed over within thirty days (facts: market 4)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

from syncd.journey.population import Asked, Scope
from syncd.journey.sla import Attainment
from syncd.model.instant import DAY, SECOND, Instant
from syncd.model.nouns import dataclass

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config

LOOKED_BACK = 30 * DAY
LEAST_SECONDS, TIMES_AS_LONG = 30.0, 100
"""What was counted is good for so long, and for so many times as long as the counting took: a hundredth of the time of
one processor, however many people there are."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where the clocks of sales are, and for how many milliseconds whoever waits longest has waited by what both CRMs
    told last (0: nobody does).
    """

    attainment: Attainment
    oldest: int


def waiting(tx: Connection, config: Config, now: Instant) -> Waiting:
    """Where the clocks are of those who were handed over within the last days."""
    from syncd.journey.handovers import report_sla  # noqa: PLC0415  heavy, and only where somebody measures

    found = report_sla(tx, config, Asked(since=Instant(now - LOOKED_BACK), flow=False), Scope(now))
    running = [one.pick_up for one in found.answers if one.pick_up is not None and one.pick_up.stopped_at is None]
    return Waiting(found.whole.attainment, max((one.elapsed for one in running), default=0))


class Answered:
    """Counts when it is asked, and not too often."""

    def __init__(
        self,
        count: Callable[[Connection, Config, Instant], Waiting] = waiting,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count, self._clock = count, clock
        self._kept: Waiting | None = None
        self._until = 0.0

    def look(self, tx: Connection, config: Config, now: Instant) -> Waiting:
        """The clocks as of now, or as of a moment ago."""
        began = self._clock()
        if self._kept is None or began >= self._until:
            self._kept = self._count(tx, config, now)
            ended = self._clock()
            self._until = ended + max(LEAST_SECONDS, TIMES_AS_LONG * (ended - began))
        return self._kept


def gauges(found: Waiting) -> Iterator[GaugeMetricFamily]:
    """The gauges of where the clocks are."""
    clocks = GaugeMetricFamily(
        "syncd_sla_people", "People handed over within 30 days, by their clock.", labels=["clock"]
    )
    for state, count in asdict(found.attainment).items():
        clocks.add_metric([state], count)
    yield clocks
    kept = GaugeMetricFamily("syncd_sla_attainment_ratio", "Met of the clocks that are decided.")
    if (share := found.attainment.rate.share) is not None:
        kept.add_metric([], share)
    yield kept
    oldest = "Since when whoever waits longest for sales has waited."
    yield GaugeMetricFamily("syncd_sla_oldest_waiting_seconds", oldest, value=found.oldest / SECOND)
