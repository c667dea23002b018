"""`syncd funnel`."""

from __future__ import annotations

import json

from syncd.cli.frame import run
from syncd.files.load import load_config
from syncd.store.database import open_store
from tests.unit.cli.town import Town, ago


def counted(capsys, *arguments: str) -> dict:
    assert run(["funnel", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def numbers(stages: list[dict]) -> dict[str, int]:
    return {each["stage"]: each["n"] for each in stages}


def test_every_stage_has_its_number_and_rate_under_a_basis(town: Town, capsys) -> None:
    document = counted(capsys)
    data = document["data"]
    assert numbers(data["stages"]) == {"subscriber": 4, "mql": 3, "sql": 0, "customer": 1}
    assert data["stages"][-2]["rate"] == {"n": 0, "of": 3}
    assert (data["order"], "any order" in data["basis"]) == ("any", True)
    assert document["cut_off"] is not None
    assert (document["time_zone"], document["definitions"]) == (
        "UTC",
        load_config(town.config).definitions.hash,
    )


def test_strict_order_counts_only_who_took_every_step(town: Town, capsys) -> None:
    assert numbers(counted(capsys, "--order", "strict")["data"]["stages"])["customer"] == 0


def test_a_split_is_by_the_value_that_fields_yaml_reads(town: Town, capsys) -> None:
    by = {each["value"]: numbers(each["stages"]) for each in counted(capsys, "--by", "source")["data"]["by"]}
    assert {value: split["mql"] for value, split in by.items()} == {"search": 2, "social": 0, "(empty)": 1}


def test_a_period_takes_those_who_entered_the_first_stage_in_it(town: Town, capsys) -> None:
    since, until = f"{ago(days=10):%Y-%m-%dT%H:%M:%SZ}", f"{ago(days=8):%Y-%m-%dT%H:%M:%SZ}"
    data = counted(capsys, "--from", since, "--to", until)["data"]
    assert (data["units"], numbers(data["stages"])["customer"]) == (1, 1)


def test_a_number_opens_down_to_the_people_behind_it(town: Town, capsys) -> None:
    people = counted(capsys, "--people", "MQL")["data"]["people"]
    assert len(people) == 3
    assert [one["entered_at"] for one in people] == sorted(one["entered_at"] for one in people)
    assert all(run(["explain", one["person"]]) == 0 for one in people)


def test_unknown_names_are_usage_errors_that_tell_the_nearest(town: Town, capsys) -> None:
    assert run(["funnel", "--by", "sorce"]) == 2
    assert "source" in capsys.readouterr().err
    assert run(["funnel", "--people", "mqll"]) == 2
    assert "write mql" in capsys.readouterr().err.lower()


def test_people_read_numbers_rates_and_up_to_when(town: Town, capsys) -> None:
    assert run(["funnel", "--by", "source", "--people", "customer"]) == 0
    printed = capsys.readouterr().out
    for part in ("of the stage before", "75.0 %  (3 of 4)", "Recycled: 1", "search", "time zone UTC", "Data up to 20"):
        assert part in printed


def test_before_anything_is_recorded_the_next_step_is_told(tmp_path, town: Town, capsys, monkeypatch) -> None:
    open_store(f"sqlite:///{tmp_path}/empty.db").close()
    monkeypatch.setenv("SYNCD_STORE_URL", f"sqlite:///{tmp_path}/empty.db")
    assert run(["funnel"]) == 0
    assert "syncd apply" in capsys.readouterr().out
