"""The pages speak the language of syncd.yaml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import requests


@pytest.mark.parametrize(
    ("language", "title", "footer", "heading"),
    [
        ("en", "Plans and runs", "Time zone", "No plan waits"),
        ("nl", "Plannen en runs", "Tijdzone", "Er wacht geen plan"),
        ("nb", "Planer og kjøringer", "Tidssone", "Ingen plan venter"),
    ],
)
def test_frame_and_pages_are_in_the_language_of_the_files(
    serve: Callable[..., str], tmp_path: Path, language: str, title: str, footer: str, heading: str
) -> None:
    url, file = serve(), tmp_path / "config" / "syncd.yaml"
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("language:")]
    file.write_text("\n".join([*lines, f"language: {language}", ""]), "utf-8")
    text = requests.get(f"{url}/plans", timeout=10).text
    assert f'<html lang="{language}">' in text
    assert (title in text, footer in text, heading in text) == (True, True, True)
