"""The feed of deleted ids (facts: salesforce B5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from connectors.errors import Unreachable
from connectors.records import Page, Record, System, Window
from connectors.salesforce.answers import Declined
from connectors.salesforce.ids import long_id
from connectors.salesforce.kinds import Kind
from connectors.salesforce.pull import Reader
from connectors.salesforce.rows import instant_of

KEPT = timedelta(days=15)
SHORTEST = timedelta(minutes=2)  # the org wants more than one minute, and looks at whole minutes only
TOO_MANY = "EXCEEDED_ID_LIMIT"  # over 600,000 in one answer


def deleted(reader: Reader, kind: Kind, window: Window, now: datetime) -> Iterator[Page]:
    """Pages of records that are gone, whether they lie in the recycle bin or not, with the instant of their deletion.

    `after_id` of a page is the instant up to which the org has told everything, in ISO form: given back in a window,
    the feed goes on from there. What the org cannot tell yet, and a window of less than two minutes, is left for the
    next time. A window reaches back 15 days at most. Where the answer would be too large, the time is halved.
    """
    oldest = now - KEPT + SHORTEST
    start, until = _minute(max(_since(window) or oldest, oldest)), min(window.until, now)
    span = until - start
    while until - start >= SHORTEST:
        end = min(until, start + max(span, SHORTEST))
        try:
            records, covered = _between(reader, kind, start, end)
        except Declined as declined:
            if declined.code != TOO_MANY or span <= SHORTEST:
                raise
            span /= 2
            continue
        reached = max(start, _minute(min(covered, end)))
        yield Page(records, reached.isoformat())
        if reached == start:
            return
        start = reached


def _since(window: Window) -> datetime | None:
    return instant_of(window.after_id) if window.after_id else window.since


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _between(reader: Reader, kind: Kind, start: datetime, end: datetime) -> tuple[tuple[Record, ...], datetime]:
    """The records deleted between two instants, and up to when that is all of them."""
    span = urlencode({"start": f"{start:%Y-%m-%dT%H:%M:%S}Z", "end": f"{end:%Y-%m-%dT%H:%M:%S}Z"})
    told = reader.rest("GET", f"sobjects/{kind.api_name}/deleted/?{span}")
    if not isinstance(told, Mapping) or not isinstance(told.get("deletedRecords"), list):
        raise Unreachable(System.SALESFORCE, f"sobjects/{kind.api_name}/deleted was answered without deletedRecords")
    latest = told.get("latestDateCovered")
    return tuple(_gone(kind, each) for each in told["deletedRecords"]), instant_of(latest) if latest else end


def _gone(kind: Kind, told: Mapping[str, Any]) -> Record:
    return Record(kind.word, long_id(str(told["id"])), instant_of(told["deletedDate"]), None, {}, deleted=True)
