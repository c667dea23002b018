"""Works on the rows of a bulk job, each by itself (facts: salesforce A2, B3).

An empty cell leaves a field as it is, #N/A clears it. A heading that names no field fails the whole job. Results
come in an order of their own, because batches run side by side: here backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import recycling
from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.ids import normal_id
from connectors.sandbox.salesforce.schema import SObject
from connectors.sandbox.salesforce.sheets import Sheet, Unreadable
from connectors.sandbox.salesforce.upserting import Upsert, own_id

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.bulk import Asked
    from connectors.sandbox.salesforce.org import SalesforceOrg

CLEAR = "#N/A"
One = Callable[[dict[str, Any]], tuple[str, bool]]


@dataclass(slots=True)
class Outcome:
    """What became of the rows: id, whether it was created and the cells; id, error and the cells; the cells."""

    successful: list[tuple[Any, ...]] = field(default_factory=list)
    failed: list[tuple[Any, ...]] = field(default_factory=list)
    unprocessed: list[Sequence[str]] = field(default_factory=list)

    @property
    def processed(self) -> int:
        """How many rows were worked on."""
        return len(self.successful) + len(self.failed)


def load(org: SalesforceOrg, asked: Asked, sheet: Sheet) -> Outcome:
    """Write the rows; returns what became of each. Raises Unreadable for a heading that fits no field."""
    sobject = org.schema.any(asked.sobject)
    _known(sobject, sheet.names, asked)
    one, outcome = _operation(org, sobject, asked, sheet), Outcome()
    for cells in reversed(sheet.rows):
        fields = row_of(sheet.names, cells)
        try:
            with org.tables.transaction():
                record_id, created = one(fields)
            outcome.successful.append((record_id, created, *cells))
        except Refusal as refusal:
            sent = next((value for name, value in fields.items() if name.lower() == "id"), None)
            outcome.failed.append((normal_id(sent) or "", _line(refusal), *cells))
    return outcome


def row_of(names: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """The fields that one row sets. A heading like Account.HubSpot_Id__c names a parent by its key."""
    fields: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        if cell == "":
            continue
        value = None if cell == CLEAR else cell
        relationship, dot, key = name.partition(".")
        fields[relationship] = ({} if value is None else {key: value}) if dot else value
    return fields


def _operation(org: SalesforceOrg, sobject: SObject, asked: Asked, sheet: Sheet) -> One:
    actor = org.api_actor(auto_assign=asked.assign, allow_duplicates=False)

    def insert(fields: dict[str, Any]) -> tuple[str, bool]:
        if any(name.lower() == "id" for name in fields):
            raise Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ("Id",))
        return org.writer.insert(sobject, fields, actor), True

    def update(fields: dict[str, Any]) -> tuple[str, bool]:
        record_id = own_id(sobject, _taken(fields, "Id"))
        org.writer.update(sobject, record_id, fields, actor)
        return record_id, False

    def delete(fields: dict[str, Any]) -> tuple[str, bool]:
        record_id = own_id(sobject, _taken(fields, "Id"))
        org.writer.delete(sobject, record_id, actor)
        if asked.operation == "hardDelete":
            recycling.empty(org, sobject.name, record_id)
        return record_id, False

    if asked.operation == "upsert":
        key = sobject.fields[(asked.key or "Id").lower()]
        place = next((n for n, name in enumerate(sheet.names) if name.lower() == key.name.lower()), None)
        sent = [] if place is None else [{key.name: cells[place] or None} for cells in sheet.rows]
        upsert = Upsert(org, sobject, key, sent)
        return lambda fields: upsert(fields, actor)
    return {"insert": insert, "update": update}.get(asked.operation, delete)


def _known(sobject: SObject, names: Sequence[str], asked: Asked) -> None:
    for name in names:
        relationship, dot, _ = name.partition(".")
        known = sobject.referring(relationship) if dot else sobject.field(name)
        if known is None or (asked.operation in {"delete", "hardDelete"} and name.lower() != "id"):
            raise Unreadable(f"InvalidBatch : Field name not found : {name}")
    if len({name.lower() for name in names}) < len(names):
        raise Unreadable("InvalidBatch : a field is named twice in the header")


def _taken(fields: dict[str, Any], name: str) -> Any:
    found = next((each for each in fields if each.lower() == name.lower()), None)
    return None if found is None else fields.pop(found)


def _line(refusal: Refusal) -> str:
    """CODE:message:fields -- (facts: salesforce B7)."""
    return f"{refusal.code}:{refusal.message}:{' '.join([*refusal.fields, '--'])}"
