"""`syncd check`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from syncd.cli.frame import run
from syncd.files.starter import write_starter
from tests.unit.cli.town import Town

AGREEMENT = """
signals: {visit: {of: page_view}}
stages:
  mql: {when: {all: [{company_size: {at_least: 50}}, {visit: {at_least: 1, within: 30 days}}]}}
examples:
  - {person: {company_size: 80}, events: [{visit: 3 days ago}], expect: mql}
"""
FIELDS = "read: {company_size: {from: hubspot.company.numberofemployees, type: number}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "definitions.yaml").write_text(AGREEMENT)
    (tmp_path / "fields.yaml").write_text(FIELDS)
    return tmp_path


def checked(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict]:
    code = run(["check", "--config", str(folder), "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def test_the_starter_is_sound_and_all_its_examples_come_true(tmp_path: Path, capsys) -> None:
    write_starter(tmp_path, "startup")
    assert run(["check", "--config", str(tmp_path)]) == 0
    assert "examples come true" in capsys.readouterr().out


def test_every_mistake_is_told_with_its_place_and_what_to_write_instead(folder: Path, capsys) -> None:
    (folder / "syncd.yaml").write_text("mode: aply\n")
    (folder / "fields.yaml").write_text("reed: {}\n" + FIELDS)
    assert run(["check", "--config", str(folder)]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("syncd.yaml:1:7: ") and "apply" in line for line in lines)
    assert any(line.startswith("fields.yaml:1:1: ") and "read" in line for line in lines)


def test_problems_in_json_have_their_five_keys(folder: Path, capsys) -> None:
    (folder / "syncd.yaml").write_text("mode: aply\n")
    code, document = checked(folder, capsys)
    assert (code, document["schema"]) == (2, "syncd.check/1")
    assert [sorted(problem) for problem in document["data"]["problems"]] == [
        ["column", "file", "instead", "line", "what"]
    ]


def test_an_example_that_does_not_come_true_is_a_problem_that_says_why(folder: Path, capsys) -> None:
    text = AGREEMENT + "  - {person: {company_size: 80}, expect: mql}\n"
    (folder / "definitions.yaml").write_text(text)
    code, document = checked(folder, capsys)
    [problem] = document["data"]["problems"]
    assert (code, problem["file"], problem["line"], problem["column"]) == (2, "definitions.yaml", 7, 5)
    assert "expects mql and is subscriber" in problem["what"]
    assert "visit at least 1 within 30 days, found 0 counted" in problem["what"]


def test_a_clause_that_no_example_makes_false_is_a_note_and_no_mistake(folder: Path, capsys) -> None:
    code, document = checked(folder, capsys)
    assert code == 0
    assert [note["what"] for note in document["data"]["notes"]] == [
        "no example makes `company_size at least 50` false",
        "no example makes `visit at least 1 within 30 days` false",
    ]


def test_a_clause_that_changes_nothing_is_a_note(folder: Path, capsys) -> None:
    more = "{visit: {at_least: 1, within: 30 days}}, {visit: {at_least: 1, within: 60 days}}"
    text = AGREEMENT.replace("{visit: {at_least: 1, within: 30 days}}", more)
    (folder / "definitions.yaml").write_text(text)
    code, document = checked(folder, capsys)
    told = [note["what"] for note in document["data"]["notes"]]
    assert code == 0
    weaker, stronger = "visit at least 1 within 60 days", "visit at least 1 within 30 days"
    assert f"`{weaker}` holds wherever `{stronger}` does: it changes nothing" in told


def test_an_example_with_another_date_says_which(folder: Path, capsys) -> None:
    (folder / "definitions.yaml").write_text(AGREEMENT.replace("expect: mql", "expect: mql, since: 1 day ago"))
    code, document = checked(folder, capsys)
    assert (code, [problem["instead"] for problem in document["data"]["problems"]]) == (
        2,
        ["write `since: 3 days ago`"],
    )


def test_examples_are_judged_as_of_the_time_that_is_given(folder: Path, capsys) -> None:
    text = AGREEMENT.replace("company_size: {at_least: 50}", "created_at: {older_than: 10 days}")
    text = text.replace("person: {company_size: 80}", "person: {created_at: 2026-03-01}")
    (folder / "definitions.yaml").write_text(text)
    assert checked(folder, capsys, "--now", "2026-03-12")[0] == 0
    assert checked(folder, capsys, "--now", "2026-03-10")[0] == 2


def test_a_folder_that_is_not_there_is_a_problem_that_names_init(tmp_path: Path, capsys) -> None:
    code, document = checked(tmp_path / "nowhere", capsys)
    assert code == 2
    assert "syncd init" in document["data"]["problems"][0]["instead"]


def test_what_nothing_acts_on_yet_is_said(tmp_path: Path, capsys) -> None:
    assert run(["init", str(tmp_path / "files"), "--playbook", "startup"]) == 0
    capsys.readouterr()
    assert run(["check", "--config", str(tmp_path / "files"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["data"]["notes"]
    assert [one for one in told if "nothing acts on it yet" in one["what"]] == []


def with_never(town: Town, folder: Path, *clauses: str) -> Path:
    """The town's files in a folder of their own, with rules of `never`."""
    shutil.copytree(town.folder / "config", folder)
    definitions = folder / "definitions.yaml"
    never = "".join(f"  - {{reason: r{index}, if: {clause}}}\n" for index, clause in enumerate(clauses))
    text = definitions.read_text().replace("signals:\n", "signals:\n  webinar: {of: event}\n")
    definitions.write_text(text.replace("stages:\n", f"never:\n{never}stages:\n", 1))
    return folder


def test_where_there_is_a_store_the_definitions_are_held_against_its_people(tmp_path, town: Town, capsys) -> None:
    clauses = (
        "{company_size: {at_least: 900000}}",
        "{country: Norway}",
        "{webinar: {at_least: 3}}",
        "{email_domain: zo}",
    )
    folder = with_never(town, tmp_path / "config", *clauses)
    code, document = checked(folder, capsys)
    people = document["data"]["people"]
    told = {note["what"] for note in document["data"]["notes"]}
    assert (code, people > 3) == (0, True)
    assert told >= {
        f"`company_size at least 900000` matches none of the {people} people in the store",
        f"`country` is empty for all {people} people in the store",
        f"no touch of the {people} people in the store is a `webinar`",
        f"`email_domain` is 'zo' for none of the {people} people in the store",
    }
    assert not any("pricing_visit" in one for one in told if "in the store" in one)
    assert run(["check", "--config", str(folder)]) == 0
    assert f"Held against {people} people of the store." in capsys.readouterr().out
    assert checked(folder, capsys, "--files-only")[1]["data"]["people"] is None


def test_a_value_that_no_picklist_has_is_a_mistake_where_the_store_knows_them(tmp_path, town: Town, capsys) -> None:
    code, document = checked(with_never(town, tmp_path / "config", "{lifecycle_stage: leed}"), capsys)
    [problem] = document["data"]["problems"]
    assert (code, problem["what"]) == (2, "lifecycle_stage has no value 'leed' in the CRM")
    assert "Lead" in problem["instead"]
