"""`syncd status`: last runs, streams, calls of the day, people, what waits, what is set aside, which files hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.options import config_option, json_option, present, settings_for
from syncd.cli.output import Document, safe, say, table, unjudged
from syncd.model.instant import Instant, datetime_of, iso
from syncd.model.said import counted
from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage, label_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.records import System
    from syncd.brakes.budget import Pace
    from syncd.files.load import Config
    from syncd.journey.state import State
    from syncd.store.approvals import Approval
    from syncd.store.runs import RunRow


@click.command("status")
@config_option
@json_option
def command(config: Path | None, *, as_json: bool) -> None:
    """Show how syncd is doing. Nothing is asked of the CRMs."""
    from syncd.brakes import budget, pause
    from syncd.journey.cut_off import cut_off
    from syncd.journey.state import as_data, state
    from syncd.store import approvals
    from syncd.wiring import read_store

    settings, now = settings_for(config), present()
    loaded, problems = _loaded(settings.config_dir)
    with read_store(settings) as store, store.reading() as tx:
        found, end = state(tx, now), cut_off(tx)
        files: dict[str, Any] = _files(loaded, now, approvals.all_of(tx)) if loaded else {"problems": problems}
        pace, waiting = _calls(tx, loaded, now)
        held = pause.in_force(tx, settings.config_dir)
    if as_json:
        data = {**as_data(found, files), "budgets": budget.as_data(pace, waiting), "paused": pause.as_data(held)}
        Document("status", data, end, files.get("time_zone"), files.get("definitions")).print()
        return
    if held is not None:
        say(f"PAUSED: {safe(held.message)}, since {iso(held.since)}; nothing is written. Next: {held.next_step}.\n")
    for line in _lines(found, files, list(_budgets(pace, waiting))):
        say(line)


def _loaded(directory: Path) -> tuple[Config | None, list[str]]:
    """The files, or all mistakes in them."""
    from syncd.files.load import load_config
    from syncd.files.problem import ConfigProblems

    try:
        return load_config(directory), []
    except ConfigProblems as error:
        return None, [str(problem) for problem in error.problems]


def _calls(tx: Connection, config: Config | None, now: Instant) -> tuple[Pace, tuple[System, Instant] | None]:
    """The calls of the day and the pace of the service, and which CRM it waits for; by the defaults without files."""
    from syncd.brakes import budget
    from syncd.files.service_file import ServiceFile
    from syncd.store import runs
    from syncd.store.database import get_meta

    service = config.service if config else ServiceFile()
    last = runs.recent(tx, budget.RECENT + 1)
    pace = budget.pace(last, service.budgets, service.jobs["cycle"].every, now)
    return pace, budget.waits(get_meta(tx, budget.WAITING), now)


def _files(config: Config, now: Instant, given: Sequence[Approval]) -> dict[str, Any]:
    """What the files say now, and which of their versions wait for whose approval."""
    from syncd.agreement.approvals import lacking, waiting

    service = config.service
    return {
        "config": config.hash,
        "definitions": config.definitions_at(now).hash,
        "mode": service.mode,
        "time_zone": service.time_zone,
        "approvals": {
            "required": service.approvals.required,
            "waiting": {
                each.hash: lacking(service.approvals, given, each.hash) for each in waiting(config, given, now)
            },
        },
        "problems": [],
    }


def _lines(found: State, files: Mapping[str, Any], calls: Sequence[str]) -> Iterator[str]:
    if found.pair is None:
        yield "Nothing was run yet. Next: `syncd plan` shows what would be written."
        return
    yield f"HubSpot portal {safe(found.pair[0])} with Salesforce org {safe(found.pair[1])}"
    if not found.first_contact_done:
        yield "First contact is still to come: nothing is written before somebody ran `syncd apply`."
    yield from _config(found, files)
    for one in found.backfills:
        yield (
            f"A backfill since {iso(one.since)} that began at {_minute(one.begun)} is not over. If it is not under way,"
            f" `{one.command}` goes on with it."
        )
    yield ""
    rows = [[_minute(one.started_at), one.command, one.mode, _ended(one), _did(one)] for one in found.runs]
    yield table(["last runs (UTC)", "command", "mode", "ended", "did"], rows)
    yield ""
    yield from _jobs(found)
    yield table(["stream", "read until", "lag", "gap"], _streams(found))
    yield ""
    yield from calls
    order = {str(stage): index for index, stage in enumerate((*FUNNEL, *SIDE_STAGES))}
    stages = sorted(found.stages.items(), key=lambda item: order.get(item[0], len(order)))
    yield f"{counted(found.people, 'person', 'people')}: " + ", ".join(
        f"{label_of(Stage(stage))} {n:,}" for stage, n in stages
    )
    writes = counted(found.open_intents, "write is open", "writes are open")
    yield f"{counted(found.backlog, 'is', 'are')} due now, {writes}"
    if (last := found.unjudged) is not None and last["people"]:
        yield f"Of the {last['of']:,} people that were judged last, {unjudged(last['people'], last['reasons'])}"
    yield from _aside(found)
    entries = counted(found.ledger[0], "entry", "entries")
    yield f"Ledger {entries}, head {found.ledger[1][:16]}... (`syncd audit verify` proves it)"


def _config(found: State, files: Mapping[str, Any]) -> Iterator[str]:
    last = found.runs[0] if found.runs else None
    if last is None:
        return
    yield f"In force: definitions {last.definitions}, files {last.config}"
    if missing := last.summary.get("left_out"):
        yield f"Left out: {safe(', '.join(missing))}; `syncd doctor` says how to mend it"
    for version, sides in files.get("approvals", {}).get("waiting", {}).items():
        yield f"Definitions {version} wait for `syncd approve` by {' and '.join(sides)}; until then they write nothing."
    if files["problems"]:
        mistakes = counted(len(files["problems"]), "mistake")
        yield f"The files have {mistakes} and are not taken; `syncd check` shows them."
    elif files["config"] != last.config:
        yield f"The files say something new ({files['config']}); the next cycle takes it."


def _jobs(found: State) -> Iterator[str]:
    """What is wrong now, and how the service's jobs last ended."""
    for one in found.notices:
        yield f"ALERT since {_minute(one.opened_at)}: {safe(one.said).rstrip('.')}. Next: {safe(one.next_step)}"
    if not found.jobs:
        return
    rows = []
    for job in found.jobs.values():
        ended = (
            job.outcome
            if not job.failures
            else f"failed {counted(job.failures, 'time')} since {_minute(job.failing_since)}"
        )
        missed = "" if job.overran_at is None else f"{job.overruns:,}, last {_minute(job.overran_at)}"
        rows.append([job.name, _minute(job.started_at), ended, _span(job.ended_at - job.started_at), missed])
    yield table(["job of the service", "started (UTC)", "ended", "took", "starts missed"], rows)
    yield ""


