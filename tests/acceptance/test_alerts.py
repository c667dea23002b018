"""Alerts of a running service, as a webhook receives them: each once, and once when it is over, under one id."""

from __future__ import annotations

import re

import pytest

from connectors.sandbox.server import Fault, Response
from syncd.model.instant import HOUR
from syncd.store.database import open_store
from tests.running import Running, waited
from tests.unit.service.test_crier import Receiver

GUARDS = "  tasks_per_owner: 100"
CALLS = "  # hubspot: {calls_a_day: 100000,"


class Told:
    """What a receiver was told of each kind of alert."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver

    def of(self, about: str) -> list[dict[str, str]]:
        titles = (f"syncd: {about}", f"syncd: {about} is over")
        return [one for one in [*self.receiver.got] if one["title"] in titles]

    def opened(self, about: str) -> str:
        """What was said when it began."""
        assert waited(lambda: self.of(about)), self.receiver.got
        assert self.of(about)[0]["type"] == "failure"
        return self.of(about)[0]["message"]

    def closed(self, about: str) -> None:
        """It was told once, and once that it is over, under one id."""
        assert waited(lambda: len(self.of(about)) == 2), self.receiver.got
        first, last = self.of(about)
        assert (first["title"], last["title"]) == (f"syncd: {about}", f"syncd: {about} is over")
        assert last["type"] == "success"
        ids = {re.findall(rf"Notice ({about}-[0-9a-f]{{12}})\.", one["message"])[0] for one in (first, last)}
        assert len(ids) == 1


@pytest.fixture
def told():
    receiver = Receiver()
    yield Told(receiver)
    receiver.close()


@pytest.fixture
def service(world, told):
    """A service of a town after its first apply, that has run a cycle, one each two seconds."""
    world.edit("syncd.yaml", '# alerts: ["${mail}"]', 'alerts: ["${hook}"]')
    world.hurry(2)
    world.edit("syncd.yaml", "share_for_others: 20 %", "share_for_others: 0 %")
    world.edit("syncd.yaml", "at_least: 25", "at_least: 1")
    world.town()
    world.cycle("apply")
    with Running(world, ALERTS__HOOK=told.receiver.url) as running:
        running.wait("records read")
        yield running
        assert running.end() == 0


def open_by_metrics(service) -> set[str]:
    return set(re.findall(r'syncd_alerts\{about="(\w+)"\}', service.get("/metrics").text))


def test_a_crm_that_refuses_us_what_was_not_read_for_long_and_calls_that_are_used_up(world, told, service):
    refused = dict.fromkeys(range(1, 9999), lambda: Fault(Response(401, {"message": "no"})))
    with world.hook("hubspot", lambda _: True, refused):
        assert "cycle fails since" in told.opened("refused")
        store = open_store(world.store_url)
        with store.transaction() as tx:
            tx.exec_driver_sql(f"UPDATE stream SET watermark = watermark - {HOUR} WHERE kind = 'contact'")
        store.close()
        assert "contact was not read for 60 minutes" in told.opened("lag")
        assert waited(lambda: {"refused", "lag"} <= open_by_metrics(service))
        assert "ALERT since" in world.run("status").out
    told.closed("refused")
    told.closed("lag")
    world.edit("syncd.yaml", CALLS, "  hubspot: {calls_a_day: 1} #")
    assert "HubSpot" in told.opened("budget")
    assert waited(lambda: service.get("/readyz").status_code == 503)
    world.edit("syncd.yaml", "  hubspot: {calls_a_day: 1} #", CALLS)  # before midnight, when calls go out again
    told.closed("budget")
    assert waited(lambda: service.get("/readyz").status_code == 200)


def test_what_is_set_aside_a_guard_that_holds_and_a_checkpoint_that_does_not_arrive(world, told, service, tmp_path):
    nameless = world.person("nameless", lastname="")
    assert "1 row was set aside within a day" in told.opened("quarantine")
    world.portal.update("contacts", nameless, {"lastname": "Named"}, world.just_now())
    told.closed("quarantine")
    world.edit("syncd.yaml", GUARDS, "  tasks_per_owner: 1")
    away = tmp_path / "away"
    with (world.config / "syncd.yaml").open("a") as file:
        file.write(f"\naudit: {{checkpoint_every: 1 second, send_to: [file:{away}/heads]}}\n")
    service.wait("taking the changed files")
    for name in ("x", "y"):
        world.person(name)
    assert "tasks_per_owner" in told.opened("guard")
    world.edit("syncd.yaml", "  tasks_per_owner: 1", GUARDS)
    told.closed("guard")
    assert str(away) in told.opened("checkpoint")
    away.mkdir()
    told.closed("checkpoint")
