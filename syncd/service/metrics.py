"""Metrics for Prometheus, read from the store when they are asked for: they tell what is so, on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

import syncd
from syncd.brakes.budget import RECENT, Pace, pace
from syncd.files.jobs import CYCLE
from syncd.journey.state import State, lag, state
from syncd.model.instant import SECOND
from syncd.service.answered import Answered, Waiting, gauges
from syncd.store import runs
from syncd.wiring import present

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from syncd.files.load import Config
    from syncd.store.database import Store
    from syncd.store.jobs import JobRow

KEPT = 5 * SECOND
"""How long what was read is good for: two monitors at once cost one reading."""
BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_CALLS = {
    "syncd_crm_calls_today": ("today", "Our calls of the day so far."),
    "syncd_crm_calls_forecast": ("forecast", "Our calls of the whole day at this pace."),
    "syncd_crm_calls_goal": ("goal", "The calls of a day that are ours."),
    "syncd_crm_calls_used": ("used", "The calls of all programs so far."),
    "syncd_crm_calls_total_allowed": ("total", "The calls of a day that the CRM allows."),
}
"""Names with the fields of `Outlook`."""
Gauges = Iterator[GaugeMetricFamily]


class Metrics(Collector):
    """All metrics of a service. docs/reference/monitoring.md lists them, and a test holds it to that."""

    def __init__(
        self,
        store: Store,
        config: Callable[[], Config],
        leads: Callable[[], bool],
        broken: Callable[[], bool],
        calls: Callable[[], Mapping[str, int]],
    ) -> None:
        self._store, self._config, self._leads, self._broken, self._calls = store, config, leads, broken, calls
        self._kept: tuple[State, Pace, Waiting] | None = None
        self._answered = Answered()
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "syncd_job_seconds", "How long jobs took.", ["job"], buckets=BUCKETS, registry=self._registry
        )
        self._registry.register(self)

    def ended(self, job: JobRow) -> None:
        """Count a job that has ended."""
        self._seconds.labels(job.name).observe((job.ended_at - job.started_at) / SECOND)

    def text(self) -> bytes:
        """All metrics in Prometheus's text format. Raises StoreError."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing before it is asked for: the store may not answer yet."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The metrics as of now."""
        found, calls, waiting = self._look()
        yield InfoMetricFamily("syncd_build", "The version that runs.", {"version": syncd.__version__})
        yield _one("syncd_leader", "1 on the service that runs the jobs, 0 on one that stands by.", self._leads())
        yield _one("syncd_config_broken", "1 while the files in config are not in force.", self._broken())
        yield from _streams(found)
        yield from _people(found)
        yield from _jobs(found)
        yield from _calls(calls)
        yield from gauges(waiting)
        made = CounterMetricFamily("syncd_crm_calls", "HTTP calls of this process.", labels=["system"])
        for system, count in self._calls().items():
            made.add_metric([system], count)
        yield made

    def _look(self) -> tuple[State, Pace, Waiting]:
        now, config = present(), self._config()
        service = config.service
        if self._kept is None or now - self._kept[0].now > KEPT:
            with self._store.reading() as tx:
                calls = pace(runs.recent(tx, RECENT + 1), service.budgets, service.jobs[CYCLE].every, now)
                self._kept = (state(tx, now), calls, self._answered.look(tx, config, now))
        return self._kept


def _one(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=float(value))


def _streams(found: State) -> Gauges:
    late = GaugeMetricFamily("syncd_stream_lag_seconds", "Since when a stream was not read.", labels=["system", "kind"])
    gaps = GaugeMetricFamily("syncd_stream_gap", "1 for a stream that cannot be read.", labels=["system", "kind"])
    for one in found.streams:
        behind = lag(one, found.now)
        if behind is not None:
            late.add_metric([one.system, one.kind], behind / SECOND)
        gaps.add_metric([one.system, one.kind], float(one.gap is not None))
    yield late
    yield gaps


def _people(found: State) -> Gauges:
    people = GaugeMetricFamily("syncd_people", "People by the stage that they are in.", labels=["stage"])
    for stage, count in found.stages.items():
        people.add_metric([stage], count)
    yield people
    aside = GaugeMetricFamily("syncd_quarantined", "Rows set aside.", labels=["cause", "code", "who"])
    for group in found.aside:
        aside.add_metric([group.cause, group.code, group.who], group.count)
    yield aside
    yield _one("syncd_backlog_people", "People who are due to be judged.", found.backlog)
    yield _one("syncd_open_intents", "Writes whose end is not known.", found.open_intents)
    yield _one(
        "syncd_unjudged_people", "People whom the last run could not judge.", (found.unjudged or {}).get("people", 0)
    )
    yield _one("syncd_ledger_entries", "Entries of the ledger.", found.ledger[0])
    alerts = GaugeMetricFamily("syncd_alerts", "1 for each alert that is open.", labels=["about"])
    for notice in found.notices:
        alerts.add_metric([notice.about], 1)
    yield alerts


def _jobs(found: State) -> Gauges:
    done = GaugeMetricFamily("syncd_job_done_timestamp_seconds", "When a job last ended well.", labels=["job"])
    took = GaugeMetricFamily("syncd_job_last_seconds", "How long a job last took.", labels=["job"])
    failures = GaugeMetricFamily("syncd_job_failures", "How often in a row a job failed.", labels=["job"])
    missed = GaugeMetricFamily("syncd_job_overruns", "Starts that were ever missed.", labels=["job"])
    for name, job in found.jobs.items():
        if job.done_at is not None:
            done.add_metric([name], job.done_at / SECOND)
        took.add_metric([name], (job.ended_at - job.started_at) / SECOND)
        failures.add_metric([name], job.failures)
        missed.add_metric([name], job.overruns)
    yield from (done, took, failures, missed)


def _calls(found: Pace) -> Gauges:
    for name, (field, what) in _CALLS.items():
        family = GaugeMetricFamily(name, what, labels=["system"])
        for one in found.outlooks:
            value = getattr(one, field)
            if value is not None:
                family.add_metric([one.system.value], value)
        yield family
    yield _one("syncd_cycle_interval_seconds", "Time between two cycles in force.", (found.every or 0) / SECOND)
