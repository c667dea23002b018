"""A portal with its server, and what the contract tests of the HubSpot connector ask of it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from connectors.http import Options
from connectors.hubspot import HubSpot, polite
from connectors.records import Window
from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.server import Server

START = datetime(2026, 9, 1, 8, tzinfo=UTC)


class Bench:
    """A portal, its server, and a connector that does not really wait."""

    def __init__(self) -> None:
        self.time = START
        self.waited = []
        self.portal = HubSpotPortal(clock=self.now)
        self.server = Server(self.portal.answer).start()

    def connect(self, token=None, api_version="2026-09"):
        options = Options(sleep=self.sleep, clock=self.seconds, wall=self.now)
        return HubSpot(
            token or self.portal.token,
            base_url=self.server.url,
            api_version=api_version,
            limiter=polite(searches_per_second=100_000),
            options=options,
        )

    def now(self):
        return self.time

    def seconds(self):
        return self.time.timestamp()

    def sleep(self, seconds):
        self.waited.append(seconds)
        self.time += timedelta(seconds=seconds)

    def contact(self, number, minutes=0, **values):
        email = f"person{number}@example.com"
        return self.portal.create("contacts", {"email": email, **values}, START + timedelta(minutes=minutes))

    def searches(self):
        return sum(call.path.endswith("/search") for call in self.server.journal)

    def fail_once(self, fault, path=""):
        """Let the next call whose path ends so go wrong."""
        left = [fault]
        lock = threading.Lock()

        def choose(request):
            with lock:
                return left.pop() if left and request.path.endswith(path) else None

        self.server.fault = choose


def everything(until=START + timedelta(days=30), after_id=None):
    return Window(None, until, after_id)


def records(pages):
    return [record for page in pages for record in page.records]
