"""Two services on one PostgreSQL: one leads, the other takes over in the middle of a batch, and nothing is doubled."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import create_engine

from tests.contract import postgres
from tests.running import Running, waited
from tests.world import World, is_write

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
