"""How much of what HubSpot's limits allow a backfill uses, in virtual time: answers take theirs, computing none. The
limit is that of calls in ten seconds, as if all of them could go out at once in each ten.

A few thousand contacts under narrow limits on every run; 100,000 under a Professional portal's own with
`pytest -m benchmark`.
"""

from __future__ import annotations

import math

import pytest

from connectors.http import Options
from connectors.hubspot import HubSpot
from connectors.sandbox.hubspot import Limits, Row
from syncd.backfill import backfill
from syncd.brakes.budget import keep_to
from syncd.desk import Order
from syncd.model.instant import instant_of
from syncd.store.database import open_store
from syncd.wiring import introduce
from tests.benchmarks.virtual import Time
from tests.world import DAYS, NOW, World

ALLOWED = 0.95
WINDOW_SECONDS = 10
OTHERS = 18
"""Calls for streams that have next to nothing in them."""
PAGE, HISTORIES = 200, 50
"""The most contacts that one call gives: without, and with histories (facts: hubspot B5, B6)."""


@pytest.mark.parametrize(
    ("contacts", "limits", "answer"),
    [
        (3_000, Limits(burst=20), 0.2),
        pytest.param(100_000, Limits(), 0.2, marks=[pytest.mark.benchmark, pytest.mark.timeout(3600)]),
        pytest.param(100_000, Limits(), 0.4, marks=[pytest.mark.benchmark, pytest.mark.timeout(3600)]),
    ],
)
def test_a_backfill_is_as_fast_as_the_limits_allow(tmp_path, contacts, limits, answer):
    world = World(tmp_path)
    firm = {"associatedcompanyid": world.company, "jobtitle": "Clerk"}
    rows = (Row({"email": f"p{n}@acme.example", **firm}, NOW - 30 * DAYS) for n in range(contacts))
    world.portal.load("contacts", rows)
    with world.twin, Time() as time:
        with world.desk() as met:
            pass
        world.portal.limits, world.portal.clock = limits, time.wall
        token, url = (world.twin.settings()[f"SYNCD_HUBSPOT__{name}"] for name in ("ACCESS_TOKEN", "BASE_URL"))
        options = Options(sleep=time.sleep, clock=time.clock, wall=time.wall)
        met.hubspot, met.sleep = HubSpot(token, base_url=url, options=options), time.sleep
        met.store = open_store(world.store_url)
        keep_to(met.config.service.budgets, met.hubspot, met.salesforce)
        introduce(met)
        world.twin.servers[0].fault = lambda _: time.sleep(answer)
        began, made = time.clock(), met.hubspot.calls
        order = Order("backfill", write=False, since=instant_of(NOW - 60 * DAYS))
        outcome = backfill(met, order, 5, ready=lambda _: None, clock=time.clock)
        world.twin.servers[0].fault = None
        took, calls = time.clock() - began, met.hubspot.calls - made
        met.store.close()
    assert outcome.run.pulled["hubspot.contact"] == contacts
    rate = met.hubspot.limiter.burst
    least = math.ceil(contacts / PAGE) + math.ceil(contacts / HISTORIES) + OTHERS
    windows = (made + least - 1) // rate.calls  # the limit rolls: so many calls in any window
    allowed = windows * WINDOW_SECONDS + answer
    told = (
        f"{contacts:,} contacts in {took:.0f} s; the limits allow {allowed:.0f} s. {calls:,} calls; {least:,} would do"
    )
    assert allowed / took >= ALLOWED, told
