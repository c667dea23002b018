"""The promises of tests/conftest.py: no test leaves this machine, and in CI none that must run is skipped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("2001:db8::1", 443, 0, 0)])
def test_a_connection_to_another_machine_is_refused(address: tuple[str | int, ...]) -> None:
    family = socket.AF_INET6 if ":" in str(address[0]) else socket.AF_INET
    with socket.socket(family) as speaker, pytest.raises(RuntimeError, match="reaches out"):
        speaker.connect(address)


def test_a_name_of_another_machine_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match="reaches out to 'api.example.com'"):
        urllib.request.urlopen("https://api.example.com/")


def test_this_machine_can_be_reached() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as speaker,
    ):
        assert speaker.getpeername() == listener.getsockname()


def test_no_setting_of_the_developer_counts() -> None:
    assert [name for name in os.environ if name.startswith("SYNCD_")] == []


@pytest.mark.parametrize(
    ("in_ci", "reason", "outcome"),
    [
        ("", "PostgreSQL is not installed", "1 skipped"),
        ("1", "PostgreSQL is not installed", "1 failed"),
        ("1", "the contracts are not beside this checkout", "1 skipped"),
    ],
)
def test_in_ci_a_test_that_needs_a_service_fails_instead_of_being_skipped(
    tmp_path: Path, in_ci: str, reason: str, outcome: str
) -> None:
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(f"import pytest\ndef test_it():\n    pytest.skip({reason!r})\n")
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    env = {**os.environ, "SYNCD_CI": in_ci}
    done = subprocess.run(asked, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert outcome in done.stdout.splitlines()[-1]
