"""What people do in the org with their own hands: the acts of sales, one method each, for Python and for HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.ids import normal_id
from connectors.sandbox.salesforce.values import stamp

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg

_REASONS = {"Recycle": "Recycle_Reason__c", "Disqualified": "Reject_Reason__c"}


class People:
    """The users of one org at work.

    `by` is the user who acts, an id or an e-mail address, else the admin; `at` is when, else now. What an act
    creates is returned as an id. Raises KeyError for unknown ids and users, Refusal for what the org refuses.
    """

    def __init__(self, org: SalesforceOrg) -> None:
        self._org = org

    def create(self, sobject: str, fields: Mapping[str, Any], by: str | None = None, at: datetime | None = None) -> str:
        """Create any record."""
        return self._org.create(sobject, fields, at, self._user(by))

    def edit(self, record: str, fields: Mapping[str, Any], by: str | None = None, at: datetime | None = None) -> None:
        """Change fields of any record, which then names the user in LastModifiedById."""
        self._org.update(self._kind(record), record, fields, at, self._user(by))

    def reassign(self, record: str, owner: str, by: str | None = None, at: datetime | None = None) -> None:
        """Give a record to a user or a queue."""
        self.edit(record, {"OwnerId": self._user(owner)}, by, at)

    def set_status(
        self, lead: str, status: str, reason: str | None = None, by: str | None = None, at: datetime | None = None
    ) -> None:
        """Change the status of a lead; recycling and disqualifying take a reason along."""
        fields = {"Status": status, **({_REASONS[status]: reason} if reason else {})}
        self.edit(lead, fields, by, at)

    def complete_task(self, task: str, by: str | None = None, at: datetime | None = None) -> None:
        """Set a task to Completed."""
        self.edit(task, {"Status": "Completed"}, by, at)

    def log_call(
        self,
        who: str,
        disposition: str,
        subject: str = "Call",
        seconds: int | None = None,
        what: str | None = None,
        by: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Log a call that was made, with how it ended; a completed task comes of it."""
        call = {"TaskSubtype": "Call", "CallDisposition": disposition, "CallType": "Outbound"}
        length = {"CallDurationInSeconds": seconds}
        return self._done(who, what, by, at, {"Subject": subject, **call, **length})

    def hold_event(
        self,
        who: str,
        subject: str = "Meeting",
        minutes: int = 30,
        what: str | None = None,
        by: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Hold a meeting that began at `at`."""
        user, begins = self._user(by) or self._org.admin_id, at or self._org.clock()
        times = {
            "StartDateTime": begins,
            "ActivityDateTime": begins,
            "EndDateTime": begins + timedelta(minutes=minutes),
        }
        names = {"WhoId": who, "WhatId": what, "Subject": subject, "OwnerId": user, "ActivityDate": stamp(begins)[:10]}
        return self._org.create("Event", {**names, **times, "DurationInMinutes": minutes}, at, user)

    def send_email(
        self,
        who: str,
        subject: str,
        text: str = "",
        *,
        incoming: bool = False,
        what: str | None = None,
        by: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Write to a person, or with `incoming` have them write: a message, its people, and a completed task."""
        user, person = self._user(by) or self._org.admin_id, self._org.get(self._kind(who), who)
        ours = self._org.get("User", user)
        names = {"Subject": f"Email: {subject}"[:255], "TaskSubtype": "Email"}
        task = self._done(who, what, user, at, names)
        sender, receiver = (person, ours) if incoming else (ours, person)
        message = {
            "ActivityId": task,
            "RelatedToId": what,
            "Subject": subject,
            "TextBody": text,
            "FromName": sender["Name"],
            "FromAddress": sender.get("Email"),
            "ToAddress": receiver.get("Email"),
            "Incoming": incoming,
            "Status": "1" if incoming else "3",
            "MessageDate": at or self._org.clock(),
        }
        message_id = self._org.create("EmailMessage", message, at, user)
        for row, role in ((sender, "FromAddress"), (receiver, "ToAddress")):
            relation = {"RelationId": row["Id"], "RelationType": role, "RelationAddress": row.get("Email")}
            kind = {"EmailMessageId": message_id, "RelationObjectType": self._kind(row["Id"])}
            self._org.create("EmailMessageRelation", {**relation, **kind}, at, user)
        return message_id

    def convert(
        self,
        lead: str,
        account: str | None = None,
        contact: str | None = None,
        *,
        opportunity: str | bool = True,
        by: str | None = None,
        at: datetime | None = None,
    ) -> dict[str, str | None]:
        """Convert a lead; returns the ids of account, contact and opportunity."""
        user = self._user(by)
        done = self._org.convert(lead, account=account, contact=contact, opportunity=opportunity, at=at, by=user)
        return {"account": done.account_id, "contact": done.contact_id, "opportunity": done.opportunity_id}

    def merge(
        self,
        winner: str,
        loser: str,
        kept: Mapping[str, Any] | None = None,
        by: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Merge two records; the winner takes the values in `kept`."""
        self._org.merge(winner, loser, at, self._user(by), kept)

    def open_deal(
        self,
        name: str,
        account: str,
        contacts: Sequence[Mapping[str, Any]] = (),
        amount: float | None = None,
        close_date: date | None = None,
        stage: str = "Prospecting",
        by: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Open an opportunity with its contact roles, each `{"contact": id, "role": name, "primary": bool}`."""
        user = self._user(by)
        ends = close_date or (at or self._org.clock()).date() + timedelta(days=90)
        fields = {"Name": name, "AccountId": account, "StageName": stage, "Amount": amount, "CloseDate": ends}
        deal = self._org.create("Opportunity", fields, at, user)
        for each in contacts:
            role = {"ContactId": each["contact"], "Role": each.get("role"), "IsPrimary": bool(each.get("primary"))}
            self._org.create("OpportunityContactRole", {"OpportunityId": deal, **role}, at, user)
        return deal

    def win(
        self,
        opportunity: str,
        amount: float | None = None,
        close_date: date | None = None,
        by: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Close an opportunity as won, with what it brought and when."""
        said = {"Amount": amount, "CloseDate": close_date}
        fields = {"StageName": "Closed Won", **{name: value for name, value in said.items() if value is not None}}
        self.edit(opportunity, fields, by, at)

    def lose(
        self, opportunity: str, reason: str | None = None, by: str | None = None, at: datetime | None = None
    ) -> None:
        """Close an opportunity as lost."""
        self.edit(opportunity, {"StageName": "Closed Lost", "Loss_Reason__c": reason}, by, at)

    def join_campaign(
        self,
        campaign: str,
        who: str,
        *,
        responded: bool = True,
        by: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Make a lead or contact a member of a campaign, who responded or was only sent it."""
        fields = {"CampaignId": campaign, f"{self._kind(who)}Id": who, "Status": "Responded" if responded else "Sent"}
        return self._org.create("CampaignMember", fields, at, self._user(by))

    def delete(self, record: str, by: str | None = None, at: datetime | None = None) -> None:
        """Put a record into the recycle bin."""
        self._org.delete(self._kind(record), record, at, self._user(by))

    def undelete(self, record: str, by: str | None = None, at: datetime | None = None) -> None:
        """Take a record out of the recycle bin."""
        self._org.undelete(self._kind(record), record, at, self._user(by))

    def empty_bin(self, record: str) -> None:
        """Delete a record in the recycle bin for good."""
        self._org.empty_bin(self._kind(record), record)

    def _done(self, who: str, what: str | None, by: str | None, at: datetime | None, fields: Mapping[str, Any]) -> str:
        user = self._user(by) or self._org.admin_id
        names = {"WhoId": who, "WhatId": what, "OwnerId": user, "Status": "Completed"}
        day = stamp(at or self._org.clock())[:10]
        return self._org.create("Task", {**names, "ActivityDate": day, **fields}, at, user)

    def _kind(self, record: str) -> str:
        record_id = normal_id(record)
        sobject = self._org.schema.of_id(record_id) if record_id else None
        if sobject is None:
            raise KeyError(record)
        return sobject.name

    def _user(self, named: str | None) -> str | None:
        """The id of a user who may be named by an e-mail address too."""
        if named is None or "@" not in named:
            return named
        found = [row["Id"] for row in self._org.tables["User"].equal("Email", named)]
        if not found:
            raise KeyError(named)
        return str(found[0])
