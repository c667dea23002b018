"""How much of what HubSpot's limits allow a backfill uses, in virtual time: waiting costs nothing, answers no time.

A few contacts under narrow limits on every run; 100,000 under a Professional portal's own with `pytest -m benchmark`.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from connectors.http import Options
from connectors.hubspot import HubSpot
from connectors.sandbox.hubspot import Limits, Row
from syncd.backfill import backfill
from syncd.budget import keep_to
from syncd.desk import Order
from syncd.model.instant import instant_of
from syncd.store.database import open_store
from syncd.wiring import introduce
from tests.world import DAYS, NOW, World

ALLOWED = 0.95


class Time:
    """A clock that stands still but for those who wait: they are there at once. Safe to share by threads."""

    def __init__(self) -> None:
        self.at, self._lock = 0.0, threading.Lock()
        self._began = datetime.now(UTC)

    def clock(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        until = self.at + seconds
        with self._lock:
            self.at = max(self.at, until)

    def wall(self) -> datetime:
        return self._began + timedelta(seconds=self.at)


@pytest.mark.parametrize(
    ("contacts", "limits"),
    [
        (400, Limits(burst=5)),
        pytest.param(100_000, Limits(), marks=[pytest.mark.benchmark, pytest.mark.timeout(3600)]),
    ],
)
def test_a_backfill_uses_what_the_limits_allow(tmp_path, contacts, limits):
    world, time = World(tmp_path), Time()
    firm = {"associatedcompanyid": world.company, "jobtitle": "Clerk"}
    rows = (Row({"email": f"p{n}@acme.example", **firm}, NOW - 30 * DAYS) for n in range(contacts))
    world.portal.load("contacts", rows)
    with world.twin:
        with world.desk() as met:
            pass
        world.portal.limits, world.portal.clock = limits, time.wall
        token, url = (world.twin.settings()[f"SYNCD_HUBSPOT__{name}"] for name in ("ACCESS_TOKEN", "BASE_URL"))
        options = Options(sleep=time.sleep, clock=time.clock, wall=time.wall)
        met.hubspot, met.sleep = HubSpot(token, base_url=url, options=options), time.sleep
        met.store = open_store(world.store_url)
        keep_to(met.config.service.budgets, met.hubspot, met.salesforce)
        introduce(met)
        began, made = time.at, met.hubspot.calls
        order = Order("backfill", write=False, since=instant_of(NOW - 60 * DAYS))
        outcome = backfill(met, order, 5, ready=lambda _: None, clock=time.clock)
        met.store.close()
    assert outcome.run.pulled["hubspot.contact"] == contacts
    rate = met.hubspot.limiter.burst
    at_once = max(0, rate.calls - made)  # what is left of the first window waits for nothing
    possible = (time.at - began) * rate.per_second + at_once
    assert (met.hubspot.calls - made) / possible >= ALLOWED
