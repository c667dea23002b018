"""What an admin does in the setup of the org, in a form that JSON can say; the rest stands in SalesforceOrg."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from operator import attrgetter
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

    def tune(self, knob: str, value: str | float) -> None:
        """Turn one of KNOBS. A value of another type than the knob has now is a KeyError too."""
        path, name = KNOBS[knob]
        owner = attrgetter(path)(self._org) if path else self._org
        if type(value) is not type(getattr(owner, name)):
            raise KeyError(f"{knob} {value!r}")
        setattr(owner, name, value)

    def end_sessions_after(self, minutes: float) -> None:
        """Let each session live so long, by the org's clock."""
        self._org.tokens.life = timedelta(minutes=minutes)

    def stumble(self, after_rows: int = 0, state: str = "Failed", message: str | None = None) -> None:
        """Let the next ingest job end early, the rows after these unprocessed."""
        self._org.bulk.stumble(after_rows, state, message)


KNOBS = {
    "daily_limit": ("", "daily_limit"),
    "enforce_limit": ("", "enforce_limit"),
    "others_calls": ("usage", "others"),
    "page_rows": ("", "page_rows"),
    "crowded": ("", "crowded"),
    "bulk_polls": ("bulk", "polls"),
    "bulk_page_rows": ("bulk", "page_rows"),
    "hard_delete": ("bulk", "may_hard_delete"),
    "edit_converted": ("writer", "edit_converted"),
    "duplicate_key": ("writer", "duplicate_key"),
    "refuse_logins": ("tokens", "refusing"),
    "stillborn_tokens": ("tokens", "stillborn"),
}
"""What an admin can turn, and where it stands in the org."""
