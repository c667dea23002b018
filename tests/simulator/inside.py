"""The world without sockets and without waiting: both emulated CRMs answer in this very process, in virtual time.

What goes wrong is decided for each call and each commit by `trouble`: a fault of the wire, somebody who acts meanwhile,
or a crash, after which nothing of that process reaches a CRM or the store any more.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path
from threading import RLock
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from sqlalchemy import event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from urllib3 import HTTPResponse

from connectors.hubspot import HubSpot
from connectors.salesforce import Salesforce
from connectors.sandbox.hubspot.api import Api as PortalApi
from connectors.sandbox.salesforce.routes import Service as OrgService
from connectors.sandbox.server import Fault, Request, Response
from syncd.brakes.budget import keep_to
from syncd.desk import Desk
from syncd.files.load import Config, load_config
from syncd.model.instant import instant_of
from syncd.settings import Settings, load_settings
from syncd.store.database import Store, open_store
from syncd.wiring import connect, go_on_counting, introduce
from tests.world import Quiet, World

BEGUN = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
"""A Tuesday morning: every run of a seed begins then."""
SYSTEMS = ("hubspot", "salesforce")
COMMIT = "commit"


class Crash(BaseException):
    """The process was killed here. No handler of ours may catch it, and nothing that follows it has an effect."""


class Time:
    """One clock for both CRMs, the transports and the desk. It moves when somebody waits."""

    def __init__(self, begun: datetime) -> None:
        self.begun, self._passed = begun, 0.0
        self.lock = RLock()
        self.skew = timedelta(0)
        """How far this machine's clock is from the CRMs'."""

    def now(self) -> datetime:
        return self.begun + timedelta(seconds=self._passed)

    def machine(self) -> datetime:
        return self.now() + self.skew

    def monotonic(self) -> float:
        return 1_000.0 + self._passed

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self._passed += seconds


class Trouble:
    """Nothing goes wrong. Others override what is asked before and after each event; `n` counts those of its place."""

    def before(self, place: str, n: int, request: Request | None) -> Fault | None:  # noqa: ARG002  for those who do
        """What goes wrong with this call; a Crash is raised."""
        return None

    def after(self, place: str, n: int) -> None:
        """The call took place, or the commit did, and nobody was told yet."""


class Line(BaseAdapter):
    """The way to one emulated CRM, in place of a socket."""

    def __init__(self, world: Inside, system: str, answer: Callable[[Request], Response]) -> None:
        super().__init__()
        self.system, self.fault = system, None
        self._world, self._answer = world, answer

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        asked = _read(request)
        with self._world.event(self.system, asked) as wished:
            fault = wished or (self.fault(asked) if self.fault else None) or Fault()
            lost = fault.reset or fault.response or fault.delay_seconds
            told = None if lost and not fault.after_effect else self._answer(asked)
        self._world.time.sleep(fault.delay_seconds)
        if fault.reset:
            raise requests.ConnectionError("reset by peer")
        if fault.delay_seconds:
            raise requests.ReadTimeout("no answer in time")
        return _written(request, fault.response or told, self._world.time.now())

    def close(self) -> None:
        pass


class Inside(World):
    """A World in this process and in virtual time. `trouble` hears of every call and every commit."""

    def __init__(self, directory: Path, begun: datetime = BEGUN) -> None:
        self.time = Time(begun)
        super().__init__(directory, begun, self.time.now)
        self.trouble = Trouble()
        self.files: tuple[Settings, Config] | None = None
        """Settings and files as first read: nobody edits them here."""
        self.dead = False
        self.seen: Counter[str] = Counter()
        self.org.instance_url = "http://127.0.0.1:2"
        self.lines = (Line(self, "hubspot", self.portal.answer), Line(self, "salesforce", self.org.answer))
        self.twin = SimpleNamespace(servers=self.lines, settings=self._addresses)

    def _addresses(self) -> dict[str, str]:
        return {
            "SYNCD_HUBSPOT__BASE_URL": "http://127.0.0.1:1",
            "SYNCD_HUBSPOT__ACCESS_TOKEN": self.portal.token,
            "SYNCD_SALESFORCE__LOGIN_URL": self.org.instance_url,
            "SYNCD_SALESFORCE__CLIENT_ID": self.org.tokens.client_id,
            "SYNCD_SALESFORCE__CLIENT_SECRET": self.org.tokens.client_secret,
        }

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A fresh desk, as after the start of a process. A Crash leaves it and the store as they are."""
        self.has_run = True
        self.dead, self.seen = False, Counter()
        if self.files is None:
            with self._settings():
                self.files = load_settings(), load_config(self.config)
        settings, config = self.files
        hubspot, salesforce = connect(settings)
        keep_to(config.service.budgets, hubspot, salesforce)
        self._put_on_lines(hubspot, salesforce)
        with self._commits(), closing(open_store(self.store_url)) as store, store.writer(5):
            _without_waiting_for_disks(store)
            clock = lambda: instant_of(self.time.machine())  # noqa: E731
            desk = Desk(store, hubspot, salesforce, config, clock, self.time.sleep, Quiet())
            go_on_counting(desk)
            introduce(desk)
            yield desk

    def _put_on_lines(self, *crms: HubSpot | Salesforce) -> None:
        for crm, line in zip(crms, self.lines, strict=True):
            transport = crm._api.transport
            transport.session.mount("http://", line)
            transport.options = replace(
                transport.options,
                sleep=self.time.sleep,
                clock=self.time.monotonic,
                wall=self.time.machine,
                jitter=lambda low, high: (low + high) / 2,
            )
            crm.limiter.by_ending.clear()

    def twice(self, directory: Path) -> Inside:
        """Another world just like this one, with a store of its own in an empty directory; the files are the same."""
        shared = (self.files, self.org.schema, self.portal.properties)
        anew = (self.portal.lock, self.org._mutex, self.time.lock, self.portal._api, self.org._service)
        memo: dict[int, Any] = {id(one): one for one in shared} | {id(one): RLock() for one in anew}
        other = deepcopy(self, memo)
        other.portal._api, other.org._service = PortalApi(other.portal), OrgService(other.org)
        for file in self.directory.glob("syncd.db*"):
            shutil.copy(file, directory / file.name)
        other.directory, other.store_url = directory, f"sqlite:///{directory / 'syncd.db'}"
        return other

    @contextmanager
    def event(self, place: str, request: Request | None = None) -> Iterator[Fault | None]:
        """Something that a crash can come before or after."""
        self._must_live()
        self.seen[place] += 1
        n = self.seen[place]
        try:
            yield self.trouble.before(place, n, request)
            self.trouble.after(place, n)
        except Crash:
            self.dead = True
            raise

    def _must_live(self) -> None:
        if self.dead:
            raise Crash

    @contextmanager
    def _commits(self) -> Iterator[None]:
        """Have every commit of the store be an event."""
        world = self

        def do_commit(dialect: Any, connection: Any) -> None:
            with world.event(COMMIT):
                connection.commit()

        SQLiteDialect_pysqlite.do_commit = do_commit
        try:
            yield
        finally:
            del SQLiteDialect_pysqlite.do_commit


def _without_waiting_for_disks(store: Store) -> None:
    """The machine itself never fails here, only the process does."""
    store._engine.dispose()
    event.listen(store._engine, "connect", lambda made, _: made.execute("PRAGMA synchronous=OFF"))


def _read(request: requests.PreparedRequest) -> Request:
    parts = urlsplit(request.url or "")
    body = request.body or b""
    return Request(
        method=request.method or "",
        path=parts.path,
        query=parse_qs(parts.query, keep_blank_values=True),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else body,
    )


def _written(request: requests.PreparedRequest, told: Response, now: datetime) -> requests.Response:
    payload = told.payload()
    headers = {
        "Date": format_datetime(now, usegmt=True),
        "Content-Type": told.content_type,
        "Content-Length": str(len(payload)),
        **told.headers,
    }
    answer = requests.Response()
    answer.status_code, answer.request, answer.url = told.status, request, request.url or ""
    answer.headers.update(headers)
    answer.raw = HTTPResponse(BytesIO(payload), headers=headers, status=told.status, preload_content=False)
    return answer
