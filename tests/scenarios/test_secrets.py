"""No secret of the machine is ever written anywhere: not on the terminal, in the store, in files, or in a traceback."""

from __future__ import annotations

import subprocess

import pytest

from connectors.sandbox.server import Fault
from tests.world import World


@pytest.fixture
def secrets(world: World, tmp_path) -> list[str]:
    """Every secret that this machine has, each found nowhere else."""
    key = tmp_path / "signing.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
    key.chmod(0o600)
    world.extra = {"LEDGER__SIGNING_KEY_FILE": str(key), "WEB__TOKEN": "canary-of-the-page-0123456789"}
    settings = world.environment()
    return [
        settings["SYNCD_HUBSPOT__ACCESS_TOKEN"],
        settings["SYNCD_SALESFORCE__CLIENT_SECRET"],
        key.read_text().splitlines()[1],
        "canary-of-the-page-0123456789",
    ]


def shown(secrets: list[str], *texts: str) -> list[str]:
    return [secret for secret in secrets if any(secret in text for text in texts)]


def test_no_secret_is_written_anywhere(world: World, secrets: list[str]) -> None:
    world.town()
    plan, copy = world.directory / "plan.json", world.directory / "ledger.jsonl"
    told = ""
    for command in (
        ["plan", "--out", str(plan), "--json"],
        ["apply", "--json"],
        ["sync"],
        ["status", "--json"],
        ["quarantine", "list", "--json"],
        ["audit", "head"],
        ["audit", "export", str(copy)],
        ["doctor", "--json"],
        ["explain", "p00@acme.example", "--json"],
    ):
        ran = world.here(*command, DEBUG="1")
        told += ran.out + ran.err
    with world.hook("hubspot", lambda _request: True, dict.fromkeys(range(1, 60), lambda: Fault(reset=True))):
        ran = world.here("sync", DEBUG="1")
    told += ran.out + ran.err
    assert ran.code == 5
    assert shown(secrets, told) == []
    files = [path for path in world.directory.rglob("*") if path.is_file() and path.suffix != ".pem"]
    assert {copy, plan} <= set(files)
    assert [path for path in files for secret in secrets if secret.encode() in path.read_bytes()] == []
    assert [path for path in files if path.parent == world.directory and path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_that_quotes_a_secret_shows_stars(world: World, secrets: list[str], monkeypatch, as_json) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"it said {secrets}")

    monkeypatch.setattr("syncd.cycle.recover", broken)
    ran = world.here("sync", *(["--json"] if as_json else []), DEBUG="1")
    assert ran.code == 3
    assert "RuntimeError: it said ['***'" in ran.err
    assert shown(secrets, ran.out, ran.err) == []
