"""What plan, apply, sync and backfill print: the one summary of a run, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from syncd.cli.output import Document, safe, say, table, unjudged
from syncd.model.said import counted
from syncd.model.stage import label_of
from syncd.plan.render import API_NAMES, forecast, planned, rows

if TYPE_CHECKING:
    from syncd.desk import Desk, Outcome
    from syncd.model.change import Plan

PURPOSES = {
    "update": ("record updated", "records updated"),
    "create": ("new lead", "new leads"),
    "task": ("task for sales", "tasks for sales"),
    "tend": ("open task closed, moved or brought up to date", "open tasks closed, moved or brought up to date"),
    "tell": ("contact told in HubSpot", "contacts told in HubSpot"),
    "list": ("joined or left a HubSpot list", "joined or left a HubSpot list"),
    "anchor": ("checkpoint of the ledger kept in Salesforce", "checkpoints of the ledger kept in Salesforce"),
    "setup": ("property made in HubSpot", "properties made in HubSpot"),
}
"""What a change of each purpose is called, one and many."""
SHOWN = 8
"""Changes that a summary shows by name."""


def as_document(command: str, desk: Desk, outcome: Outcome) -> Document:
    """The document of `--json` (design 6)."""
    run = outcome.run
    data = {
        "run": run.id,
        "pulled": run.pulled,
        "planned": planned(outcome.plan),
        "applied": dict(sorted(run.applied.items())),
        "changes": list(rows(outcome.plan)),
        "quarantined": run.quarantined,
        "moved": run.moved,
        "stopped_by": outcome.stopped_by,
        "calls": dict(outcome.calls),
        "forecast": forecast(outcome.plan),
        "refused": dict(sorted(Counter(one.code for one in outcome.plan.refusals).items())),
        "unjudged": {"people": outcome.plan.unjudged.people, "reasons": outcome.plan.unjudged.most_frequent()},
        "gaps": run.gaps,
        "left_out": run.left_out,
        "digest": outcome.plan.digest,
    }
    stop = outcome.stop or run.lacks
    error = (
        {"code": stop.code, "message": stop.message, "next_step": stop.next_step} if stop and stop.exit_code else None
    )
    return Document(command, data, run.now, desk.config.service.time_zone, outcome.plan.definitions, error)


def show(command: str, desk: Desk, outcome: Outcome, *, as_json: bool) -> None:
    """Print what a run did."""
    if as_json:
        as_document(command, desk, outcome).print()
        return
    for line in lines(outcome):
        say(line)


def lines(outcome: Outcome) -> Iterator[str]:
    """The summary as lines for people."""
    run, plan = outcome.run, outcome.plan
    yield f"Run {run.id}"
    yield f"Read: {_counts(run.pulled) or 'nothing new'}"
    for stream, what in run.gaps.items():
        yield f"Not readable: {stream}: {safe(what)}"
    if run.left_out:
        yield f"Left out: {safe(', '.join(run.left_out))}; `syncd doctor` says how to mend it"
    yield from _stages(plan)
    wanted = planned(plan)
    yield "Plan: " + (", ".join(counted(count, *PURPOSES[one]) for one, count in wanted.items()) or "nothing to write")
    yield from _examples(plan)
    yield from _refused(plan)
    for note, count in plan.notes.items():
        yield f"  {counted(count, 'person', 'people')}: {safe(note)}"
    if plan.unjudged.people:
        yield f"  {unjudged(plan.unjudged.people, plan.unjudged.most_frequent())}"
    if outcome.stop:
        yield f"Not written: {outcome.stop.message}"
        yield f"Next: {outcome.stop.next_step}"
    elif run.order.write and (run.applied or wanted):
        yield "Written: " + (
            ", ".join(counted(count, *PURPOSES[one]) for one, count in sorted(run.applied.items())) or "nothing"
        )
    if run.lacks:
        yield f"Not written: {safe(run.lacks.message)}"
        yield f"Next: {run.lacks.next_step}"
    if run.quarantined:
        yield f"Set aside: {run.quarantined}; see `syncd status`"
    if run.moved:
        yield f"Left alone, since somebody changed them meanwhile: {run.moved}"
    calls = outcome.calls
    yield f"API calls: HubSpot {calls['hubspot']}, Salesforce {calls['salesforce']}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)


def _stages(plan: Plan) -> Iterator[str]:
    counts = Counter(decision.stage for decision in plan.decisions)
    if counts:
        yield "Looked at: " + ", ".join(f"{count:,} {label_of(stage)}" for stage, count in counts.most_common())


def _examples(plan: Plan) -> Iterator[str]:
    shown = [
        (
            API_NAMES.get(change.object, change.object),
            change.id or f"new {change.key[1] if change.key else ''}"[:24],
            safe(change.reason)[:90],
        )
        for change in plan.changes[:SHOWN]
    ]
    if shown:
        yield table(("record", "id", "why"), shown)
    if len(plan.changes) > SHOWN:
        yield f"  … and {len(plan.changes) - SHOWN:,} more; `syncd plan --json` has every field"


def _refused(plan: Plan) -> Iterator[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for refusal in plan.refusals:
        groups.setdefault((refusal.code, refusal.who), []).append(refusal.why)
    for (code, who), whys in sorted(groups.items()):
        yield f"  not done for {len(whys)}: {code} ({who}): {safe(whys[0])}"
