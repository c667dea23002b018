"""With three of ten calls failing every run ends as it may, and soon after it is as if nothing had been wrong."""

from __future__ import annotations

import pytest

from connectors.errors import AuthFailed, LimitReached, Unreachable
from tests.simulator.chance import Chance
from tests.simulator.inside import Inside, Trouble

SEEDS = range(12)
RUNS = 4
FURTHER = 3
MINUTE, HOUR = 60, 3_600


def ended(world: Inside, command: str = "sync") -> int:
    """The exit code of one cycle, as its command would end. Anything that is no such end is raised."""
    try:
        return world.cycle(command).exit_code
    except (Unreachable, LimitReached, AuthFailed):
        return 5


@pytest.mark.parametrize("seed", SEEDS)
def test_with_three_of_ten_calls_failing_all_is_well_three_cycles_after_it_ends(town, calm, tmp_path, seed):
    world = town.twice(tmp_path)
    for run in range(RUNS):
        world.trouble = Chance(f"{seed} {run}", rate=0.3)
        assert ended(world, "apply") in (0, 1, 5)
        world.time.sleep(MINUTE)
    world.trouble = Trouble()
    world.time.sleep(2 * MINUTE)
    for _ in range(FURTHER):
        assert ended(world, "apply") in (0, 1)
        if world.state() == calm:
            break
    assert world.state() == calm
    assert world.set_aside() == []
    assert world.ledger_is_sound()
