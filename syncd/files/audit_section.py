"""The section `audit` of syncd.yaml: where checkpoints of the ledger go, and how long it can be read."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field

from syncd.files.problem import Wrong
from syncd.files.scalars import DurationOrNever, PositiveDuration, Written
from syncd.files.section import Section, said

JOURNAL = "journal"


def _place_of(text: str) -> str:
    """`journal`, `file:/path`, or an https address; http to this machine alone."""
    place = text.strip()
    parts = urlsplit(place)
    if place == JOURNAL or (parts.scheme == "file" and place.startswith("file:/") and len(parts.path) > 1):
        return place
    if parts.scheme in ("https", "http") and parts.hostname and "@" not in parts.netloc:
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Wrong("checkpoints go over plain http to this machine only", "write https://")
        return place
    raise Wrong("this is no place for checkpoints", "write journal, file:/absolute/path or https://host/path")


Place: TypeAlias = Annotated[
    str,
    Written(
        _place_of,
        str,
        {"type": "string", "pattern": "^(journal|file:/.+|https?://.+)$", "examples": ["journal", "file:/mnt/a.jsonl"]},
    ),
]


class Audit(Section):
    """What is done so that the ledger can be proved, and what it forgets."""

    checkpoint_every: PositiveDuration = Field(
        default=said("1 day"), description="Time between two checkpoints of the ledger.", examples=["1 day"]
    )
    send_to: tuple[Place, ...] = Field(
        default=(),
        description="Where checkpoints go: journal, file:/absolute/path, or an https address that they are posted to.",
        examples=[["journal", "file:/mnt/elsewhere/syncd.jsonl", "https://audit.company.example/syncd"]],
    )
    keep_sealed: DurationOrNever = Field(
        default=said("never"),
        description="Of people about whom nothing was written for so long, what is sealed in the ledger is closed for "
        "good; never: nothing is.",
        examples=["1095 days"],
    )
