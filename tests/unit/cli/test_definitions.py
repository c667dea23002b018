"""`syncd definitions`."""

from __future__ import annotations

import html.parser
import json
from pathlib import Path

import pytest

from syncd.cli.frame import run
from syncd.files.load import load_config
from syncd.files.starter import write_starter

LATER = "\neffective_from: 2026-06-01\n"
NEW = "{at_least: 2, within: 14 days}"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The start-up playbook from 1 June 2026 on, and before that a version that asked for less."""
    folder = tmp_path / "config"
    write_starter(folder, "startup")
    text = (folder / "definitions.yaml").read_text()
    (folder / "definitions-2026.yaml").write_text(text)
    changed = text.replace("pricing_visit: {at_least: 1, within: 30 days}", f"pricing_visit: {NEW}")
    (folder / "definitions.yaml").write_text(changed + LATER)
    monkeypatch.setenv("SYNCD_CONFIG_DIR", str(folder))
    monkeypatch.setenv("SYNCD_STORE_URL", f"sqlite:///{tmp_path}/none.db")
    return folder


def printed(capsys, *arguments: str) -> str:
    assert run(["definitions", *arguments]) == 0
    return capsys.readouterr().out


class Reader(html.parser.HTMLParser):
    """What a page shows and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and "style" not in self.open:
            self.texts.append(data)


def test_the_whole_agreement_is_read_aloud(config: Path, capsys) -> None:
    text = printed(capsys, "show")
    for part in (
        "THE AGREEMENT OF MARKETING AND SALES",
        "MQL, judged by marketing",
        "pricing visit: at least 2 times in the last 14 days",
        "Only whoever is MQL already can become SQL.",
        "+20 points: company size is at least 20",
        "competitor: e-mail domain is “rival.example” or “other-rival.example”",
        "They can qualify again, 30 days later at the earliest.",
        "pricing visit: a page view, if the web address contains “/pricing” or “/plans”",
        "in force since 1 June 2026",
        "in force until 1 June 2026, no longer",
        "was: pricing visit: at least once in the last 30 days",
        "For sales:",
    ):
        assert part in text
    assert "_" not in text.replace("_" * 50, "").replace("Recycle_Reason__c", "").replace("Reject_Reason__c", "")


@pytest.mark.parametrize(
    ("language", "part"),
    [
        ("nl", "pricing visit: minstens 2 keer in de afgelopen 14 dagen"),
        ("nb", "pricing visit: minst 2 ganger i løpet av de siste 14 dager"),
    ],
)
def test_every_language_tells_the_same_agreement(config: Path, capsys, language: str, part: str) -> None:
    assert part in printed(capsys, "show", "--language", language)
    shapes = {
        one: [count(section) for section in told(capsys, "show", "--language", one)["sections"]]
        for one in ("en", language)
    }
    assert shapes["en"] == shapes[language]


def told(capsys, *arguments: str) -> dict:
    return json.loads(printed(capsys, *arguments, "--json"))["data"]


def count(section: dict) -> list:
    return [section["key"], len(section["lines"]), len(section["notes"]), *map(count, section["sections"])]


def test_the_language_of_syncd_yaml_is_spoken_unless_another_is_asked_for(config: Path, capsys) -> None:
    service = (config / "syncd.yaml").read_text()
    (config / "syncd.yaml").write_text(service.replace("language: en", "language: nb"))
    assert "AVTALEN MELLOM MARKED OG SALG" in printed(capsys, "show")
    assert "DE AFSPRAAK" in printed(capsys, "show", "--language", "nl")


def test_the_page_needs_nothing_from_elsewhere_and_no_value_becomes_markup(config: Path, capsys) -> None:
    text = (config / "definitions.yaml").read_text()
    (config / "definitions.yaml").write_text(text.replace("rival.example", '"<script>alert(1)</script>&"', 1))
    page = printed(capsys, "show", "--format", "html")
    reader = Reader()
    reader.feed(page)
    assert page.startswith("<!doctype html>")
    assert (reader.links, reader.open) == ([], [])
    assert reader.tags <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "div", "ul", "li"}
    assert any("<script>alert(1)</script>&" in shown for shown in reader.texts)


def test_markdown_shows_values_as_they_are(config: Path, capsys) -> None:
    text = (config / "definitions.yaml").read_text()
    (config / "definitions.yaml").write_text(text.replace("rival.example", '"*a* [b](c) <d>"', 1))
    page = printed(capsys, "show", "--format", "markdown")
    assert page.startswith("# The agreement of marketing and sales\n")
    assert r"\*a\* \[b\](c) \<d\>" in page
    assert r"- \+20 points: company size is at least 20" in page
    assert r"Recycle\_Reason\_\_c" in page


