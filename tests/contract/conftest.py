"""A store of each kind, on SQLite and on a real PostgreSQL; an emulated org, and the ways in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from simple_salesforce import Salesforce

from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.server import Server
from syncd.store import database

from . import postgres
from .emulated import Clock, Loopback, authorize


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    folder = postgres.binaries()
    if folder is None:
        pytest.skip("this machine has no PostgreSQL binaries")
    with postgres.server(folder) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    given: str = request.param
    return given


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return a_store(kind, request, tmp_path / "syncd.db")


@pytest.fixture
def neighbour_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The store of another portal: a file beside, or a schema of the same database."""
    return a_store(kind, request, tmp_path / "neighbour.db")


def a_store(kind: str, request: pytest.FixtureRequest, file: Path) -> str:
    """The address of a store that nobody else has."""
    if kind == "sqlite":
        return f"sqlite:///{file}"
    return postgres.own_schema(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(url: str) -> Iterator[database.Store]:
    opened = database.open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def org(clock: Clock) -> SalesforceOrg:
    return SalesforceOrg(clock)


@pytest.fixture
def server(org: SalesforceOrg) -> Iterator[Server]:
    server = org.serve()
    yield server
    server.stop()


@pytest.fixture
def session(server: Server) -> Iterator[requests.Session]:
    """A session that is signed in."""
    with requests.Session() as session:
        authorize(server.url, session)
        yield session


@pytest.fixture
def sf(server: Server) -> Iterator[Salesforce]:
    keys = {"consumer_key": "sandbox-client", "consumer_secret": "sandbox-secret", "domain": "acme.my"}
    with Loopback(server.url) as session:
        yield Salesforce(**keys, session=session, version="66.0")
