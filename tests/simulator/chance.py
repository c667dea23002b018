"""What goes wrong in a run, decided by one seed: faults of the wire, locked rows, people who act meanwhile, a crash.

Each call's fate hangs on the seed, on what is called and on how often it was: threads that come in another order
change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from connectors.sandbox.server import Fault, Request, Response
from tests.simulator.inside import Crash, Trouble
from tests.world import is_write

HTML = "text/html"
PAGE = "<html><body>Sorry</body></html>"


def _burst(policy: str, **headers: str) -> Response:
    body = {"status": "error", "message": "limit", "errorType": "RATE_LIMIT", "policyName": policy}
    return Response(429, body, headers)


def _salesforce(status: int, code: str, message: str) -> Response:
    return Response(status, [{"errorCode": code, "message": message}])


ANYWHERE = (
    *(Fault(Response(status, PAGE, content_type=HTML)) for status in (500, 502, 503)),
    *(Fault(Response(status, PAGE, content_type=HTML), after_effect=True) for status in (500, 502, 503)),
    Fault(Response(200, PAGE, content_type=HTML), after_effect=True),
    Fault(Response(200, '{"results": [{"id": "1", "prop'), after_effect=True),
    Fault(Response(200, ""), after_effect=True),
    Fault(reset=True),
    Fault(reset=True, after_effect=True),
    Fault(delay_seconds=30),
    Fault(delay_seconds=30, after_effect=True),
)
THERE = {
    "hubspot": (
        Fault(_burst("SECONDLY")),
        Fault(_burst("TEN_SECONDLY_ROLLING")),
        Fault(_burst("TEN_SECONDLY_ROLLING", **{"Retry-After": "7"})),
        Fault(_burst("DAILY")),
        Fault(Response(401, {"status": "error", "category": "EXPIRED_AUTHENTICATION", "message": "expired"})),
    ),
    "salesforce": (
        Fault(_salesforce(401, "INVALID_SESSION_ID", "Session expired or invalid")),
        Fault(_salesforce(503, "SERVER_UNAVAILABLE", "Too many requests")),
        Fault(_salesforce(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")),
        Fault(_salesforce(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred")),
    ),
}
RARE = 0.1
"""How often it is a fault of one CRM's own: a day that is closed stays closed for hours."""


class Chance(Trouble):
    """Faults with a rate; a crash after the n-th event of a place; somebody who acts before the k-th write."""

    def __init__(
        self,
        seed: str,
        rate: float = 0.0,
        crash: tuple[str, int] | None = None,
        act: tuple[int, Callable[[], Any]] | None = None,
    ) -> None:
        self.rate = rate
        self._seed, self._crash, self._act = seed, crash, act
        self._calls: Counter[tuple[str, str, str]] = Counter()
        self._writes = 0

    def before(self, place: str, n: int, request: Request | None) -> Fault | None:  # noqa: ARG002  of a place's count
        if request is None:
            return None
        if is_write(request):
            self._writes += 1
            if self._act and self._act[0] == self._writes:
                self._act[1]()
        what = (place, request.method, request.path)
        self._calls[what] += 1
        chance = Random(f"{self._seed} {what} {self._calls[what]}")
        if chance.random() >= self.rate:
            return None
        return chance.choice(THERE[place] if chance.random() < RARE else ANYWHERE)

    def after(self, place: str, n: int) -> None:
        if (place, n) == self._crash:
            raise Crash
