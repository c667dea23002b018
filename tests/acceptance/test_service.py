"""The service as a process: start, ready, cycle, reload, SIGTERM in the middle of a batch, kill -9, watchdog."""

from __future__ import annotations

import signal
import socket
import time
from functools import partial

import pytest
import requests

from connectors.records import System
from connectors.sandbox.hubspot import Row
from connectors.sandbox.server import Fault, Response
from syncd.store import mirror
from tests.running import Running, Systemd, waited
from tests.world import DAYS, NOW, is_write, just_now


@pytest.fixture
def systemd(tmp_path):
    made = Systemd(tmp_path)
    yield made
    made.close()


def test_a_service_is_ready_after_its_first_cycle_and_says_so(world, systemd):
    world.town()
    world.cycle("apply")
    environment = world.environment
    world.environment = lambda: environment() | {"NOTIFY_SOCKET": systemd.path}
    with Running(world) as service:
        assert waited(lambda: systemd.times("READY"))
        line = service.wait("records read")
        assert waited(lambda: service.get("/readyz").status_code == 200)
        assert service.get("/readyz").json() == {
            "ok": True, "leads": True, "config_broken": False, "why": line, "cycle": "ok",
        }  # fmt: skip
        assert service.get("/healthz").json() == {"ok": True, "leads": True, "doing": None}
        assert service.get("/").status_code == 200
        assert "Jobs of the service" in service.get("/status").text
        told = next(one for one in service.said if "records read" in one["event"])
        assert (told["job"], told["level"]) == ("cycle", "info")
        assert told["run"] in told["event"]
        measured = service.metrics()
        assert measured["syncd_leader"] == 1.0
        assert measured['syncd_people{stage="mql"}'] == 12.0
        assert measured['syncd_job_failures{job="cycle"}'] == 0.0
        assert 0 <= measured['syncd_stream_lag_seconds{kind="contact",system="hubspot"}'] < 60
        assert measured['syncd_crm_calls_total{system="salesforce"}'] > 3
        assert measured['syncd_job_seconds_count{job="cycle"}'] == 1.0
        status = world.run("status", "--json").data
        assert status["jobs"]["cycle"]["outcome"] == "ok"
        assert "job of the service" in world.run("status").out
        assert service.end() == 0
    assert systemd.times("STOPPING")


def test_a_failing_crm_makes_a_service_unready_and_its_return_ready(world):
    world.hurry(1)
    world.town()
    world.cycle("apply")
    refused = dict.fromkeys(range(1, 999), lambda: Fault(Response(401, {"message": "no"})))
    with Running(world) as service:
        service.wait("records read")
        with world.hook("hubspot", lambda _: True, refused):
            assert waited(lambda: service.get("/readyz").status_code == 503)
            assert "HubSpot" in service.get("/readyz").json()["why"]
            assert service.get("/healthz").status_code == 200
        assert waited(lambda: service.get("/readyz").status_code == 200)
        assert service.end() == 0


def test_a_service_whose_port_is_taken_works_without_a_page_and_serves_it_once_the_port_is_free(world):
    world.person("a")
    world.cycle("apply")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with Running(world, WEB__LISTEN=f"127.0.0.1:{port}") as service:
            service.wait("records read")
            assert "name another address in SYNCD_WEB__LISTEN" in service.wait("the page cannot be served")
            other.close()
            service.tell(signal.SIGHUP)
            service.wait("the page is served now")
            assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code == 200
            assert len(service.events("the page cannot be served")) == 1
            assert service.end() == 0


def test_changed_files_are_taken_and_broken_ones_change_nothing(world):
    world.town()
    world.cycle("apply")
    with Running(world) as service:
        service.wait("records read")
        world.edit("syncd.yaml", "time_zone: UTC", "time_zone: Europe/Oslo")
        service.tell(signal.SIGHUP)
        service.wait("taking the changed files")
        service.wait("records read", times=2)
        world.edit("syncd.yaml", "time_zone: Europe/Oslo", "time_zone: Nowhere")
        for times in (3, 4):
            service.tell(signal.SIGHUP)
            service.wait("records read", times=times)
        told = service.events("the last good ones stay in force")
        assert [one.startswith("alert: ") for one in told] in ([False], [False, True])
        assert service.metrics()["syncd_config_broken"] == 1.0
        assert "1 mistake and are not taken" in world.run("status").out
        world.edit("syncd.yaml", "time_zone: Nowhere", "time_zone: Europe/Oslo")
        service.tell(signal.SIGHUP)
        assert waited(lambda: service.metrics()["syncd_config_broken"] == 0.0)
        assert service.end() == 0


