"""Routes about the account itself: who it is, and how much of the daily budget is spent (facts: hubspot B1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors.sandbox.hubspot.values import iso, to_ms
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal


class AccountRoutes:
    """Handlers for account details and API usage."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal

    def details(self, _request: Request) -> Response:
        """Portal id, time zone and currency; `utcOffset` is that of the present day."""
        zone = self._portal.time_zone
        offset = datetime.fromtimestamp(self._portal.now() / 1000, UTC).astimezone(zone).utcoffset()
        seconds = int(offset.total_seconds()) if offset else 0
        hours, minutes = divmod(abs(seconds) // 60, 60)
        body = {
            "portalId": self._portal.portal_id,
            "accountType": "STANDARD",
            "timeZone": zone.key,
            "companyCurrency": "EUR",
            "additionalCurrencies": [],
            "utcOffset": f"{'-' if seconds < 0 else '+'}{hours:02d}:{minutes:02d}",
            "utcOffsetMilliseconds": seconds * 1000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
        return Response(200, body)

    def usage(self, _request: Request) -> Response:
        """Calls of the running day, of all apps together, and when the count starts again."""
        meter, now = self._portal.meter, self._portal.now()
        daily = (self._portal.limits or meter.tier).daily
        if daily is None:
            # A public app has no daily limit, and so nothing to tell (facts: hubspot B1).
            return Response(200, {"results": []})
        row = {
            "name": "private-apps-api-calls-daily",
            "usageLimit": daily,
            "currentUsage": meter.used_today,
            "collectedAt": iso(now),
            "fetchStatus": "SUCCESS",
            "resetsAt": iso(to_ms(meter.resets_at(now))),
        }
        return Response(200, {"results": [row]})
