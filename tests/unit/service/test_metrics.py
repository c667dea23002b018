"""Metrics: the page of the reference is what is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncd.files.service_file import ServiceFile
from syncd.service.metrics import Metrics
from syncd.store.database import open_store

PAGE = Path(__file__).parents[3] / "docs/reference/monitoring.md"


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/syncd.db")
    yield opened
    opened.close()


def test_every_metric_is_in_the_reference_and_no_other(store) -> None:
    one = Metrics(store, ServiceFile, lambda: True, lambda: False, lambda: {"hubspot": 1, "salesforce": 2})
    told = {re.split(r"[ {]", line)[2] for line in one.text().decode().splitlines() if line.startswith("# TYPE")}
    listed = re.findall(r"^\| `(syncd_[a-z_]+)`", PAGE.read_text(), re.MULTILINE)
    assert {name.removesuffix("_created") for name in told} == set(listed)
    assert len(listed) == len(set(listed))


def test_what_is_measured_is_told_with_its_labels(store) -> None:
    one = Metrics(store, ServiceFile, lambda: False, lambda: True, lambda: {"hubspot": 1, "salesforce": 2})
    lines = one.text().decode().splitlines()
    assert "syncd_leader 0.0" in lines
    assert "syncd_config_broken 1.0" in lines
    assert 'syncd_crm_calls_total{system="salesforce"} 2.0' in lines
