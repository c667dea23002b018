"""What the org does by itself when a row is written: names, stages, completions, histories, contact roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.schema import Schema, tracked_as
from connectors.sandbox.salesforce.tables import Row, Tables
from connectors.sandbox.salesforce.values import Value

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.rows import Actor, Writer

_PEOPLE = frozenset({"Lead", "Contact", "User"})
_IN_HISTORY = ("StageName", "Amount", "CloseDate", "Probability", "ForecastCategory")
_DEPENDENTS = {
    "Lead": (
        ("Task", "WhoId"),
        ("Event", "WhoId"),
        ("EmailMessageRelation", "RelationId"),
        ("CampaignMember", "LeadId"),
    ),
    "Contact": (
        ("Task", "WhoId"),
        ("Event", "WhoId"),
        ("EmailMessageRelation", "RelationId"),
        ("OpportunityContactRole", "ContactId"),
        ("CampaignMember", "ContactId"),
    ),
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Task", "WhatId"), ("Event", "WhatId")),
    "Opportunity": (("OpportunityContactRole", "OpportunityId"), ("Task", "WhatId"), ("Event", "WhatId")),
    "Campaign": (("CampaignMember", "CampaignId"), ("CampaignMemberStatus", "CampaignId")),
    "EmailMessage": (("EmailMessageRelation", "EmailMessageId"),),
}
_MEMBER_STATUSES = (("Sent", True, False), ("Responded", False, True))
"""What a new campaign offers its members: label, whether it is the default, whether it means a response."""


class Automation:
    """The org's own reactions to writes."""

    def __init__(self, schema: Schema, tables: Tables) -> None:
        self._schema = schema
        self._tables = tables
        self.tracked: dict[str, set[str]] = {}
        """Object name to the fields whose changes go into its field history."""

    def dependents(self, sobject: str) -> Iterable[tuple[str, str]]:
        """The objects, with their reference fields, whose rows go to the recycle bin with a row of this one."""
        return _DEPENDENTS.get(sobject, ())

    def before(self, sobject: str, row: dict[str, Any], old: Row | None, at: str) -> None:
        """Fill in what follows from other fields of the same row."""
        if sobject in _PEOPLE:
            row["Name"] = " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)
        if sobject == "Opportunity":
            self._stage(row, old, at)
        elif sobject == "Task":
            self._completion(row, old, at)
        elif sobject == "CampaignMember":
            self._response(row, old, at)

    def after(self, writer: Writer, sobject: str, row: Row, old: Row | None, actor: Actor) -> None:
        """Write what follows in other objects."""
        if sobject == "Opportunity":
            self._opportunity(writer, row, old, actor)
        elif sobject == "Campaign" and old is None:
            for place, (label, default, responded) in enumerate(_MEMBER_STATUSES, 1):
                flags: dict[str, Value] = {"IsDefault": default, "HasResponded": responded, "SortOrder": place}
                status = {"CampaignId": row["Id"], "Label": label, **flags}
                self._append(writer, "CampaignMemberStatus", status, actor)
        elif sobject == "OpportunityContactRole" and row.get("IsPrimary"):
            for other in self._tables[sobject].equal("OpportunityId", row["OpportunityId"]):
                if other["Id"] != row["Id"] and other.get("IsPrimary"):
                    writer.set_quietly(sobject, other["Id"], {"IsPrimary": False}, actor)
        if sobject in self.tracked:
            self._track(writer, sobject, row, old, actor)

    def permit(self, sobject: str, row: Row, old: Row | None) -> None:
        """Refuse combinations that the API does not take."""
        if sobject == "Lead":
            self._lead_status(row, old)
        elif sobject in {"Task", "Event"}:
            who = row.get("WhoId")
            if who and row.get("WhatId") and who.startswith("00Q"):  # believed (facts: salesforce B6)
                message = "Related To ID: a record cannot be related to when the name is a lead"
                raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, ("WhatId",))
            if sobject == "Event" and row.get("DurationInMinutes") is None and row.get("EndDateTime") is None:
                message = "Required fields are missing: [DurationInMinutes]"  # believed (facts: salesforce B6)
                raise Refusal("REQUIRED_FIELD_MISSING", message, ("DurationInMinutes",))
        elif sobject == "CampaignMember":
            self._member(row, old)

    def _member(self, row: Row, old: Row | None) -> None:
        named = next((name for name in ("LeadId", "ContactId") if row.get(name)), None)
        if named is None:
            message = "Required fields are missing: [LeadId or ContactId]"
            raise Refusal("REQUIRED_FIELD_MISSING", message, ("LeadId",))
        others = self._tables["CampaignMember"].equal(named, row[named])
        same = [each for each in others if each["CampaignId"] == row["CampaignId"] and not each.get("IsDeleted")]
        if old is None and same:
            raise Refusal("DUPLICATE_VALUE", "Already a campaign member.")

    def _lead_status(self, row: Row, old: Row | None) -> None:
        # Expected, not seen: a status that means converted is set by converting only (facts: salesforce F).
        status = row.get("Status")
        if old is not None and old.get("Status") == status:
            return
        if any(each["ApiName"] == status and each["IsConverted"] for each in self._tables["LeadStatus"].rows.values()):
            raise Refusal("FIELD_INTEGRITY_EXCEPTION", f"Status: {status} is set by converting a lead", ("Status",))

    def _stage(self, row: dict[str, Any], old: Row | None, at: str) -> None:
        if old is None or old.get("StageName") != row.get("StageName"):
            row["LastStageChangeDate"] = at if old else None
            stage = self._stage_row(row.get("StageName"))
            row["IsClosed"], row["IsWon"] = bool(stage.get("IsClosed")), bool(stage.get("IsWon"))
            row["ForecastCategory"] = stage.get("ForecastCategory", "Pipeline")
            row["ForecastCategoryName"] = stage.get("ForecastCategoryName", "Pipeline")
            if old is None and row.get("Probability") is not None:
                pass  # a create may say its own probability
            elif old is None or old.get("Probability") == row.get("Probability"):
                row["Probability"] = stage.get("DefaultProbability", 0.0)
        if row.get("Amount") is not None:
            row["ExpectedRevenue"] = round(row["Amount"] * (row.get("Probability") or 0.0) / 100, 2)

    def _stage_row(self, name: object) -> Mapping[str, Any]:
        # StageName is not a restricted picklist: an unknown stage is taken, and is open (recorded calls).
        stages = self._tables["OpportunityStage"].rows.values()
        return next((stage for stage in stages if stage["ApiName"] == name), {})

    def _completion(self, row: dict[str, Any], old: Row | None, at: str) -> None:
        statuses = self._tables["TaskStatus"].rows.values()
        closed = any(each["ApiName"] == row.get("Status") and each["IsClosed"] for each in statuses)
        row["IsClosed"], row["IsHighPriority"] = closed, row.get("Priority") == "High"
        if not closed:
            row["CompletedDateTime"] = None
        elif old is None or not old.get("IsClosed"):
            row["CompletedDateTime"] = row.get("CompletedDateTime") or at
        row.setdefault("TaskSubtype", "Task")
        self._account_of(row)

    def _account_of(self, row: dict[str, Any]) -> None:
        for name, kind in (("WhatId", "Opportunity"), ("WhoId", "Contact")):
            found = self._tables[kind].rows.get(row.get(name) or "")
            if found and found.get("AccountId"):
                row["AccountId"] = found["AccountId"]

    def _response(self, row: dict[str, Any], old: Row | None, at: str) -> None:
        statuses = self._tables["CampaignMemberStatus"].equal("CampaignId", row.get("CampaignId"))
        row["HasResponded"] = any(each["Label"] == row.get("Status") and each["HasResponded"] for each in statuses)
        if row["HasResponded"] and not (old and old.get("HasResponded")):
            row["FirstRespondedDate"] = row.get("FirstRespondedDate") or at[:10]

    def _opportunity(self, writer: Writer, row: Row, old: Row | None, actor: Actor) -> None:
        if old is None or any(old.get(name) != row.get(name) for name in _IN_HISTORY):
            names = (*_IN_HISTORY, "ExpectedRevenue")
            self._append(writer, "OpportunityHistory", {"OpportunityId": row["Id"], **_only(row, names)}, actor)
        if old is None and row.get("ContactId"):  # create-only; makes the primary role (facts: salesforce B6)
            role = {"OpportunityId": row["Id"], "ContactId": row["ContactId"], "IsPrimary": True}
            self._append(writer, "OpportunityContactRole", role, actor)

    def _track(self, writer: Writer, sobject: str, row: Row, old: Row | None, actor: Actor) -> None:
        history = history_of(sobject)
        parent = {f"{sobject}Id": row["Id"]}
        if old is None:
            self._append(writer, history, {**parent, "Field": "created"}, actor)
            return
        if row.get("IsConverted") and not old.get("IsConverted"):  # believed (facts: salesforce F)
            self._append(writer, history, {**parent, "Field": "leadConverted"}, actor)
        for name in sorted(self.tracked[sobject]):
            field = self._schema.any(sobject).fields[name.lower()]
            before, now = old.get(field.name), row.get(field.name)
            if before == now:
                continue
            for show in (self._name_of, _same) if field.refers_to else (_same,):  # a reference: names, then ids
                values = {"Field": tracked_as(field), "OldValue": show(before), "NewValue": show(now)}
                self._append(writer, history, {**parent, **values}, actor)

    def _name_of(self, record_id: Value) -> Value:
        sobject = self._schema.of_id(str(record_id)) if record_id else None
        return None if sobject is None else self._tables[sobject.name].rows[str(record_id)].get("Name")

    def _append(self, writer: Writer, sobject: str, values: Mapping[str, Value], actor: Actor) -> None:
        writer.append(self._schema.any(sobject), values, actor)


def history_of(sobject: str) -> str:
    """The object that holds the field history of another."""
    return "OpportunityFieldHistory" if sobject == "Opportunity" else f"{sobject}History"


def _only(row: Row, names: Iterable[str]) -> dict[str, Value]:
    return {name: row.get(name) for name in names}


def _same(value: Value) -> Value:
    return value
