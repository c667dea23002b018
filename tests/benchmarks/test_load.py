"""What writing to a slow Salesforce takes: `pytest -m benchmark -s tests/benchmarks/test_load.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.benchmarks.crms import CONTACTS
from tests.benchmarks.served import Crms, measured, table

SLOW, SECONDS = (0.12, 0.18), 15.0
"""Seconds that each CRM takes to answer, and in which 20,000 leads are then to be there."""
BULK_CALLS, COLLECTION_CALLS = 0.9, 10.5
"""Calls per 1,000 leads, in bulk and by collections."""
FEW = 1_000
"""Leads that are too few for bulk."""
BULK, COLLECTIONS = "20,000 in bulk", "1,000 by collections"
pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, float]]]:
    """Both ways, told as a table."""
    folder = tmp_path_factory.mktemp("load")
    crms = Crms()
    try:
        crms.calls(latency=SLOW)
        rows = {
            BULK: measured(crms, folder, "bulk", "tests.benchmarks.loading", str(CONTACTS)),
            COLLECTIONS: measured(crms, folder, "few", "tests.benchmarks.loading", str(FEW)),
        }
        yield rows
    finally:
        crms.stop()
    sys.stdout.write("\n".join(["", *table(rows, BULK), ""]))


def test_all_are_loaded_from_slow_answers_in_time(rows: dict[str, dict[str, float]]) -> None:
    assert rows[BULK]["wall"] <= SECONDS


def test_bulk_takes_less_than_a_call_a_thousand(rows: dict[str, dict[str, float]]) -> None:
    assert rows[BULK]["salesforce"] / (CONTACTS / 1000) <= BULK_CALLS


def test_collections_take_a_call_for_two_hundred(rows: dict[str, dict[str, float]]) -> None:
    assert rows[COLLECTIONS]["salesforce"] / (FEW / 1000) <= COLLECTION_CALLS
