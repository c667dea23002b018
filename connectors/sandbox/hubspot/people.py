"""What users and visitors do: for tests and demos that play people, by Python or over HTTP below /sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connectors.sandbox.hubspot.errors import invalid, not_found
from connectors.sandbox.hubspot.occurrences import PAGE_VIEW
from connectors.sandbox.hubspot.owners import Owner
from connectors.sandbox.hubspot.table import Record, Source
from connectors.sandbox.hubspot.values import iso, to_ms

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

Values = Mapping[str, str]
HELD, DONE = "COMPLETED", "COMPLETED"


class People:
    """Users of the portal and visitors of its pages.

    Every act takes ids as strings and an aware `at`, now where it is left out, and returns the id of what it made, or
    "" where it made nothing. What HubSpot's own pages would refuse raises ApiError. `contact` is the contact acted
    upon, `by` the user who acts and owns what is logged, as owner id or e-mail address: history names them as
    `updatedByUserId`. KeyError for a kind of records that there is not.
    """

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal

    def create(self, object_type: str, properties: Values, by: str | None = None, at: datetime | None = None) -> str:
        """Create a record by hand."""
        return self._portal.create(object_type, properties, at, user_id=self._user(by))

    def edit(
        self, object_type: str, record_id: str, properties: Values, by: str | None = None, at: datetime | None = None
    ) -> str:
        """Change properties by hand, stages backward as well."""
        self._portal.update(object_type, record_id, properties, at, user_id=self._user(by))
        return ""

    def associate(self, from_type: str, from_id: str, to_type: str, to_id: str, at: datetime | None = None) -> str:
        """Associate two records."""
        self._portal.associate(from_type, from_id, to_type, to_id, at)
        return ""

    def log_call(
        self,
        contact: str,
        outcome: str = "Connected",
        title: str = "Call",
        direction: str = "OUTBOUND",
        minutes: int = 5,
        by: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Log a call; `outcome` is the label or the GUID of a call outcome."""
        values = {
            "hs_call_title": title,
            "hs_call_direction": direction,
            "hs_call_status": DONE,
            "hs_call_disposition": self._option("calls", "hs_call_disposition", outcome),
            "hs_call_duration": str(minutes * 60_000),
        }
        return self._log("calls", contact, values, by, at)

    def hold_meeting(
        self,
        contact: str,
        title: str = "Meeting",
        outcome: str = HELD,
        kind: str = "",
        minutes: int = 30,
        by: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Hold a meeting, or book one with the outcome SCHEDULED; `kind` is its call and meeting type."""
        start = self._when(at)
        values = {
            "hs_meeting_title": title,
            "hs_meeting_outcome": self._option("meetings", "hs_meeting_outcome", outcome),
            "hs_meeting_start_time": iso(to_ms(start)),
            "hs_meeting_end_time": iso(to_ms(start + timedelta(minutes=minutes))),
            "hs_activity_type": kind,
        }
        return self._log("meetings", contact, values, by, at)

    def send_email(
        self, contact: str, subject: str, text: str = "", by: str | None = None, at: datetime | None = None
    ) -> str:
        """Send a one-to-one e-mail."""
        return self._email(contact, subject, text, "EMAIL", by, at)

    def reply_to_email(
        self, contact: str, subject: str, text: str = "", by: str | None = None, at: datetime | None = None
    ) -> str:
        """Reply as the contact; `by` is who receives it."""
        return self._email(contact, subject, text, "INCOMING_EMAIL", by, at)

    def write_note(self, contact: str, text: str, by: str | None = None, at: datetime | None = None) -> str:
        """Write a note."""
        return self._log("notes", contact, {"hs_note_body": text}, by, at)

    def add_task(
        self,
        contact: str,
        subject: str,
        due: datetime | None = None,
        by: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Put a task on somebody's list."""
        values = {
            "hs_task_subject": subject,
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
            "hs_timestamp": iso(to_ms(self._when(due or at))),
        }
        return self._log("tasks", contact, values, by, at)

    def complete_task(self, task: str, by: str | None = None, at: datetime | None = None) -> str:
        """Tick a task off."""
        return self.edit("tasks", task, {"hs_task_status": DONE}, by, at)

    def visit(self, contact: str, url: str, title: str = "", at: datetime | None = None) -> str:
        """View a page as a known visitor: counters of every tier, and an event that Enterprise can read."""
        record, moment = self._contact(contact), to_ms(self._when(at))
        values = {
            "hs_analytics_last_url": url,
            "hs_analytics_last_timestamp": iso(moment),
            "hs_analytics_last_visit_timestamp": iso(moment),
            "hs_analytics_num_page_views": _more(record, "hs_analytics_num_page_views"),
            "hs_analytics_num_visits": _more(record, "hs_analytics_num_visits"),
        }
        if not record.values.get("hs_analytics_first_url"):
            values |= {"hs_analytics_first_url": url, "hs_analytics_first_timestamp": iso(moment)}
        self._portal.change("contacts", record, values, moment, Source("ANALYTICS"))
        seen = {"hs_url": url, "hs_title": title}
        return self._portal.occurrences.add("contacts", record.id, PAGE_VIEW, moment, seen)

    def trigger_event(
        self, contact: str, event: str, properties: Values | None = None, at: datetime | None = None
    ) -> str:
        """Let a custom event occur; one that the portal does not know yet is defined first."""
        full = self._portal.occurrences.define(event)
        record, moment = self._contact(contact), to_ms(self._when(at))
        values = {"hs_analytics_num_event_completions": _more(record, "hs_analytics_num_event_completions")}
        self._portal.change("contacts", record, values, moment, Source("ANALYTICS"))
        return self._portal.occurrences.add("contacts", record.id, full, moment, properties or {})

    def submit_form(
        self, form: str, values: Values, page_url: str = "", page_title: str = "", at: datetime | None = None
    ) -> str:
        """Submit a form, named by guid; returns the conversion id."""
        return self._portal.submit_form(form, values, at, page_url, page_title)

    def prepare_mailing(self, name: str, subject: str = "") -> str:
        """Prepare a marketing e-mail; returns its campaign id."""
        return self._portal.mailings.add_campaign(name, subject or name)

    def mail(self, contact: str, campaign: str, event: str = "SENT", url: str = "", at: datetime | None = None) -> str:
        """Let something happen to a marketing e-mail: SENT, DELIVERED, OPEN, CLICK, BOUNCE, ..."""
        return self._portal.mailings.note(self._contact(contact), campaign, event, to_ms(self._when(at)), url)

    def announce_event(
        self, name: str, kind: str = "WEBINAR", start: datetime | None = None, at: datetime | None = None
    ) -> str:
        """Announce a marketing event."""
        return self._portal.marketing_events.add(name, kind, to_ms(self._when(start or at)), to_ms(self._when(at)))

    def attend(
        self, contact: str, event: str, state: str = "ATTENDED", minutes: int = 0, at: datetime | None = None
    ) -> str:
        """Register for a marketing event, attend it, cancel, or do not come."""
        self._portal.marketing_events.note(event, self._contact(contact), state, to_ms(self._when(at)), minutes)
        return ""

    def make_list(self, name: str, object_type: str = "contacts", at: datetime | None = None) -> str:
        """Make a list that is filled by hand."""
        return self._portal.lists.add(name, object_type, to_ms(self._when(at))).id

    def put_on_list(self, list_id: str, record_id: str, at: datetime | None = None) -> str:
        """Put a record on a list."""
        self._portal.lists.join(self._portal.lists.live(list_id), [record_id], to_ms(self._when(at)))
        return ""

    def take_off_list(self, list_id: str, record_id: str) -> str:
        """Take a record off a list."""
        self._portal.lists.leave(self._portal.lists.live(list_id), [record_id])
        return ""

    def merge(self, primary: str, other: str, object_type: str = "contacts", at: datetime | None = None) -> str:
        """Merge two records; returns the id of the one that stands for both."""
        return self._portal.merge(primary, other, at, object_type)

    def archive(self, object_type: str, record_id: str, at: datetime | None = None) -> str:
        """Move a record to the recycle bin."""
        self._portal.archive(object_type, record_id, at)
        return ""

    def restore(self, object_type: str, record_id: str) -> str:
        """Take a record out of the recycle bin."""
        self._portal.restore(object_type, record_id)
        return ""

    def erase(self, record_id: str, object_type: str = "contacts") -> str:
        """Delete a person as the law demands."""
        self._portal.erase(object_type, self._portal.record(object_type, record_id))
        return ""

    def _email(self, contact: str, subject: str, text: str, direction: str, by: str | None, at: datetime | None) -> str:
        ours = self._owner(by).email if by else ""
        theirs = self._contact(contact).values.get("email", "")
        sender, receiver = (theirs, ours) if direction == "INCOMING_EMAIL" else (ours, theirs)
        values = {
            "hs_email_subject": subject,
            "hs_email_text": text,
            "hs_email_direction": direction,
            "hs_email_status": "SENT",
            "hs_email_from_email": sender,
            "hs_email_to_email": receiver,
        }
        return self._log("emails", contact, values, by, at)

    def _log(self, object_type: str, contact: str, values: Values, by: str | None, at: datetime | None) -> str:
        found = self._contact(contact)
        owned = {**values, "hubspot_owner_id": self._owner(by).id} if by else values
        moment = self._when(at)
        made = self.create(object_type, {name: value for name, value in owned.items() if value}, by, moment)
        self._portal.associate(object_type, made, "contacts", str(found.id), moment)
        return made

    def _contact(self, contact: str) -> Record:
        return self._portal.record("contacts", contact)

    def _option(self, object_type: str, name: str, given: str) -> str:
        """The value of an option that is given by value or label; what matches none stays for the check to refuse."""
        for option in self._portal.properties[object_type][name].options:
            if given in (option.value, option.label):
                return option.value
        return given

    def _owner(self, by: str) -> Owner:
        for owner in self._portal.owners.values():
            if by in (owner.id, owner.email):
                return owner
        raise not_found(f"Owner {by} does not exist")

    def _user(self, by: str | None) -> int | None:
        return self._owner(by).user_id if by else None

    def _when(self, at: datetime | None) -> datetime:
        if at is not None and at.tzinfo is None:
            raise invalid("An instant needs its offset from UTC")
        return at or self._portal.clock()


def _more(record: Record, name: str) -> str:
    return str(int(record.values.get(name) or 0) + 1)
