"""What a backfill will cost: records, calls and time, before anything is read. A call or none for each stream."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from connectors.errors import Forbidden, Missing, Refused
from connectors.records import System, Window
from syncd.facts.references import OF_CONTACTS
from syncd.model.instant import SECOND, Instant, iso
from syncd.model.nouns import dataclass
from syncd.model.said import counted
from syncd.reading.take import ASSOCIATED, RELATED_AT_ONCE

if TYPE_CHECKING:
    from syncd.desk import Desk
    from syncd.streams import Stream

PAGE, HISTORIES, ROWS = 200, 50, 2_000
"""Records of one answer: a search's, one with histories, Salesforce's (facts: hubspot B8, B10; salesforce B3)."""
COUNTED_AT_ONCE = 4
"""As many searches as a second has room for."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one stream will cost. `records` None: only reading would tell; then `calls` counts the first one only."""

    stream: str
    system: System
    records: int | None
    calls: int
    searches: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a backfill will cost at most, as long as nobody else moves anything.

    `seconds` is what each CRM's limits allow at best, and `left` how many calls of the day are ours by now (None: no
    limit is known). What does not fit into them is read tomorrow.
    """

    parts: Sequence[Part]
    seconds: Mapping[System, float]
    left: Mapping[System, int | None]
    begins: Instant

    @property
    def records(self) -> int:
        """All records that are known to be there."""
        return sum(one.records or 0 for one in self.parts)

    def calls(self, system: System) -> int:
        """The calls to one CRM."""
        return sum(one.calls for one in self.parts if one.system is system)

    @property
    def ends(self) -> Instant:
        """When all is read at the earliest, if the day's calls last: the CRMs are read one after the other."""
        return Instant(self.begins + math.ceil(sum(self.seconds.values())) * SECOND)

    @property
    def short(self) -> list[System]:
        """The CRMs for which the calls that are left today are not enough."""
        return [system for system, left in self.left.items() if left is not None and left < self.calls(system)]


def foresee(desk: Desk, streams: Sequence[tuple[Stream, Window]]) -> Forecast:
    """The forecast for reading streams in windows. Raises the connectors' errors of a CRM that does not answer."""
    near = [one for one in streams if one[0].system is System.HUBSPOT]
    with ThreadPoolExecutor(COUNTED_AT_ONCE, "counting") as pool:
        parts = list(pool.map(lambda one: _part(desk, *one), near))
    parts += [_part(desk, *one) for one in streams if one not in near]
    seconds = {system: _seconds(desk, [one for one in parts if one.system is system]) for system in System}
    return Forecast(parts, seconds, {system: _left(desk, system) for system in System}, desk.clock())


def _part(desk: Desk, stream: Stream, window: Window) -> Part:
    try:
        records = desk.crm(stream.system).amount(stream.kind, window)
    except (Forbidden, Missing, Refused):
        records = None  # reading tells of it, as of every gap
    if records is None or stream.kind in OF_CONTACTS:
        return Part(stream.name, stream.system, None, 1)
    if stream.system is System.SALESFORCE:
        return Part(stream.name, stream.system, records, math.ceil(records / ROWS) or 1)
    searches = math.ceil(records / PAGE) + 1  # an empty page may end the walk
    asked = stream.kind == "contact" or stream.kind in ASSOCIATED[System.HUBSPOT]
    calls = searches + (math.ceil(records / RELATED_AT_ONCE) if asked else 0)
    calls += math.ceil(records / HISTORIES) if stream.watched else 0
    return Part(stream.name, stream.system, records, calls, searches)


def _seconds(desk: Desk, parts: Sequence[Part]) -> float:
    """The least time that limits of calls per second leave, the tighter one of searches and of all calls."""
    if not parts:
        return 0.0
    limiter = desk.crm(parts[0].system).limiter
    searching = limiter.by_ending.get("/search")
    least = sum(one.calls for one in parts) / limiter.burst.per_second
    return max(least, sum(one.searches for one in parts) / searching.per_second if searching else 0.0)


def _left(desk: Desk, system: System) -> int | None:
    source = desk.crm(system)
    return source.limiter.day.left(source.now())


def as_data(found: Forecast) -> dict[str, Any]:
    """The forecast for programs."""
    return {
        "records": found.records,
        "calls": {system.value: found.calls(system) for system in System},
        "calls_left_today": {system.value: left for system, left in found.left.items()},
        "seconds": math.ceil(sum(found.seconds.values())),
        "ends_at": None if found.short else iso(found.ends),
        "streams": [{"stream": one.stream, "records": one.records, "calls": one.calls} for one in found.parts],
    }


def lines(found: Forecast) -> list[str]:
    """The forecast for people: what is to be read, what it costs, and when it is done."""
    hubspot = counted(found.calls(System.HUBSPOT), "call")
    calls = f"{hubspot} to HubSpot and {found.calls(System.SALESFORCE):,} to Salesforce"
    told = [f"To read: {counted(found.records, 'record')}, by {calls} at most"]
    told += [
        f"  {one.stream}: {counted(one.records, 'record')}, {counted(one.calls, 'call')}"
        for one in sorted(found.parts, key=lambda one: -one.calls)
        if one.records
    ]
    for system in found.short:
        told.append(f"Calls to {system} that are left for it today: {found.left[system]:,}; it goes on tomorrow")
    if not found.short:
        told.append(f"Done {iso(found.ends)} at the earliest, after {math.ceil(sum(found.seconds.values())):,} s")
    return told
