"""At the end of a run: a checkpoint of the ledger where one is due, and what is too old in it closed for good."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from syncd.anchors.checkpoints import Checkpoint, checkpoint_of, signed
from syncd.files.audit_section import JOURNAL
from syncd.model.instant import DAY, NEVER, Instant
from syncd.store import keys, ledger
from syncd.store.canonical import from_text, to_text
from syncd.store.database import get_meta, set_meta
from syncd.store.ledger import About, LedgerItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.desk import Desk, Run

LAST = "checkpoint"
"""The store's note of the last checkpoint: when, of which entry, and to whom it still has to be sent."""
CLOSED = "closed_old"
"""The store's note of when it was last looked for what is too old: once a day is enough."""
KIND = "checkpoint"
TIMEOUT = (5.0, 10.0)
"""Seconds to connect, and to wait for an answer: a run never waits long for somebody outside."""


def anchor(desk: Desk, run: Run) -> None:
    """Make a checkpoint where one is due, send it, and send again what could not be sent before.

    A place that does not answer stops nothing: it is told, and asked again after the next run.
    """
    rule = desk.config.service.audit
    if not run.order.write or not (rule.send_to or desk.signing_key):
        return
    with desk.store.reading() as tx:
        last = _last(tx)
        entries, _ = ledger.head(tx)
    now = desk.clock()
    # The entry of the last checkpoint is no news.
    if now - last["at"] >= rule.checkpoint_every and entries > last["entries"] + 1:
        last = _make(desk, run, now)
    waiting = [place for place in last["unsent"] if place in rule.send_to]
    if waiting:
        left = [place for place in waiting if not _send(desk, place, checkpoint_of(last["checkpoint"]))]
        with desk.store.transaction() as tx:
            set_meta(tx, LAST, to_text({**last, "unsent": left}))


def undelivered(tx: Connection, send_to: Sequence[str]) -> list[str]:
    """The hosts or paths that still wait for the last checkpoint, of those that the file names."""
    return [urlsplit(place).hostname or urlsplit(place).path for place in _last(tx)["unsent"] if place in send_to]


def close_old(desk: Desk, run: Run) -> None:
    """Close what is sealed about people of whom the ledger has told nothing for as long as the file says."""
    keep = desk.config.service.audit.keep_sealed
    if not run.order.write or keep >= NEVER:
        return
    before = Instant(desk.clock() - keep)
    with desk.store.reading() as tx:
        if desk.clock() - int(get_meta(tx, CLOSED) or 0) < DAY:
            return
        persons = keys.untold_since(tx, before)
    with desk.store.transaction() as tx:
        set_meta(tx, CLOSED, str(int(desk.clock())))
        if persons:
            keys.destroy(tx, persons)
            item = LedgerItem("closed", {"before": before}, [About(person) for person in persons])
            ledger.append(tx, run.id, desk.clock(), [item])


def of_ledger(tx: Connection) -> Iterable[Checkpoint]:
    """The checkpoints that the ledger itself holds, oldest first."""
    for row in ledger.read(tx, kind=KIND):
        yield checkpoint_of(row.data)


def _last(tx: Connection) -> dict[str, Any]:
    text = get_meta(tx, LAST)
    nothing: dict[str, Any] = {"at": 0, "entries": -1, "checkpoint": None, "unsent": []}
    return dict(from_text(text)) if text else nothing


def _make(desk: Desk, run: Run, now: Instant) -> dict[str, Any]:
    with desk.store.transaction() as tx:
        head = ledger.head(tx)
        made = signed(desk.signing_key, desk.pair, head, now).as_data()
        ledger.append(tx, run.id, now, [LedgerItem(KIND, made)])
        noted = {
            "at": now,
            "entries": head[0],
            "checkpoint": made,
            "unsent": list(desk.config.service.audit.send_to),
        }
        set_meta(tx, LAST, to_text(noted))
    return noted


def _send(desk: Desk, place: str, checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint has reached a place."""
    line = to_text(checkpoint.as_data())
    try:
        if place == JOURNAL:
            desk.progress.step(f"checkpoint {line}")
        elif place.startswith("file:"):
            _append(urlsplit(place).path, line)
        else:
            _post(place, line)
    except (OSError, requests.RequestException) as error:
        where = urlsplit(place).hostname or urlsplit(place).path
        desk.progress.step(f"the checkpoint did not reach {where} ({type(error).__name__}); it is sent again next time")
        return False
    return True


def _append(path: str, line: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _post(address: str, line: str) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": "syncd"}
    with requests.post(
        address, line.encode(), headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
    ) as answer:
        if not 200 <= answer.status_code < 300:
            raise requests.HTTPError(str(answer.status_code))
