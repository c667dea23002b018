"""Reading records: by window, by id, by value."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from typing import Any, Protocol

from connectors.errors import Unreachable
from connectors.onward import MOST_EMPTY
from connectors.records import Page, Record, System, Window
from connectors.salesforce.answers import CursorLost, QueryTimedOut
from connectors.salesforce.api import Found, Row
from connectors.salesforce.bulk_query import BulkQuery
from connectors.salesforce.ids import SHORT, is_id
from connectors.salesforce.kinds import Kind
from connectors.salesforce.rows import records_of
from connectors.salesforce.soql import in_window, with_values

MOST_READ = 2000  # ids in one collections retrieve (facts: salesforce B3)
FEWEST_ROWS = 250  # where shortening a query that takes too long ends


class Reader(Protocol):
    """The calls that reading needs; `connectors.salesforce.api.Api` makes them."""

    def ask(self, soql: str, *, deleted: bool = False) -> Found:
        """The first page of a query. Raises QueryTimedOut as well."""
        ...

    def more(self, address: str) -> Found:
        """The next page. Raises QueryTimedOut and CursorLost as well."""
        ...

    def query(self, soql: str, *, deleted: bool = False) -> Iterator[Sequence[Row]]:
        """All pages."""
        ...

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one call below the versioned address."""
        ...


def pull(
    reader: Reader,
    kind: Kind,
    fields: Sequence[str],
    window: Window,
    asked: Sequence[str],
    *,
    first: Found | None = None,
    in_bulk: BulkQuery | None = None,
) -> Iterator[Page]:
    """Pages of the rows that changed in the window, deleted and merged ones among them, by ascending Id.

    `first` is the first page where it was fetched before. `in_bulk` reads the rest where the first page tells of too
    many rows; its pages are not in the order of Ids, and where it fails, the pages go on as if it had not been tried.

    A cursor that the server lost is taken up again after the last Id. A query that takes too long is asked again
    in ever shorter pieces by Id, not by time: `after_id` stays all that a restart needs.
    """
    after, limit = window.after_id, None
    while True:
        seen = 0
        try:
            soql = in_window(kind, fields, window, after, limit)
            for found in _pages(reader, soql, first, after, deleted=kind.bin):
                first, records = None, records_of(kind, found.rows, asked)
                after = records[-1].id
                seen += len(records)
                yield Page(records, after)
                if seen == len(found.rows) and (yield from _in_bulk(in_bulk, found, after)):
                    return
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


def _in_bulk(bulk: BulkQuery | None, found: Found, after: str) -> Generator[Page, None, bool]:
    """The pages of all further rows, where there are enough of them; returns whether they were read."""
    if bulk is None or not found.more or found.total <= bulk.above:
        return False
    return (yield from bulk.pages(after))


def _pages(reader: Reader, soql: str, first: Found | None, after: str | None, *, deleted: bool) -> Iterator[Found]:
    """The pages of a query that have rows. Raises CursorLost where the org leads in a circle, and Unreachable where it
    gives the same rows again or page after page without any.
    """
    found = first or reader.ask(soql, deleted=deleted)
    asked, reached, empty = set[str](), {after}, 0
    while True:
        empty = 0 if found.rows else empty + 1
        if found.rows:
            if (last := found.rows[-1].get("Id")) in reached:
                raise Unreachable(System.SALESFORCE, "a query answers with rows that it has given already")
            reached.add(last)
            yield found
        if not found.more:
            return
        if empty > MOST_EMPTY:
            raise Unreachable(System.SALESFORCE, "a query goes on with empty pages")
        if found.more in asked:
            raise CursorLost(System.SALESFORCE, "a query names a next page that was read already")
        asked.add(found.more)
        found = reader.more(found.more)


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
        found |= {record.id[:SHORT]: record for record in records_of(kind, filter(None, rows), asked)}
    return {each: found[each[:SHORT]] for each in ids if is_id(each) and each[:SHORT] in found}


def find(
    reader: Reader, kind: Kind, fields: Sequence[str], field: str, values: Collection[str], asked: Sequence[str]
) -> Sequence[Record]:
    """Living records whose field has one of the values, by ascending id, each once."""
    found: dict[str, Record] = {}
    for soql in with_values(kind.api_name, fields, field, sorted(set(values))):
        for rows in reader.query(soql):
            found |= {record.id: record for record in records_of(kind, rows, asked)}
    return tuple(found[each] for each in sorted(found))
