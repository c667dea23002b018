"""Which records and property changes are touches.

On every HubSpot tier the history of some contact properties yields dated touches, though page views as events need
the dearest one (facts: hubspot B10 to B12). A submitted form is a record of its own, a task of sales another.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.records import JsonValue, Record, System, Version
from syncd.model.dossier import Mirrored
from syncd.model.instant import BEGINNING, MINUTE, NEVER, Instant, instant_of, parse_iso
from syncd.model.person import Coverage, Touch


@dataclass(frozen=True, slots=True)
class TouchProperty:
    """A contact property whose changes are touches of a kind. `field` takes its value; None for a counter."""

    name: str
    kind: str
    field: str | None = None


TOUCH_PROPERTIES: tuple[TouchProperty, ...] = (
    TouchProperty("hs_analytics_last_url", "page_view", "url"),
    TouchProperty("recent_conversion_event_name", "form_submission", "form"),
    TouchProperty("hs_email_click", "email_click"),
    TouchProperty("hs_email_open", "email_open"),
    TouchProperty("hs_email_replied", "email_reply"),
    TouchProperty("hs_analytics_num_visits", "web_visit"),
)
"""The default ones, all of HubSpot's contact."""

HISTORY_LIMIT = 45
"""Versions that HubSpot keeps of a contact's property (facts: hubspot G). With that many, older ones may be gone."""

SAME_SUBMISSION = 5 * MINUTE
"""A form seen in a property's history this near to a submission that was read is the same one."""

STREAM_KINDS: Mapping[str, Sequence[str]] = {
    "hubspot.form_submission": ("form_submission",),
    "salesforce.task": ("call", "email", "task"),
}
"""Kinds of touches that a stream of records gives. One that may not be read says so, whatever else hints at them:
a contact's property tells of a new form, but not of the same form sent twice."""

SALES_KINDS = ("call", "meeting", "email")
"""Kinds of a Salesforce task, by its type or subtype; all others are just tasks."""


def evidence_of(system: System, record: Record) -> tuple[list[Touch], dict[str, Instant]] | None:
    """The touches that a copy of a record is evidence of, in no order, and where the CRM's history of a property is
    cut off: since when it reaches back. None where a copy says nothing of touches.
    """
    if system is not System.HUBSPOT:
        return None
    if record.object == "form_submission":
        return [_submission(record)], {}
    if record.object != "contact" or not record.history:
        return None
    touches: list[Touch] = []
    reach: dict[str, Instant] = {}
    start = f"hubspot:contact:{record.id}:"
    for rule in TOUCH_PROPERTIES:
        if versions := record.history.get(rule.name):
            touches += _changes(start + rule.name, rule, versions)
            if len(versions) >= HISTORY_LIMIT:
                reach[rule.name] = instant_of(versions[0].at)
    return touches, reach


def _submission(record: Record) -> Touch:
    fields = {
        "form": record.properties.get("form_name"),
        "form_id": record.properties.get("form_id"),
        "url": record.properties.get("page_url"),
        "page": record.properties.get("page_title"),
    }
    known = {name: str(value) for name, value in fields.items() if value}
    return Touch(instant_of(record.modified_at), f"hubspot:form_submission:{record.id}", "form_submission", known)


def _changes(name: str, rule: TouchProperty, versions: Sequence[Version]) -> Iterator[Touch]:
    before: JsonValue = None
    for value, moment, _, _ in versions:
        if value not in (None, "") and (rule.field or _number(value) > _number(before)):
            at = instant_of(moment)
            yield Touch(at, f"{name}@{at}", rule.kind, _fields(rule, str(value)))
        before = value


def _fields(rule: TouchProperty, value: str) -> Mapping[str, str]:
    if rule.field is None:
        return {}
    if rule.kind == "form_submission":
        # HubSpot writes "Page title: Form name" here.
        page, _, form = value.rpartition(": ")
        return {"form": form, "page": page} if page else {"form": form}
    return {rule.field: value}


def _number(value: JsonValue) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0


def task_touch(
    task: Mirrored, integration_users: frozenset[str], owners: Mapping[str, str] | None = None
) -> Touch | None:
    """The touch of a Salesforce task that is done, None for an open or deleted one.

    `owners` are e-mail addresses by user id (15 characters): by these a team that definitions name is told.
    `by` is "sales" unless an integration's user owns it: what a program logs is no conversation.
    """
    properties = task.properties
    if task.deleted or not _is_done(properties):
        return None
    said = f"{properties.get('TaskSubtype') or ''} {properties.get('Type') or ''}".casefold()
    kind = next((one for one in SALES_KINDS if one in said), "task")
    owner = str(properties.get("OwnerId") or "")
    fields = {
        "subject": properties.get("Subject"),
        "type": properties.get("Type") or properties.get("TaskSubtype"),
        "outcome": properties.get("CallDisposition") or properties.get("Status"),
        "status": properties.get("Status"),
        "owner": owner,
        "owner_email": owners.get(owner[:15]) if owners else None,
    }
    return Touch(
        at=_done_at(task),
        id=f"salesforce:task:{task.id}",
        kind=kind,
        fields={name: str(value) for name, value in fields.items() if value},
        by=None if not owner else "integration" if owner[:15] in integration_users else "sales",
    )


def _is_done(properties: Mapping[str, JsonValue]) -> bool:
    closed = properties.get("IsClosed")
    return closed is True or (closed is None and properties.get("Status") == "Completed")


def _done_at(task: Mirrored) -> Instant:
    """When a task was completed; where Salesforce does not say, when its record was last changed."""
    given = task.properties.get("CompletedDateTime")
    return parse_iso(str(given)) if given else task.modified_at


def without_echoes(touches: Sequence[Touch]) -> list[Touch]:
    """Touches sorted by (at, id), a form seen both as a submission and in a property's history only once."""
    ordered = sorted(touches, key=lambda touch: (touch.at, touch.id))
    read = [touch.at for touch in ordered if touch.id.startswith("hubspot:form_submission:")]
    return [touch for touch in ordered if not _is_echo(touch, read)]


def _is_echo(touch: Touch, read: Sequence[Instant]) -> bool:
    if touch.kind != "form_submission" or touch.id.startswith("hubspot:form_submission:"):
        return False
    index = bisect_left(read, touch.at - SAME_SUBMISSION)
    return index < len(read) and read[index] <= touch.at + SAME_SUBMISSION


def coverage_of(reach: Mapping[str, Instant], gaps: Mapping[str, str | None]) -> dict[str, Coverage]:
    """From when on each kind of touch could be read for a person, whose contact's history is cut off at `reach`.

    `gaps` says per stream ("hubspot.form_submission", "salesforce.task") what is missing, None where all of it was
    read; a stream that never was read is not in it.
    """
    covered: dict[str, Coverage] = {}
    for rule in TOUCH_PROPERTIES:
        since = reach.get(rule.name)
        gap = "" if since is None else f"HubSpot keeps only {HISTORY_LIMIT} changes of {rule.name}"
        covered[rule.kind] = Coverage(BEGINNING if since is None else since, f"hubspot.contact.{rule.name}", gap)
    for stream, kinds in STREAM_KINDS.items():
        if stream in gaps:
            missing = gaps[stream]
            since = BEGINNING if missing is None else NEVER
            covered |= dict.fromkeys(kinds, Coverage(since, stream, missing or ""))
    return covered
