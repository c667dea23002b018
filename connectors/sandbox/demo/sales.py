"""Carries lives into the emulated Salesforce: leads, what sales did with them, conversions and opportunities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.sandbox.demo import world
from connectors.sandbox.demo.life import LEFT, QUEUE, Act, Deal, Deed, Kind, Life, Sales
from connectors.sandbox.demo.marketing import address
from connectors.sandbox.demo.origins import region_of
from connectors.sandbox.salesforce import SalesforceOrg

CARRIED = (
    "HubSpot_Id__c", "Budget__c", "Authority__c", "Need__c", "Timeline__c", "Lifecycle_Stage__c", "Lifecycle_Cycle__c",
    "MQL_At__c", "SQL_At__c", "SQO_At__c", "Customer_At__c", "Reject_Reason__c", "Recycle_Reason__c",
)  # fmt: skip
"""Fields of a Lead that an admin has mapped to the Contact for conversion."""

OPENED_BEFORE = timedelta(hours=3)
"""How long a task stands on a seller's list before it is done."""
TITLE, LAST_NAME, FIRST_NAME = 128, 80, 40
"""What the fields of a Lead take."""


Step = tuple[timedelta, Callable[[datetime], object]]


class SalesTeam:
    """One org being filled."""

    def __init__(self, org: SalesforceOrg, now: datetime) -> None:
        self._org = org
        self._now = now
        self._sellers = [org.add_user(*seller, address(*seller)) for seller in world.SELLERS]
        self._former = org.add_user(*world.FORMER, address(*world.FORMER))
        self._program = org.add_user(*world.PROGRAM, address(*world.PROGRAM), UserType="CloudIntegrationUser")
        self._queue = org.add_queue(world.QUEUE_NAME)
        self._campaigns = {ago: self._campaign(now - ago) for ago in world.WEBINARS}
        for field in CARRIED:
            org.map_conversion(field, "Contact")

    def close_accounts(self) -> None:
        """Let the seller who has left be inactive. Their records stay theirs."""
        self._org.deactivate(self._former)

    def add(self, life: Life, hubspot_id: str | None) -> None:
        """Do with a person what sales did, in order."""
        sales = life.sales
        if sales is None:
            return
        seller = self._owner(life)
        lead = self._lead(life, hubspot_id if sales.linked else None, seller)
        for copy in range(sales.copies):
            self._lead(life, None, seller, timedelta(hours=copy + 1))
        steps = [*self._invitations(life, lead), *self._steps(sales, lead, seller)]
        for ago, step in sorted(steps, key=lambda each: -each[0]):
            step(self._now - ago)

    def _owner(self, life: Life) -> str:
        """A lead has an owner: the contact's, or else the queue."""
        if life.owner is None or life.owner == QUEUE:
            return self._queue
        return self._former if life.owner == LEFT else self._sellers[life.owner]

    def _lead(self, life: Life, hubspot_id: str | None, owner: str, later: timedelta = timedelta(0)) -> str:
        company = life.company
        fields: dict[str, Any] = {
            "FirstName": life.first[:FIRST_NAME],
            "LastName": life.last[:LAST_NAME].strip() or "?",
            "Title": life.title[:TITLE],
            "Email": life.email,
            "Company": company.name if company else "-",
            "Country": company.country if company else None,
            "State": region_of(life),
            "LeadSource": "Purchased List" if life.joined is None else "Web",
            "OwnerId": owner,
            "HubSpot_Id__c": hubspot_id,
        }
        if life.sales is None:
            raise ValueError(f"sales does not know {life.email}")
        return self._org.create("Lead", fields, self._now - life.sales.made + later)

    def _campaign(self, held: datetime) -> str:
        name = f"Webinar: {world.WEBINAR}, {held:%B %Y}"
        words = {"Type": "Webinar", "Status": "Completed", "IsActive": True}
        dates = {"StartDate": held.date(), "EndDate": held.date()}
        return self._org.people.create("Campaign", {"Name": name, **words, **dates}, at=held - timedelta(days=21))

    def _invitations(self, life: Life, lead: str) -> Iterator[Step]:
        """Who was at a webinar is in its campaign as soon as sales has them."""
        for did in life.did:
            if life.sales is not None and did.act in (Act.ATTEND, Act.MISS):
                came = did.act is Act.ATTEND
                yield min(did.ago, life.sales.made), partial(self._join, lead, self._campaigns[did.ago], came)

    def _join(self, lead: str, campaign: str, came: bool, at: datetime) -> None:  # noqa: FBT001  partial gives it
        self._org.people.join_campaign(campaign, self._who(lead), responded=came, at=at)

    def _steps(self, sales: Sales, lead: str, seller: str) -> Iterator[Step]:
        """What happens to a lead after it was made, as (how long ago, step)."""
        people, by = self._org.people, self._sellers[0] if seller == self._queue else seller
        for deed in sales.deeds:
            yield deed.ago, partial(self._do, lead, deed, self._program if deed.by_program else by)
        if sales.answers:
            # sales writes down at the last talk what it has learned, before a conversion takes it along
            ago = max(
                min((each.ago for each in sales.deeds), default=sales.made * 0.9), sales.converted or timedelta(0)
            )
            yield ago, lambda at: people.edit(lead, sales.answers, by, at)
        if sales.status and sales.status_ago is not None:
            yield sales.status_ago, lambda at: people.set_status(lead, sales.status, sales.reason or None, by, at)
        if sales.converted is not None:
            yield sales.converted, lambda at: self._convert(lead, sales, by, at)
        if sales.deleted is not None:
            yield sales.deleted, lambda at: people.delete(lead, by, at)

    def _do(self, lead: str, deed: Deed, by: str, at: datetime) -> None:
        people, who = self._org.people, self._who(lead)
        if deed.kind is Kind.CALL:
            reached = deed.outcome in ("", "Connected")
            people.log_call(who, deed.outcome or "Connected", deed.subject, 840 if reached else 20, by=by, at=at)
        elif deed.kind is Kind.MEETING:
            people.hold_event(who, deed.subject, by=by, at=at)
        elif deed.kind in (Kind.MAIL, Kind.REPLY):
            people.send_email(who, deed.subject, incoming=deed.kind is Kind.REPLY, by=by, at=at)
        else:
            fields = {"WhoId": who, "OwnerId": by, "Subject": deed.subject, "ActivityDate": at.date()}
            people.complete_task(people.create("Task", fields, by, at - OPENED_BEFORE), by, at)

    def _who(self, lead: str) -> str:
        row: Mapping[str, Any] = self._org.get("Lead", lead)
        return str(row.get("ConvertedContactId") or lead)

    def _convert(self, lead: str, sales: Sales, by: str, at: datetime) -> None:
        done = self._org.people.convert(lead, opportunity=sales.deal is not None, by=by, at=at)
        opportunity = done["opportunity"]
        if sales.deal is not None and sales.deal.amount is not None and opportunity is not None:
            self._work(opportunity, sales.deal, by)

    def _work(self, opportunity: str, deal: Deal, by: str) -> None:
        people = self._org.people
        ends = self._now + timedelta(days=40) if deal.closed is None else self._now - deal.closed
        values = {"Amount": deal.amount, "CloseDate": ends.date(), "StageName": deal.stage}
        people.edit(opportunity, values, by, self._now - deal.touched)
        if deal.closed is None:
            return
        if deal.lost:
            people.lose(opportunity, deal.lost, by, ends)
        else:
            people.win(opportunity, by=by, at=ends)
