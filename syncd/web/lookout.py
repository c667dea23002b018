"""Where the pages look from: the store, read only, and the files as they stand, both kept at hand between visits."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.files.load import Config, load_config
from syncd.files.problem import ConfigProblems, Problem
from syncd.store.database import Store, open_store
from syncd.web.errands import Errands
from syncd.web.remembered import Remembered

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.settings import Settings

WAIT_SECONDS = 5.0
"""How long an action on the page waits for a cycle that is writing: people look at a page that loads."""


class Lookout:
    """The store and the files. Safe to be used by many threads at once."""

    def __init__(self, settings: Settings, store_url: str, config_dir: Path) -> None:
        """`settings` are handed to what runs in a process of its own."""
        self.settings = settings
        self.remembered = Remembered()
        self.errands = Errands()
        self.store_url = store_url
        self.config_dir = config_dir
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._config: Config | None = None
        self._problems: tuple[Problem, ...] = ()
        self._seen: Mapping[str, tuple[int, int]] = {}

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of the store. Raises StoreError, such as StoreMissing before the first cycle."""
        with self._lock:
            if self._store is None:
                self._store = open_store(self.store_url, read_only=True)
            store = self._store
        with store.reading() as tx:
            yield tx

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction as the store's one writer, for what people may do here. Raises StoreBusy after some seconds."""
        store = open_store(self.store_url)
        try:
            with store.writer(WAIT_SECONDS), store.transaction() as tx:
                yield tx
        finally:
            store.close()

    @contextmanager
    def braking(self) -> Iterator[Connection]:
        """A transaction that waits for no writer: whoever is writing is who shall stop."""
        store = open_store(self.store_url)
        try:
            with store.transaction() as tx:
                yield tx
        finally:
            store.close()

    def config(self) -> tuple[Config, tuple[Problem, ...]]:
        """The files, read again when one has changed; the last good ones with what is wrong where they are broken.

        Raises ConfigProblems where there never were good ones.
        """
        with self._lock:
            seen = _stamps(self.config_dir)
            if seen != self._seen:
                self._seen = seen
                try:
                    self._config, self._problems = load_config(self.config_dir), ()
                except ConfigProblems as error:
                    self._problems = tuple(error.problems)
            if self._config is None:
                raise ConfigProblems(list(self._problems))
            return self._config, self._problems

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store = None


def _stamps(directory: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file, by name: what tells that one has changed."""
    found = {}
    for path in sorted(directory.glob("*.yaml")):
        with suppress(OSError):
            stat = path.stat()
            found[path.name] = (stat.st_mtime_ns, stat.st_size)
    return found
