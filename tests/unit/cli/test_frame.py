"""The frame of the command line: what is listed, what is loaded, and how a run ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

import syncd
from syncd.cli import frame
from syncd.cli.options import json_option


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch):
    """Gives `syncd probe` what it does: a function to call, whose return value ends the command."""

    def install(act):
        @click.command()
        @json_option
        def probe(*, as_json: bool):
            return act()

        def get(group: click.Group, ctx: click.Context, name: str) -> click.Command:
            return probe

        monkeypatch.setattr(frame.Commands, "get_command", get)
        monkeypatch.setattr(frame, "commands", lambda: {"probe": "Does what the test says."})

    return install


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(["--version"]) == 0
    assert capsys.readouterr().out == f"syncd {syncd.__version__}\n"


def test_the_help_lists_every_command_that_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(["--help"]) == 0
    words = capsys.readouterr().out.split()
    assert set(frame.commands()) <= set(words)


def test_a_command_that_does_not_exist_is_a_usage_error_with_the_nearest_one(
    outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome(lambda: 0)
    assert frame.run(["prob"]) == 2
    assert capsys.readouterr().err == (
        "There is no command 'prob'. Did you mean `syncd probe`?\nNext: `syncd --help` shows how it is used.\n"
    )


def test_an_unknown_option_is_a_usage_error_of_that_command(outcome, capsys: pytest.CaptureFixture[str]) -> None:
    outcome(lambda: 0)
    assert frame.run(["probe", "--colour"]) == 2
    assert "Next: `syncd probe --help` shows how it is used." in capsys.readouterr().err


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (1, 1), (7, 7)])
def test_what_a_command_returns_is_the_exit_code(outcome, returned: int | None, code: int) -> None:
    outcome(lambda: returned)
    assert frame.run(["probe"]) == code


def test_with_json_an_error_is_the_one_document(outcome, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ZeroDivisionError("canary of a person")

    outcome(fail)
    assert frame.run(["probe", "--json"]) == 3
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert set(error) == {"code", "message", "next_step"}
    assert error["code"] == "bug"
    assert "canary" not in printed.out + printed.err


def test_ctrl_c_ends_with_130(outcome, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    outcome(interrupt)
    assert frame.run(["probe"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_bug_shows_its_traceback_only_when_asked(
    outcome, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome(lambda: int("no number"))
    assert frame.run(["probe"]) == 3
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv("SYNCD_DEBUG", "1")
    assert frame.run(["probe"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    slow = "import time; time.sleep(0.3)\nfrom syncd.cli.frame import run\nraise SystemExit(run(['--help']))"
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" | true; echo "${PIPESTATUS[0]}"', sys.executable, slow],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_the_help_imports_none_of_the_libraries_that_commands_need() -> None:
    heavy = {
        "pydantic",
        "sqlalchemy",
        "requests",
        "rich",
        "yaml",
        "orjson",
        "hubspot",
        "simple_salesforce",
        "structlog",
    }
    asked = f"""if True:
        import sys
        from syncd.cli.frame import run
        run(["--help"])
        print({heavy!r} & set(sys.modules), file=sys.stderr)"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "syncd", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"syncd {syncd.__version__}\n"