def test_sigterm_in_the_middle_of_a_batch_finishes_it_and_no_more(world, undisturbed):
    world.town()
    world.hurry(1)
    written = []

    def act():
        service.tell(signal.SIGTERM)
        time.sleep(0.5)

    with world.killed_at("salesforce", is_write, 1, after=True):
        assert world.run("apply").code == -9
    with world.hook("salesforce", lambda request: is_write(request) and not written.append(request), {1: act}):
        with Running(world) as service:
            assert service.child.wait(30) == 0
            assert service.events("stopped on request")
    assert len(written) == 1
    with world.store() as store, store.reading() as tx:
        from syncd.store import intents

        assert intents.open_ones(tx) == []
    with Running(world) as service:
        service.wait("records read", times=2)
        assert service.end() == 0
    assert world.state() == undisturbed
    assert world.ledger_is_sound()


def test_a_killed_service_is_finished_by_the_next(world, undisturbed):
    world.town()
    with world.killed_at("salesforce", is_write, 1, after=True):
        assert world.run("apply").code == -9
    with world.killed_at("salesforce", is_write, 2, after=True):
        with Running(world) as service:
            assert service.child.wait(30) == -9
    with Running(world) as service:
        service.wait("records read")
        assert service.end() == 0
    assert world.state() == undisturbed
    assert world.ledger_is_sound()


def test_a_hung_call_starves_the_watchdog_and_a_moving_one_feeds_it(world, systemd):
    world.town()
    world.cycle("apply")
    environment = world.environment
    limit = {"NOTIFY_SOCKET": systemd.path, "WATCHDOG_USEC": "300000"}
    world.environment = lambda: environment() | limit
    held = []

    def hang():
        held.append(time.monotonic())
        time.sleep(4)

    with world.hook("salesforce", lambda request: "/query" in request.path or "composite" in request.path, {3: hang}):
        with Running(world) as service:
            assert waited(lambda: held)
            assert waited(lambda: service.get("/healthz").status_code == 503)
            service.wait("records read")
            assert waited(lambda: systemd.times("WATCHDOG")[-1] > held[0] + 4)
            assert service.end() == 0
    pings = systemd.times("WATCHDOG")
    assert [at for at in pings if held[0] < at < held[0] + 1]
    assert not [at for at in pings if held[0] + 2 < at < held[0] + 3.8]


def test_two_services_on_one_store_take_turns(world):
    world.town()
    world.cycle("apply")
    with Running(world) as first:
        first.wait("records read")
        with Running(world) as second:
            second.up()
            assert second.get("/readyz").json()["why"] == "standing by: another service leads"
            assert second.metrics()["syncd_leader"] == 0.0
            first.child.kill()
            second.wait("this service leads", seconds=30)
            second.wait("records read")
            assert second.end() == 0


def test_alerts_go_to_a_webhook_whose_address_is_a_secret_of_the_machine(world):
    from tests.unit.service.test_crier import Receiver

    receiver = Receiver()
    world.edit("syncd.yaml", '# alerts: ["${mail}"]', 'alerts: ["${hook}"]')
    world.town()
    world.cycle("apply")
    with Running(world, ALERTS__HOOK=receiver.url) as service:
        service.wait("records read")
        text = (world.config / "syncd.yaml").read_text()
        (world.config / "syncd.yaml").write_text("mode: nonsense\n")
        service.tell(signal.SIGHUP)
        assert waited(lambda: receiver.got)
        assert receiver.got[0]["title"] == "syncd: config"
        assert "syncd.yaml:1:7" in receiver.got[0]["message"]
        assert "ALERT since" in world.run("status").out
        (world.config / "syncd.yaml").write_text(text)
        service.tell(signal.SIGHUP)
        assert waited(lambda: len(receiver.got) == 2)
        assert receiver.got[1]["title"] == "syncd: config is over"
        assert receiver.url not in str(service.said)
        assert service.end() == 0
    receiver.close()


