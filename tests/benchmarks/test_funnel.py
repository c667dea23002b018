"""What the funnel costs, split by everything: `pytest -m benchmark -s tests/benchmarks/test_funnel.py`.

100,000 people with 2,000,000 touches and 1,000,000 with 20,000,000, or BENCHMARK_PEOPLE of them. Told are seconds of
CPU, the best of several rounds: counts, rates, outcomes and velocities by ten names, and where people stand over time
by each of them on top. The project wants 1 s for 100,000 people and 15 s for 1,000,000. Stores are made once (the
million takes ten minutes) and kept as test_crowd keeps its own.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from syncd.files.load import load_config
from syncd.journey.counted import count_funnel
from syncd.journey.population import Asked, Scope
from syncd.store.database import open_store
from tests.benchmarks import crowd
from tests.benchmarks.test_crowd import FOLDER

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3600)]
SIZES = [int(os.environ["BENCHMARK_PEOPLE"])] if "BENCHMARK_PEOPLE" in os.environ else [100_000, 1_000_000]
BARS = {100_000: 1.0, 1_000_000: 15.0}
"""Seconds of CPU by how many people there are."""
ROUNDS = 3
NAMES = (*crowd.VALUES, "owner", "month", "week", "version")


@pytest.fixture(scope="module", params=SIZES, ids="{:,}".format)
def crowded(request):
    folder = FOLDER / f"funnel-{request.param}"
    if not folder.exists():
        FOLDER.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=FOLDER))
        crowd.crowd(making, request.param).close()
        making.rename(folder)
    with closing(open_store(f"sqlite:///{folder}/crowd.db")) as made:
        yield request.param, made


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("nothing split", Asked(flow=False)),
        ("by one name", Asked(by=("origin",), flow=False)),
        ("by everything", Asked(by=NAMES, flow=False)),
        ("and who stands where", Asked(by=NAMES)),
    ],
    ids=["whole", "one", "everything", "flow"],
)
def test_the_funnel_is_counted_and_every_split_sums_to_the_whole(crowded, tmp_path, what, asked):
    people, store = crowded
    config = load_config(crowd.config(tmp_path / "config"))
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        with store.reading() as tx:
            found = count_funnel(tx, config, asked, Scope(crowd.NOW))
        best = min(best, time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"\n{people:,} people, {what}: {best:.2f} s of CPU, at most {peak:.0f} MB\n")
    assert found.whole.numbers.units == people
    for name in asked.by:
        assert sum(group.numbers.units for group in found.groups if group.name == name) == people
    assert best <= BARS.get(people, float("inf"))
