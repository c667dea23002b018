"""Every trouble with the machine ends in one clear sentence and its own exit code, for people and for programs."""

from __future__ import annotations

import json
import socket

import pytest

from connectors.sandbox.hubspot.schema import ALL_SCOPES
from tests.world import World


def nowhere() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def no_scope(world: World) -> dict[str, str]:
    world.portal.scopes = ALL_SCOPES - {"crm.objects.contacts.read"}
    return {}


def no_field(world: World) -> dict[str, str]:
    world.org.remove_field("Lead", "HubSpot_Id__c")
    return {}


def no_key(world: World) -> dict[str, str]:
    world.org.remove_field("Activity", "Syncd_Key__c")
    return {}


def foreign(world: World) -> dict[str, str]:
    world.cycle("plan")
    world.portal.portal_id += 1
    return {}


TROUBLES = {
    "hubspot token": (lambda _: {"HUBSPOT__ACCESS_TOKEN": "pat-na1-wrong"}, 5, "HubSpot"),
    "salesforce secret": (lambda _: {"SALESFORCE__CLIENT_SECRET": "wrong"}, 5, "Salesforce"),
    "missing scope": (no_scope, 2, "crm.objects.contacts.read"),
    "missing field": (no_field, 2, "HubSpot_Id__c"),
    "missing key": (no_key, 2, "Syncd_Key__c"),
    "hubspot away": (lambda _: {"HUBSPOT__BASE_URL": nowhere()}, 5, "HubSpot"),
    "salesforce away": (lambda _: {"SALESFORCE__LOGIN_URL": nowhere()}, 5, "Salesforce"),
    "foreign pair": (foreign, 2, "24500002"),
}


@pytest.mark.parametrize("what", TROUBLES)
def test_a_trouble_ends_with_a_sentence_and_its_code(world, what):
    make, code, word = TROUBLES[what]
    world.person("a")
    settings = make(world)
    told = world.run("sync", "--json", **settings)
    assert told.code == code, told
    assert set(told.error) == {"code", "message", "next_step"}
    assert word.casefold() in told.error["message"].casefold() + told.error["next_step"].casefold()
    assert all(told.error.values())
    assert "\n" not in told.error["message"]


@pytest.mark.parametrize("what", ["hubspot token", "foreign pair"])
def test_people_read_the_same_on_stderr(world, what):
    make, code, word = TROUBLES[what]
    told = world.run("apply", **make(world))
    assert told.code == code
    assert told.out == ""
    assert word.casefold() in told.err.casefold()
    assert "Next: " in told.err
    assert "wrong" not in told.err


def test_a_busy_store_is_waited_for_and_then_told(world):
    world.person("a")
    with world.desk():
        told = world.run("sync", "--wait", "0.2", "--json")
    assert told.code == 6
    assert told.error["code"] == "store_busy"


def test_first_contact_through_the_commands(world):
    world.person("a")
    told = world.run("sync", "--json")
    assert (told.code, told.data["stopped_by"]) == (4, "first contact")
    assert world.records("Lead") == {}
    told = world.run("sync")
    assert told.code == 4
    assert "syncd apply" in told.out + told.err
    assert world.run("plan", "--out", "plan.json").code == 0
    assert world.run("apply", "plan.json").code == 0
    assert len(world.tasks()) == 1
    assert world.run("sync").code == 0
    assert world.run("audit", "verify").code == 0


@pytest.mark.parametrize("change", ["definitions", "files", "pair", "age", "text"])
def test_a_plan_file_of_other_circumstances_is_refused_whole(world, change):
    world.person("a")
    assert world.run("plan", "--out", "plan.json").code == 0
    if change == "definitions":
        world.edit("definitions.yaml", "score.fit: {at_least: 40}", "score.fit: {at_least: 30}")
    if change == "files":
        world.edit("syncd.yaml", "creates: 50 %", "creates: 40 %")
    if change == "age":
        plan = json.loads((world.directory / "plan.json").read_text())
        (world.directory / "plan.json").write_text(json.dumps(plan | {"made_at": plan["made_at"] - 25 * 3_600_000}))
    if change == "text":
        (world.directory / "plan.json").write_text("{}")
    if change == "pair":
        world.portal.portal_id += 1
    told = world.run("apply", "plan.json", "--json")
    assert told.code == 4, told
    assert told.error["message"]
    assert world.records("Lead") == {}
