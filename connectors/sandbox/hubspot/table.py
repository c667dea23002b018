"""The records of one kind, with the orders and lookups that lists and searches need."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from operator import attrgetter

from connectors.sandbox.hubspot.schema import ObjectType
from connectors.sandbox.hubspot.values import iso


@dataclass(frozen=True, slots=True)
class Source:
    """Who set a property value, in HubSpot's words (`CRM_UI`, `INTEGRATION`, `FORM`, `ANALYTICS`, ...)."""

    type: str
    id: str | None = None
    label: str | None = None
    user_id: int | None = None


API_SOURCE = Source("INTEGRATION", "sandbox")


@dataclass(frozen=True, slots=True)
class Version:
    """One value that a property has had since `at` (epoch ms)."""

    value: str
    at: int
    source: Source


@dataclass(slots=True)
class Record:
    """One record. Instants are epoch ms.

    Values that were set at creation have no entry in `history`: their one version follows from `created` and `source`,
    which keeps tens of thousands of loaded records small.
    """

    id: int
    values: dict[str, str]
    created: int
    modified: int
    source: Source
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived: int | None = None

    def versions(self, name: str) -> Sequence[Version]:
        """What the property has been, oldest first; empty where it never had a value."""
        if name in self.history:
            return self.history[name]
        return [Version(self.values[name], self.created, self.source)] if name in self.values else []

    def put(self, name: str, value: str, at: int, source: Source) -> None:
        """Add a version at its place in time; the value becomes that of the newest version."""
        versions = [*self.versions(name)]
        insort(versions, Version(value, at, source), key=attrgetter("at"))
        self.history[name] = versions
        self.values[name] = versions[-1].value


class Table:
    """Live and archived records of one kind, in order of id and of modified date.

    `lag` makes searches see older states: `indexed` holds what the search index says of the records whose newest
    state has not arrived there (None: the index does not know the record, or not any more).
    """

    def __init__(self, kind: ObjectType) -> None:
        self.kind = kind
        self.live: dict[int, Record] = {}
        self.archived: dict[int, Record] = {}
        self.ids: list[int] = []
        self.by_modified: list[tuple[int, int]] = []
        self.aliases: dict[int, int] = {}
        self.unique: dict[str, dict[str, int]] = {}
        self.indexed: dict[int, dict[str, str] | None] = {}
        self.version = 0
        self._arriving: list[tuple[int, int, int, dict[str, str] | None]] = []
        self._awaited: Counter[int] = Counter()
        self._lagged = 0

    def load(self, records: Iterable[Record]) -> None:
        """Add many new records at once; unique values are the caller's to claim."""
        for record in records:
            self._stamp(record)
            self.live[record.id] = record
        self.ids = sorted(self.live)
        self.by_modified = sorted((record.modified, record.id) for record in self.live.values())
        self.version += 1

    def add(self, record: Record) -> None:
        """Add one new record."""
        self._stamp(record)
        self.live[record.id] = record
        insort(self.ids, record.id)
        insort(self.by_modified, (record.modified, record.id))
        self.version += 1

    def touch(self, record: Record, at: int) -> None:
        """Move the modified date to `at`, never back; to be called after each change of a live record."""
        self.version += 1
        if at > record.modified:
            del self.by_modified[bisect_left(self.by_modified, (record.modified, record.id))]
            record.modified = at
            insort(self.by_modified, (at, record.id))
            record.values[self.kind.modified] = iso(at)

    def remove(self, record: Record) -> None:
        """Take a live record out of all orders and lookups."""
        del self.live[record.id]
        del self.ids[bisect_left(self.ids, record.id)]
        del self.by_modified[bisect_left(self.by_modified, (record.modified, record.id))]
        for name, claims in self.unique.items():
            for value in (record.values.get(name, ""), *record.values.get("hs_additional_emails", "").split(";")):
                if claims.get(value.lower()) == record.id:
                    del claims[value.lower()]
        self.version += 1

    def archive(self, record: Record, at: int) -> None:
        """Move a live record to the archived ones. Its modified date stays (facts: hubspot B7, E15)."""
        self.remove(record)
        record.archived = at
        self.archived[record.id] = record

    def erase(self, record: Record) -> None:
        """Drop a live or archived record for good."""
        if record.archived is None:
            self.remove(record)
        else:
            del self.archived[record.id]

    def restore(self, record: Record) -> None:
        """Bring an archived record back; unique values are the caller's to claim, the modified date stays."""
        del self.archived[record.id]
        record.archived = None
        self.add(record)

    def find(self, raw_id: str, *, archived: bool = False) -> Record | None:
        """The record with this id, or the one it was merged into (facts: hubspot B9)."""
        if not (raw_id.isascii() and raw_id.isdigit()):
            return None
        number = int(raw_id)
        records = self.archived if archived else self.live
        return records.get(self.aliases.get(number, number))

    def find_unique(self, name: str, value: str) -> Record | None:
        """The live record that holds a unique value, secondary e-mail addresses included."""
        owner = self.unique.get(name, {}).get(value.strip().lower())
        return None if owner is None else self.live.get(owner)

    def claim(self, name: str, value: str, record_id: int) -> None:
        """Note that a record holds a unique value."""
        self.unique.setdefault(name, {})[value.lower()] = record_id

    def release(self, name: str, value: str) -> None:
        """Forget a unique value that its record no longer holds."""
        self.unique.get(name, {}).pop(value.lower(), None)

    def lag(self, record_id: int, before: Mapping[str, str] | None, after: Mapping[str, str] | None, due: int) -> None:
        """Let searches see `before` until `due`, and `after` from then on; None stands for no record."""
        self.indexed.setdefault(record_id, dict(before) if before is not None else None)
        self._awaited[record_id] += 1
        self._lagged += 1
        heappush(self._arriving, (due, self._lagged, record_id, dict(after) if after is not None else None))

    def settle(self, now: int) -> None:
        """Let the states that are due arrive in the search index."""
        while self._arriving and self._arriving[0][0] <= now:
            _, _, record_id, state = heappop(self._arriving)
            self.indexed[record_id] = state
            self._awaited[record_id] -= 1
            if not self._awaited[record_id]:
                del self._awaited[record_id], self.indexed[record_id]
            self.version += 1

    def _stamp(self, record: Record) -> None:
        record.values["hs_object_id"] = str(record.id)
        record.values[self.kind.created] = iso(record.created)
        record.values[self.kind.modified] = iso(record.modified)
