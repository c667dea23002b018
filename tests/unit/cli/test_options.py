"""The options that commands share."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from syncd.cli import options
from syncd.model.instant import parse_iso


def arguments_of(decorator, *arguments: str) -> dict[str, object]:
    seen: dict[str, object] = {}

    @click.command()
    @decorator
    def probe(**given: object) -> None:
        seen.update(given)

    CliRunner().invoke(probe, arguments, standalone_mode=False, catch_exceptions=False)
    return seen


def test_each_option_passes_the_argument_that_it_promises() -> None:
    day = parse_iso("2026-11-21")
    assert arguments_of(options.json_option, "--json") == {"as_json": True}
    assert arguments_of(options.config_option, "--config", "there") == {"config": Path("there")}
    assert arguments_of(options.now_option, "--now", "2026-11-21") == {"now": day}
    assert arguments_of(options.wait_option) == {"wait": 60.0}
    assert arguments_of(options.at_option, "--at", "2026-11-21T00:00:00Z") == {"at": day}
    assert arguments_of(options.as_of_option, "--as-of", "2026-11-21T01:00:00+01:00") == {"as_of": day}
    assert arguments_of(options.period_options, "--from", "2026-11-21") == {"since": day, "until": None}
    assert arguments_of(options.by_option, "--by", "source") == {"by": "source"}
    assert arguments_of(options.force_option, "--force", "updates", "--force", "creates") == {
        "force": ("updates", "creates"),
        "why": "",
    }
    assert arguments_of(options.yes_option) == {"yes": False}


def test_a_time_that_is_none_is_a_usage_error_with_an_example() -> None:
    with pytest.raises(click.UsageError, match="'tomorrow' is no time; write 2026-11-21 or"):
        arguments_of(options.now_option, "--now", "tomorrow")


def test_the_folder_of_the_option_wins_over_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNCD_CONFIG_DIR", "from_settings")
    assert options.settings_for().config_dir == tmp_path / "from_settings"
    assert options.settings_for(Path("from_option")).config_dir == tmp_path / "from_option"


def test_the_present_is_now_unless_another_time_was_asked_for() -> None:
    asked = parse_iso("2026-11-21")
    assert options.present(asked) == asked
    assert options.present() > asked - 1


def test_every_guard_of_the_config_can_be_forced_and_nothing_else() -> None:
    from syncd.cli.options import GUARDS
    from syncd.files.service_file import Guards

    assert set(GUARDS) == set(Guards.model_fields) - {"at_least"}
