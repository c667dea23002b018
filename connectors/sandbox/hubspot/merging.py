"""Merging two records into a new one (facts: hubspot B9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sandbox.hubspot.errors import ApiError, invalid
from connectors.sandbox.hubspot.table import Record, Source, Table
from connectors.sandbox.hubspot.values import iso

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

MOST_IDENTITIES = 250


def merge_records(portal: HubSpotPortal, object_type: str, primary: Record, other: Record, at: int) -> Record:
    """Merge `other` into `primary` and return the record that stands for both, under an id of its own.

    Values come from the primary record, where it has none from the other one. Both old ids, and all that had been
    merged into them before, answer with the new record; associations move. Raises ApiError: 400 for one and the same,
    414 for more than 250 identities (facts: hubspot B4, B9).
    """
    if primary is other:
        raise invalid("Cannot merge an object with itself")
    merged_before = _joined(primary.values.get("hs_merged_object_ids"), other.values.get("hs_merged_object_ids"))
    if len(merged_before.split(";")) + 2 > MOST_IDENTITIES:
        raise ApiError(414, "VALIDATION_ERROR", f"A record can be merged from {MOST_IDENTITIES} others at most")
    table = portal.tables[object_type]
    old_ids = (primary.id, other.id)
    merged = _merged(portal.next_id(), object_type, primary, other, at)
    for record in (primary, other):
        if portal.index_lag:
            table.lag(record.id, record.values, None, at + portal.lag_ms)
        table.remove(record)
    table.add(merged)
    claim_again(table, portal, merged)
    for old, current in [*table.aliases.items(), (primary.id, primary.id), (other.id, other.id)]:
        if current in old_ids:
            table.aliases[old] = merged.id
    portal.moved(object_type, old_ids, merged.id)
    if portal.index_lag:
        table.lag(merged.id, None, merged.values, at + portal.lag_ms)
    return merged


def _merged(new_id: int, object_type: str, primary: Record, other: Record, at: int) -> Record:
    chosen = {name: record for record in (other, primary) for name, value in record.values.items() if value}
    history = {name: [*record.versions(name)] for name, record in chosen.items()}
    values = {name: record.values[name] for name, record in chosen.items()}
    created = min(primary.created, other.created)
    result = Record(new_id, values, created, at, primary.source, history)
    for name in [name for name in history if name.endswith("lastmodifieddate")]:
        del history[name]
    ids = _joined(primary.values.get("hs_merged_object_ids"), other.values.get("hs_merged_object_ids"))
    source = Source("MERGE_OBJECTS", f"{primary.id};{other.id}")
    notes = {"hs_merged_object_ids": _joined(ids, str(primary.id), str(other.id))}
    if object_type == "contacts":
        notes["hs_all_contact_vids"] = _joined(str(new_id), notes["hs_merged_object_ids"])
        notes["hs_calculated_merged_vids"] = _joined(f"{primary.id}:{at}", f"{other.id}:{at}")
        notes["hs_additional_emails"] = _other_addresses(primary, other, values.get("email", ""))
    for name, value in notes.items():
        if value:
            result.put(name, value, at, source)
    result.history["hs_object_id"] = []
    result.put("hs_object_id", str(new_id), at, source)
    result.values["createdate"] = iso(created)
    return result


def _joined(*parts: str | None) -> str:
    return ";".join(part for part in parts if part)


def _other_addresses(primary: Record, other: Record, kept: str) -> str:
    found = [primary.values.get("hs_additional_emails", ""), other.values.get("hs_additional_emails", "")]
    found.append(other.values.get("email", ""))
    each = dict.fromkeys(address for part in found for address in part.split(";") if address and address != kept)
    return ";".join(each)


def claim_again(table: Table, portal: HubSpotPortal, record: Record) -> None:
    """Claim the unique values of a record that came (back) to life."""
    for name, definition in portal.properties[table.kind.name].items():
        if definition.unique and record.values.get(name):
            table.claim(name, record.values[name], record.id)
    # A secondary address identifies its contact as well as the first one does (facts: hubspot B9).
    for address in filter(None, record.values.get("hs_additional_emails", "").split(";")):
        table.claim("email", address, record.id)
