"""The brake: while syncd is paused it goes on reading and planning, and writes nothing to a CRM.

It is put on by `syncd pause`, which holds a run between two calls without waiting for it, or by a file named PAUSE in
the folder of the files: for who cannot run a command, or wants the pause reviewed like any other change. `syncd undo`
passes it, so that a bad run can be taken back before anything else is written.
"""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.endings import ExitCode, Told
from syncd.model.instant import Instant, iso
from syncd.model.nouns import dataclass
from syncd.model.said import Word, said
from syncd.store import ledger
from syncd.store.canonical import from_text, to_text
from syncd.store.database import get_meta, noted, set_meta
from syncd.store.ledger import LedgerItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.store.database import Store

FILE = "PAUSE"
"""The file that pauses; what is written in it is the reason."""
PAUSED, PAUSED_BY_FILE = "paused", "paused_by_file"
"""Notes in the store: who paused, why and since when; empty when nobody does."""
REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause in force: who put it on, why, since when, and whether it was by command or by file."""

    who: str
    why: str
    since: Instant
    by: str

    @property
    def message(self) -> str:
        """The pause in a sentence."""
        if self.why:
            return said("{who} has paused syncd by {what}: {why}", who=self.who, what=Word(self.by), why=self.why)
        return said("{who} has paused syncd by {what}", who=self.who, what=Word(self.by))

    @property
    def next_step(self) -> str:
        """How it ends."""
        if self.by == "command":
            return said("run `syncd resume` when writing may go on")
        return said("take the file {file} out of the folder of the files when writing may go on", file=FILE)


class Paused(Told):
    """Somebody paused while something was being written: the call in hand is done, the rest is left."""

    code = "paused"
    exit_code = ExitCode.HELD

    def __init__(self, pause: Pause) -> None:
        super().__init__(f"{pause.message}; what was written by then stands", pause.next_step)


def pause(tx: Connection, who: str, why: str, at: Instant) -> Pause:
    """Put the brake on. A pause that is in force already stays, with its reason."""
    found = _noted(tx, PAUSED)
    if found is not None:
        return found
    made = Pause(who, why[:REASON_LENGTH], at, "command")
    _note(tx, PAUSED, made, at)
    return made


def resume(tx: Connection, who: str, why: str, at: Instant) -> Pause | None:
    """Take the brake off; the pause that was in force by command, None where there was none."""
    found = _noted(tx, PAUSED)
    if found is not None:
        _clear(tx, PAUSED, found, at, {"who": who, "why": why[:REASON_LENGTH]})
    return found


def in_force(tx: Connection, folder: Path) -> Pause | None:
    """The pause in force, by command or by the file in a folder; None when syncd may write."""
    found = _noted(tx, PAUSED)
    if found is not None or not (folder / FILE).exists():
        return found
    return _noted(tx, PAUSED_BY_FILE) or _in_file(folder / FILE, Instant(0))


def look(store: Store, folder: Path, at: Instant) -> Pause | None:
    """The pause in force. That a file came or went is noted in the ledger by whoever sees it first."""
    with store.reading() as tx:
        notes = {key: _told(text) for key, text in noted(tx, PAUSED).items()}
    by_file, there = notes.get(PAUSED_BY_FILE), (folder / FILE).exists()
    found = notes.get(PAUSED) or (by_file if there else None)
    if there != (by_file is not None):
        with store.transaction() as tx:
            if by_file is not None:
                _clear(tx, PAUSED_BY_FILE, by_file, at, {})
            else:
                made = _in_file(folder / FILE, at)
                _note(tx, PAUSED_BY_FILE, made, at)
                found = found or made
    return found


def as_data(found: Pause | None) -> dict[str, str] | None:
    """A pause as programs read it, None where none is in force."""
    if found is None:
        return None
    return {"who": found.who, "why": found.why, "since": iso(found.since), "by": found.by}


def _in_file(path: Path, at: Instant) -> Pause:
    """What a file says: its owner is who, its first line why. One that cannot be read pauses all the same."""
    try:
        status = path.stat()
        with path.open("rb") as file:
            text = file.read(REASON_LENGTH).decode(errors="replace")
    except OSError:
        return Pause("somebody", "", at, "file")
    try:
        who = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        who = f"user {status.st_uid}"
    first = text.strip().splitlines()
    return Pause(who, first[0] if first else "", Instant(at or int(status.st_mtime * 1000)), "file")


def _noted(tx: Connection, key: str) -> Pause | None:
    return _told(get_meta(tx, key))


def _told(text: str | None) -> Pause | None:
    return Pause(**from_text(text)) if text else None


def _note(tx: Connection, key: str, made: Pause, at: Instant) -> None:
    set_meta(tx, key, to_text({"who": made.who, "why": made.why, "since": made.since, "by": made.by}))
    ledger.append(tx, None, at, [LedgerItem("paused", {"who": made.who, "why": made.why, "by": made.by})])


def _clear(tx: Connection, key: str, found: Pause, at: Instant, said: dict[str, str]) -> None:
    set_meta(tx, key, "")
    ledger.append(tx, None, at, [LedgerItem("resumed", {"by": found.by, "since": found.since, **said})])
