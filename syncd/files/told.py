"""Parts of fields.yaml: what syncd itself tells each CRM, its own fields in Salesforce and its answer to HubSpot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from syncd.files.problem import Wrong, shown
from syncd.files.scalars import Flag, Phrase, StageName, Word, Written
from syncd.files.section import Section, said
from syncd.model.stage import Stage

Backward: TypeAlias = Literal["never", "returns"]

API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


def _api_name_of(text: str) -> str:
    if not API_NAME.fullmatch(text):
        raise Wrong(f"{shown(text)} is no API name", "write letters, digits and underscores, such as MQL_At__c")
    return text


def _list_id_of(text: str) -> str:
    if not text.isdecimal():
        raise Wrong(f"{shown(text)} is no id of a list", "write the number that HubSpot shows as the list's ILS id")
    return text


ListId: TypeAlias = Annotated[
    str, Written(_list_id_of, str, {"type": ["string", "integer"], "pattern": "^[0-9]+$", "examples": ["42"]})
]
ApiName: TypeAlias = Annotated[
    str, Written(_api_name_of, str, {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$", "examples": ["MQL_At__c"]})
]


class Names(Section):
    """API names of syncd's own fields in Salesforce."""

    hubspot_id: ApiName = Field(
        default="HubSpot_Id__c", description="HubSpot's id, external id.", examples=["HubSpot_Id__c"]
    )
    key: ApiName = Field(default="Syncd_Key__c", description="Key of a task, external id.", examples=["Syncd_Key__c"])
    rank: ApiName = Field(
        default="Syncd_Rank__c", description="Rank of a task, a number, on Activity.", examples=["Syncd_Rank__c"]
    )
    stage: ApiName = Field(default="Lifecycle_Stage__c", description="Stage.", examples=["Lifecycle_Stage__c"])
    cycle: ApiName = Field(default="Lifecycle_Cycle__c", description="Cycle.", examples=["Lifecycle_Cycle__c"])
    mql_at: ApiName = Field(default="MQL_At__c", description="Became MQL at.", examples=["MQL_At__c"])
    sql_at: ApiName = Field(default="SQL_At__c", description="Became SQL at.", examples=["SQL_At__c"])
    sqo_at: ApiName = Field(default="SQO_At__c", description="Became SQO at.", examples=["SQO_At__c"])
    customer_at: ApiName = Field(
        default="Customer_At__c", description="Became customer at.", examples=["Customer_At__c"]
    )
    recycled_at: ApiName = Field(default="Recycled_At__c", description="Recycled at.", examples=["Recycled_At__c"])
    disqualified_at: ApiName = Field(
        default="Disqualified_At__c", description="Disqualified at.", examples=["Disqualified_At__c"]
    )
    reject_reason: ApiName = Field(
        default="Reject_Reason__c", description="Why disqualified.", examples=["Reject_Reason__c"]
    )
    recycle_reason: ApiName = Field(
        default="Recycle_Reason__c", description="Why recycled.", examples=["Recycle_Reason__c"]
    )
    recycle_until: ApiName = Field(
        default="Recycle_Until__c", description="Not again before.", examples=["Recycle_Until__c"]
    )
    why: ApiName = Field(default="Syncd_Why__c", description="Proof of the stage.", examples=["Syncd_Why__c"])
    definition: ApiName = Field(
        default="Syncd_Definition__c", description="Version of the definitions.", examples=["Syncd_Definition__c"]
    )
    run: ApiName = Field(default="Syncd_Run__c", description="Run that wrote last.", examples=["Syncd_Run__c"])


class BackToHubSpot(Section):
    """What HubSpot is told of a person's stage and of sales' answer. A property that it lacks is left out."""

    stage: ApiName | None = Field(
        default="lifecyclestage",
        description="The property that takes the stage; empty: HubSpot keeps its own.",
        examples=["lifecyclestage"],
    )
    stages: Mapping[StageName, Phrase] = Field(
        default={
            Stage.MQL: "marketingqualifiedlead",
            Stage.SQL: "salesqualifiedlead",
            Stage.SQO: "opportunity",
            Stage.CUSTOMER: "customer",
        },
        description="HubSpot's value for each stage, its internal name or its label; other stages are not told.",
        examples=[{"mql": "marketingqualifiedlead", "sql": "salesqualifiedlead"}],
    )
    backward: Backward = Field(
        default="never",
        description="never: HubSpot's stage only moves on; returns: it goes back with somebody whom sales sent back.",
        examples=["never", "returns"],
    )
    status: ApiName = Field(
        default="hs_lead_status", description="The property that takes the status.", examples=["hs_lead_status"]
    )
    statuses: Mapping[StageName, Phrase] = Field(
        default={},
        description="The status for each stage; other stages leave it alone.",
        examples=[{"sql": "CONNECTED", "recycled": "BAD_TIMING", "disqualified": "UNQUALIFIED"}],
    )
    reason: ApiName = Field(
        default="syncd_reason", description="Why sales sent somebody back or out.", examples=["syncd_reason"]
    )
    recycle_until: ApiName = Field(
        default="syncd_recycle_until", description="Not again before.", examples=["syncd_recycle_until"]
    )
    owner: Flag = Field(
        default=said("false"),
        description="Whether the owner in Salesforce becomes the contact's owner in HubSpot, found by e-mail address.",
        examples=[False],
    )
    lists: Mapping[Word, ListId] = Field(
        default={},
        description="Lists kept by hand, by what `to:` of a return says: who is sent back joins it, and leaves it on "
        "qualifying again. Nobody joins who was sent back longer ago than `not_older_than` in tasks.yaml says.",
        examples=[{"nurture": "42"}],
    )
