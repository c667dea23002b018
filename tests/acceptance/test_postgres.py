"""The whole job with PostgreSQL as its store: the same commands, the same end in both CRMs."""

from __future__ import annotations

import pytest

from tests.contract import postgres
from tests.world import World


@pytest.fixture(scope="module")
def server_url():
    folder = postgres.binaries()
    if folder is None:
        pytest.skip("this machine has no PostgreSQL binaries")
    with postgres.server(folder) as url:
        yield url


def test_the_job_on_postgresql_ends_as_on_sqlite(server_url, tmp_path, undisturbed):
    world = World(tmp_path)
    world.store_url = server_url
    with world.twin:
        world.town()
        assert world.run("sync").code == 4
        assert world.run("apply").code == 0
        again = world.run("sync", "--json")
        assert (again.code, again.data["planned"]) == (0, {})
        assert world.run("audit", "verify").code == 0
        assert world.state() == undisturbed
