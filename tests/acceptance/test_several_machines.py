"""Two services on one PostgreSQL: one leads, the other takes over in the middle of a batch, and nothing is doubled."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import create_engine

from connectors.sandbox.hubspot import Row
from tests.contract import postgres
from tests.running import Running, waited
from tests.world import DAYS, NOW, World, is_write, just_now

TAKEN_OVER_WITHIN = 30


@pytest.fixture(scope="module")
def server_url():
    folder = postgres.binaries()
    if folder is None:
        pytest.skip("this machine has no PostgreSQL binaries")
    with postgres.server(folder) as url:
        yield url


@pytest.fixture
def world(server_url, tmp_path):
    """A world whose store other machines can reach, and no other test."""
    made = World(tmp_path)
    made.store_url = postgres.own_schema(server_url)
    return made


def test_a_leader_killed_in_the_middle_of_a_batch_is_followed_by_another(world, undisturbed):
    with world.twin:
        world.town()
        with world.killed_at("salesforce", is_write, 1, after=True):
            assert world.run("apply").code == -9
        killed = []

        def kill():
            first.child.kill()
            first.child.wait()
            killed.append(time.monotonic())

        with world.hook("salesforce", is_write, {2: kill}), Running(world) as first:
            first.wait("this service leads")
            with Running(world) as second:
                second.up()
                assert [second.get(page).status_code for page in ("/", "/people", "/status", "/healthz")] == [200] * 4
                assert waited(lambda: killed)
                second.wait("this service leads", seconds=TAKEN_OVER_WITHIN)
                assert time.monotonic() - killed[0] < TAKEN_OVER_WITHIN
                second.wait("records read")
                assert waited(lambda: second.get("/readyz").status_code == 200)
                assert second.metrics()["syncd_leader"] == 1.0
                assert second.end() == 0
        assert world.state() == undisturbed
        assert world.run("audit", "verify").code == 0


def test_a_leader_that_the_server_lost_sight_of_stands_by_and_leads_again(server_url, world):
    with world.twin, Running(world) as service:
        service.wait("this service leads")
        drop = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        server = create_engine(server_url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.exec_driver_sql(drop)
        server.dispose()
        service.wait("the store lost sight of this service")
        service.wait("this service leads", times=2)
        assert service.end() == 0


def test_beside_a_backfill_a_service_brings_changes_and_nothing_is_doubled(world):
    """While it reads, judges and writes, changes come within an interval and five seconds; then all have one lead."""
    interval, history = 2, 200
    world.hurry(interval)
    world.edit("syncd.yaml", "share_of_day: 20 %", "share_of_day: 100 %")
    watched = [f"live{place}" for place in range(6)]
    for name in watched:
        world.person(name)
        world.lead(name, Phone=None)
    firm = {"associatedcompanyid": world.company, "jobtitle": "Head of IT", "hubspot_owner_id": world.owner}
    seen = "https://us.example/pricing?"
    people = ({"email": f"n{n}@acme.example", "lastname": f"N{n}", "hs_analytics_last_url": f"{seen}{n}", **firm}
              for n in range(history))  # fmt: skip
    command = ("backfill", "--since", "2020-01-01", "--json", "--force", "creates", "--force", "entries")
    with world.twin:
        world.cycle("apply")
        world.portal.load("contacts", (Row(one, NOW - 30 * DAYS) for one in people))
        late = []

        def changes(name: str) -> None:
            changed = time.monotonic()
            world.portal.update("contacts", world.contacts[name], {"phone": "+49 30 1"}, just_now())
            assert waited(lambda: world.records("Lead")[f"{name}@acme.example"].get("Phone"), 30)
            late.append(time.monotonic() - changed)

        with Running(world) as service:
            service.wait("records read")
            backfill = world.start(*command)
            for name in watched:
                changes(name)
            out, err = backfill.communicate()
            assert backfill.returncode == 0, out + err
            assert service.end() == 0
        assert max(late) < interval + 5, late
        assert len(world.records("Lead")) == history + len(watched)
        assert world.run("audit", "verify").code == 0
