"""An SQL of the consulting playbook needs a talk, and only people talk: the whole way from a call to a stage."""

from __future__ import annotations

import shutil

import pytest

from connectors.records import System
from syncd.store import mirror
from tests.scenarios.knowing import a_day_passes, known, stages_of
from tests.world import DAYS, NOW, PLAYBOOK, World, just_now

CONNECTED = {"hs_call_title": "Call", "hs_call_direction": "OUTBOUND", "hs_call_status": "COMPLETED"}


@pytest.fixture
def asked(world) -> str:
    """Somebody of good fit who wrote by the contact form: an MQL with a Lead. Their HubSpot contact."""
    for name in ("definitions.yaml", "fields.yaml", "tasks.yaml"):
        shutil.copy(PLAYBOOK.parent / "consulting" / name, world.config / name)
    contact = world.person("a", seen=None)
    form = world.portal.add_form("Contact us", NOW - 50 * DAYS)
    world.portal.submit_form(form, {"email": "a@acme.example"}, NOW - 2 * DAYS)
    world.cycle("apply")
    assert stages_of(world, contact)[-1] == "mql"
    return contact


def call_in_hubspot(world: World, contact: str, source: str, outcome: str = "Connected") -> str:
    """A call in the owner's name, logged by a person or by a program."""
    options = world.portal.properties["calls"]["hs_call_disposition"].options
    disposition = next(one.value for one in options if one.label == outcome)
    values = {**CONNECTED, "hs_call_disposition": disposition, "hubspot_owner_id": world.owner}
    call = world.portal.create("calls", values, just_now(), source_type=source)
    world.portal.associate("calls", call, "contacts", contact, just_now())
    return call


def stage_in_salesforce(world: World) -> str:
    (lead,) = world.org.rows("Lead")
    return lead["Lifecycle_Stage__c"]


@pytest.mark.parametrize(
    ("source", "stage"), [("CRM_UI", "SQL"), ("INTEGRATION", "MQL"), ("AUTOMATION_PLATFORM", "MQL"), ("IMPORT", "MQL")]
)
def test_a_call_that_a_person_logged_in_hubspot_makes_an_sql_and_a_programs_does_not(world, asked, source, stage):
    call_in_hubspot(world, asked, source)
    assert world.cycle().exit_code == 0
    assert stage_in_salesforce(world) == stage
    assert world.cycle().plan.changes == ()


@pytest.mark.parametrize(("user", "stage"), [("seller", "SQL"), ("robot", "MQL")])
def test_a_call_that_a_person_logged_in_salesforce_makes_an_sql_and_a_programs_does_not(world, asked, user, stage):
    robot = world.org.add_user("Dial", "Robot", "dial@us.example", UserType="AutomatedProcess")
    world.org.update("User", robot, {"Title": "New"}, just_now())
    (lead,) = world.org.rows("Lead")
    call = {
        "WhoId": lead["Id"],
        "OwnerId": world.seller,
        "Subject": "Call",
        "Status": "Completed",
        "TaskSubtype": "Call",
        "CallDisposition": "Connected",
    }
    world.org.create("Task", call, just_now(), world.seller if user == "seller" else robot)
    assert world.cycle().exit_code == 0
    assert stage_in_salesforce(world) == stage


@pytest.mark.parametrize(
    ("made", "changed", "stage"), [("INTEGRATION", "CRM_UI", "SQL"), ("CRM_UI", "AUTOMATION_PLATFORM", "MQL")]
)
def test_whoever_said_last_how_a_call_ended_has_spoken(world, asked, made, changed, stage):
    """A dialer logs what nobody answered, and the seller corrects it; a workflow makes talks of what were none."""
    call = call_in_hubspot(world, asked, made, "No answer")
    world.cycle()
    assert stage_in_salesforce(world) == "MQL"
    options = world.portal.properties["calls"]["hs_call_disposition"].options
    connected = next(one.value for one in options if one.label == "Connected")
    world.portal.update("calls", call, {"hs_call_disposition": connected}, just_now(), source_type=changed)
    assert world.cycle().exit_code == 0
    assert stage_in_salesforce(world) == stage


def test_a_call_counts_once_it_says_whom_it_is_about_though_no_date_of_it_moves(world, asked):
    """A dialer makes the call first, and says a moment later with whom: syncd may look in between."""
    options = world.portal.properties["calls"]["hs_call_disposition"].options
    connected = next(one.value for one in options if one.label == "Connected")
    values = {**CONNECTED, "hs_call_disposition": connected, "hubspot_owner_id": world.owner}
    call = world.portal.create("calls", values, just_now(), source_type="CRM_UI")
    world.cycle()
    assert stage_in_salesforce(world) == "MQL"
    world.portal.associate("calls", call, "contacts", asked, just_now())
    world.cycle()
    assert stage_in_salesforce(world) == "SQL"


def test_a_call_that_was_deleted_in_hubspot_is_gone_here_within_a_day(world, asked):
    """Archiving moves no date, and no search shows what is archived."""
    call = call_in_hubspot(world, asked, "CRM_UI", "No answer")
    world.cycle()
    world.portal.archive("calls", call, just_now())
    a_day_passes(world)
    world.cycle()
    with world.store() as store, store.reading() as tx:
        assert mirror.get(tx, System.HUBSPOT, "call", [call])[call].deleted
    assert not [one for one in known(world, asked).activities if one.id == call and not one.deleted]
