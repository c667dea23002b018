"""Dossiers as text, a line each: what another engine needs to judge people, one partition after the other.

A line is a JSON object: `person`, the records under the names that a dossier has for them, `entries` that stand, and
`colleagues` with the same inside (null: not looked for). Instants are milliseconds since 1970, UTC. Touches hang on
their records (`evidence`). What only planning looks at is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from connectors.records import System
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.person import Entry, PersonId
from syncd.model.stage import Stage
from syncd.store.dossier import touches_of

RECORDS = ("records", "companies", "opportunities", "roles", "tasks", "activities")
"""The records of a dossier, by what they are to the person."""


def to_line(one: Dossier) -> str:
    """The dossier as text."""
    return orjson.dumps(_plain(one)).decode()


def from_line(line: str) -> Dossier:
    """The dossier that was written as text. Raises ValueError, KeyError or TypeError for another text."""
    return _dossier(orjson.loads(line))


def _plain(one: Dossier) -> dict[str, Any]:
    told: dict[str, Any] = {"person": one.person, "entries": list(one.entries)}
    told |= {name: list(getattr(one, name)) for name in RECORDS}
    return told | {"colleagues": None if one.colleagues is None else [_plain(other) for other in one.colleagues]}


def _dossier(told: Mapping[str, Any]) -> Dossier:
    found: dict[str, Any] = {name: [_record(row) for row in told[name]] for name in RECORDS}
    colleagues = told["colleagues"]
    return Dossier(
        person=PersonId(told["person"]),
        **found,
        touches=touches_of(found["records"]),
        entries=[Entry(**{**row, "stage": Stage(row["stage"])}) for row in told["entries"]],
        colleagues=None if colleagues is None else [_dossier(other) for other in colleagues],
    )


def _record(row: Mapping[str, Any]) -> Mirrored:
    past = {name: [tuple(version) for version in versions] for name, versions in row["history"].items()}
    return Mirrored(**{**row, "system": System(row["system"]), "history": past, "amended": tuple(row["amended"])})
