"""Everything that happened to one person, in both CRMs and in syncd, in one line of time.

`events_of` is pure; what only the store knows (when something was learned, what syncd wrote) is handed to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from syncd.facts.values import day_of
from syncd.journey.explained import Looked
from syncd.model.dossier import Mirrored
from syncd.model.instant import MINUTE, Instant, iso, midnight_of, parse_iso
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, Opportunity, Touch
from syncd.model.said import Why, Word, marked, said
from syncd.model.stage import SIDE_STAGES, Stage, label_of

HUBSPOT, SALESFORCE, SYNCD = "hubspot", "salesforce", "syncd"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: when, when we learned of it, where, what (one word), and to or by which record.

    `says` is the line for people. `evidence` are the ids behind it.
    """

    at: Instant
    known_at: Instant | None
    system: str
    kind: str
    source_id: str
    says: str
    evidence: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A write of syncd's that took place: to which record, which fields, and whether it made the record."""

    at: Instant
    kind: str
    record_id: str
    fields: Sequence[str]
    created: bool


@dataclass(frozen=True, slots=True)
class Learned:
    """When we learned what: of records by (system, kind, id), of touches by id, of entries by (stage, cycle, at)."""

    records: Mapping[tuple[str, str, str], Instant] = field(default_factory=dict)
    touches: Mapping[str, Instant] = field(default_factory=dict)
    entries: Mapping[tuple[str, int, int], Instant] = field(default_factory=dict)


def events_of(looked: Looked, learned: Learned, written: Sequence[Written]) -> list[Event]:
    """All events of a person in order of time."""
    found = [
        *_records(looked, learned),
        *_touches(looked, learned),
        *_tasks(looked),
        *_deals(looked, learned),
        *_entries(looked, learned),
        *_writes(written),
    ]
    return sorted(found, key=in_order)


def in_order(event: Event) -> tuple[Instant, bool, str, str]:
    """The order of events: by time, ours after those of the CRMs."""
    return event.at, event.system == SYNCD, event.kind, event.source_id


def event_data(event: Event) -> dict[str, Any]:
    """An event as `--json` prints it."""
    return {
        "at": iso(event.at),
        "known_at": None if event.known_at is None else iso(event.known_at),
        "system": event.system,
        "kind": event.kind,
        "source_id": event.source_id,
        "says": event.says,
        "evidence": list(event.evidence),
    }


def _records(looked: Looked, learned: Learned) -> Iterator[Event]:
    for record in looked.dossier.records:
        known_at = learned.records.get(_key(record))
        where = f"{record.kind} {record.id}"
        if record.created_at is not None and record.kind != "form_submission":  # that one is a touch
            yield Event(
                record.created_at, known_at, record.system, "created", record.id, said("{what} was created", what=where)
            )
        if record.merged_into:
            says = said("{what} was merged into {other}", what=where, other=record.merged_into)
            yield Event(record.modified_at, record.known_at, record.system, "merged", record.id, says)
        elif record.deleted:
            yield Event(
                record.modified_at,
                record.known_at,
                record.system,
                "deleted",
                record.id,
                said("{what} was deleted", what=where),
            )
        if record.kind == "lead" and record.properties.get("IsConverted") is True:
            into = record.properties.get("ConvertedContactId")
            says = (
                said("{what} was converted into contact {contact}", what=where, contact=into)
                if into
                else said("{what} was converted", what=where)
            )
            yield Event(_converted_at(record), record.known_at, record.system, "converted", record.id, says)


def _key(record: Mirrored) -> tuple[str, str, str]:
    return str(record.system), record.kind, record.id


def _converted_at(record: Mirrored) -> Instant:
    """The instant of a conversion: Salesforce keeps its day only, unless the lead has not been changed since."""
    given = record.properties.get("ConvertedDate")
    if not given:
        return record.modified_at
    text = str(given)
    if "T" in text:
        return parse_iso(text)
    day = day_of(text)
    same_day = 0 <= record.modified_at - midnight_of(day) < 24 * 60 * 60 * 1000
    return record.modified_at if same_day else midnight_of(day)


def _touches(looked: Looked, learned: Learned) -> Iterator[Event]:
    tasks = {one.name: one.seen_at for one in (*looked.dossier.tasks, *looked.dossier.activities)}
    for touch in looked.facts.touches:
        system, _, rest = touch.id.partition(":")
        known_at = learned.touches.get(touch.id, tasks.get(touch.id))
        source_id = rest.split(":")[1] if ":" in rest else rest
        yield Event(touch.at, known_at, system, touch.kind, source_id, _touch_says(touch), (touch.id,))


KINDS = {
    "page_view": marked("page view"),
    "web_visit": marked("web visit"),
    "form_submission": marked("form submission"),
    "email_open": marked("e-mail opened"),
    "email_click": marked("e-mail clicked"),
    "email_reply": marked("e-mail answered"),
    "email": marked("e-mail"),
    "meeting": marked("meeting"),
    "call": marked("call"),
    "task": marked("task"),
    "note": marked("note"),
    "event": marked("event"),
    "list_join": marked("list joined"),
    "campaign": marked("campaign"),
    "status_change": marked("status changed"),
}
"""What touches are called; a team's own kinds by their names."""
SHOWN = ("form", "subject", "url", "campaign", "name", "to")
"""The fields that say what a touch was about; the first that is known is shown."""


