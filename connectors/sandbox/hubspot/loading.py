"""Records to be loaded in bulk, with their past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.sandbox.hubspot.table import Record, Source, Version
from connectors.sandbox.hubspot.values import to_ms


@dataclass(frozen=True, slots=True)
class Row:
    """One record to be loaded in bulk: values as strings, its dates, and the past of some properties.

    `history` gives versions oldest first as (since, value, source); the last one becomes the value. Properties without
    it have had their value since creation. `modified_at` defaults to the latest of all these instants.
    """

    values: Mapping[str, str]
    created_at: datetime
    modified_at: datetime | None = None
    history: Mapping[str, Sequence[tuple[datetime, str, Source]]] = field(default_factory=dict)

    def record(self, record_id: int, source: Source) -> Record:
        """The record that this row describes."""
        created = to_ms(self.created_at)
        history = {
            name: [Version(value, to_ms(since), who) for since, value, who in versions]
            for name, versions in self.history.items()
        }
        values = {**self.values, **{name: versions[-1].value for name, versions in history.items()}}
        latest = max([created, *(versions[-1].at for versions in history.values())])
        modified = to_ms(self.modified_at) if self.modified_at else latest
        return Record(record_id, values, created, modified, source, history)
