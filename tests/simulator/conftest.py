"""The town that is put through all of this, and how it ends where nothing goes wrong."""

from __future__ import annotations

import pytest

from tests.simulator.inside import Inside


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Inside:
    world = Inside(tmp_path_factory.mktemp("town"))
    world.town()
    with world.desk():
        return world


@pytest.fixture(scope="module")
def calm(town, tmp_path_factory):
    world = town.twice(tmp_path_factory.mktemp("calm"))
    assert world.cycle("apply").exit_code == 0
    return world.state()
