"""The recycle bin: how rows leave it, back to life or for good (facts: salesforce B5)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.sandbox.salesforce.errors import Refusal

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg
    from connectors.sandbox.salesforce.rows import Actor

BIN_LIFE = timedelta(days=15)


def undelete(org: SalesforceOrg, sobject: str, record_id: str, actor: Actor) -> None:
    """Bring a row back, with the rows that went into the bin together with it. A merged one lives again by itself.

    Raises Refusal for a row that is not in the bin, or whose unique value another row has taken.
    """
    row = org.get(sobject, record_id)
    if not row.get("IsDeleted"):
        raise Refusal("UNDELETE_FAILED", "Entity is not in the recycle bin")
    org.writer.require_unique(org.schema.any(sobject), row)
    deleted_at = row["SystemModstamp"]
    org.writer.set_quietly(sobject, record_id, {"IsDeleted": False, "MasterRecordId": None}, actor)
    for child, field in org.automation.dependents(sobject):
        for each in org.tables[child].equal(field, record_id):
            if each.get("IsDeleted") and each["SystemModstamp"] == deleted_at:
                undelete(org, child, each["Id"], actor)


def empty(org: SalesforceOrg, sobject: str, record_id: str) -> None:
    """Take a row out of the bin for good: only the deleted feed still tells of it. Raises Refusal for one outside."""
    row = org.get(sobject, record_id)
    if not row.get("IsDeleted"):
        raise Refusal("INVALID_ID_FIELD", "Entity is not in the recycle bin")
    org.tables.purge(sobject, record_id, row["SystemModstamp"])
    for child, field in org.automation.dependents(sobject):
        for each in org.tables[child].equal(field, record_id):
            if each.get("IsDeleted"):
                empty(org, child, each["Id"])
