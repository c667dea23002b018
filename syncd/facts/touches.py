"""Which records and property changes are touches.

On every HubSpot tier the history of some contact properties yields dated touches, though page views as events need
the dearest one (facts: hubspot B10 to B12). A submitted form is a record of its own, a task of sales another.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from connectors.records import JsonValue, Record, System, Version
from syncd.facts.authors import author_of
from syncd.model.instant import BEGINNING, MINUTE, NEVER, Instant, instant_of
from syncd.model.nouns import dataclass
from syncd.model.person import NOTHING, Coverage, Touch
from syncd.model.touches import AT, Strand, Touches, in_strands


@dataclass(frozen=True, slots=True)
class TouchProperty:
    """A contact property whose changes are touches of a kind. `field` takes its value; None for a counter."""

    name: str
    kind: str
    field: str | None = None


HISTORY_LIMIT = 45
"""Versions that HubSpot keeps of a contact's property (facts: hubspot G). With that many, older ones may be gone."""

SAME_SUBMISSION = 5 * MINUTE
"""A form seen in a property's history this near to a submission that was read is the same one."""

SUBMISSION = "hubspot:form_submission:"
"""How the name of a submitted form begins."""

STREAM_KINDS: Mapping[str, Sequence[str]] = {
    "hubspot.form_submission": ("form_submission",),
    "hubspot.call": ("call",),
    "hubspot.meeting": ("meeting",),
    "hubspot.email": ("email", "email_reply"),
    "hubspot.note": ("note",),
    "hubspot.task": ("task",),
    "hubspot.email_event": ("email_open", "email_click"),
    "hubspot.page_view": ("page_view",),
    "hubspot.custom_event": ("event",),
    "hubspot.marketing_event": ("event",),
    "hubspot.list_join": ("list_join",),
    "salesforce.task": ("call", "meeting", "email", "task"),
    "salesforce.event": ("meeting", "call", "email"),
    "salesforce.email_message": ("email", "email_reply"),
    "salesforce.campaign_member": ("campaign",),
    "salesforce.lead_history": ("status_change",),
    "salesforce.contact_history": ("status_change",),
}
"""Kinds of touches that a stream of records gives. One that may not be read says so, whatever else hints at them:
a contact's property tells of a new form, but not of the same form sent twice."""


def evidence_of(
    system: System, record: Record, rules: Sequence[TouchProperty]
) -> tuple[list[Strand], dict[str, Instant]] | None:
    """The touches that a copy of a record is evidence of, in strands, and where the CRM's history of a property is
    cut off: since when it reaches back. None where a copy says nothing of touches.
    """
    if system is not System.HUBSPOT:
        return None
    if record.object == "form_submission":
        return [_submission(record)], {}
    if record.object != "contact" or not record.history:
        return None
    strands: list[Strand] = []
    reach: dict[str, Instant] = {}
    name = f"hubspot:contact:{record.id}"
    for rule in rules:
        if versions := record.history.get(rule.name):
            strands += _changes(name, rule, versions)
            if len(versions) >= HISTORY_LIMIT:
                reach[rule.name] = instant_of(versions[0].at)
    return strands, reach


def _submission(record: Record) -> Strand:
    fields = {
        "form": record.properties.get("form_name"),
        "form_id": record.properties.get("form_id"),
        "url": record.properties.get("page_url"),
        "page": record.properties.get("page_title"),
    }
    known = {name: str(value) for name, value in fields.items() if value}
    name, at = f"{SUBMISSION}{record.id}", instant_of(record.modified_at)
    return Strand("form_submission", None, name, "", [at], [*known], [[text] for text in known.values()])


def _changes(record: str, rule: TouchProperty, versions: Sequence[Version]) -> Iterator[Strand]:
    """The changes of a property that are touches, by whoever made them. Of two at one instant the later one counts."""
    found: dict[Instant, tuple[str | None, Mapping[str, str]]] = {}
    before: JsonValue = None
    counted = 0.0
    for value, moment, source, _ in versions:
        number = 0.0 if rule.field else _number(value)
        if value not in (None, "") and (rule.field or number > counted):
            by = author_of(source) if rule.kind == "status_change" else None  # all else the person did
            found[instant_of(moment)] = (by, _fields(rule, str(value), before))
        before, counted = value, number
    for by in dict.fromkeys(by for by, _ in found.values()):
        said = {at: fields for at, (who, fields) in found.items() if who == by}
        names = list(dict.fromkeys(name for fields in said.values() for name in fields))
        columns = [[fields.get(name) for fields in said.values()] for name in names]
        yield Strand(rule.kind, by, record, f":{rule.name}{AT}", list(said), names, columns)


def _fields(rule: TouchProperty, value: str, before: JsonValue) -> Mapping[str, str]:
    if rule.field is None:
        return NOTHING
    if rule.kind == "status_change":
        return {"property": rule.name, rule.field: value, **({"from": str(before)} if before else {})}
    if rule.kind == "form_submission":
        # HubSpot writes "Page title: Form name" here.
        page, _, form = value.rpartition(": ")
        return {"form": form, "page": page} if page else {"form": form}
    return {rule.field: value}


def _number(value: JsonValue) -> float:
    if value is None:
        return 0.0
    try:
        return float(str(value))
    except ValueError:
        return 0.0


def without_echoes(touches: Sequence[Touch]) -> Touches:
    """Touches by (at, id), a form seen both as a submission and in a property's history only once."""
    given = in_strands(touches)
    forms = given.kinds.get("form_submission", ())
    read = sorted(at for strand in forms if _is_submission(strand) for at in strand.ats)
    if not read or len(read) == sum(len(strand.ats) for strand in forms):
        return given
    return Touches([kept for strand in given.strands if (kept := _without_echoes(strand, read)).ats])


def _without_echoes(strand: Strand, read: Sequence[Instant]) -> Strand:
    if strand.kind != "form_submission" or _is_submission(strand):
        return strand
    return strand.only([index for index, at in enumerate(strand.ats) if not _is_echo(at, read)])


def _is_submission(strand: Strand) -> bool:
    """Whether a submitted form itself is the evidence: other traces of it are its echoes."""
    return (strand.record or strand.stem).startswith(SUBMISSION)


def _is_echo(at: Instant, read: Sequence[Instant]) -> bool:
    index = bisect_left(read, at - SAME_SUBMISSION)
    return index < len(read) and read[index] <= at + SAME_SUBMISSION


def coverage_of(
    reach: Mapping[str, Instant], gaps: Mapping[str, str | None], rules: Sequence[TouchProperty]
) -> dict[str, Coverage]:
    """From when on each kind of touch could be read for a person, whose contact's history is cut off at `reach`.

    `gaps` says per stream ("hubspot.form_submission", "salesforce.task") what is missing, None where all of it was
    read; a stream that never was read is not in it. Where several streams give a kind, all of them must be read.
    """
    covered: dict[str, Coverage] = {}
    for rule in rules:
        since = reach.get(rule.name)
        gap = "" if since is None else f"HubSpot keeps only {HISTORY_LIMIT} changes of {rule.name}"
        covered[rule.kind] = Coverage(BEGINNING if since is None else since, f"hubspot.contact.{rule.name}", gap)
    streamed: dict[str, Coverage] = {}
    for stream, kinds in STREAM_KINDS.items():
        if stream in gaps:
            missing = gaps[stream]
            found = Coverage(BEGINNING if missing is None else NEVER, stream, missing or "")
            for kind in kinds:
                if kind not in streamed or found.since > streamed[kind].since:
                    streamed[kind] = found
    return covered | streamed
