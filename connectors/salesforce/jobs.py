"""Bulk 2.0 jobs: made, waited for, done away with (facts: salesforce B2, B3)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol, Self

from connectors.errors import ConnectorError, Unreachable
from connectors.nouns import dataclass
from connectors.records import System
from connectors.salesforce.answers import Declined

FIRST_PAUSE, MOST_PAUSE, LONGER = 0.5, 30.0, 3.0  # seconds between two looks at a job, and how they grow
PATIENCE = 1200.0  # seconds for one job; then it is aborted
COMPLETE, OPEN = "JobComplete", "Open"
_OVER = frozenset({COMPLETE, "Failed", "Aborted"})


class Caller(Protocol):
    """The calls that jobs need; `connectors.salesforce.api.Api` makes them."""

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one call below the versioned address."""
        ...

    def table(self, path: str, params: Mapping[str, Any] | None = None) -> tuple[bytes, Mapping[str, str]]:
        """A table in CSV and the answer's headers."""
        ...

    def upload(self, path: str, table: bytes) -> None:
        """Send a table in CSV."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `path` is jobs/query/ID or jobs/ingest/ID."""

    caller: Caller
    path: str

    @classmethod
    def make(cls, caller: Caller, path: str, order: Mapping[str, Any]) -> Self:
        """A new job. `path` is jobs/query or jobs/ingest. Tables are UTF-8 with commas and line feeds."""
        form = {"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
        told = caller.rest("POST", path, {**order, **form})
        if not isinstance(told, Mapping) or not told.get("id"):
            raise Unreachable(System.SALESFORCE, f"POST {path}: the answer names no job")
        return cls(caller, f"{path}/{told['id']}")

    def upload(self, table: bytes) -> None:
        """Give the job its rows and let it begin. Where an answer was lost, the repeat is refused, for the job has its
        rows already or has begun: so a refusal is taken as such only if the job still waits in the end.
        """
        with suppress(Declined):
            self.caller.upload(f"{self.path}/batches", table)
        try:
            self.caller.rest("PATCH", self.path, {"state": "UploadComplete"})
        except Declined:
            if self._told().get("state") == OPEN:
                raise

    def end(self) -> Mapping[str, Any]:
        """What the org says of the job once it is over: its `state`, and how many rows it processed and how many of
        those failed. One that takes more than 20 minutes is aborted. Raises Unreachable when even that does not end it.
        """
        waited, pause = 0.0, FIRST_PAUSE
        while waited < PATIENCE:
            self.caller.sleep(pause)
            told = self._told()
            if told.get("state") in _OVER:
                return told
            waited += pause
            pause = min(pause * LONGER, MOST_PAUSE)
        with suppress(Declined):  # it was over just now
            self.caller.rest("PATCH", self.path, {"state": "Aborted"})
        told = self._told()
        if told.get("state") not in _OVER:
            raise Unreachable(System.SALESFORCE, f"{self.path.rpartition('/')[0]}: a job does not end")
        return told

    def table(self, name: str, params: Mapping[str, Any] | None = None) -> tuple[bytes, Mapping[str, str]]:
        """One of the job's tables of results and the answer's headers."""
        return self.caller.table(f"{self.path}/{name}", params)

    def remove(self) -> None:
        """Do away with the job and its results, which else stay a week. That it cannot be done harms nobody."""
        with suppress(ConnectorError):
            self.caller.rest("DELETE", self.path)

    def _told(self) -> Mapping[str, Any]:
        told = self.caller.rest("GET", self.path)
        return told if isinstance(told, Mapping) else {}


def cells_of(table: bytes) -> Iterator[list[str]]:
    """The rows of a table in CSV. It is UTF-8, marked so or not, whatever the answer's header says, and ends of lines
    inside a field are the field's (facts: salesforce A2.17, A2.18). It is decoded as it is read: a table is large.
    """
    return csv.reader(io.TextIOWrapper(io.BytesIO(table), "utf-8-sig", "replace", newline=""))
