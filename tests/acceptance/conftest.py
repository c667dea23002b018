from __future__ import annotations

import pytest

from tests.world import World


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    with made.twin:
        yield made
        if made.child and made.child.poll() is None:
            made.child.kill()
            made.child.communicate()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """The end state of the town after one apply that nothing disturbed."""
    calm = World(tmp_path_factory.mktemp("calm"))
    with calm.twin:
        calm.town()
        assert calm.run("apply").code == 0
        assert calm.run("sync").code == 0
        return calm.state()
