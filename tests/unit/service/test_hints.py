"""Webhooks: only what HubSpot signed just now, each event once, and never data."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading

import pytest
import requests
import uvicorn
from starlette.applications import Starlette

from syncd.model.instant import Instant, parse_iso
from syncd.service.hints import Hints
from syncd.store import hints
from syncd.store.database import open_store
from syncd.web.hints import MOST_BYTES, PATH, Sender, hint_route, is_genuine

NOW = parse_iso("2026-11-20T12:00:00Z")
SENDER = Sender("app-secret", "https://crm.example/webhooks/hubspot")
EVENT = {"eventId": 7, "subscriptionId": 1, "objectId": 99, "occurredAt": 5, "propertyValue": "never taken"}


def signature(body: bytes, timestamp: str = str(NOW), url: str = SENDER.url, secret: str = SENDER.secret) -> str:
    signed = b"POST" + url.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def test_what_hubspot_signed_just_now_is_genuine() -> None:
    assert is_genuine(SENDER, "", b"[]", str(NOW), signature(b"[]"), NOW)


def test_an_address_is_signed_without_its_escapes() -> None:
    url = "https://crm.example/webhooks/hubspot?a=b:c/d"
    assert is_genuine(SENDER, "a=b%3Ac%2fd", b"[]", str(NOW), signature(b"[]", url=url), NOW)


@pytest.mark.parametrize(
    ("body", "timestamp", "signed", "later"),
    [
        (b"[ ]", str(NOW), signature(b"[]"), 0),
        (b"[]", str(NOW + 1), signature(b"[]"), 0),
        (b"[]", str(NOW), signature(b"[]"), 300_001),
        (b"[]", str(NOW), signature(b"[]"), -300_001),
        (b"[]", str(NOW), "", 0),
        (b"[]", str(NOW), "no base64 at all", 0),
        (b"[]", str(NOW), "grün", 0),
        (b"[]", "", signature(b"[]", ""), 0),
        (b"[]", "²", signature(b"[]", "²"), 0),
        (b"[]", f"{NOW}.0", signature(b"[]", f"{NOW}.0"), 0),
        (b"[]", str(NOW), signature(b"[]", secret="another"), 0),
    ],
)
def test_everything_else_is_not(body: bytes, timestamp: str, signed: str, later: int) -> None:
    assert not is_genuine(SENDER, "", body, timestamp, signed, Instant(NOW + later))


@pytest.fixture
def called():
    """Posts a body as HubSpot would; gives the status. `taken` are the ids that were taken."""
    taken: list[str] = []
    app = Starlette(routes=[hint_route(SENDER, taken.extend, lambda: NOW)])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}"

    def call(body: bytes, **heads: str) -> int:
        given = {"X-HubSpot-Signature-v3": signature(body), "X-HubSpot-Request-Timestamp": str(NOW)}
        return requests.post(url, data=body, headers=given | heads, timeout=10).status_code

    call.taken = taken
    yield call
    server.should_exit = True
    thread.join()


def test_events_are_taken_by_their_ids_alone(called) -> None:
    assert called(json.dumps([EVENT]).encode()) == 200
    assert called.taken == ["7 1 99 5"]


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[1]", b'[{"eventId": 1}, {}]', b"null"])
def test_what_is_no_list_of_events_is_refused(called, body: bytes) -> None:
    assert called(body) == 400
    assert called.taken == []


def test_an_unsigned_and_an_endless_request_are_refused(called) -> None:
    assert called(b"[]", **{"X-HubSpot-Signature-v3": "x"}) == 401
    assert called(b" " * (MOST_BYTES + 1)) == 413


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Instant:
        return self.now


def test_a_hint_starts_a_cycle_and_another_once_the_search_shows_it(tmp_path) -> None:
    store, clock, starts = open_store(f"sqlite:///{tmp_path}/syncd.db"), Clock(), []
    one = Hints(store, lambda: starts.append(clock.now - NOW), clock)

    def until(second: int) -> None:
        while clock.now < NOW + second * 1000:
            clock.now = Instant(clock.now + 500)
            one.follow()

    until(1)
    assert starts == []
    one.take(["a"])
    until(10)
    assert starts == [1500, 6500]
    one.take(["a"])
    until(20)
    assert len(starts) == 2
    for number in range(40):  # a flood
        one.take([f"b{number}"])
        until(21 + number // 4)
    assert len(starts) < 8
    with store.transaction() as tx:
        assert hints.forget(tx, Instant(NOW + 15_000)) == 1
    store.close()


def test_what_is_refused_is_told_once_an_hour(tmp_path) -> None:
    store, clock, told = open_store(f"sqlite:///{tmp_path}/syncd.db"), Clock(), []
    one = Hints(store, lambda: None, clock, told.append)
    one.refuse()
    one.refuse()
    clock.now = Instant(NOW + 3_600_000)
    one.refuse()
    assert len(told) == 2
    store.close()
