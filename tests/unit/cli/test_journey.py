"""`syncd journey PERSON`."""

from __future__ import annotations

import json

from syncd.cli.frame import run
from tests.unit.cli.town import Town, ago


def test_a_journey_spans_both_systems_and_ours(town: Town, capsys) -> None:
    assert run(["journey", "cleo@cleo.example", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert {record["kind"] for record in data["records"]} == {"contact", "lead"}
    kinds = [each["kind"] for each in data["entries"]]
    for kind in ("page_view", "created", "converted", "opportunity_created", "opportunity_won", "stage", "written"):
        assert kind in kinds
    assert [each["at"] for each in data["entries"]] == sorted(each["at"] for each in data["entries"])
    assert all(each["known_at"] for each in data["entries"])
    assert [stay["stage"] for stay in data["stages"]] == ["subscriber", "mql", "customer"]
    assert [one["kind"] for one in data["anomalies"]] == ["skipped_stage"]


def test_a_return_is_on_it_with_its_reason(town: Town, capsys) -> None:
    assert run(["journey", "dora@dora.example"]) == 0
    assert "reason No budget" in capsys.readouterr().out


def test_with_at_what_came_later_is_not_on_it(town: Town, capsys) -> None:
    assert run(["journey", "cleo@cleo.example", "--json", "--at", f"{ago(days=4):%Y-%m-%d}"]) == 0
    kinds = [each["kind"] for each in json.loads(capsys.readouterr().out)["data"]["entries"]]
    assert ("opportunity_created" in kinds, "opportunity_won" in kinds, "written" in kinds) == (True, False, False)


def test_nobody_known_ends_with_2(town: Town, capsys) -> None:
    assert run(["journey", "hubspot:1"]) == 2
