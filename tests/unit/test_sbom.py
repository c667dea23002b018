"""What the service is built of can be told: every locked package, with its version and hashes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_locked_package_is_in_the_document_with_its_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    asked = [sys.executable, str(ROOT / ".ci/sbom"), str(ROOT / "requirements.lock")]
    first, second = (subprocess.run(asked, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert first == second
    document = json.loads(first)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    pins = dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", lock, re.MULTILINE))
    assert {one["name"]: one["version"] for one in document["components"]} == {
        name.lower().replace("_", "-"): version for name, version in pins.items()
    }
    assert sum(len(one["properties"]) for one in document["components"]) == lock.count("--hash=sha256:")
