"""What tests of the emulated Salesforce share: a clock that they turn, and the ways in."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
"""When the emulated org's time begins."""
DATA = "/services/data/v66.0"


class Clock:
    """The org's clock, which stands still until a test moves `now`."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


class Loopback(requests.Session):
    """Sends to the emulated org what simple-salesforce, which knows only https, means for the real one."""

    def __init__(self, url):
        super().__init__()
        self.url = url

    def request(self, method, url, *args, **kwargs):
        return super().request(method, self.url + url[len("https://") + len(urlsplit(url).netloc) :], *args, **kwargs)


class Api:
    """A plain HTTP client of the emulated org: paths are below its data, unless they say otherwise."""

    def __init__(self, url, session):
        self.url, self.session = url, session

    def __call__(self, method, path, body=None, **kwargs):
        url = self.url + (path if path.startswith("/services") else f"{DATA}/{path}")
        return self.session.request(method, url, json=body, timeout=10, **kwargs)


def authorize(url, session):
    """Sign a session in, as the emulated org's own client."""
    form = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    token = session.post(f"{url}/services/oauth2/token", form, timeout=10).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
