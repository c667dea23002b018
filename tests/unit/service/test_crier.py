"""Telling people: once when something begins, once when it is over, and again until it went out."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import apprise
import pytest

from syncd.model.instant import Instant, parse_iso
from syncd.service.alerts import Alert
from syncd.service.crier import Crier, UnknownAddress, filled
from syncd.store import notices
from syncd.store.database import open_store
from tests.unit.service.test_timetable import Quiet

NOW = parse_iso("2026-11-20T12:00:00Z")
WRONG = Alert("config", "syncd.yaml:3:1: wrong.", "mend it.")


class Receiver:
    """Somebody who gets alerts as JSON; refuses them while `down`."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.down = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if not receiver.down:
                    receiver.got.append(json.loads(body))
                self.send_response(503 if receiver.down else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/alerts"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receivers():
    made = [Receiver(), Receiver()]
    yield made
    for one in made:
        one.close()


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/syncd.db")
    yield opened
    opened.close()


class Town:
    """What is wrong, and when it is; `found` None: another service leads."""

    def __init__(self, store, receivers) -> None:
        self.found: list[Alert] | None = []
        self.now = NOW
        self.crier = self.another(store, receivers)

    def another(self, store, receivers) -> Crier:
        urls = [one.url for one in receivers]
        return Crier(store, lambda: self.found, lambda: urls, lambda: self.now, Quiet())

    def later(self, found: list[Alert]) -> None:
        self.found, self.now = found, Instant(self.now + 60_000)
        self.crier.cry()


def test_what_is_wrong_is_told_once_and_its_end_once_under_one_id(store, receivers):
    town = Town(store, receivers[:1])
    for found in ([WRONG], [WRONG], [], []):
        town.later(found)
    first, second = receivers[0].got
    assert first["title"] == "syncd: config"
    assert first["message"].startswith(
        "syncd.yaml:3:1: wrong.\nNext: mend it.\nSince 2026-11-20T12:01:00.000Z. Notice config-"
    )
    assert second["title"] == "syncd: config is over"
    assert first["message"].split()[-1] == second["message"].split()[-1]
    with store.reading() as tx:
        assert notices.unsettled(tx) == []


def test_the_same_thing_later_is_another_occurrence(store, receivers):
    town = Town(store, receivers[:1])
    for found in ([WRONG], [], [WRONG]):
        town.later(found)
    ids = [one["message"].split()[-1] for one in receivers[0].got]
    assert ids[0] == ids[1] != ids[2]


def test_who_could_not_be_reached_is_told_later_and_others_not_twice(store, receivers):
    town = Town(store, receivers)
    receivers[0].down = True
    town.later([WRONG])
    town.later([])
    assert [one["title"] for one in receivers[1].got] == ["syncd: config", "syncd: config is over"]
    receivers[0].down = False
    town.later([])
    assert [one["title"] for one in receivers[0].got] == ["syncd: config", "syncd: config is over"]
    assert len(receivers[1].got) == 2


def test_another_service_goes_on_where_one_was_killed(store, receivers):
    town = Town(store, receivers[:1])
    receivers[0].down = True
    town.later([WRONG])
    receivers[0].down = False
    town.crier = town.another(store, receivers[:1])
    town.later([WRONG])
    assert len(receivers[0].got) == 1


def test_one_that_stands_by_tells_nothing(store, receivers):
    town = Town(store, receivers)
    town.found = None
    town.crier.cry()
    with store.reading() as tx:
        assert notices.unsettled(tx) == []


def test_notices_of_others_are_sent_and_left_open(store, receivers):
    town = Town(store, receivers[:1])
    with store.transaction() as tx:
        notices.open_one(tx, notices.NoticeRow("sla-1", "sla", "a lead waits", "call", NOW))
    town.later([])
    assert receivers[0].got[0]["title"] == "syncd: sla"
    with store.reading() as tx:
        assert [one.id for one in notices.open_ones(tx)] == ["sla-1"]


def test_addresses_are_filled_from_the_settings():
    assert filled(["${Mail}", "json://h/${token}"], {"mail": "mailto://x", "token": "t"}) == [
        "mailto://x",
        "json://h/t",
    ]
    with pytest.raises(UnknownAddress, match="SYNCD_ALERTS__SLACK is not set"):
        filled(["slack://${slack}"], {})


@pytest.mark.parametrize(
    "address",
    [
        "mailtos://user:word@mail.example?to=ops@us.example",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "workflows://prod-1.westeurope.logic.azure.com:443/643e69f83c8944438d68119179a10a64/iqB6HnXvJ4ekB7e9",
        "jsons://watch.us.example/hook",
    ],
    ids=["mail", "slack", "slack's own", "teams", "webhook"],
)
def test_mail_slack_teams_and_webhooks_are_addresses(address):
    assert apprise.Apprise().add(address)


def test_what_goes_wrong_once_does_not_end_the_telling(store, receivers):
    looks = iter([ValueError("a bug")])

    def look():
        for error in looks:
            raise error
        return [WRONG]

    crier = Crier(store, look, lambda: [receivers[0].url], lambda: NOW, Quiet())
    crier.start()
    for _ in range(200):
        crier.hurry()
        time.sleep(0.02)
        if receivers[0].got:
            break
    crier.stop()
    assert receivers[0].got[0]["title"] == "syncd: config"
