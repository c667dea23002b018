"""The service keeps to the calls that it may make: it goes slower, it waits, and it says so."""

from __future__ import annotations

import sqlite3
import time

import pytest

from connectors.sandbox.hubspot import Limits, Row
from connectors.sandbox.server import Fault, Response
from tests.running import Running
from tests.world import DAYS, NOW

DAILY = Response(429, {"status": "error", "message": "Daily", "errorType": "RATE_LIMIT", "policyName": "DAILY"})
SPENT = Response(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])


BURST = 40
"""Calls in ten seconds: a fifth of what the smallest portal allows."""


def status(world):
    return world.run("status", "--json").data["budgets"]


def calls(world, system):
    return len(world.twin.servers[0 if system == "hubspot" else 1].journal)


def test_a_forecast_past_the_share_of_the_day_stretches_the_interval_and_status_says_why(world):
    world.town()
    world.edit("syncd.yaml", "every: 60 seconds", "every: 1 second")
    world.cycle("apply")
    before = calls(world, "salesforce")
    world.org.daily_limit = 5 * before  # a fifth of it is used up: there is no room at all
    assert world.serve_until("cycles start every").code == 0
    told = status(world)
    assert (told["every_seconds"], told["in_force_seconds"], told["stretched_by"]) == (1, 3600, "salesforce")
    salesforce = told["calls"]["salesforce"]
    assert salesforce["today"] >= before
    assert salesforce["ours"] == before
    assert salesforce["limit"] == 5 * before
    assert salesforce["forecast"] > salesforce["ours"]
    said = world.run("status").out
    assert "cycles start every 3,600 s instead of every 1 s: Salesforce would get" in said


def test_a_stretched_service_makes_no_further_calls(world):
    world.town()
    world.edit("syncd.yaml", "every: 60 seconds", "every: 1 second")
    world.cycle("apply")
    world.org.daily_limit = 5 * calls(world, "salesforce")
    child = world.start("run")
    for said in child.stderr:
        if "cycles start every" in said:
            break
    before = calls(world, "hubspot"), calls(world, "salesforce")
    time.sleep(2.5)
    assert (calls(world, "hubspot"), calls(world, "salesforce")) == before
    child.terminate()
    child.communicate(timeout=30)
    assert child.returncode == 0


@pytest.mark.parametrize(("system", "refusal"), [("hubspot", DAILY), ("salesforce", SPENT)])
def test_a_service_without_calls_left_waits_until_the_time_that_it_tells(world, system, refusal):
    world.town()
    world.edit("syncd.yaml", "every: 60 seconds", "every: 1 second")
    world.cycle("apply")
    name = "HubSpot" if system == "hubspot" else "Salesforce"
    refused = dict.fromkeys(range(1, 999), lambda: Fault(refusal))
    with world.hook(system, lambda request: "oauth" not in request.path, refused):
        child = world.start("run")
        for said in child.stderr:
            if "It goes on at" in said:
                break
        before = calls(world, system)
        time.sleep(2.5)
        assert calls(world, system) == before
        told = status(world)["waits_for"]
        assert told["system"] == system
        assert f"No calls are left for us in {name}; the service goes on at" in world.run("status").out
        ran = world.run("sync")
        assert ran.code == 5
        assert "It goes on at 20" in ran.err
        child.terminate()
        child.communicate(timeout=30)
        assert child.returncode == 0
    assert world.serve_until("records read").code == 0
    assert status(world)["waits_for"] is None


def test_own_calls_of_a_day_end_a_run_with_five_and_are_counted_over_runs(world):
    world.town()
    world.cycle("apply")
    made = status(world)["calls"]["salesforce"]["today"]
    assert 0 < made <= calls(world, "salesforce")
    world.edit("syncd.yaml", "# calls_a_day: 20000", f"calls_a_day: {made + 3}")
    ran = world.run("sync")
    assert ran.code == 5
    assert "our part of the day's calls is used up" in ran.err
    assert "It goes on at 20" in ran.err
    assert calls(world, "salesforce") <= made + 4  # a login is a call to us, and none to the org
    world.edit("syncd.yaml", f"calls_a_day: {made + 3}", "calls_a_day: 5000")
    assert world.run("sync").code == 0


def test_calls_are_counted_on_past_a_run_that_was_killed(world):
    world.town()
    world.cycle("apply")
    made = status(world)["calls"]["salesforce"]["today"]
    with sqlite3.connect(world.directory / "syncd.db") as db:
        columns = "id, command, mode, started_at, definitions, config"
        db.execute(f"INSERT INTO run ({columns}) VALUES ('99991231T000000000-aaaaaa', 'run', 'apply', 1, 'd', 'c')")
    db.close()
    with world.desk() as desk:
        assert desk.salesforce.limiter.day.use(desk.salesforce.now()).ours > made


def test_a_run_writes_what_its_budget_allows_and_the_hottest_first(world):
    """The rest is written by the runs that follow; nobody is forgotten."""
    world.edit("syncd.yaml", "    share_of_day: 20 %", "    calls_a_run: 2\n    share_of_day: 20 %")
    for place in range(210):
        world.person(f"n{place:03}", seen=20 if place % 2 else 1)
    outcome = world.cycle("apply", forced=("tasks_per_owner",))
    assert outcome.exit_code == 0
    assert outcome.run.waiting == 10
    assert (len(world.records("Lead")), len(world.tasks())) == (200, 105)
    waiting = set(world.contacts) - {mail.partition("@")[0] for mail in world.records("Lead")}
    assert {int(name[1:]) % 2 for name in waiting} == {1}
    again = world.cycle()
    assert (again.exit_code, again.run.waiting) == (0, 0)
    assert (len(world.records("Lead")), len(world.tasks())) == (210, 105)


def test_a_service_and_a_backfill_share_one_narrow_burst(world):
    """Each process counts what the other one noted at the end of its last turn: none is refused, and none starves."""
    world.hurry(3)
    world.edit("syncd.yaml", "share_for_others: 20 %", "share_for_others: 0 %")
    world.person("first")
    world.cycle("apply")
    firm = {"associatedcompanyid": world.company, "jobtitle": "Clerk"}
    world.portal.load("contacts", (Row({"email": f"n{n}@acme.example", **firm}, NOW - 30 * DAYS) for n in range(900)))
    world.portal.limits = Limits(burst=BURST, searches=BURST)
    with Running(world) as service:
        service.wait("records read")
        asked, journal = len(world.twin.servers[0].journal), world.twin.servers[0].journal
        assert world.run("backfill", "--since", "2020-01-01", "--json").data["pulled"]["hubspot.contact"] == 900
        answers = [call.status for call in journal[asked:]]
        assert len(answers) > 1.5 * BURST
        assert answers.count(429) <= 1  # without a word of the other's calls two are
        assert len(service.events("records read")) > 3
        assert service.end() == 0
