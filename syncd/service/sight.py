"""What alerts are decided by, read from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.hubspot import warning
from syncd.anchors.anchoring import undelivered
from syncd.brakes.budget import RECENT, pace
from syncd.files.jobs import CYCLE
from syncd.model.instant import DAY, HOUR, Instant, datetime_of
from syncd.model.stage import Stage
from syncd.service.alerts import Seen, lately
from syncd.store import entries, jobs, overdue, quarantine, runs, streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.brakes.budget import Pace
    from syncd.files.service_file import ServiceFile
    from syncd.store.database import Store


class Sight:
    """Looks at the store for alerts. The entries of weeks are read once an hour: there may be many."""

    def __init__(self, store: Store, api_version: str) -> None:
        """`api_version` is HubSpot's that is spoken."""
        self._store, self._api_version = store, api_version
        self._mqls: tuple[Instant, Sequence[Instant]] | None = None

    def see(self, service: ServiceFile, broken: str, last: Pace | None, now: Instant) -> Seen:
        """What there is to see. `last` is the pace by the last cycle, None before there is one. Raises StoreError."""
        with self._store.reading() as tx:
            if self._mqls is None or now - self._mqls[0] > HOUR:
                self._mqls = now, entries.times_of(tx, Stage.MQL, lately(now))
            return Seen(
                now=now,
                service=service,
                broken=broken,
                jobs=jobs.all(tx),
                streams=streams.all(tx),
                pace=last or pace(runs.recent(tx, RECENT + 1), service.budgets, service.jobs[CYCLE].every, now),
                set_aside=quarantine.count_since(tx, Instant(now - DAY)),
                mqls=self._mqls[1],
                undelivered=", ".join(undelivered(tx, service.audit.send_to)),
                late=overdue.counts(tx),
                ending=warning(self._api_version, datetime_of(now).date()) or "",
            )
