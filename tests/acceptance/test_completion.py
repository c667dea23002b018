"""Completion by Tab, as the how-to sets it up."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def completed(words: str) -> list[str]:
    """What bash is told for the last of some words."""
    asked = {"_SYNCD_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "syncd"], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("syncd jour", ["journey"]), ("syncd setup h", ["hubspot"]), ("syncd doctor --sales", ["--salesforce-package"])],
)
def test_commands_and_options_are_completed(words: str, wanted: list[str]) -> None:
    assert completed(words) == wanted


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_shell_gets_the_script_that_asks(shell: str) -> None:
    asked = os.environ | {"_SYNCD_COMPLETE": f"{shell}_source"}
    done = subprocess.run([sys.executable, "-m", "syncd"], env=asked, capture_output=True, text=True, check=True)
    assert f"_SYNCD_COMPLETE={shell}_complete" in done.stdout
