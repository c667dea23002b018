"""The tutorial as a new user walks through it, with the emulated CRMs in place of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.twin import Twin

ROOT = Path(__file__).parents[2]
QUARTER_OF_AN_HOUR = 15 * 60
BY_HAND = (2 + 3 + 5 + 3) * 60
"""What the headings give to installing, to both credentials, and to deploying fields."""


def commands() -> list[str]:
    """The commands of syncd in the blocks that a reader copies, in order."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "docs/tutorial.md").read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("syncd ")]


@pytest.mark.timeout(400)
def test_a_new_user_comes_to_a_first_plan_and_nothing_is_written(tmp_path):
    portal, org = HubSpotPortal(), SalesforceOrg()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
    began = time.monotonic()
    with Twin(portal, org) as twin:
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in twin.settings().items()))
        (tmp_path / ".env").chmod(0o600)
        for line in commands():
            command = [sys.executable, "-m", *line.split()]
            done = subprocess.run(
                command, cwd=tmp_path, env=kept | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (line, done.stdout, done.stderr)
        written = [
            call
            for server in twin.servers
            for call in server.journal
            if call.method in ("PATCH", "PUT", "DELETE") or "/sobjects" in call.path.partition("composite")[2]
        ]
    assert [line.split()[1] for line in commands()] == ["init", "check", "doctor", "doctor", "plan"]
    assert written == []
    assert (tmp_path / "salesforce/README.md").is_file()
    assert time.monotonic() - began + BY_HAND < QUARTER_OF_AN_HOUR
