"""A town whose people were synced once, for commands that only read; the settings name its store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.cli.town import Town


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town = Town(tmp_path_factory.mktemp("town"))
    town.settle_in()
    town.cycle(by_hand=True)
    yield town
    town.close()


@pytest.fixture
def town(settled: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    for name, value in settled.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(settled.folder)
    return settled
