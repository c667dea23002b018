"""Reading many rows by a Bulk 2.0 query (facts: salesforce A2.16-A2.18, B2, B3)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import chain, islice
from types import MappingProxyType
from typing import TypeAlias

from connectors.errors import Forbidden, Missing, Refused, Unreachable
from connectors.nouns import dataclass
from connectors.onward import Onward
from connectors.records import FieldType, JsonValue, ObjectSchema, Page, Record, System, Window
from connectors.salesforce.api import Row
from connectors.salesforce.jobs import COMPLETE, Caller, Job, cells_of
from connectors.salesforce.kinds import Kind
from connectors.salesforce.rows import records_of
from connectors.salesforce.soql import in_any_order

ABOVE = 20_000  # rows; below, pages of 2,000 are about as many calls as a job with its looks and its tables
MOST_IN_TABLE = 10_000  # rows of one answer
MOST_IN_PAGE = 2_000  # records of one page, as in an answer of REST
LOCATOR, NUMBER = "Sforce-Locator", "Sforce-NumberOfRecords"
LAST = ("", "null")
"""What the locator of the last table says."""

Typed: TypeAlias = "Callable[[str], JsonValue]"


@dataclass(frozen=True, slots=True)
class BulkQuery:
    """A way to read a window for which the first page told of more than `above` rows."""

    caller: Caller
    kind: Kind
    fields: Sequence[str]
    window: Window
    asked: Sequence[str]
    schema: ObjectSchema
    above: int

    def pages(self, after: str) -> Generator[Page, None, bool]:
        """Pages of the rows after an Id, in any order; returns whether that was all of them.

        Rows come as the org finds them, so no page but the last moves the cursor: a pull that is killed half way
        begins again after the last Id that was read in order. Where the org does not take the job or gives it up,
        False says to read on without it; what was read by then comes once more, and changes nothing.
        """
        soql = in_any_order(self.kind, self.fields, self.window, after)
        try:
            job = Job.make(self.caller, "jobs/query", {"operation": self._operation, "query": soql})
            done = job.end().get("state") == COMPLETE
            if done:
                yield from self._pages(job, after)
        except (Refused, Forbidden, Missing):
            return False
        job.remove()
        return done

    @property
    def _operation(self) -> str:
        return "queryAll" if self.kind.bin else "query"

    def _pages(self, job: Job, after: str) -> Iterator[Page]:
        """The pages of all tables; the last one carries the highest Id there is."""
        params: dict[str, str | int] = {"maxRecords": MOST_IN_TABLE}
        highest, onward = after, Onward(System.SALESFORCE, "jobs/query")
        while True:
            table, headers = job.table("results", params)
            locator = headers.get(LOCATOR, "")
            count, last = 0, list[str]()
            for records, followed in _with_next(self._records(table)):
                count, last = count + len(records), [records[-1].id]
                if not followed and headers.get(NUMBER, str(count)) != str(count):
                    raise Unreachable(System.SALESFORCE, "jobs/query: a table was cut off")
                highest = max(highest, *(record.id for record in records))
                yield Page(records, after if followed or locator not in LAST else highest)
            if locator in LAST:
                return
            onward.look(last, locator)
            params["locator"] = locator

    def _records(self, table: bytes) -> Iterator[Sequence[Record]]:
        rows = self._rows(cells_of(table))
        while records := records_of(self.kind, islice(rows, MOST_IN_PAGE), self.asked):
            yield records

    def _rows(self, table: Iterator[list[str]]) -> Iterator[Row]:
        """The rows of a table, typed as REST gives them. Its first row may be the names of the columns."""
        by_lower = {field.lower(): field for field in self.fields}
        first = next(table, [])
        named = [by_lower.get(cell.lower(), "") for cell in first]
        heads, table_ = (named, table) if all(named) else (self.fields, chain([first], table))
        typed = [
            (place, make) for place, head in enumerate(heads) if (make := _TYPED.get(self.schema.fields[head].type))
        ]
        for cells in table_:
            if len(cells) != len(heads):
                raise Unreachable(System.SALESFORCE, "jobs/query: a row was cut off")
            values: list[JsonValue] = [cell or None for cell in cells]
            for place, make in typed:
                values[place] = make(cells[place])
            yield dict(zip(heads, values, strict=True))


def _with_next(pages: Iterator[Sequence[Record]]) -> Iterator[tuple[Sequence[Record], bool]]:
    """Each page, and whether another one follows."""
    page = next(pages, None)
    while page is not None:
        following = next(pages, None)
        yield page, following is not None
        page = following


def _number(text: str) -> JsonValue:
    """1.0 stays a float and 1 an int, as JSON has them."""
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


def _moment(text: str) -> JsonValue:
    """Bulk writes Z where REST writes +0000: a value that was read both ways has not changed."""
    return f"{text[:-1]}+0000" if text.endswith("Z") else text or None


_TYPED: Mapping[FieldType, Typed] = MappingProxyType(
    {
        FieldType.BOOLEAN: lambda text: text == "true",
        FieldType.NUMBER: _number,
        FieldType.MONEY: _number,
        FieldType.DATETIME: _moment,
    }
)