def _touch_says(touch: Touch) -> str:
    what = KINDS.get(touch.kind, touch.kind.replace("_", " "))
    shown = [touch.fields[name] for name in SHOWN if touch.fields.get(name)]
    outcome = touch.fields.get("outcome") or (touch.fields.get("type") if touch.kind in ("campaign", "event") else None)
    says: str = said("{what}: {about}", what=Word(what), about=shown[0]) if shown else said("{what}", what=Word(what))
    if outcome:
        says = said("{what} ({outcome})", what=says, outcome=outcome)
    return said("{what} by {side}", what=says, side=Word(touch.by)) if touch.by else says


def _tasks(looked: Looked) -> Iterator[Event]:
    """When a task that somebody was to do was given to them; one that notes what was done is a touch alone."""
    for task in looked.dossier.tasks:
        given = task.properties
        done = given.get("CompletedDateTime")
        if task.deleted or task.created_at is None or (done and parse_iso(str(done)) <= task.created_at + MINUTE):
            continue
        subject = str(given.get("Subject") or "") or said("no subject")
        says = (
            said("task: {subject}, due {day}", subject=subject, day=given["ActivityDate"])
            if given.get("ActivityDate")
            else said("task: {subject}", subject=subject)
        )
        yield Event(task.created_at, task.seen_at, SALESFORCE, "task_created", task.id, says, (task.name,))


def _deals(looked: Looked, learned: Learned) -> Iterator[Event]:
    for deal in looked.facts.opportunities:
        known_at = learned.records.get((SALESFORCE, "opportunity", deal.id))
        evidence = (f"salesforce:opportunity:{deal.id}",)
        says = said("opportunity {deal} was created", deal=deal.id)
        yield Event(deal.created_at, known_at, SALESFORCE, "opportunity_created", deal.id, says, evidence)
        for at, stage in deal.stages[1:]:
            says = said("opportunity {deal} moved to {stage}", deal=deal.id, stage=str(stage))
            yield Event(at, known_at, SALESFORCE, "opportunity_stage", deal.id, says, evidence)
        if deal.closed_at is not None:
            word = "won" if deal.won else "lost"
            yield Event(
                deal.closed_at, known_at, SALESFORCE, f"opportunity_{word}", deal.id, _closed_says(deal), evidence
            )


def _closed_says(deal: Opportunity) -> str:
    says: str = (
        said("opportunity {deal} was won", deal=deal.id)
        if deal.won
        else said("opportunity {deal} was lost", deal=deal.id)
    )
    if deal.amount is not None:
        amount = f"{deal.amount:.2f}{' ' + deal.currency if deal.currency else ''}"
        says = said("{what}, amount {amount}", what=says, amount=amount)
    return said("{what}, because: {reason}", what=says, reason=deal.lost_because) if deal.lost_because else says


def _entries(looked: Looked, learned: Learned) -> Iterator[Event]:
    for entry in looked.verdict.entries:
        known_at = learned.entries.get((str(entry.stage), entry.cycle, entry.at))
        stage = Word(label_of(entry.stage))
        says = (
            said("{stage}: {why}; reason {reason}", stage=stage, why=Why(entry.why), reason=entry.reason)
            if entry.reason
            else said("{stage}: {why}", stage=stage, why=Why(entry.why))
        )
        kind = "return" if entry.stage in SIDE_STAGES else "stage"
        source_id = f"{entry.stage}:{entry.cycle}"
        yield Event(entry.at, known_at, SYNCD, kind, source_id, says, tuple(entry.evidence))
        if entry.left_at is not None:
            says = said("{stage} was left: its clause does not hold any more", stage=stage)
            yield Event(entry.left_at, known_at, SYNCD, "left", source_id, says)


def _writes(written: Sequence[Written]) -> Iterator[Event]:
    for one in written:
        what = f"{one.kind} {one.record_id}"
        says: str = said("syncd created {what}", what=what) if one.created else said("syncd updated {what}", what=what)
        if one.fields:
            says = said("{what}: {about}", what=says, about=", ".join(one.fields))
        kind = "task" if one.kind == "task" else "written"
        yield Event(one.at, one.at, SYNCD, kind, one.record_id, says)


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a stage: from when on, and until when (None: still, or never left)."""

    entry: Entry
    left_at: Instant | None


def stays_of(entries: Sequence[Entry], order: Sequence[Stage]) -> list[Stay]:
    """The stays of a person in order of time. `order` are the stages, the furthest last.

    One ends by its own rule, else when the person gets further, returns or begins a new cycle. Who is further already
    when a lower stage is entered (an MQL who becomes a record in Salesforce) leaves that one at once.
    """
    ranks = {stage: index for index, stage in enumerate((*order, *SIDE_STAGES))}
    ordered = sorted(entries, key=lambda entry: (entry.at, entry.cycle, ranks.get(entry.stage, -1)))
    return [Stay(entry, entry.left_at or _ended(entry, ordered, ranks)) for entry in ordered]


def _ended(entry: Entry, ordered: Sequence[Entry], ranks: Mapping[Stage, int]) -> Instant | None:
    further = [
        other.at
        for other in ordered
        if (other.cycle, ranks.get(other.stage, -1)) > (entry.cycle, ranks.get(entry.stage, -1))
        and (other.left_at is None or other.left_at > entry.at)
    ]
    return max(entry.at, min(further)) if further else None
