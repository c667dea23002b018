"""The section `audit` of syncd.yaml: where checkpoints of the ledger go, and how long it can be read."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field

from syncd.files.problem import Wrong
from syncd.files.scalars import DurationOrNever, PositiveDuration, Written
from syncd.files.section import Section, said
from syncd.files.told import ApiName

JOURNAL, SALESFORCE = "journal", "salesforce"


def _place_of(text: str) -> str:
    """`journal`, `salesforce`, `file:/path`, or an https address; http to this machine alone."""
    place = text.strip()
    parts = urlsplit(place)
    if place in (JOURNAL, SALESFORCE) or (
        parts.scheme == "file" and place.startswith("file:/") and len(parts.path) > 1
    ):
        return place
    if parts.scheme in ("https", "http") and parts.hostname and "@" not in parts.netloc:
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Wrong("checkpoints go over plain http to this machine only", "write https://")
        return place
    raise Wrong(
        "this is no place for checkpoints", "write journal, salesforce, file:/absolute/path or https://host/path"
    )


Place: TypeAlias = Annotated[
    str,
    Written(
        _place_of,
        str,
        {
            "type": "string",
            "pattern": "^(journal|salesforce|file:/.+|https?://.+)$",
            "examples": ["journal", "file:/mnt/a.jsonl"],
        },
    ),
]


def _object_of(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,76}__c", text):
        raise Wrong("checkpoints need an object of their own", "write its API name, such as Syncd_Checkpoint__c")
    return text


CustomObject: TypeAlias = Annotated[
    str,
    Written(
        _object_of,
        str,
        {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*__c$", "examples": ["Syncd_Checkpoint__c"]},
    ),
]


class CheckpointNames(Section):
    """The object of Salesforce that keeps checkpoints of the ledger, by API names. `syncd doctor --salesforce-package`
    writes it for an admin to deploy, where `send_to` names salesforce.
    """

    object: CustomObject = Field(
        default="Syncd_Checkpoint__c", description="The object.", examples=["Syncd_Checkpoint__c"]
    )
    key: ApiName = Field(
        default="Syncd_Key__c",
        description="Number of the entry and the beginning of its hash: text 64, external id, unique. By it a "
        "checkpoint is made once.",
        examples=["Syncd_Key__c"],
    )
    entries: ApiName = Field(
        default="Entries__c", description="How many entries the ledger had, a number.", examples=["Entries__c"]
    )
    at: ApiName = Field(
        default="Made_At__c", description="When the checkpoint was made, date and time.", examples=["Made_At__c"]
    )
    line: ApiName = Field(
        default="Checkpoint__c",
        description="The checkpoint itself, one line of JSON, long text.",
        examples=["Checkpoint__c"],
    )


class Audit(Section):
    """What is done so that the ledger can be proved, and what it forgets."""

    checkpoint_every: PositiveDuration = Field(
        default=said("1 day"), description="Time between two checkpoints of the ledger.", examples=["1 day"]
    )
    send_to: tuple[Place, ...] = Field(
        default=(),
        description="Where checkpoints go: journal, file:/absolute/path, an https address that they are posted to, or "
        "salesforce, where each is a record that the next plan shows.",
        examples=[["journal", "file:/mnt/elsewhere/syncd.jsonl", "https://audit.company.example/syncd"]],
    )
    salesforce: CheckpointNames = Field(
        default=CheckpointNames(),
        description="The object that keeps checkpoints, where send_to names salesforce.",
        examples=[{"object": "Syncd_Checkpoint__c"}],
    )
    keep_sealed: DurationOrNever = Field(
        default=said("never"),
        description="Of people about whom nothing was written for so long, what is sealed in the ledger is closed for "
        "good; never: nothing is.",
        examples=["1095 days"],
    )
