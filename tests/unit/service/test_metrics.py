"""Metrics: the page of the reference is what is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncd.files.load import load_config
from syncd.journey.sla import Attainment
from syncd.model.instant import parse_iso
from syncd.service.answered import Answered, Waiting
from syncd.service.metrics import Metrics
from syncd.store.database import open_store

CONFIG = load_config(Path(__file__).parents[3] / "config/playbooks/startup")
NOW = parse_iso("2026-06-30T00:00:00Z")
PAGE = Path(__file__).parents[3] / "docs/reference/monitoring.md"


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/syncd.db")
    yield opened
    opened.close()


def test_every_metric_is_in_the_reference_and_no_other(store) -> None:
    one = Metrics(store, lambda: CONFIG, lambda: True, lambda: False, lambda: {"hubspot": 1, "salesforce": 2})
    told = {re.split(r"[ {]", line)[2] for line in one.text().decode().splitlines() if line.startswith("# TYPE")}
    listed = re.findall(r"^\| `(syncd_[a-z_]+)`", PAGE.read_text(), re.MULTILINE)
    assert {name.removesuffix("_created") for name in told} == set(listed)
    assert len(listed) == len(set(listed))


def test_what_is_measured_is_told_with_its_labels(store) -> None:
    one = Metrics(store, lambda: CONFIG, lambda: False, lambda: True, lambda: {"hubspot": 1, "salesforce": 2})
    lines = one.text().decode().splitlines()
    assert "syncd_leader 0.0" in lines
    assert "syncd_config_broken 1.0" in lines
    assert 'syncd_crm_calls_total{system="salesforce"} 2.0' in lines
    assert 'syncd_sla_people{clock="overdue"} 0.0' in lines
    assert not [line for line in lines if line.startswith("syncd_sla_attainment_ratio ")]  # 0 of 0 is no share


def test_what_takes_long_to_count_is_counted_the_less_often(store) -> None:
    time, counted = [0.0], []

    def slow(*_: object) -> Waiting:
        counted.append(time[0])
        time[0] += 2
        return Waiting(Attainment(0, 0, 0, 0, 0), 0)

    one = Answered(slow, lambda: time[0])
    with store.reading() as tx:
        for _ in range(41):
            one.look(tx, CONFIG, NOW)
            time[0] += 10
    assert counted == [0, 202, 404]
