"""What reading costs, beside the yardstick, in one run: `pytest -m benchmark -s tests/benchmarks/test_pull.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from operator import itemgetter

import pytest

from connectors.hubspot.client import SEARCHES_PER_SECOND
from connectors.hubspot.pull import PAGE as SEARCHED
from tests.benchmarks.crms import CONTACTS
from tests.benchmarks.served import Crms, measured, table
from tests.benchmarks.yardstick import PAGE as LISTED

CPU_RATIO, RSS_BAR = 2.0, 90
"""How much of the CPU of the yardstick at the same pace, and how many MB, reading and keeping may take where no history
is read.
"""
PLAIN_CALLS, HISTORY_CALLS = 10.5, 20.0
"""HubSpot calls per 1,000 changed contacts, and how many more where their history is read."""
SLOW, SLOW_SECONDS = (0.12, 0.18), 28.0
"""Seconds that each CRM takes to answer, and in which 20,000 contacts are then to be read."""
YARDSTICK, IN_ONE_GO = "yardstick, at the search's pace", "yardstick, in one go"
FIRST, EDITED = "all, with history", "all edited, no history"
SLOWLY = "all edited, slow CRMs"
THOUSANDS = CONTACTS / 1000
PACE = SEARCHES_PER_SECOND * SEARCHED / LISTED
"""Pages a second by which the yardstick reads as many contacts as the search gives anybody: pauses cost CPU, too."""
ROUNDS = 3
"""How often the yardsticks and the reading of edits are measured in turns; what counts is the middle of each."""
pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, float]]]:
    """One run of all, told as a table."""
    folder = tmp_path_factory.mktemp("pull")
    crms = Crms()
    try:
        first = measured(crms, folder, "first", "tests.benchmarks.pulling")
        bare, hasty, edited = [], [], []
        for number in range(ROUNDS):
            crms.calls(edit=number)
            script = crms, folder, "yardstick", "tests.benchmarks.yardstick"
            hasty.append(measured(*script, str(folder / f"hasty{number}.db")))
            bare.append(measured(*script, str(folder / f"yardstick{number}.db"), str(PACE)))
            edited.append(measured(crms, folder, "edited", "tests.benchmarks.pulling"))
        rows = {YARDSTICK: _middle(bare), IN_ONE_GO: _middle(hasty), FIRST: first, EDITED: _middle(edited)}
        crms.calls(edit=ROUNDS, latency=SLOW)
        rows[SLOWLY] = measured(crms, folder, "slowly", "tests.benchmarks.pulling")
        yield rows
    finally:
        crms.stop()
        sys.stdout.write("\n".join(["", *table(rows, YARDSTICK), ""]))


def _middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The round of the median CPU."""
    return sorted(rounds, key=itemgetter("cpu"))[len(rounds) // 2]


def test_reading_and_keeping_costs_little_more_than_the_bare_script(rows: dict[str, dict[str, float]]) -> None:
    assert rows[EDITED]["cpu"] <= CPU_RATIO * rows[YARDSTICK]["cpu"]


def test_reading_stays_within_its_memory(rows: dict[str, dict[str, float]]) -> None:
    assert rows[EDITED]["rss"] <= RSS_BAR


def test_changed_contacts_cost_few_calls(rows: dict[str, dict[str, float]]) -> None:
    assert rows[EDITED]["hubspot"] / THOUSANDS <= PLAIN_CALLS
    assert rows[EDITED]["history"] == 0


def test_histories_cost_twenty_calls_a_thousand(rows: dict[str, dict[str, float]]) -> None:
    assert rows[FIRST]["history"] / THOUSANDS <= HISTORY_CALLS
    assert (rows[FIRST]["hubspot"] - rows[FIRST]["history"]) / THOUSANDS <= PLAIN_CALLS


def test_slow_answers_do_not_add_up(rows: dict[str, dict[str, float]]) -> None:
    assert rows[SLOWLY]["wall"] <= SLOW_SECONDS
