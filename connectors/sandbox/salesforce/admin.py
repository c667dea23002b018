"""What an admin does in the setup of the org, in a form that JSON can say; the rest stands in SalesforceOrg."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg
    from connectors.sandbox.salesforce.tables import Row


class Admin:
    """The admin of one org. Raises KeyError for unknown names."""

    def __init__(self, org: SalesforceOrg) -> None:
        self._org = org

    def track(self, sobject: str, fields: Sequence[str]) -> None:
        """Switch field history on for fields of Lead, Contact, Account or Opportunity."""
        self._org.track(self._org.schema.any(sobject).name, *fields)

    def demand(self, sobject: str, field: str, message: str, when: dict[str, Any] | None = None) -> None:
        """Add a validation rule: the field may not be empty, or not while other fields have these values."""
        target = self._org.schema.any(sobject)
        name, others = target.fields[field.lower()].name, dict(when or {})

        def breaks(row: Row, _old: Row | None) -> bool:
            return row.get(name) is None and all(row.get(each) == value for each, value in others.items())

        self._org.add_validation_rule(target.name, message, breaks, name)

    def tune(
        self,
        *,
        daily_limit: int | None = None,
        crowded: int | None = None,
        polls: int | None = None,
        duplicate_key: str | None = None,
        edit_converted: bool | None = None,
        session_minutes: float | None = None,
        refuse_logins: bool | None = None,
    ) -> None:
        """Turn knobs: the enforced quota, refusals for concurrency, the polls of a bulk job, the key of a duplicate
        rule's result, the permission to edit converted leads, the life of a session, and whether logins are refused.
        """
        org = self._org
        if daily_limit is not None:
            org.daily_limit, org.enforce_limit = daily_limit, True
        org.crowded = org.crowded if crowded is None else crowded
        org.bulk.polls = org.bulk.polls if polls is None else polls
        org.writer.duplicate_key = duplicate_key or org.writer.duplicate_key
        org.writer.edit_converted = org.writer.edit_converted if edit_converted is None else edit_converted
        org.tokens.refusing = org.tokens.refusing if refuse_logins is None else refuse_logins
        if session_minutes is not None:
            org.tokens.life = timedelta(minutes=session_minutes)
