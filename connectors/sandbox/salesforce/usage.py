"""The calls of the last 24 hours, which is what the org's daily limit counts (facts: salesforce B2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

_DAY = timedelta(hours=24)


class Usage:
    """Calls by the hour in which they were made. `others` are those of other apps, on top."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._hours: dict[datetime, int] = {}
        self.others = 0

    def count(self) -> None:
        """Note one call."""
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        if hour not in self._hours:
            self._hours = {each: calls for each, calls in self._hours.items() if hour - each < _DAY}
        self._hours[hour] = self._hours.get(hour, 0) + 1

    @property
    def calls(self) -> int:
        """The calls since 24 hours ago, to the hour."""
        since = self._clock() - _DAY
        return self.others + sum(calls for hour, calls in self._hours.items() if hour > since)
