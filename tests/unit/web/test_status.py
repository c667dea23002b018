"""The page that tells how syncd is doing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import requests

from syncd.model.instant import DAY, Instant, iso
from syncd.store.database import open_store, set_meta

NOW = 1_790_000_000_000
Serve = Callable[..., str]


def test_a_backfill_that_was_left_off_is_shown_with_the_command_that_goes_on_with_it(
    serve: Serve, tmp_path: Path
) -> None:
    url, since = serve(), Instant(NOW - 40 * DAY)
    store = open_store(f"sqlite:///{tmp_path}/syncd.db")
    with store.writer(5), store.transaction() as tx:
        set_meta(tx, f"backfill {since} None", str(NOW - DAY))
    store.close()
    page = requests.get(f"{url}/status", timeout=10).text
    assert f"<code>syncd backfill --since {iso(since)}</code>" in page
    assert f'<time datetime="{iso(Instant(NOW - DAY))}">' in page
