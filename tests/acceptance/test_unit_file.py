"""The systemd units: well formed, closed, and agreed with the settings, commands and exit codes that they name."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.cli.frame import commands
from syncd.endings import ExitCode
from syncd.service.serve import END_SECONDS
from syncd.settings import load_settings

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"), key=lambda path: path.name)
UNIT, PORTALS, BACKFILL = (SYSTEMD / f"{name}.service" for name in ("syncd", "syncd@", "syncd-backfill@"))
EXPOSURE = 15  # tenths: 1.5


@pytest.fixture
def analyze():
    """Runs systemd-analyze, which needs no running systemd."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)

    return run


def values(key: str, unit: Path = UNIT) -> list[str]:
    lines = unit.read_text().splitlines()
    return [line.removeprefix(f"{key}=") for line in lines if line.startswith(f"{key}=")]


def named(unit: Path) -> str:
    """The unit's file name, of an instance where it is a template."""
    return unit.name.replace("@", "@acme" if unit == PORTALS else "@2025-01-01")


def sandbox(unit: Path) -> str:
    return unit.read_text().partition("# Sandbox.")[2].partition("\n[Install]")[0].strip()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_the_sandbox_leaves_little_open(analyze, unit: Path) -> None:
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}", unit)
    assert done.returncode == 0, done.stdout[-600:] + done.stderr
    assert sandbox(unit) == sandbox(UNIT)


@pytest.mark.parametrize("unit", [*UNITS, SYSTEMD / "syncd-sync.timer"], ids=lambda path: path.name)
def test_systemd_finds_no_mistake_in_a_unit_of_the_built_environment(analyze, tmp_path: Path, unit: Path) -> None:
    program = Path(sys.executable).with_name("syncd")
    if not program.exists():
        pytest.skip("syncd is not installed in this environment")
    for one in [*UNITS, SYSTEMD / "syncd-sync.timer"]:
        (tmp_path / named(one)).write_text(one.read_text().replace("/opt/syncd/bin/syncd", str(program)))
    done = analyze("verify", "--man=no", "--recursive-errors=no", tmp_path / named(unit))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_every_unit_runs_a_command_with_options_that_it_has(unit: Path) -> None:
    from importlib import import_module

    (line,) = values("ExecStart", unit)
    name = line.split()[1]
    assert name in commands()
    options = {one for option in import_module(f"syncd.cli.{name}").command.params for one in option.opts}
    assert set(re.findall(r"--[a-z]+", line)) <= options


def test_every_credential_of_a_unit_is_a_setting(tmp_path: Path) -> None:
    for name in values("LoadCredential"):
        (tmp_path / name).write_text("https://invented.example")
    settings = load_settings({"CREDENTIALS_DIRECTORY": str(tmp_path)}, tmp_path)
    assert settings.hubspot.access_token is not None
    assert settings.store_url.get_secret_value() == "https://invented.example"
    assert settings.alert_secrets().keys() == {"mail", "slack"}


def test_each_portal_has_the_same_credentials_under_its_own_name() -> None:
    assert values("LoadCredential", PORTALS) == [f"{name}:%i.{name}" for name in values("LoadCredential")]
    assert values("StateDirectory", PORTALS) == ["syncd-%i"]


def test_the_unit_is_started_again_unless_a_human_must_act() -> None:
    assert values("Restart") == ["on-failure"]
    assert values("RestartPreventExitStatus") == [f"{ExitCode.USAGE:d}"]
    assert values("RestartPreventExitStatus", BACKFILL) == [f"{ExitCode.USAGE:d} {ExitCode.HELD:d}"]
    assert {value for unit in UNITS for value in values("SuccessExitStatus", unit)} == {f"{ExitCode.SET_ASIDE:d}"}


def test_systemd_waits_longer_for_the_end_than_the_service_takes() -> None:
    assert int(values("TimeoutStopSec")[0]) > END_SECONDS


def test_the_user_of_the_units_is_the_one_that_sysusers_makes() -> None:
    assert {value for unit in UNITS for value in values("User", unit)} == {"syncd"}
    assert "u syncd " in (SYSTEMD / "sysusers.d/syncd.conf").read_text()


def test_the_readme_installs_in_five_steps_and_names_every_unit() -> None:
    text = (SYSTEMD / "README.md").read_text()
    assert re.findall(r"^(\d)\. ", text, re.MULTILINE) == ["1", "2", "3", "4", "5"]
    assert [path.name for path in [*UNITS, SYSTEMD / "syncd-sync.timer"] if f"`{path.name}`" not in text] == []
