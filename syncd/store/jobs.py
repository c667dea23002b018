"""The service's jobs: how each of them last ended."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import select

from syncd.model.nouns import dataclass
from syncd.store import tables
from syncd.store.batches import insert_into, write_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, Insert

    from syncd.model.instant import Instant

Ending: TypeAlias = "Literal['ok', 'held', 'failed']"
_c = tables.job.c
_EACH = select(tables.job).order_by(_c.name)
_ROW = tuple(column.name for column in _c)
_values = attrgetter(*_ROW)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job's last end. "held": it was done, and a guard or rule kept its plan from being written.

    `code` names what held or failed it, `said` is the sentence for people. `done_at` is when it last ended without
    failing; `failures` and `failing_since` count those in a row since. `overruns` are all starts that were
    ever missed, since this or another job was still under way, the last of them before `overran_at`.
    """

    name: str
    started_at: Instant
    ended_at: Instant
    outcome: Ending
    code: str | None
    said: str
    done_at: Instant | None
    failures: int = 0
    failing_since: Instant | None = None
    overruns: int = 0
    overran_at: Instant | None = None


def ended(tx: Connection, row: JobRow) -> None:
    """Keep how a job ended, in the place of what was known of its last end."""
    write_rows(tx, _upsert, _ROW, [_values(row)])


def all(tx: Connection) -> dict[str, JobRow]:  # noqa: A001 (reads as jobs.all)
    """Every job that ever ended, by name."""
    return {row.name: JobRow(*row) for row in tx.execute(_EACH)}


def _upsert(tx: Connection) -> Insert:
    statement = insert_into(tx, tables.job)
    rest = {column.name: statement.excluded[column.name] for column in _c if column.name != "name"}
    return statement.on_conflict_do_update(index_elements=["name"], set_=rest)
