from __future__ import annotations

import pytest

from tests.world import World


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    with made.twin:
        yield made
