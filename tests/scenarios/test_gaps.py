"""What a missing permission leaves open, and what happens when it is given."""

from __future__ import annotations

import pytest

from connectors.sandbox.server import Fault, Response
from syncd.store import streams

COMPANIES, FORMS = "crm.objects.companies.read", "forms"


@pytest.fixture
def without(world):
    """Take permissions from the token, and give them back."""
    everything = set(world.portal.scopes)

    def take(*scopes: str) -> None:
        world.portal.scopes = everything.difference(scopes)

    return take


def gap_entries(world):
    return world.ledger_kinds().count("gap")


def test_a_contact_that_only_an_association_ties_to_a_company_is_found_once_companies_are_readable(world, without):
    contact = world.portal.record("contacts", world.person("tied"))
    contact.values.pop("associatedcompanyid")
    without(COMPANIES)
    assert world.cycle("apply").plan.changes == ()
    without()
    world.cycle("apply")
    assert world.records("Lead")["tied@acme.example"]["Company"] == "Acme"


def test_a_gap_that_stays_is_told_once(world, without):
    world.person("one")
    without(FORMS)
    world.cycle("apply")
    assert gap_entries(world) == 1
    assert list(world.cycle().run.gaps) == ["hubspot.form_submission"]
    assert gap_entries(world) == 1


def test_a_count_of_forms_is_unknown_where_forms_may_not_be_read(world, without):
    world.person("one", seen=None)
    without(FORMS)
    assert world.cycle("apply").exit_code == 0
    said = world.run("explain", "one@acme.example")
    assert "but hubspot.form_submission" in said.out
    assert "the access token lacks forms" in said.out


def test_a_field_that_is_missing_is_left_out_and_told_by_plan_and_status(world):
    world.person("one")
    world.org.hide_field("Lead", "Lifecycle_Cycle__c")
    planned = world.run("plan")
    assert planned.code == 0
    for told in (planned.out, world.run("status").out):
        (left_out,) = (line for line in told.splitlines() if line.startswith("Left out: "))
        assert "salesforce.Lead.Lifecycle_Cycle__c (missing)" in left_out
        assert "hubspot.contact.syncd_reason (missing)" in left_out


@pytest.mark.parametrize("kind", ["Lead", "Contact"])
def test_a_mapped_field_that_is_missing_is_told_by_plan_and_status(world, kind):
    world.person("one")
    world.org.hide_field(kind, "Title")
    planned = world.run("plan")
    assert planned.code == 0
    assert f"salesforce.{kind}.Title (missing)" in planned.out
    assert f"salesforce.{kind}.Title (missing)" in world.run("status").out


def test_an_answer_that_no_field_can_give_is_told_by_plan_and_status(world):
    world.person("one")
    for kind in ("Lead", "Contact"):
        world.org.hide_field(kind, "Budget__c")
    told = "salesforce.Contact.Budget__c (missing), salesforce.Lead.Budget__c (missing)"
    assert told in world.run("plan").out
    assert told in world.run("status").out


def definitions_hidden(request):
    """An org that does not tell our user which fields it tracks."""
    refused = [{"errorCode": "INVALID_TYPE", "message": "sObject type 'FieldDefinition' is not supported."}]
    return Fault(Response(400, refused)) if "FieldDefinition" in str(request.query.get("q")) else None


@pytest.mark.parametrize("hidden", [None, definitions_hidden])
def test_changes_of_status_that_nobody_keeps_are_unknown_until_an_admin_tracks_them(world, hidden):
    world.twin.servers[1].fault = hidden
    world.edit("definitions.yaml", "signals:\n", "signals:\n  moved: {of: status_change}\n")
    world.org.track("Lead", "Title")
    world.person("one")
    assert "Lead.Status" in world.cycle("apply").run.gaps["salesforce.lead_history"]
    assert "Lead.Status" in world.cycle().run.gaps.get("salesforce.lead_history", "Lead.Status")
    world.org.track("Lead", "Title", "Status")
    (lead,) = world.org.rows("Lead")
    world.org.update("Lead", lead["Id"], {"Status": "Working - Contacted"})
    assert world.cycle().run.gaps == {}
    with world.store() as store, store.reading() as tx:
        assert streams.get(tx, "salesforce", "lead_history").gap is None


def test_an_org_without_any_history_says_so_where_a_rule_counts_it_and_only_there(world):
    world.person("one")
    assert world.cycle("apply").run.gaps == {}
    world.edit("definitions.yaml", "signals:\n", "signals:\n  moved: {of: status_change}\n")
    (lead,) = world.org.rows("Lead")
    world.org.update("Lead", lead["Id"], {"Status": "Working - Contacted"})
    assert list(world.cycle().run.gaps) == ["salesforce.lead_history"]
