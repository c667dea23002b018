"""Writing many rows by Bulk 2.0 jobs of our own (facts: salesforce A2.5, A2.8, A2.14-A2.20, B2, B3)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

from connectors.errors import Forbidden, Missing, Refused
from connectors.nouns import dataclass
from connectors.records import Write, WriteResult
from connectors.salesforce import jobs, write
from connectors.salesforce.jobs import COMPLETE, Job, cells_of
from connectors.salesforce.kinds import Kind
from connectors.salesforce.refusals import UNPROCESSED, row_error_in
from connectors.salesforce.soql import name
from connectors.salesforce.write import CREATE, UPDATE, UPSERT, Shape, refused, shape_of

ABOVE = 2_000  # rows; the vendor's own advice
MOST_ROWS = 10_000  # of one job: one batch of the org's
MOST_BYTES = 40_000_000  # of one job, which may have 100 MB: a table of results repeats every row, and is read at once
NULL = "#N/A"  # an empty cell leaves the field as it is
_LONE_RETURN = re.compile(r"\r(?!\n)")


class Caller(jobs.Caller, write.Writer, Protocol):
    """The calls that loading needs; `connectors.salesforce.api.Api` makes them."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows for one job: where they stand among all writes, by key, and their text."""

    places: Mapping[str, list[int]]
    text: bytes


def load(caller: Caller, kind: Kind, writes: Sequence[Write], most: int) -> Sequence[WriteResult]:
    """One result per write, in order: a job for all rows with the same fields, up to `most` rows each.

    Up to 200 rows with the same fields, rows that a table cannot carry, and all rows of a job that the org does
    not take go as collections of 200. Raises ValueError for creates: nobody could tell which of them a job that was
    cut off has made. Raises the errors of `connectors.errors` when a call failed as a whole.
    """
    shape = shape_of(kind, writes)
    if shape == CREATE:
        raise ValueError(f"{len(writes)} writes that create in one call, at most {write.MOST_ROWS}")
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, each in enumerate(writes):
        groups.setdefault(tuple(sorted(each.fields)), []).append(place)
    results: dict[int, WriteResult] = {}
    for fields, places in groups.items():
        if most and len(places) > write.MOST_ROWS:
            for table in _tables(shape, fields, {place: writes[place] for place in places}, most):
                results |= _by_job(caller, kind, shape, writes, table)
    rest = [place for place in range(len(writes)) if place not in results]
    for start in range(0, len(rest), write.MOST_ROWS):
        some = rest[start : start + write.MOST_ROWS]
        results |= zip(some, write.write(caller, kind, [writes[place] for place in some]), strict=True)
    return tuple(results[place] for place in range(len(writes)))


def _tables(shape: Shape, fields: Sequence[str], writes: Mapping[int, Write], most: int) -> Iterator[_Table]:
    """The rows with these fields as tables of at most `most` rows and 40 MB. Rows that no cell can carry are left out.

    Columns stand in the order of their names, the key first, so that a job is the same whenever it is made.
    """
    line_of = csv.writer(_Line(), lineterminator="\n").writerow
    head = line_of([name(field) for field in (shape.key, *fields)])
    lines, size, places = [head], len(head), dict[str, list[int]]()
    for place, each in writes.items():
        key = each.id or (each.key[1] if each.key else "")
        cells = [_cell(key), *[_cell(each.fields[field]) for field in fields]]
        line = line_of(cells) if key and None not in cells else b""
        if not line:
            continue
        if len(lines) > most or size + len(line) > MOST_BYTES:
            yield _Table(places, _joined_up(lines))
            lines, size, places = [head], len(head), {}
        lines.append(line)
        size += len(line)
        places.setdefault(key, []).append(place)
    if places:
        yield _Table(places, _joined_up(lines))


def _joined_up(lines: list[bytes]) -> bytes:
    """The lines as one text. They are let go: a job lasts, and would hold each row twice meanwhile."""
    text = b"".join(lines)
    lines.clear()
    return text


class _Line:
    """What a csv writer writes to; it hands back what is written, in UTF-8, and nothing where that cannot be."""

    def write(self, text: str) -> bytes:
        """One line."""
        try:
            return text.encode()
        except UnicodeEncodeError:  # half a surrogate pair
            return b""


def _cell(value: Any) -> str | None:
    """A value as a cell; None for what has no faithful form. Text without letters clears a field, as REST does."""
    if isinstance(value, str):
        # What means null, and an end of a line that nothing would quote, go another way.
        unfaithful = value == NULL or ("\r" in value and _LONE_RETURN.search(value))
        return None if unfaithful else value or NULL
    match value:
        case None:
            return NULL
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() | Decimal():
            number = Decimal(str(value))
            return f"{number:f}" if number.is_finite() else None
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds") if value.tzinfo else None
        case date():
            return value.isoformat()
        case _:
            return None


def _by_job(
    caller: Caller, kind: Kind, shape: Shape, writes: Sequence[Write], table: _Table
) -> Mapping[int, WriteResult]:
    """The results of the rows of one job, by place; none where the org did not take the job or did nothing of it."""
    order = {"object": kind.api_name, "operation": shape.verb}
    if shape.verb == UPSERT:
        order["externalIdFieldName"] = shape.key
    try:
        job = Job.make(caller, "jobs/ingest", order)
        job.upload(table.text)
    except (Refused, Forbidden, Missing):
        return {}
    told = job.end()
    if told.get("numberRecordsProcessed", int(told.get("state") == COMPLETE)) == 0:
        return {}  # such as for a column it does not know: collections tell which rows are to blame
    return _results(job, told, shape, writes, table)


def _results(
    job: Job, told: Mapping[str, Any], shape: Shape, writes: Sequence[Write], table: _Table
) -> Mapping[int, WriteResult]:
    """What became of each row, joined by its key. A row that no table names was not processed."""
    places = {key: list(some) for key, some in table.places.items()}
    count = sum(map(len, places.values()))
    processed, failed = (told.get(f"numberRecords{each}") for each in ("Processed", "Failed"))
    results: dict[int, WriteResult] = {}
    if failed != 0:
        for place, row_id, why in _joined(job, "failedResults", "sf__Error", shape, places):
            results[place] = WriteResult(writes[place].id or row_id or None, error=row_error_in(why))
    if (told.get("state"), processed, failed, shape.verb) == (COMPLETE, count, 0, UPDATE):
        return {place: WriteResult(writes[place].id) for some in places.values() for place in some}
    if processed is None or processed != failed:
        for place, row_id, made in _joined(job, "successfulResults", "sf__Created", shape, places):
            results[place] = WriteResult(row_id or writes[place].id, created=made == "true" and shape.verb == UPSERT)
    for some in places.values():
        results |= {place: refused(writes[place], UNPROCESSED, "the job ended before this row") for place in some}
    return results


def _joined(
    job: Job, name: str, column: str, shape: Shape, places: Mapping[str, list[int]]
) -> Iterator[tuple[int, str, str]]:
    """Of each row of a table of results: its place among the writes, which is then taken, its Id, and one column."""
    table = cells_of(job.table(name)[0])
    heads = [head.lower() for head in next(table, [])]
    wanted = ("sf__id", column.lower(), shape.key.lower())
    if not set(wanted) <= set(heads):
        return
    row_id, told, key = (heads.index(each) for each in wanted)
    for cells in table:
        if len(cells) == len(heads) and (waiting := places.get(cells[key])):
            yield waiting.pop(0), cells[row_id], cells[told]
