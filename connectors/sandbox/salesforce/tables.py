"""The rows of the emulated org: by id, by indexed field, and by time of change; with undo."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from connectors.sandbox.salesforce.schema import SObject

Row: TypeAlias = Mapping[str, Any]


class Table:
    """Rows of one object. A row is never changed in place: a change puts a new one, so old ones are snapshots."""

    def __init__(self, sobject: SObject) -> None:
        self.sobject = sobject
        self.rows: dict[str, Row] = {}
        self.ghosts: dict[str, str] = {}
        """Ids of rows that are gone for good, with the time: only the deleted feed still tells of them."""
        self._indexes: dict[str, dict[object, dict[str, None]]] = {}
        self._stamps: list[tuple[str, str]] = []
        self._stamp = sobject.stamped_by
        self._ids: list[str] = []
        for field in sobject.fields.values():
            if field.indexed:
                self.add_index(field.name)

    def add_index(self, name: str) -> None:
        """Index a field, with the rows that are there."""
        self._indexes[name] = {}
        for row in self.rows.values():
            self._enter(name, row)

    def drop_index(self, name: str) -> None:
        """Forget the index of a field that is no more; the values stay."""
        for known in [known for known in self._indexes if known.lower() == name.lower()]:
            del self._indexes[known]

    def put(self, row: Row) -> Row | None:
        """Store a row under its Id; returns the one that it replaces."""
        old = self.rows.get(row["Id"])
        self.rows[row["Id"]] = row
        if old is None:
            insort(self._ids, row["Id"])
            self.ghosts.pop(row["Id"], None)
        for name in self._indexes:
            if old is None or old.get(name) != row.get(name):
                if old is not None:
                    self._leave(name, old)
                self._enter(name, row)
        if old is None or old[self._stamp] != row[self._stamp]:
            if old is not None:
                self._forget_stamp(old)
            insort(self._stamps, (row[self._stamp], row["Id"]))
        return old

    def drop(self, record_id: str) -> None:
        """Take a row out as if it had never been there."""
        row = self.rows.pop(record_id)
        del self._ids[bisect_left(self._ids, record_id)]
        for name in self._indexes:
            self._leave(name, row)
        self._forget_stamp(row)

    def live(self, record_id: str) -> Row | None:
        """The row with that id unless it is missing or deleted."""
        row = self.rows.get(record_id)
        return None if row is None or row.get("IsDeleted") else row

    def is_indexed(self, name: str) -> bool:
        """Whether `equal` can answer for a field."""
        return name in self._indexes

    def equal(self, name: str, value: object) -> list[Row]:
        """The rows, deleted ones too, whose indexed field equals a value, in order of id."""
        key = self.sobject.fields[name.lower()].key(value)
        return [self.rows[record_id] for record_id in sorted(self._indexes[name].get(key, ()))]

    def stamped(self, since: str, until: str) -> Iterator[Row]:
        """The rows that changed since <= then <= until, in order of time and id."""
        first, last = bisect_left(self._stamps, (since,)), bisect_right(self._stamps, (until, "~"))
        return (self.rows[self._stamps[place][1]] for place in range(first, last))

    def numbered(self, beyond: str) -> Iterator[Row]:
        """The rows whose id is not below one, in order of id."""
        return (self.rows[self._ids[place]] for place in range(bisect_left(self._ids, beyond), len(self._ids)))

    def _enter(self, name: str, row: Row) -> None:
        value = row.get(name)
        if value is not None:
            key = self.sobject.fields[name.lower()].key(value)
            self._indexes[name].setdefault(key, {})[row["Id"]] = None

    def _leave(self, name: str, row: Row) -> None:
        value = row.get(name)
        if value is not None:
            key = self.sobject.fields[name.lower()].key(value)
            self._indexes[name][key].pop(row["Id"], None)

    def _forget_stamp(self, row: Row) -> None:
        del self._stamps[bisect_left(self._stamps, (row[self._stamp], row["Id"]))]


class Tables:
    """The tables of an org, and a journal that can undo what a call has done."""

    def __init__(self, sobjects: Iterable[SObject]) -> None:
        self._tables = {sobject.name: Table(sobject) for sobject in sobjects}
        self._journal: list[tuple[Table, str, Row | None]] | None = None

    def __getitem__(self, sobject: str) -> Table:
        return self._tables[sobject]

    def add(self, sobject: SObject) -> None:
        """Begin an empty table for a new object."""
        self._tables[sobject.name] = Table(sobject)

    def purge(self, sobject: str, record_id: str, at: str) -> None:
        """Take a row out for good. This is not undone: only an admin's last step and a bulk job's row do it."""
        self._tables[sobject].drop(record_id)
        self._tables[sobject].ghosts[record_id] = at

    def put(self, sobject: str, row: Row) -> None:
        """Store a row and remember what it replaces."""
        table = self._tables[sobject]
        old = table.put(row)
        if self._journal is not None:
            self._journal.append((table, row["Id"], old))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo everything inside when it ends with an exception. An inner one belongs to the outer one's undo."""
        outer, self._journal = self._journal, []
        try:
            yield
        except BaseException:
            for table, record_id, old in reversed(self._journal):
                if old is None:
                    table.drop(record_id)
                else:
                    table.put(old)
            self._journal = outer
            raise
        if outer is not None:
            outer.extend(self._journal)
        self._journal = outer
