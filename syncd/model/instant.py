"""Time inside syncd: whole milliseconds since 1970 in UTC, so that it sorts, stores and subtracts exactly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NewType

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00:00Z."""

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

BEGINNING = Instant(-(2**62))
"""Before anything that a CRM can hold."""
NEVER = Instant(2**62)
"""After anything that a CRM can hold."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant_of(moment: datetime) -> Instant:
    """The instant of an aware datetime, rounded down to the millisecond. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        message = "a datetime without a time zone has no instant"
        raise ValueError(message)
    since = moment - _EPOCH
    return Instant(since.days * DAY + since.seconds * SECOND + since.microseconds // 1000)


def datetime_of(instant: Instant) -> datetime:
    """The aware UTC datetime of an instant."""
    return _EPOCH + timedelta(milliseconds=instant)


def midnight_of(day: date) -> Instant:
    """The first instant of a day in UTC."""
    return Instant((day - date(1970, 1, 1)).days * DAY)


def iso(instant: Instant) -> str:
    """ISO 8601 in UTC with milliseconds, as 2026-11-21T08:30:00.000Z."""
    return datetime_of(instant).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % SECOND:03d}Z"


def parse_iso(text: str) -> Instant:
    """The instant of an ISO text. A date alone is its midnight in UTC; a time without zone is taken as UTC.

    Raises ValueError when it is neither.
    """
    moment = datetime.fromisoformat(text)
    return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
