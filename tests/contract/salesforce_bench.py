"""An emulated org on loopback with a connector to it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from connectors.http import Options
from connectors.records import Window
from connectors.salesforce import Salesforce
from connectors.sandbox.salesforce import SalesforceOrg

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
PROPERTIES = ("Email", "LastName", "OwnerId")


class Bench:
    """An org, its server, and a connector that does not really wait."""

    def __init__(self) -> None:
        self.time = START
        self.waited = []
        self.org = SalesforceOrg(clock=self.now)
        self.server = self.org.serve()
        self.salesforce = self.connect(client_secret="sandbox-secret")

    def connect(self, **settings):
        options = Options(sleep=self.sleep, clock=self.seconds, wall=self.now)
        return Salesforce(self.server.url, "sandbox-client", **settings, options=options)

    def now(self):
        return self.time

    def seconds(self):
        return self.time.timestamp()

    def sleep(self, seconds):
        self.waited.append(seconds)
        self.time += timedelta(seconds=seconds)

    def lead(self, number, at=START, **fields):
        given = {"LastName": f"L{number}", "Company": "Acme", "Email": f"person{number}@example.com"}
        return self.org.create("Lead", {**given, **fields}, at)

    def window(self, since=None, after_id=None):
        return Window(since, self.time + timedelta(minutes=1), after_id)

    def pull(self, kind="lead", window=None, properties=PROPERTIES):
        return [r for page in self.salesforce.pull(kind, window or self.window(), properties) for r in page.records]

    def write(self, kind, *writes):
        return self.salesforce.write(kind, writes)

    def asked(self, part):
        return [call for call in self.server.journal if part in call.path]

    def fail_once(self, fault, part=""):
        """Let the next call whose path holds the part go wrong."""
        left = [fault]
        lock = threading.Lock()

        def choose(request):
            with lock:
                return left.pop() if left and part in request.path else None

        self.server.fault = choose
