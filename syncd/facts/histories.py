"""What Salesforce's histories tell of other records: who changed which field from what to what, and when. Pure.

Field history exists where an admin has switched tracking on; an opportunity's own history needs no switch, and shows
the whole where a field history shows who changed what (facts: salesforce B6). Of a reference a field history tells
names and ids in two rows: only ids say anything to a program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from connectors.records import JsonValue, Record
from syncd.model.dossier import Move
from syncd.model.instant import instant_of

TELLING: Mapping[str, tuple[str, str]] = {
    "lead_history": ("lead", "LeadId"),
    "contact_history": ("contact", "ContactId"),
    "opportunity_history": ("opportunity", "OpportunityId"),
    "opportunity_field_history": ("opportunity", "OpportunityId"),
}
"""Kinds of histories: of which kind of records they tell, and the property that names the record."""

FOLDED = frozenset({"opportunity_history", "opportunity_field_history"})
"""Histories that are nothing but the past of other records: changes of a lead or contact are touches as well."""

SHOWN = ("StageName", "Amount", "CloseDate")
"""What an opportunity's history shows of it, whole in every row; of its field history only these are looked at."""

REFERENCES: Mapping[str, str] = {"Owner": "OwnerId", "Account": "AccountId"}
"""What a field history calls a standard reference, and the field that holds its id."""

AN_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def moves_of(kind: str, records: Sequence[Record]) -> dict[str, dict[str, list[Move]]]:
    """The changes that rows of a history tell of, oldest first, by record and field."""
    told: dict[str, dict[str, list[Move]]] = {}
    _, parent = TELLING[kind]
    for row in sorted(records, key=lambda one: (one.modified_at, one.id)):
        given = row.properties
        about = told.setdefault(str(given.get(parent)), {})
        at, by = instant_of(row.modified_at), str(given.get("CreatedById") or "") or None
        if kind == "opportunity_history":
            for name in SHOWN:
                about.setdefault(name, []).append(Move(at, given.get(name), by))
        elif (field := field_of(given)) is not None and (kind not in FOLDED or field in SHOWN):
            about.setdefault(field, []).append(Move(at, given.get("NewValue"), by, given.get("OldValue"), tells=True))
    return told


def field_of(row: Mapping[str, JsonValue]) -> str | None:
    """The field that a row of a field history is about; None for a row that shows the names of a reference."""
    name = str(row.get("Field") or "")
    if name not in REFERENCES:
        return name or None
    values = [value for value in (row.get("OldValue"), row.get("NewValue")) if value not in (None, "")]
    return REFERENCES[name] if all(AN_ID.fullmatch(str(value)) for value in values) else None
