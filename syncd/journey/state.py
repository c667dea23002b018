"""The state of everything, out of the store: runs, streams, people, what waits and what is set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncd.model.dossier import Quarantined
from syncd.model.instant import Instant, iso
from syncd.model.nouns import dataclass
from syncd.store import database, intents, jobs, ledger, notices, people, quarantine, runs, streams
from syncd.store.jobs import JobRow
from syncd.store.notices import NoticeRow
from syncd.store.runs import RunRow
from syncd.store.streams import StreamState

if TYPE_CHECKING:
    from sqlalchemy import Connection

RUNS, EXAMPLES = 5, 3
"""Last runs, and newest examples of each kind of quarantine, that are shown."""
BACKFILL = "backfill "
"""How the notes begin under which the store keeps when a backfill began."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What is set aside for one reason: cause and code, who can mend it, how many, and the newest ones."""

    cause: str
    code: str
    who: str
    count: int
    newest: Sequence[Quarantined]


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill that is under way or was left off: the history that it reads, and when it began."""

    since: Instant
    until: Instant | None
    begun: Instant

    @property
    def command(self) -> str:
        """What goes on with it."""
        until = "" if self.until is None else f" --until {iso(self.until)}"
        return f"syncd backfill --since {iso(self.since)}{until}"


@dataclass(frozen=True, slots=True)
class State:
    """Everything that status shows. `backlog` are people who are due now, `open_intents` writes without an end;
    `streams` are those of the live cycles.
    """

    now: Instant
    runs: Sequence[RunRow]
    streams: Sequence[StreamState]
    stages: Mapping[str, int]
    people: int
    backlog: int
    open_intents: int
    aside: Sequence[Aside]
    first_contact_done: bool
    pair: tuple[str, str] | None
    ledger: tuple[int, str]
    jobs: Mapping[str, JobRow]
    notices: Sequence[NoticeRow]
    backfills: Sequence[Backfill] = ()

    @property
    def unjudged(self) -> Mapping[str, Any] | None:
        """How many people the last run that judged anybody could not judge, of how many, and the foremost reasons."""
        return next((one.summary["unjudged"] for one in self.runs if "unjudged" in one.summary), None)


def state(tx: Connection, now: Instant) -> State:
    """The state of the store as of now."""
    return State(
        now=now,
        runs=runs.recent(tx, RUNS),
        streams=[one for one in streams.all(tx) if "@" not in one.kind],  # a backfill keeps places of its own
        stages=people.stages(tx),
        people=people.count(tx),
        backlog=len(people.due(tx, now)),
        open_intents=len(intents.open_ones(tx)),
        aside=grouped(quarantine.open_ones(tx)),
        first_contact_done=intents.any_ever(tx),
        pair=database.pair(tx),
        ledger=ledger.head(tx),
        jobs=jobs.all(tx),
        notices=notices.open_ones(tx),
        backfills=backfills(tx),
    )


def note_of(since: Instant | None, until: Instant | None) -> str:
    """What the store keeps the beginning of a backfill under; `backfills` reads it."""
    return f"{BACKFILL}{since} {until}"


def backfills(tx: Connection) -> list[Backfill]:
    """The backfills that are not over, by what they read."""
    found = []
    for key, begun in database.noted(tx, BACKFILL).items():
        since, until = key.removeprefix(BACKFILL).split()
        if begun:
            ends = None if until == str(None) else Instant(int(until))
            found.append(Backfill(Instant(int(since)), ends, Instant(int(begun))))
    return found


def grouped(rows: Sequence[Quarantined]) -> list[Aside]:
    """Cases by cause, code and who can mend them; the most frequent first."""
    groups: dict[tuple[str, str, str], list[Quarantined]] = {}
    for row in rows:
        groups.setdefault((row.cause, row.code, row.who), []).append(row)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Aside(*key, len(found), _newest(found)) for key, found in ordered]


def _newest(rows: Sequence[Quarantined]) -> list[Quarantined]:
    return sorted(rows, key=lambda row: row.last_at, reverse=True)[:EXAMPLES]


def lag(one: StreamState, now: Instant) -> int | None:
    """Milliseconds since up to when a stream was read, None for one that never was."""
    return None if one.watermark is None else max(0, now - one.watermark)


def as_data(found: State, in_files: Mapping[str, Any]) -> dict[str, Any]:
    """The state as `--json` prints it; `in_files` is what the files say now."""
    last = found.runs[0] if found.runs else None
    return {
        "runs": [_run_data(one) for one in found.runs],
        "streams": [_stream_data(one, found.now) for one in found.streams],
        "backfills": [
            {"since": iso(one.since), "until": None if one.until is None else iso(one.until), "begun": iso(one.begun)}
            for one in found.backfills
        ],
        "people": {"all": found.people, "due": found.backlog, "stages": dict(found.stages)},
        "unjudged": found.unjudged,
        "open_intents": found.open_intents,
        "jobs": {name: _job_data(one) for name, one in found.jobs.items()},
        "alerts": [_notice_data(one) for one in found.notices],
        "quarantine": [_aside_data(one) for one in found.aside],
        "config": {
            "in_force": None if last is None else {"config": last.config, "definitions": last.definitions},
            "files": dict(in_files),
        },
        "first_contact_done": found.first_contact_done,
        "pair": None if found.pair is None else {"hubspot": found.pair[0], "salesforce": found.pair[1]},
        "ledger": {"entries": found.ledger[0], "head": found.ledger[1]},
    }


def _run_data(one: RunRow) -> dict[str, Any]:
    return {
        "run": one.id,
        "command": one.command,
        "mode": one.mode,
        "started_at": iso(one.started_at),
        "ended_at": None if one.ended_at is None else iso(one.ended_at),
        "exit_code": one.exit_code,
        "stopped_by": one.stopped_by,
        "definitions": one.definitions,
        "config": one.config,
        "summary": dict(one.summary),
    }


def _job_data(one: JobRow) -> dict[str, Any]:
    return {
        "started_at": iso(one.started_at),
        "ended_at": iso(one.ended_at),
        "outcome": one.outcome,
        "code": one.code,
        "said": one.said,
        "done_at": None if one.done_at is None else iso(one.done_at),
        "failures": one.failures,
        "failing_since": None if one.failing_since is None else iso(one.failing_since),
        "overruns": one.overruns,
        "overran_at": None if one.overran_at is None else iso(one.overran_at),
    }


def _notice_data(one: NoticeRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "about": one.about,
        "said": one.said,
        "next_step": one.next_step,
        "since": iso(one.opened_at),
    }


def _stream_data(one: StreamState, now: Instant) -> dict[str, Any]:
    late = lag(one, now)
    return {
        "system": one.system,
        "kind": one.kind,
        "read_until": None if one.watermark is None else iso(one.watermark),
        "lag_seconds": None if late is None else late // 1000,
        "under_way": one.until is not None,
        "gap": one.gap,
    }


def _aside_data(one: Aside) -> dict[str, Any]:
    return {
        "cause": one.cause,
        "code": one.code,
        "who": one.who,
        "count": one.count,
        "newest": [
            {
                "id": row.id,
                "system": row.system,
                "kind": row.kind,
                "record": row.record_id,
                "person": row.person,
                "message": row.message,
                "last_at": iso(row.last_at),
                "next_at": None if row.next_at is None else iso(row.next_at),
                "attempts": row.attempts,
            }
            for row in one.newest
        ],
    }
