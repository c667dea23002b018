"""Rate limits: the headers that tell of them and, when asked for, their enforcement (facts: hubspot B1-B3)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.sandbox.hubspot.errors import rate_limited

WINDOW_MS = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls allowed per ten seconds, per day (None: a public app has no such limit), and searches per second.

    With `retry_after` each refusal names that many seconds; HubSpot does so at times only (facts: hubspot B3).
    """

    burst: int = 190
    daily: int | None = 625_000
    searches: int = 5
    retry_after: int | None = None


# In ascending order (facts: hubspot B1).
TIERS = {
    "free": Limits(100, 250_000),
    "starter": Limits(100, 250_000),
    "professional": Limits(190, 625_000),
    "enterprise": Limits(190, 1_000_000),
}
LIMIT_INCREASE = 250, 1_000_000
PUBLIC_APP = Limits(110, None)


def limits_of(tier: str, packs: int = 0) -> Limits:
    """What a private app may call in a portal of this tier with up to two packs of the API limit increase.

    A pack adds a million calls a day, the first one also raises the burst (facts: hubspot B1).
    """
    plain = TIERS[tier]
    burst, more = LIMIT_INCREASE
    return replace(plain, burst=burst, daily=(plain.daily or 0) + packs * more) if packs else plain


class Meter:
    """Counts calls by the portal's clock; the day is that of the account's time zone."""

    def __init__(self, tier: str, time_zone: ZoneInfo) -> None:
        self.tier = TIERS[tier]
        self.used_today = 0
        self._zone = time_zone
        self._day: date | None = None
        self._burst: deque[int] = deque()
        self._searches: deque[int] = deque()

    def charge(self, now: int, limits: Limits | None, *, search: bool) -> None:
        """Count one call; ApiError 429 where `limits` are given and spent. A refused call counts for the day too."""
        day = datetime.fromtimestamp(now / 1000, self._zone).date()
        if day != self._day:
            self._day, self.used_today = day, 0
        self.used_today += 1
        _forget(self._burst, now - WINDOW_MS)
        _forget(self._searches, now - 1000)
        calls = self._searches if search else self._burst
        if limits is not None:
            after = limits.retry_after
            if limits.daily is not None and self.used_today > limits.daily:
                raise rate_limited("DAILY", "publicapi:private-app-api-calls-daily", after)
            if len(calls) >= (limits.searches if search else limits.burst):
                policy = "SECONDLY" if search else "TEN_SECONDLY_ROLLING"
                raise rate_limited(policy, f"publicapi:{'crm-search' if search else 'private-app-api-calls'}", after)
        calls.append(now)

    def headers(self, limits: Limits | None) -> dict[str, str]:
        """The headers of every answer except those of searches; public apps see no day (facts: hubspot B2)."""
        shown = limits or self.tier
        day = {} if shown.daily is None else _day_headers(shown.daily, self.used_today)
        return day | {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(WINDOW_MS),
            "X-HubSpot-RateLimit-Max": str(shown.burst),
            "X-HubSpot-RateLimit-Remaining": str(max(0, shown.burst - len(self._burst))),
        }

    def resets_at(self, now: int) -> datetime:
        """The next midnight of the account's time zone, in UTC."""
        tomorrow = datetime.fromtimestamp(now / 1000, self._zone).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self._zone).astimezone(UTC)


def _day_headers(daily: int, used: int) -> dict[str, str]:
    return {
        "X-HubSpot-RateLimit-Daily": str(daily),
        "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, daily - used)),
    }


def _forget(calls: deque[int], until: int) -> None:
    while calls and calls[0] <= until:
        calls.popleft()
