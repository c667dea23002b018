"""Lives out of seeds: 200 in every CI run, and those that failed once. More on request, as a range:

    SIMULATOR_SEEDS=1000-5000 pytest tests/simulator/test_simulator.py

A life that fails tells its story and how to live it again; its seed is then kept in kept_seeds.txt.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from tests.simulator.inside import Inside
from tests.simulator.life import Life

STEPS = 12
KEPT = [int(line.split()[0]) for line in (Path(__file__).parent / "kept_seeds.txt").read_text().splitlines()[1:]]
FIRST, _, LAST = os.environ.get("SIMULATOR_SEEDS", "0-199").partition("-")
SEEDS = list(dict.fromkeys([*KEPT, *range(int(FIRST), int(LAST or FIRST) + 1)]))


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Inside:
    """A world before anybody is in it, and its store."""
    world = Inside(tmp_path_factory.mktemp("empty"))
    with world.desk():
        return world


@pytest.mark.parametrize("seed", SEEDS)
def test_a_life_ends_with_nothing_lost_nothing_twice_and_nothing_left_to_do(empty, tmp_path, seed):
    try:
        with closing(Life(seed, empty.twice(tmp_path))) as life:
            life.lived(STEPS)
    except BaseException as error:
        error.add_note(f"live it again: SIMULATOR_SEEDS={seed} pytest tests/simulator/test_simulator.py")
        raise
