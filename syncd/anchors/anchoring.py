"""At the end of a run: a checkpoint of the ledger where one is due, and what is too old in it closed for good.

What goes to Salesforce is no sending but a change like any other: the next plan has it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from connectors.records import JsonValue, Window
from syncd.anchors.checkpoints import Checkpoint, checkpoint_of, checkpoints_in, signed
from syncd.files.audit_section import JOURNAL, SALESFORCE
from syncd.model.change import ANCHOR, Change, FieldChange
from syncd.model.instant import DAY, NEVER, Instant
from syncd.store import intents, keys, ledger, quarantine
from syncd.store.canonical import from_text, to_text
from syncd.store.database import get_meta, set_meta
from syncd.store.ledger import About, LedgerItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.records import Source
    from syncd.desk import Desk, Run
    from syncd.files.audit_section import CheckpointNames
    from syncd.model.change import Plan

LAST = "checkpoint"
"""The store's note of the last checkpoint: when, of which entry, and to whom it still has to be sent."""
CLOSED = "closed_old"
"""The store's note of when it was last looked for what is too old: once a day is enough."""
KIND = "checkpoint"
OF_WRITES = frozenset({KIND, "intent", "written", "refused", "recovered", "quarantined"})
"""What keeping a checkpoint leaves in the ledger itself, where it is about nobody."""
KEY_LENGTH = 64
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
        news = ledger.has_news(tx, last["entries"], OF_WRITES)
    now = desk.clock()
    # What the last checkpoint left in the ledger itself is no news.
    if now - last["at"] >= rule.checkpoint_every and news:
        last = _make(desk, run, now)
    waiting = [place for place in last["unsent"] if place in rule.send_to]
    if waiting:
        left = [place for place in waiting if not _send(desk, place, checkpoint_of(last["checkpoint"]))]
        with desk.store.transaction() as tx:
            set_meta(tx, LAST, to_text({**last, "unsent": left}))


def with_checkpoint(desk: Desk, plan: Plan) -> Plan:
    """The plan, and the last checkpoint where Salesforce shall keep it and does not yet.

    It is a record of its own by a key that no other checkpoint has: made once, whatever crashes, and never written over
    by another past. One that was refused waits for its time, as every row does.
    """
    rule = desk.config.service.audit
    if SALESFORCE not in rule.send_to:
        return plan
    with desk.store.reading() as tx:
        last = _last(tx)["checkpoint"]
        if last is None:
            return plan
        change = _kept_by(rule.salesforce, checkpoint_of(last))
        held = {row.digest for row in quarantine.of_nobody(tx) if row.next_at is None or row.next_at > desk.clock()}
        if change.content in held or (change.key and intents.done_keys(tx, [change.key[1]])):
            return plan
    return replace(plan, changes=(*plan.changes, change))


def _kept_by(names: CheckpointNames, checkpoint: Checkpoint) -> Change:
    """A checkpoint as a record of Salesforce."""
    values: dict[str, JsonValue] = {
        names.entries: checkpoint.entries,
        names.at: checkpoint.at,
        names.line: to_text(checkpoint.as_data()),
    }
    return Change(
        system=SALESFORCE,
        object=names.object,
        purpose=ANCHOR,
        person=None,
        id=None,
        key=(names.key, f"{checkpoint.entries}-{checkpoint.head}"[:KEY_LENGTH]),
        fields=tuple(FieldChange(name, None, value) for name, value in values.items()),
        reason=f"checkpoint of the ledger at entry {checkpoint.entries}",
    )


def in_salesforce(salesforce: Source, names: CheckpointNames) -> list[Checkpoint]:
    """The checkpoints that Salesforce keeps, those in its bin too, oldest first. Raises the connectors' errors, and
    CheckpointBroken for a record that is none.
    """
    salesforce.check()
    pages = salesforce.pull(names.object, Window(None, salesforce.now()), [names.line])
    lines = [str(record.properties.get(names.line)) for page in pages for record in page.records]
    return sorted(checkpoints_in(lines, names.object), key=lambda one: one.entries)


def undelivered(tx: Connection, send_to: Sequence[str]) -> list[str]:
    """The hosts or paths that still wait for the last checkpoint, of those that the file names.

    Salesforce is none of them: what keeps a change from being written is told as of every other.
    """
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
            "unsent": [place for place in desk.config.service.audit.send_to if place != SALESFORCE],
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
