from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests

from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.server import Server


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.time = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self):
        return self.time

    def advance(self, **parts):
        self.time += timedelta(**parts)


class Api:
    """Calls to one emulated portal over a real socket."""

    def __init__(self, url, token):
        self.url = url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method, path, body=None, **params):
        return self.session.request(method, self.url + path, json=body, params=params, timeout=10)

    def search(self, object_type="contacts", **body):
        return self("POST", f"/crm/objects/2026-09/{object_type}/search", body)

    def filter(self, name, operator, value=None, **more):
        condition = {
            "propertyName": name,
            "operator": operator,
            **({"value": value} if value is not None else {}),
            **more,
        }
        return self.search(filterGroups=[{"filters": [condition]}], limit=200)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def portal(clock):
    return HubSpotPortal(clock)


@pytest.fixture
def api(portal):
    server = Server(portal.answer).start()
    yield Api(server.url, portal.token)
    server.stop()


def ids(response):
    assert response.status_code == 200, response.text
    return [each["id"] for each in response.json()["results"]]
