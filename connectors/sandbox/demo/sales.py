"""Carries lives into the emulated Salesforce: leads, what sales did with them, conversions and opportunities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.sandbox.demo import world
from connectors.sandbox.demo.life import LEFT, QUEUE, Deal, Done, Life, Sales
from connectors.sandbox.demo.marketing import address
from connectors.sandbox.salesforce import SalesforceOrg

CARRIED = (
    "HubSpot_Id__c", "Budget__c", "Authority__c", "Need__c", "Timeline__c", "Lifecycle_Stage__c", "Lifecycle_Cycle__c",
    "MQL_At__c", "SQL_At__c", "SQO_At__c", "Customer_At__c", "Reject_Reason__c", "Recycle_Reason__c",
)  # fmt: skip
"""Fields of a Lead that an admin has mapped to the Contact for conversion."""

REASONS = {"Recycle": "Recycle_Reason__c", "Disqualified": "Reject_Reason__c"}
TITLE, LAST_NAME, FIRST_NAME = 128, 80, 40
"""What the fields of a Lead take."""


class SalesTeam:
    """One org being filled."""

    def __init__(self, org: SalesforceOrg, now: datetime) -> None:
        self._org = org
        self._now = now
        self._sellers = [org.add_user(*seller, address(*seller)) for seller in world.SELLERS]
        self._former = org.add_user(*world.FORMER, address(*world.FORMER))
        self._queue = org.add_queue(world.QUEUE_NAME)
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
        for ago, step in sorted(self._steps(sales, lead, seller), key=lambda each: -each[0]):
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
            "LeadSource": "Purchased List" if life.joined is None else "Web",
            "OwnerId": owner,
            "HubSpot_Id__c": hubspot_id,
        }
        if life.sales is None:
            raise ValueError(f"sales does not know {life.email}")
        return self._org.create("Lead", fields, self._now - life.sales.made + later)

    def _steps(self, sales: Sales, lead: str, seller: str) -> Iterator[tuple[timedelta, Callable[[datetime], None]]]:
        """What happens to a lead after it was made, as (how long ago, step)."""
        by = self._sellers[0] if seller == self._queue else seller
        for done in sales.tasks:
            yield done.ago, partial(self._complete, lead, done, by)
        if sales.answers:
            # sales writes down at the last talk what it has learned, before a conversion takes it along
            ago = max(
                min((each.ago for each in sales.tasks), default=sales.made * 0.9), sales.converted or timedelta(0)
            )
            yield ago, lambda at: self._org.update("Lead", lead, sales.answers, at, by)
        if sales.status and sales.status_ago is not None:
            changes = {"Status": sales.status}
            if sales.reason:
                changes[REASONS[sales.status]] = sales.reason
            yield sales.status_ago, lambda at: self._org.update("Lead", lead, changes, at, by)
        if sales.converted is not None:
            yield sales.converted, lambda at: self._convert(lead, sales, by, at)
        if sales.deleted is not None:
            yield sales.deleted, lambda at: self._org.delete("Lead", lead, at, by)

    def _complete(self, lead: str, done: Done, by: str, at: datetime) -> None:
        fields = {
            "WhoId": self._who(lead),
            "OwnerId": by,
            "Subject": done.subject,
            "Status": "Completed",
            "TaskSubtype": done.subtype,
            "ActivityDate": at.date(),
            "CallDisposition": done.outcome or None,
        }
        self._org.create("Task", fields, at, by)

    def _who(self, lead: str) -> str:
        row: Mapping[str, Any] = self._org.get("Lead", lead)
        return str(row.get("ConvertedContactId") or lead)

    def _convert(self, lead: str, sales: Sales, by: str, at: datetime) -> None:
        done = self._org.convert(lead, opportunity=sales.deal is not None, at=at, by=by)
        if sales.deal is None or done.opportunity_id is None or sales.deal.amount is None:
            return
        self._work(done.opportunity_id, sales.deal, by)

    def _work(self, opportunity: str, deal: Deal, by: str) -> None:
        lost = deal.stage == "Closed Lost"
        ends = self._now + timedelta(days=40) if deal.closed is None else self._now - deal.closed
        values = {
            "Amount": deal.amount,
            "CloseDate": ends.date(),
            "StageName": "Negotiation/Review" if lost else deal.stage,
        }
        self._org.update("Opportunity", opportunity, values, self._now - deal.touched, by)
        if deal.closed is not None:
            close = self._org.lose if lost else self._org.win
            close(opportunity, ends, by)
