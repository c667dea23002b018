"""Field history, where an admin has switched tracking on (facts: salesforce B6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from connectors.errors import Forbidden, Missing, Refused
from connectors.records import Record, Version
from connectors.salesforce.kinds import Kind, kind_of
from connectors.salesforce.pull import Reader
from connectors.salesforce.rows import instant_of
from connectors.salesforce.soql import text, with_values

HISTORIES = MappingProxyType(
    {
        "lead": "lead_history",
        "contact": "contact_history",
        "account": "account_history",
        "opportunity": "opportunity_field_history",
    }
)
"""The kinds that hold the changes of others, by kind."""
_COLUMNS = ("Field", "NewValue", "CreatedDate", "CreatedById")


def tracked_fields(reader: Reader, kind: Kind) -> frozenset[str] | None:
    """The fields of an object that an admin has switched tracking on for; None where our user may not see that. No
    description tells it, the definitions of fields do.
    """
    where = f"EntityDefinition.QualifiedApiName = {text(kind.api_name)}"
    soql = f"SELECT QualifiedApiName, IsFieldHistoryTracked FROM FieldDefinition WHERE {where}"  # noqa: S608  quoted
    try:
        rows = [row for rows in reader.query(soql) for row in rows]
    except (Refused, Missing, Forbidden):
        return None
    return frozenset(str(row["QualifiedApiName"]) for row in rows if row.get("IsFieldHistoryTracked")) if rows else None


def with_history(
    reader: Reader, kind: Kind, records: Mapping[str, Record], properties: Collection[str]
) -> Mapping[str, Record]:
    """The same records, with the changes of the properties that the org has kept, oldest first.

    Only changes: the value before the first one may be older than the tracking, so it is not given. A property that
    is not tracked has no entry, and where nothing is tracked the records come back as they were.
    """
    if kind.word not in HISTORIES or not records or not properties:
        return records
    source, owner = kind_of(HISTORIES[kind.word]).api_name, f"{kind.api_name}Id"
    found: dict[str, dict[str, list[Version]]] = {}
    try:
        for soql in with_values(source, (owner, *_COLUMNS), owner, sorted({each.id for each in records.values()})):
            for rows in reader.query(soql):
                for row in rows:
                    if row["Field"] in properties:
                        version = Version(row["NewValue"], instant_of(row["CreatedDate"]), "user", row["CreatedById"])
                        found.setdefault(row[owner], {}).setdefault(row["Field"], []).append(version)
    except Missing:  # the object exists only where tracking is on
        return records
    return {key: replace(record, history=_oldest_first(found.get(record.id, {}))) for key, record in records.items()}


def _oldest_first(versions: Mapping[str, Sequence[Version]]) -> Mapping[str, Sequence[Version]]:
    return {name: tuple(sorted(each, key=lambda version: version.at)) for name, each in versions.items()}
