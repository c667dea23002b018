"""Reading records: by window, by id, by value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from connectors.records import Page, Record, Window
from connectors.salesforce.answers import CursorLost, QueryTimedOut
from connectors.salesforce.ids import SHORT, is_id
from connectors.salesforce.kinds import Kind
from connectors.salesforce.soql import in_window, with_values

MOST_READ = 2000  # ids in one collections retrieve (facts: salesforce B3)
FEWEST_ROWS = 250  # where shortening a query that takes too long ends

Row = Mapping[str, Any]


class Reader(Protocol):
    """The calls that reading needs; `connectors.salesforce.client.Api` makes them."""

    def query(self, soql: str, *, deleted: bool = False) -> Iterator[Sequence[Row]]:
        """Pages of rows, with deleted ones where asked. Raises QueryTimedOut and CursorLost as well."""
        ...

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one call below the versioned address."""
        ...


def pull(reader: Reader, kind: Kind, fields: Sequence[str], window: Window, asked: Sequence[str]) -> Iterator[Page]:
    """Pages of the rows that changed in the window, deleted and merged ones among them, by ascending Id.

    A cursor that the server lost is taken up again after the last Id. A query that takes too long is asked again
    in ever shorter pieces by Id, not by time: `after_id` stays all that a restart needs.
    """
    after, limit = window.after_id, None
    while True:
        seen = 0
        try:
            for rows in reader.query(in_window(kind, fields, window, after, limit), deleted=kind.bin):
                if rows:
                    after = str(rows[-1]["Id"])
                    seen += len(rows)
                    yield Page(tuple(record_of(kind, row, asked) for row in rows), after)
        except QueryTimedOut:
            if limit == FEWEST_ROWS:
                raise
            limit = MOST_READ if limit is None else limit // 2
        except CursorLost:
            if not seen:
                raise
        else:
            if limit is None or seen < limit:
                return


def read(
    reader: Reader, kind: Kind, fields: Sequence[str], ids: Collection[str], asked: Sequence[str]
) -> Mapping[str, Record]:
    """Records as they are now, under the ids that were asked for (15 or 18 characters), 2,000 to a call.

    What is deleted, unknown or no Salesforce id at all is left out.
    """
    proper = sorted({each[:SHORT]: each for each in ids if is_id(each)}.values())
    found: dict[str, Record] = {}
    for start in range(0, len(proper), MOST_READ):
        body = {"ids": proper[start : start + MOST_READ], "fields": list(fields)}
        rows = reader.rest("POST", f"composite/sobjects/{kind.api_name}", body) or ()
        found |= {str(row["Id"])[:SHORT]: record_of(kind, row, asked) for row in rows if row}
    return {each: found[each[:SHORT]] for each in ids if is_id(each) and each[:SHORT] in found}


def find(
    reader: Reader, kind: Kind, fields: Sequence[str], field: str, values: Collection[str], asked: Sequence[str]
) -> Sequence[Record]:
    """Living records whose field has one of the values, by ascending id, each once."""
    found: dict[str, Record] = {}
    for soql in with_values(kind.api_name, fields, field, sorted(set(values))):
        for rows in reader.query(soql):
            for row in rows:
                found[str(row["Id"])] = record_of(kind, row, asked)
    return tuple(found[each] for each in sorted(found))


def record_of(kind: Kind, row: Row, asked: Sequence[str]) -> Record:
    """The record out of a row that has the system fields; only the properties asked for go into it."""
    created = row.get("CreatedDate")
    return Record(
        object=kind.word,
        id=str(row["Id"]),
        modified_at=instant_of(row["SystemModstamp"]),
        created_at=instant_of(created) if created else None,
        properties={each: row.get(each) for each in asked},
        deleted=bool(row.get("IsDeleted")),
        merged_into=row.get("MasterRecordId") or None,
    )


def instant_of(text: str) -> datetime:
    """An aware datetime in UTC out of the API's form, 2026-05-01T07:25:37.000+0000, or any ISO form with a zone."""
    return datetime.fromisoformat(text).astimezone(UTC)
