"""`syncd simulate`."""

from __future__ import annotations

import csv
import json

import pytest

from syncd.cli.frame import run
from syncd.files.load import load_config
from tests.unit.cli.town import DEFINITIONS, FIELDS, Town, ago

FROM = f"{ago(days=30):%Y-%m-%d}"


@pytest.fixture
def looser(town: Town) -> str:
    """Bert's company of seven is big enough now."""
    return draft(town, "looser", DEFINITIONS.replace("at_least: 50", "at_least: 5"))


@pytest.fixture
def stricter(town: Town) -> str:
    """Anna's company of eighty is too small, Dora's of ninety just big enough."""
    return draft(town, "stricter", DEFINITIONS.replace("at_least: 50", "at_least: 90"))


def draft(town: Town, name: str, text: str) -> str:
    file = town.folder / f"{name}.yaml"
    file.write_text(text)
    return str(file)


def simulated(capsys, new: str, *arguments: str) -> dict:
    assert run(["simulate", new, "--from", FROM, *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def stage(data: dict, name: str) -> dict:
    return next(each for each in data["stages"] if each["stage"] == name)


def test_the_version_in_force_against_itself_finds_no_difference(town: Town, capsys) -> None:
    document = simulated(capsys, str(town.config / "definitions.yaml"), "--by", "source")
    data = document["data"]
    assert (data["people"], data["in_force"]) == (4, data["new"])
    assert {(one["gained"], one["lost"], one["earlier"], one["later"]) for one in data["stages"]} == {(0, 0, 0, 0)}
    assert stage(data, "mql")["same"] == 3
    assert data["at_once"] == []
    assert data["quality"]["in_force"] == data["quality"]["new"]
    assert document["definitions"] == load_config(town.config).definitions.hash


def test_who_gains_a_stage_is_counted_named_and_would_enter_at_once(town: Town, looser: str, capsys) -> None:
    data = simulated(capsys, looser, "--people", "MQL")["data"]
    mql = stage(data, "mql")
    assert (mql["in_force"], mql["new"], mql["gained"], mql["lost"]) == (3, 4, 1, 0)
    (bert,) = data["people"]
    assert (bert["change"], bert["in_force_at"]) == ("gained", None)
    assert bert["new_at"].startswith(f"{ago(days=3):%Y-%m-%d}")
    assert data["at_once"] == [{"stage": "mql", "n": 1}]
    assert run(["explain", bert["person"]]) == 0


def test_recorded_stages_do_not_keep_anybody_in(town: Town, stricter: str, capsys) -> None:
    data = simulated(capsys, stricter, "--people", "mql")["data"]
    assert (stage(data, "mql")["lost"], stage(data, "mql")["new"]) == (1, 2)
    assert [one["change"] for one in data["people"]] == ["lost"]


def test_the_store_is_left_as_it_was(town: Town, looser: str, capsys) -> None:
    before = (town.folder / "syncd.db").read_bytes()
    simulated(capsys, looser)
    assert (town.folder / "syncd.db").read_bytes() == before


def test_what_became_of_people_follows_the_deals(town: Town, stricter: str, capsys) -> None:
    data = simulated(capsys, stricter)["data"]
    in_force, new = data["quality"]["in_force"]["won"], data["quality"]["new"]["won"]
    assert (in_force["precision"]["n"], in_force["precision"]["of"]) == (1, 3)
    assert (new["precision"]["n"], new["precision"]["of"]) == (1, 2)
    assert in_force["recall"] == new["recall"]
    assert (in_force["recall"]["n"], in_force["recall"]["of"]) == (1, 1)
    assert in_force["precision"]["worked"] == 1, "Cleo was MQL in recorded history when she was won"


def test_the_numbers_are_split_by_a_value(town: Town, looser: str, capsys) -> None:
    data = simulated(capsys, looser, "--by", "source")["data"]
    gained = {each["value"]: stage(each, "mql")["gained"] for each in data["by"]}
    assert gained == {"search": 0, "social": 1, "(empty)": 0}


def test_a_split_can_be_by_a_name_that_no_definition_tests(town: Town, looser: str, capsys) -> None:
    data = simulated(capsys, looser, "--by", "first_name")["data"]
    assert {each["value"] for each in data["by"]} == {"Anna", "Bert", "Cleo", "Dora"}


def test_a_period_takes_the_entries_in_it(town: Town, looser: str, capsys) -> None:
    data = simulated(capsys, looser, "--to", f"{ago(days=5):%Y-%m-%dT%H:%M:%SZ}")["data"]
    assert (stage(data, "mql")["in_force"], stage(data, "mql")["gained"]) == (2, 0)


def test_every_difference_is_a_row_of_a_file(town: Town, looser: str, capsys) -> None:
    assert run(["simulate", looser, "--from", FROM, "--csv", "found.csv"]) == 0
    with (town.folder / "found.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["stage"], row["change"], row["in_force_at"]) for row in rows] == [("mql", "gained", "")]


def test_versions_that_took_turns_are_judged_each_in_its_time(town: Town, tmp_path, capsys) -> None:
    older = DEFINITIONS.replace("at_least: 50", "at_least: 100")
    (tmp_path / "definitions-first.yaml").write_text(older.replace("company_size: 80", "company_size: 180"))
    begins = f"{ago(days=4):%Y-%m-%d}"
    (tmp_path / "definitions.yaml").write_text(f"effective_from: {begins}\n{DEFINITIONS}")
    (tmp_path / "fields.yaml").write_text(FIELDS)
    first, now = load_config(tmp_path).versions
    by_now = stage(simulated(capsys, now.hash, "--config", str(tmp_path))["data"], "mql")
    assert (by_now["in_force"], by_now["new"], by_now["gained"]) == (2, 3, 1), "Dora came before the version of now"
    by_first = stage(simulated(capsys, first.hash, "--config", str(tmp_path))["data"], "mql")
    assert (by_first["in_force"], by_first["new"], by_first["lost"]) == (2, 1, 1), "Anna came after it began"


def test_the_page_is_written_and_names_nobody(town: Town, looser: str, capsys) -> None:
    assert run(["simulate", looser, "--from", FROM, "--by", "source", "--page", "found.html"]) == 0
    page = (town.folder / "found.html").read_text("utf-8")
    assert "MQL would have been 4 instead of 3" in page
    assert not [name for name in town.people if name in page.casefold()]
    assert run(["simulate", looser, "--from", FROM, "--page", "nowhere/found.html"]) == 2


def test_people_read_what_changes_and_how_sure_it_is(town: Town, stricter: str, capsys) -> None:
    assert run(["simulate", stricter, "--from", FROM, "--by", "source", "--people", "MQL"]) == 0
    printed = capsys.readouterr().out
    for part in ("4 people", "MQL lost", "how good MQL is", "tasks for sales", "Not all can be told", "Data up to 20"):
        assert part in printed


def test_what_cannot_be_asked_is_a_usage_error_with_a_next_step(town: Town, looser: str, capsys) -> None:
    for arguments, told in (
        (["simulate", looser], "--from"),
        (["simulate", looser, "--from", "2099-01-01"], "no time between"),
        (["simulate", "nowhere.yaml", "--from", FROM], "no file of that name"),
        (["simulate", looser, "--from", FROM, "--by", "sorce"], "source"),
        (["simulate", looser, "--from", FROM, "--people", "mqll"], "write mql"),
        (["simulate", draft(town, "broken", "stages: {mql: {}}"), "--from", FROM], "broken.yaml:1"),
    ):
        assert run(arguments) == 2
        assert told.casefold() in capsys.readouterr().err.casefold()