def _ended(one: RunRow) -> str:
    if one.ended_at is None:
        return "not ended"
    return f"{one.exit_code}" + (f", {one.stopped_by}" if one.stopped_by else "")


def _did(one: RunRow) -> str:
    from syncd.cli.outcome import PURPOSES

    pulled = sum(one.summary.get("pulled", {}).values())
    done = ", ".join(counted(n, *PURPOSES[name]) for name, n in sorted(one.summary.get("applied", {}).items()))
    aside = one.summary.get("quarantined", 0)
    return (
        counted(pulled, "record read", "records read")
        + (f"; {done}" if done else "")
        + (f"; {aside:,} set aside" if aside else "")
    )


def _streams(found: State) -> list[list[object]]:
    from syncd.journey.state import lag

    rows: list[list[object]] = []
    for one in found.streams:
        late = lag(one, found.now)
        until = "" if one.watermark is None else _minute(one.watermark)
        rows.append([f"{one.system}.{one.kind}", until, "never read" if late is None else _span(late), one.gap or ""])
    return rows


def _budgets(pace: Pace, waiting: tuple[System, Instant] | None) -> Iterator[str]:
    """The calls of the day by CRM, how far apart cycles start and why."""
    from syncd.brakes.budget import label, said

    if not pace.outlooks:
        return
    rows = []
    for one in pace.outlooks:
        share = "" if one.share is None else f" ({one.share:.1%} of the limit)"
        ahead = "too early to say" if one.forecast is None else f"{one.forecast:,}{share}"
        shown = ["not told" if n is None else f"{n:,}" for n in (one.goal, one.used, one.total)]
        rows.append([label(one.system), f"{one.today:,}", ahead, *shown])
    yield table(["calls today", "ours so far", "forecast", "ours at most", "of all programs", "limit"], rows)
    if waiting is not None:
        yield f"No calls are left for us in {label(waiting[0])}; the service goes on at {_minute(waiting[1])} UTC."
    if pace.why is not None:
        yield f"For lack of calls, {said(pace)}."
    yield ""


def _aside(found: State) -> Iterator[str]:
    total = sum(one.count for one in found.aside)
    if not total:
        yield "Nothing is set aside."
        return
    yield f"\n{total:,} set aside (`syncd quarantine list` has each):"
    for one in found.aside:
        yield f"  {one.count:,} x {one.cause} {safe(one.code)}, to be mended by {one.who}"
        for row in one.newest:
            about = row.record_id or row.person
            record = f" {about}" if about else ""
            yield f"      {row.system} {row.kind}{record}: {safe(row.message)[:120]}"
    yield ""


def _span(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word}"
    return f"{seconds} s"


def _minute(at: Instant | None) -> str:
    return "" if at is None else f"{datetime_of(at):%Y-%m-%d %H:%M}"
