"""Records about people that are touches of their own: calls, meetings, e-mails, notes, tasks, campaign responses,
changes of a status, and events that HubSpot lists contact by contact. Pure.

What a program logged is no conversation: `by` is "sales" only where nothing says that a program or an import made the
record (facts: market 2, hubspot B12, salesforce B6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType

from connectors.records import JsonValue, System
from syncd.facts.authors import PROGRAMS, author_of
from syncd.facts.histories import field_of
from syncd.facts.values import instant_in
from syncd.model.dossier import Mirrored
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Touch

HUBSPOT, SALESFORCE = System.HUBSPOT, System.SALESFORCE
HELD = "COMPLETED"
"""How an event of Salesforce ended that nobody took out of the calendar, where no field says it: it was held. The word
is HubSpot's, so that one test of an outcome goes for both (Event has no such field, facts: salesforce B6).
"""

OUTCOMES: Mapping[str, str] = MappingProxyType({"call": "hs_call_disposition", "meeting": "hs_meeting_outcome"})
"""The property by which HubSpot says how an activity ended, by kind: whoever set it says that they have spoken."""

SALES_KINDS = ("call", "meeting", "email")
"""Kinds of a Salesforce task or event, by its type or subtype."""


@dataclass(frozen=True, slots=True)
class Around:
    """What activities are read by: users of programs, labels of picklists by `hubspot.call.hs_call_disposition`,
    e-mail addresses of owners by id (Salesforce's of 15 characters), names of campaigns by id, and the field that says
    how an event ended, where there is one.
    """

    programs: frozenset[str] = frozenset()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    campaigns: Mapping[str, str] = field(default_factory=dict)
    event_outcome: str | None = None

    def label(self, kind: str, name: str, value: JsonValue) -> JsonValue:
        """The label of a HubSpot option, where the CRM told it."""
        return self.labels.get(f"hubspot.{kind}.{name}", {}).get(str(value), value)

    def user(self, user_id: JsonValue) -> str | None:
        """Who a Salesforce user is: "sales", "integration", None where there is none."""
        if not user_id:
            return None
        return "integration" if str(user_id)[:15] in self.programs else "sales"

    def author(self, record: Mirrored) -> str | None:
        """Whose work a task or event of Salesforce is: of the person who changed it last, else of its author, since a
        program may file what somebody did, or do by itself what is owned by somebody. None: nobody can tell.
        """
        given = record.properties
        made, changed, owner = (self.user(given.get(name)) for name in ("CreatedById", "LastModifiedById", "OwnerId"))
        if owner != "sales" or changed in ("sales", None):
            return owner
        return None if made == "sales" else "integration"

    def mail(self, owner: JsonValue) -> str | None:
        """The address of an owner, by which a team that definitions name is told."""
        said = str(owner or "")
        return self.owners.get(said) or self.owners.get(said[:15])


def touch_of(record: Mirrored, around: Around) -> Touch | None:
    """The touch that a record is, None for one that is deleted, not done yet, or none."""
    made = _MADE.get((record.system, record.kind))
    return None if made is None or record.deleted else made(record, around)


def _call(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    outcome = around.label("call", "hs_call_disposition", given.get("hs_call_disposition"))
    fields = {
        "subject": given.get("hs_call_title"),
        "type": given.get("hs_activity_type") or given.get("hs_call_direction"),
        "outcome": outcome or given.get("hs_call_status"),
        "status": given.get("hs_call_status"),
    }
    return _hubspot(record, around, "call", fields, given.get("hs_timestamp"))


def _meeting(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    fields = {
        "subject": given.get("hs_meeting_title"),
        "type": given.get("hs_activity_type"),
        "outcome": given.get("hs_meeting_outcome"),
        "status": given.get("hs_meeting_outcome"),
    }
    return _hubspot(record, around, "meeting", fields, given.get("hs_meeting_start_time") or given.get("hs_timestamp"))


def _email(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    status = given.get("hs_email_status")
    answered = given.get("hs_email_direction") == "INCOMING_EMAIL"
    if not answered and status not in (None, "", "SENT"):
        return None
    fields = {"subject": given.get("hs_email_subject"), "status": status}
    return _hubspot(
        record, around, "email_reply" if answered else "email", fields, given.get("hs_timestamp"), said=answered
    )


def _note(record: Mirrored, around: Around) -> Touch | None:
    return _hubspot(record, around, "note", {}, record.properties.get("hs_timestamp"))


def _hubspot_task(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    if given.get("hs_task_status") != "COMPLETED":
        return None
    fields = {
        "subject": given.get("hs_task_subject"),
        "type": given.get("hs_task_type"),
        "outcome": given.get("hs_task_status"),
        "status": given.get("hs_task_status"),
    }
    return _hubspot(record, around, "task", fields, given.get("hs_task_completion_date") or given.get("hs_timestamp"))


def _hubspot(
    record: Mirrored,
    around: Around,
    kind: str,
    fields: Mapping[str, JsonValue],
    at: JsonValue,
    *,
    said: bool = False,
) -> Touch:
    """A touch out of one of HubSpot's activities. `said` marks what the person did: nobody of ours is behind it."""
    owner = record.properties.get("hubspot_owner_id")
    by = None if said else _author(record, owner)
    return _touch(record, around, kind, {**fields, "owner": owner}, at, by)


def _author(record: Mirrored, owner: JsonValue) -> str | None:
    """Whose work an activity of HubSpot's is: of who said last how it ended, where its history tells, since a program
    may set the outcome of a person's call and a person that of a program's; else of who made it.
    """
    versions = record.history.get(OUTCOMES.get(record.kind, ""), ())
    if versions and (said := author_of(versions[-1][2])):
        return said
    made_by_program = record.properties.get("hs_object_source") in PROGRAMS
    return "integration" if made_by_program else "sales" if owner else None


def _task(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    closed = given.get("IsClosed")
    if not (closed is True or (closed is None and given.get("Status") == "Completed")):
        return None
    fields = {
        "subject": given.get("Subject"),
        "type": given.get("Type") or given.get("TaskSubtype"),
        "outcome": given.get("CallDisposition") or given.get("Status"),
        "status": given.get("Status"),
        "owner": given.get("OwnerId"),
    }
    kind = _kind_said(given.get("TaskSubtype"), given.get("Type")) or "task"
    return _touch(record, around, kind, fields, given.get("CompletedDateTime"), around.author(record))


def _event(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    fields = {
        "subject": given.get("Subject"),
        "type": given.get("Type") or given.get("EventSubtype"),
        "outcome": given.get(around.event_outcome) if around.event_outcome else HELD,
        "owner": given.get("OwnerId"),
    }
    kind = _kind_said(given.get("Type")) or "meeting"
    at = given.get("StartDateTime") or given.get("ActivityDateTime") or given.get("ActivityDate")
    return _touch(record, around, kind, fields, at, around.author(record))


def _email_message(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    answered = given.get("Incoming") is True
    by = None if answered else around.user(given.get("CreatedById"))
    fields = {"subject": given.get("Subject"), "status": given.get("Status")}
    return _touch(record, around, "email_reply" if answered else "email", fields, given.get("MessageDate"), by)


def _campaign_member(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    campaign = str(given.get("CampaignId") or "")
    fields = {
        "campaign": around.campaigns.get(campaign[:15]) or campaign,
        "status": given.get("Status"),
        "type": "responded" if given.get("HasResponded") is True else "member",
    }
    at = given.get("FirstRespondedDate") if given.get("HasResponded") is True else None
    return _touch(record, around, "campaign", fields, at or _created(record), None)


def _status(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    name = field_of(given)
    if name is None:
        return None
    fields = {"property": name, "from": given.get("OldValue"), "to": given.get("NewValue")}
    return _touch(record, around, "status_change", fields, _created(record), around.user(given.get("CreatedById")))


def _custom(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    fields = {"name": given.get("event") or given.get("event_type"), "type": given.get("event_type")}
    return _touch(record, around, "event", fields, None, None)


def _page_view(record: Mirrored, around: Around) -> Touch | None:
    return _touch(record, around, "page_view", {"url": record.properties.get("url")}, None, None)


def _list_join(record: Mirrored, around: Around) -> Touch | None:
    return _touch(record, around, "list_join", {"list": record.properties.get("list")}, None, None)


def _email_event(record: Mirrored, around: Around) -> Touch | None:
    given = record.properties
    kind = _MAILED.get(str(given.get("event_type")))
    if kind is None or given.get("filtered") is True:
        return None
    fields = {name: given.get(name) for name in ("subject", "campaign", "url")}
    return _touch(record, around, kind, fields, None, None)


_MAILED = MappingProxyType({"OPEN": "email_open", "CLICK": "email_click"})

_Made = Callable[[Mirrored, Around], Touch | None]
_MADE: Mapping[tuple[System, str], _Made] = MappingProxyType(
    {
        (HUBSPOT, "call"): _call,
        (HUBSPOT, "meeting"): _meeting,
        (HUBSPOT, "email"): _email,
        (HUBSPOT, "note"): _note,
        (HUBSPOT, "task"): _hubspot_task,
        (HUBSPOT, "page_view"): _page_view,
        (HUBSPOT, "custom_event"): _custom,
        (HUBSPOT, "marketing_event"): _custom,
        (HUBSPOT, "email_event"): _email_event,
        (HUBSPOT, "list_join"): _list_join,
        (SALESFORCE, "task"): _task,
        (SALESFORCE, "event"): _event,
        (SALESFORCE, "email_message"): _email_message,
        (SALESFORCE, "campaign_member"): _campaign_member,
        (SALESFORCE, "lead_history"): _status,
        (SALESFORCE, "contact_history"): _status,
    }
)


def _touch(
    record: Mirrored, around: Around, kind: str, fields: Mapping[str, JsonValue], at: JsonValue, by: str | None
) -> Touch:
    known = {name: str(value) for name, value in fields.items() if value not in (None, "")}
    if mail := around.mail(fields.get("owner")):
        known["owner_email"] = mail
    return Touch(_instant(at, record), record.name, kind, known, by)


def _created(record: Mirrored) -> JsonValue:
    return None if record.created_at is None else str(record.created_at)


def _instant(given: JsonValue, record: Mirrored) -> Instant:
    """When it happened; where the CRM does not say, or nobody can read it, when its record was last changed."""
    try:
        return instant_in(str(given or ""))
    except (ValueError, OverflowError):
        return record.modified_at


def _kind_said(*words: JsonValue) -> str | None:
    said = " ".join(str(word or "") for word in words).casefold()
    return next((one for one in SALES_KINDS if one in said), None)
