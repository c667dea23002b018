"""The systemd unit: it is well formed, closed, and agrees with the settings and exit codes it names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from syncd.cli.errors import ExitCode
from syncd.settings import load_settings

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "syncd.service"
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


def values(key: str) -> list[str]:
    lines = UNIT.read_text().splitlines()
    return [line.removeprefix(f"{key}=") for line in lines if line.startswith(f"{key}=")]


def test_the_sandbox_leaves_little_open(analyze) -> None:
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}", UNIT)
    assert done.returncode == 0, done.stdout[-600:] + done.stderr


def test_systemd_finds_no_mistake_in_the_unit(analyze, tmp_path: Path) -> None:
    copy = tmp_path / "syncd.service"
    copy.write_text(UNIT.read_text().replace("ExecStart=/opt/syncd/bin/syncd", f"ExecStart={shutil.which('true')}"))
    done = analyze("verify", "--man=no", "--recursive-errors=no", copy)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_credential_of_the_unit_is_a_setting(tmp_path: Path) -> None:
    for name in values("LoadCredential"):
        (tmp_path / name).write_text("invented")
    settings = load_settings({"CREDENTIALS_DIRECTORY": str(tmp_path)}, tmp_path)
    assert settings.hubspot.access_token is not None
    assert settings.store_url.get_secret_value() == "invented"


def test_the_unit_is_started_again_unless_a_human_must_act() -> None:
    assert values("Restart") == ["on-failure"]
    assert values("RestartPreventExitStatus") == [f"{ExitCode.USAGE:d}"]
    assert values("SuccessExitStatus") == [f"{ExitCode.SET_ASIDE:d}"]


def test_the_user_of_the_unit_is_the_one_that_sysusers_makes() -> None:
    assert f"u {values('User')[0]} " in (SYSTEMD / "sysusers.d/syncd.conf").read_text()
