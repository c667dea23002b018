"""The files in force: changed ones are taken, broken ones are told once, and the last good ones stay."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import Lock

from syncd.files.load import Config, load_config
from syncd.files.problem import ConfigProblems
from syncd.service.journal import Journal


class Files:
    """The files of RevOps as the service goes by them. Raises ConfigProblems where they are broken from the start.

    `broken` says what is wrong with the files as they stand now, "" where they are in force. Threads may share it.
    """

    def __init__(self, directory: Path, journal: Journal) -> None:
        self._directory = directory
        self._journal = journal
        self._lock = Lock()
        self._seen = _stamps(directory)
        self._fitting: Config | None = None
        self.config = load_config(directory)
        self.broken = ""

    def look(self) -> bool:
        """Look whether somebody changed a file: whether what is in force has changed. Unchanged ones are not read."""
        with self._lock:
            return self._look()

    def _look(self) -> bool:
        seen = _stamps(self._directory)
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            config = load_config(self._directory)
        except ConfigProblems as error:
            self._say_broken(f"the files in config are broken, the last good ones stay in force: {error}")
            return False
        self.broken = ""
        if config.hash == self.config.hash:
            return False
        self._journal.info("taking the changed files in config")
        self.config = config
        return True

    def fit(self, config: Config) -> None:
        """These files name nothing that the CRMs lack."""
        self._fitting = config

    def do_not_fit(self, error: ConfigProblems) -> None:
        """Go back to the last files that fit the CRMs. Raises the error where there are none."""
        if self._fitting is None:
            raise error
        with self._lock:
            self._say_broken(f"the files in config do not fit the CRMs, the last good ones stay in force: {error}")
            self.config = self._fitting

    def _say_broken(self, what: str) -> None:
        if what != self.broken:
            self.broken = what
            self._journal.error(what)


def _stamps(directory: Path) -> dict[str, tuple[int, int, int]]:
    """What tells that a file was changed or replaced, by its name."""
    found = {}
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(".yaml"):
                with suppress(OSError):  # gone meanwhile, or a link to nothing
                    stat = os.stat(entry)  # noqa: PTH116  looked at all the time: a path costs ten times that
                    found[entry.name] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found