def test_a_sign_that_turns_the_reading_direction_is_shown(config: Path, capsys) -> None:
    text = (config / "definitions.yaml").read_text()
    (config / "definitions.yaml").write_text(text.replace("rival.example", '"\\u202Erival"', 1))
    assert "\\u202erival" in printed(capsys, "show", "--format", "html")


def test_the_version_in_force_at_a_time_is_shown(config: Path, capsys) -> None:
    old, new = load_config(config).versions
    assert told(capsys, "show", "--at", "2026-05-31T23:59:59Z")["version"] == old.hash
    assert told(capsys, "show", "--at", "2026-06-01")["version"] == new.hash
    assert told(capsys, "show", "--version", old.hash[:6])["version"] == old.hash
    assert told(capsys, "show", "--version", str(config / "definitions-2026.yaml"))["version"] == old.hash


def test_as_data_the_page_has_its_sections_and_the_times_of_all_versions(config: Path, capsys) -> None:
    data = told(capsys, "show")
    assert list(data) == ["version", "name", "language", "title", "opening", "sections", "versions", "approvals"]
    assert [section["key"] for section in data["sections"]] == [
        "stages",
        "returns",
        "never",
        "scores",
        "signals",
        "versions",
        "changes",
    ]
    assert [(one["since"], one["until"]) for one in data["versions"]] == [
        (None, "2026-06-01T00:00:00.000Z"),
        ("2026-06-01T00:00:00.000Z", None),
    ]


def test_what_the_version_in_force_changed_is_told_clause_by_clause(config: Path, capsys) -> None:
    old, new = load_config(config).versions
    data = told(capsys, "diff")
    assert (data["from"], data["to"]) == (old.hash, new.hash)
    assert [(one["what"], one["before"], one["after"]) for one in data["changes"]] == [
        ("changed", "from the beginning", "from 1 June 2026 on"),
        (
            "changed",
            "pricing visit: at least once in the last 30 days",
            "pricing visit: at least 2 times in the last 14 days",
        ),
    ]
    assert data["changes"][1]["where"][:2] == ["Stages", "MQL, judged by marketing"]
    assert "is now: pricing visit: at least 2 times in the last 14 days" in printed(capsys, "diff")
    assert "nå: pricing visit: minst 2 ganger" in printed(capsys, "diff", "--language", "nb")


def test_a_draft_is_compared_with_the_version_in_force(config: Path, capsys, tmp_path: Path) -> None:
    text = (config / "definitions.yaml").read_text()
    (tmp_path / "draft.yaml").write_text(text.replace("half_life: 14 days", "half_life: 7 days"))
    data = told(capsys, "diff", str(tmp_path / "draft.yaml"))
    assert data["from"] == load_config(config).definitions.hash
    assert [one["what"] for one in data["changes"]] == ["changed"]
    assert "Nothing: both mean the same." in printed(capsys, "diff", "definitions.yaml", "definitions.yaml")


def test_a_first_version_changed_nothing(config: Path, capsys) -> None:
    (config / "definitions-2026.yaml").unlink()
    assert told(capsys, "diff") == {"from": None, "to": load_config(config).definitions.hash, "changes": []}
    assert "is the first version" in printed(capsys, "diff")


def test_an_unknown_version_names_those_that_there_are(config: Path, capsys) -> None:
    assert run(["definitions", "show", "--version", "zzz"]) == 2
    assert load_config(config).definitions.hash in capsys.readouterr().err
    assert run(["definitions", "diff", "zzz"]) == 2
    assert run(["definitions", "show", "--version", "a", "--at", "2026-01-01"]) == 2


def test_a_draft_with_mistakes_is_told_like_any_file(config: Path, capsys, tmp_path: Path) -> None:
    (tmp_path / "draft.yaml").write_text("stages: {mql: {when: {nothing: 1}}}\n")
    assert run(["definitions", "diff", str(tmp_path / "draft.yaml")]) == 2
    assert "draft.yaml:1:23" in capsys.readouterr().err


def test_a_version_is_called_by_its_name(config: Path, capsys) -> None:
    definitions = config / "definitions.yaml"
    before = load_config(config).definitions.hash
    definitions.write_text(definitions.read_text() + "\nversion: 2026-11\n")
    after = load_config(config).definitions
    assert (after.hash, after.title) == (before, f"2026-11 ({before})")
    assert f"Version 2026-11 ({before}): in force" in printed(capsys, "show", "--version", "2026-11")
