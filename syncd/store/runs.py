"""The runs of syncd: what was asked, by which definitions, and how it ended."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NewType

from sqlalchemy import bindparam, delete, insert, select, update

from syncd.model.instant import Instant, datetime_of
from syncd.model.nouns import dataclass
from syncd.store import tables
from syncd.store.canonical import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row

RunId = NewType("RunId", str)
"""Sorts by the time of its start, as 20261121T083000123-9f86d0."""
_r = tables.run.c
_START = insert(tables.run)
_FINISH = update(tables.run).where(_r.id == bindparam("which"))
_RECENT = select(tables.run).order_by(_r.id.desc()).limit(bindparam("most"))
_ENDED = select(tables.run).where(_r.ended_at.is_not(None)).order_by(_r.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `ended_at` None: it is under way, or was killed. `summary` is what its command reported."""

    id: RunId
    command: str
    mode: str
    started_at: Instant
    definitions: str
    config: str
    ended_at: Instant | None
    exit_code: int | None
    stopped_by: str | None
    summary: Mapping[str, Any]


def start(tx: Connection, *, command: str, mode: str, at: Instant, definitions: str, config: str) -> RunId:
    """Record that a run begins and give its id. `definitions` and `config` are the hashes in force."""
    run = RunId(f"{datetime_of(at):%Y%m%dT%H%M%S}{at % 1000:03d}-{secrets.token_hex(3)}")
    row = {"id": run, "command": command, "mode": mode, "started_at": at, "definitions": definitions, "config": config}
    tx.execute(_START, row)
    return run


def finish(
    tx: Connection, run: RunId, *, at: Instant, exit_code: int, stopped_by: str | None, summary: Mapping[str, Any]
) -> None:
    """Record how a run ended. `stopped_by` names the guard or limit that ended it early."""
    end = {"ended_at": at, "exit_code": exit_code, "stopped_by": stopped_by, "summary": to_text(summary)}
    tx.execute(_FINISH, {"which": run, **end})


def recent(tx: Connection, limit: int) -> list[RunRow]:
    """The last runs, newest first."""
    return [_run_of(row) for row in tx.execute(_RECENT, {"most": limit})]


def last_ended(tx: Connection) -> RunRow | None:
    """The last run that was not killed and is not under way, None before the first."""
    row = tx.execute(_ENDED).first()
    return None if row is None else _run_of(row)


def get(tx: Connection, run: str) -> RunRow | None:
    """One run by id, None where there is none."""
    row = tx.execute(select(tables.run).where(_r.id == run)).first()
    return None if row is None else _run_of(row)


def forget(tx: Connection, before: Instant) -> int:
    """Forget runs that began before then and left nothing in the ledger and no intent. How many."""
    told = select(tables.ledger.c.run_id).where(tables.ledger.c.run_id.is_not(None))
    meant = select(tables.intent.c.run_id)
    where = (_r.started_at < before, _r.id.not_in(told), _r.id.not_in(meant))
    return tx.execute(delete(tables.run).where(*where)).rowcount


def _run_of(row: Row[Any]) -> RunRow:
    return RunRow(
        id=row.id,
        command=row.command,
        mode=row.mode,
        started_at=row.started_at,
        definitions=row.definitions,
        config=row.config,
        ended_at=row.ended_at,
        exit_code=row.exit_code,
        stopped_by=row.stopped_by,
        summary=from_text(row.summary) if row.summary else {},
    )
