"""Alerts out of what cycles leave in the store."""

from __future__ import annotations

from datetime import UTC, datetime

from syncd.model.instant import Instant, instant_of
from syncd.service.alerts import alerts
from syncd.service.sight import Sight
from syncd.store.database import open_store
from syncd.wiring import present


def about(world, version: str = "2026-09", now: Instant | None = None) -> dict[str, str]:
    """What somebody who looks now is told, by kind."""
    store = open_store(world.store_url)
    with world.desk() as desk:
        service = desk.config.service
    seen = Sight(store, version).see(service, "", None, now or present())
    store.close()
    return {one.about: one.said for one in alerts(seen)}


def test_nobody_becomes_an_mql_any_more_where_many_did_until_one_does(world):
    for number in range(60):
        world.person(f"p{number}", seen=12)
    assert world.cycle("apply").exit_code == 0
    assert "nobody became an MQL since" in about(world)["silence"]
    world.person("new", seen=0)
    world.cycle()
    assert "silence" not in about(world)


def test_a_version_that_ends_soon_is_told_by_a_service_that_met_hubspot_long_ago(world):
    soon = instant_of(datetime(2026, 12, 24, tzinfo=UTC))
    assert "v4, used with v3, ends on 2027-03-30: use 2026-09" in about(world, "v3", soon)["ending"]
    assert "ending" not in about(world, "2026-09", soon)
