"""A seller's desk in the emulated HubSpot: calls, meetings, mails and notes about one contact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from connectors.sandbox.demo.life import Deed, Kind
from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.hubspot.values import iso, to_ms


class Desk:
    """What one seller, named by owner id, notes about one contact."""

    def __init__(self, portal: HubSpotPortal, contact: str, owner: str) -> None:
        self._portal = portal
        self._contact = contact
        self._owner = owner
        self._ways: dict[Kind, Callable[[Deed, datetime], object]] = {
            Kind.CALL: self._call,
            Kind.MEETING: self._meet,
            Kind.MAIL: self._mail,
            Kind.REPLY: self._reply,
            Kind.NOTE: self._note,
            Kind.TASK: self._task,
        }

    def note(self, deed: Deed, at: datetime) -> None:
        """Note one deed as of `at`."""
        way = self._sync if deed.by_program else self._ways[deed.kind]
        way(deed, at)

    def _call(self, deed: Deed, at: datetime) -> None:
        outcome = deed.outcome or "Connected"
        minutes = 14 if outcome == "Connected" else 1
        self._portal.people.log_call(self._contact, outcome, deed.subject, minutes=minutes, by=self._owner, at=at)

    def _meet(self, deed: Deed, at: datetime) -> None:
        kind = "Demo" if "demo" in deed.subject.lower() else ""
        outcome = deed.outcome or "Completed"
        self._portal.people.hold_meeting(self._contact, deed.subject, outcome, kind, by=self._owner, at=at)

    def _mail(self, deed: Deed, at: datetime) -> None:
        self._portal.people.send_email(self._contact, deed.subject, by=self._owner, at=at)

    def _reply(self, deed: Deed, at: datetime) -> None:
        self._portal.people.reply_to_email(self._contact, deed.subject, by=self._owner, at=at)

    def _note(self, deed: Deed, at: datetime) -> None:
        self._portal.people.write_note(self._contact, deed.subject, by=self._owner, at=at)

    def _task(self, deed: Deed, at: datetime) -> None:
        self._portal.people.add_task(self._contact, deed.subject, by=self._owner, at=at)

    def _sync(self, deed: Deed, at: datetime) -> None:
        """A calendar's program notes a meeting that may or may not have taken place."""
        values = {
            "hs_meeting_title": deed.subject,
            "hs_meeting_outcome": "COMPLETED",
            "hs_meeting_start_time": iso(to_ms(at)),
            "hubspot_owner_id": self._owner,
        }
        made = self._portal.create("meetings", values, at, source_type="INTEGRATION", source_id="calendar")
        self._portal.associate("meetings", made, "contacts", self._contact, at)