def test_without_one_a_change_that_the_index_shows_is_in_salesforce_within_an_interval_and_five_seconds(world):
    interval = 3
    world.hurry(interval)
    moments = {"a": 0.0, "b": 2.5}  # just after a cycle, and just before the next
    for name in moments:
        world.person(name)
        world.lead(name, Phone=None)
    world.cycle("apply")
    with Running(world) as service:
        for name, moment in moments.items():
            service.wait("records read", times=len(service.events("records read")) + 1)
            time.sleep(moment)
            changed = time.monotonic()
            world.portal.update("contacts", world.contacts[name], {"phone": "+49 30 1"}, just_now())
            arrived = partial(lambda lead: world.records("Lead")[lead].get("Phone"), f"{name}@acme.example")
            assert waited(arrived, interval + 5)
            assert time.monotonic() - changed < interval + 5
        assert service.end() == 0


def contacts_read(world):
    with world.store() as store, store.reading() as tx:
        return mirror.count(tx, System.HUBSPOT, "contact")


def test_beside_a_backfill_a_change_is_in_salesforce_within_an_interval_and_five_seconds(world):
    """The history of thousands is read by another process meanwhile, from a HubSpot that takes its time."""
    interval = 3
    world.hurry(interval)
    for name in "ab":
        world.person(name)
        world.lead(name, Phone=None)
    world.cycle("apply")
    firm = {"associatedcompanyid": world.company, "jobtitle": "Clerk"}
    world.portal.load("contacts", (Row({"email": f"n{n}@acme.example", **firm}, NOW - 30 * DAYS) for n in range(8_000)))
    world.twin.servers[0].fault = lambda asked: time.sleep(1) if asked.path.endswith("contacts/batch/read") else None
    with Running(world) as service:
        service.wait("records read")
        reading = world.start("backfill", "--since", "2020-01-01", "--json")
        try:
            while '"reading the history"' not in (line := reading.stderr.readline()):
                assert line, reading.stdout.read()
            for name in "ab":
                world.portal.update("contacts", world.contacts[name], {"phone": "+49 30 1"}, just_now())
                changed = time.monotonic()
                arrived = partial(lambda lead: world.records("Lead")[lead].get("Phone"), f"{name}@acme.example")
                assert waited(arrived, interval + 5)
                assert time.monotonic() - changed < interval + 5
            assert waited(lambda: contacts_read(world) >= 800)
            assert reading.poll() is None
        finally:
            reading.kill()
            reading.communicate()
        assert service.end() == 0


def test_with_a_webhook_a_change_is_in_salesforce_within_ten_seconds(world):
    from tests.unit.service.test_hints import signature

    world.edit("syncd.yaml", "cycle: {every: 60 seconds}", "cycle: {every: 10 minutes}")
    world.person("a")
    world.lead("a", Phone=None)
    world.cycle("apply")
    url = "https://crm.example/webhooks/hubspot"
    with Running(world, HUBSPOT__WEBHOOK_URL=url, HUBSPOT__WEBHOOK_SECRET="app-secret") as service:
        service.wait("records read")
        changed = time.monotonic()
        world.portal.update("contacts", world.contacts["a"], {"phone": "+49 30 1"}, just_now())
        body, now = b'[{"eventId": 1, "objectId": 2}]', str(int(time.time() * 1000))
        signed = {"X-HubSpot-Signature-v3": signature(body, now, url), "X-HubSpot-Request-Timestamp": now}
        sent = requests.post(service.url + "webhooks/hubspot", data=body, headers=signed, timeout=10)
        assert sent.status_code == 200
        assert waited(lambda: world.records("Lead")["a@acme.example"].get("Phone") == "+49 30 1", 10)
        assert time.monotonic() - changed < 10
        for _ in range(2):
            assert requests.post(service.url + "webhooks/hubspot", data=body, timeout=10).status_code == 401
        assert "SYNCD_HUBSPOT__WEBHOOK_SECRET" in service.wait("a webhook was refused")
        assert len(service.events("a webhook was refused")) == 1
        assert service.end() == 0
