"""Every file in broken/ holds mistakes, and its first lines hold what people are told about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.files import ConfigProblems, load_config

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
SOUND = {
    "definitions.yaml": """\
signals:
  visit: {of: page_view}
scores:
  fit: {rules: [{if: {company_size: {at_least: 50}}, points: 20}]}
stages:
  mql: {when: {visit: {at_least: 1}}}
""",
    "fields.yaml": """\
read:
  company_size: {from: hubspot.company.numberofemployees, type: number}
  signed_on: {from: hubspot.contact.signed_on, type: date}
  opted_in: {from: hubspot.contact.opted_in, type: boolean}
""",
}


def write(directory: Path, files: dict[str, bytes | str]) -> Path:
    for name, content in files.items():
        (directory / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def problems_of(directory: Path, files: dict[str, bytes | str]) -> list[str]:
    with pytest.raises(ConfigProblems) as caught:
        load_config(write(directory, {**SOUND, **files}))
    assert list(caught.value.problems) == sorted(caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def test_the_files_around_the_broken_ones_are_sound(tmp_path: Path):
    assert load_config(write(tmp_path, dict(SOUND))).definitions.stages[0].stage == "mql"


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_mistake_is_told_with_its_place_and_what_to_write_instead(file: Path, tmp_path: Path):
    head = [line.removeprefix("# ") for line in file.read_text().splitlines() if line.startswith("# ")]
    told = problems_of(tmp_path, {head[0].removeprefix("in "): file.read_bytes()})
    assert told == head[1:]
    assert all("; " in each for each in told)


def test_there_are_many_ways_to_be_wrong():
    assert len(BROKEN) >= 40


def test_mistakes_of_all_files_are_told_at_once(tmp_path: Path):
    told = problems_of(
        tmp_path,
        {
            "definitions.yaml": "stages:\n  mql: {when: {vist: {at_least: 1}}}\n  sql: {from: mlq, when: {all: []}}\n",
            "fields.yaml": "read:\n  size: {from: hubspot.size}\n",
            "syncd.yaml": "mode: aply\nfloor: hubspott\n",
            "tasks.yaml": "not_older_than: 7\n",
        },
    )
    assert [each.split(": ")[0] for each in told] == [
        "definitions.yaml:2:16",
        "definitions.yaml:3:15",
        "definitions.yaml:3:32",
        "fields.yaml:2:16",
        "syncd.yaml:1:7",
        "syncd.yaml:2:8",
        "tasks.yaml:1:17",
    ]


def test_a_byte_that_is_no_text_is_told_with_its_place(tmp_path: Path):
    assert problems_of(tmp_path, {"tasks.yaml": b"queue: Gr\xfcn\n"}) == [
        "tasks.yaml:1:10: this byte is not UTF-8 text; save the file as UTF-8"
    ]


def test_a_control_character_is_told_with_its_place(tmp_path: Path):
    assert problems_of(tmp_path, {"tasks.yaml": b"queue: a\nfallback: a\x07b\n"}) == [
        "tasks.yaml:2:12: this character is not allowed in YAML; take it out"
    ]


def test_a_file_too_deep_is_refused(tmp_path: Path):
    (told,) = problems_of(tmp_path, {"tasks.yaml": "tasks: " + "[" * 5000})
    assert told.startswith("tasks.yaml:1:37: this is nested deeper than 30 levels")


def test_a_file_too_large_is_refused(tmp_path: Path):
    (told,) = problems_of(tmp_path, {"tasks.yaml": "#" * 1_000_001})
    assert told.startswith("tasks.yaml:1:1: the file is larger")


def test_a_missing_definitions_file_names_init(tmp_path: Path):
    with pytest.raises(ConfigProblems, match=r"definitions\.yaml:1:1: there is no definitions\.yaml .*`syncd init`"):
        load_config(tmp_path)


def test_a_missing_directory_names_init(tmp_path: Path):
    with pytest.raises(ConfigProblems, match=r"there is no directory .*new; make one with `syncd init .*new`"):
        load_config(tmp_path / "new")


def test_a_definitions_file_that_is_a_directory_is_no_traceback(tmp_path: Path):
    (tmp_path / "definitions.yaml").mkdir()
    with pytest.raises(ConfigProblems, match="cannot be read"):
        load_config(tmp_path)


def test_unreadable_fields_do_not_make_every_name_unknown(tmp_path: Path):
    told = problems_of(tmp_path, {"fields.yaml": "read: [", "definitions.yaml": "stages: {mql: {when: {size: 3}}}\n"})
    assert [each.split(":")[0] for each in told] == ["fields.yaml"]


def test_a_message_never_repeats_an_alert_address(tmp_path: Path):
    told = problems_of(tmp_path, {"syncd.yaml": "alerts: {to: 'mailto://user:topsecret@mail.example'}\n"})
    assert "topsecret" not in "\n".join(told)
