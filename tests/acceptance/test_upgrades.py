"""A store that an older version left opens in this one, with everything that it knew.

Each released version has its store here, made by `python -m tests.acceptance.test_upgrades` in its checkout; that a
release without one cannot pass is a test as well.
"""

from __future__ import annotations

import gzip
import re
import sqlite3
import sys
import tempfile
from pathlib import Path

import pytest

import syncd
from syncd.store.database import open_store
from syncd.store.schema import HEAD, version_of
from tests.world import World

HERE = Path(__file__).parent / "released"
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
LEFT = sorted(HERE.glob("*.sql.gz"))
COUNTED = ("person", "record", "ledger", "entry", "output", "intent")
"""Tables in which no upgrade may lose a row."""


def lived(folder: Path) -> str:
    """The dump of the store of a town that this version has brought in line."""
    world = World(folder)
    with world.twin:
        world.town()
        assert world.cycle("apply").exit_code == 0
    with sqlite3.connect(folder / "syncd.db") as store:
        return "\n".join(store.iterdump())


def counts(file: Path) -> dict[str, int]:
    with sqlite3.connect(file) as store:
        there = {name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {name: store.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED if name in there}


@pytest.mark.parametrize("left", [*LEFT, None], ids=lambda left: left.name if left else f"{syncd.__version__} itself")
def test_a_store_of_an_older_version_opens_with_all_that_it_knew(tmp_path, left):
    (tmp_path / "before").mkdir()
    text = lived(tmp_path / "before") if left is None else gzip.decompress(left.read_bytes()).decode()
    file = tmp_path / "older.db"
    with sqlite3.connect(file) as store:
        store.executescript(text)
    before = counts(file)
    assert before["person"] > 10
    opened = open_store(f"sqlite:///{file}")
    with opened.reading() as tx:
        assert version_of(tx) == HEAD
    opened.close()
    assert counts(file) == before
    (tmp_path / "later").mkdir()
    world = World(tmp_path / "later")
    world.store_url = f"sqlite:///{file}"
    assert world.ledger_is_sound()


def test_every_released_version_left_a_store_to_upgrade():
    released = re.findall(r"^## (\d+\.\d+\.\d+)(?!.*not released)", CHANGELOG.read_text("utf-8"), re.MULTILINE)
    assert {f"{version}.sql.gz" for version in released} <= {left.name for left in LEFT}


def main() -> None:
    """Leave the store of this version, just before it is released."""
    with tempfile.TemporaryDirectory() as folder:
        text = lived(Path(folder))
    HERE.mkdir(exist_ok=True)
    file = HERE / f"{syncd.__version__}.sql.gz"
    file.write_bytes(gzip.compress(text.encode(), mtime=0))
    sys.stdout.write(f"{file}: {file.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
