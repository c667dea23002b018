"""The page over an empty store, served on a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.files.starter import write_starter
from syncd.settings import load_settings
from syncd.store.database import open_store
from syncd.web.serve import Serving

TOKEN = "sixteen or more signs"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts pages with settings, given without SYNCD_WEB__, and gives each one's address."""
    write_starter(tmp_path / "config", "startup")
    url = f"sqlite:///{tmp_path}/syncd.db"
    open_store(url).close()
    served: list[Serving] = []

    def start(**given: str) -> str:
        named = {f"SYNCD_WEB__{name.upper()}": value for name, value in ({"listen": "127.0.0.1:0"} | given).items()}
        settings = load_settings({"SYNCD_STORE_URL": url, "SYNCD_CONFIG_DIR": str(tmp_path / "config")} | named)
        page = Serving(settings, url, settings.config_dir)
        page.start()
        served.append(page)
        return page.url.rstrip("/")

    yield start
    for each in served:
        each.stop()
