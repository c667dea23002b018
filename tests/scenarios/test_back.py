"""What goes back to HubSpot: the stage, sales' answer, the list for nurture; and that its echo is no news."""

from __future__ import annotations

import time
from datetime import timedelta

from connectors.sandbox.server import Fault, Response
from tests.running import waited
from tests.world import DAYS, NOW, is_write

BACK = "\nback:\n  backward: returns\n  stages: {mql: marketingqualifiedlead, recycled: lead}\n"


def stage_of(world, name):
    return world.portal.values("contacts", world.contacts[name]).get("lifecyclestage")


def tells_hubspot(request):
    return request.method == "POST" and request.path.endswith("contacts/batch/update")


def test_hubspot_is_told_the_stage_and_a_second_cycle_has_nothing_to_say(world):
    world.person("ada")
    world.person("bob", seen=None)
    outcome = world.cycle("apply")
    assert outcome.run.applied == {"create": 1, "task": 1, "tell": 1}
    assert stage_of(world, "ada") == "marketingqualifiedlead"
    assert stage_of(world, "bob") is None
    again = world.cycle()
    assert (again.plan.changes, again.exit_code) == ((), 0)
    assert world.ledger_is_sound()


def test_what_we_told_hubspot_is_no_stage_that_hubspot_says(world):
    world.person("ada")
    world.cycle("apply")
    world.visit(world.contacts["ada"])
    world.cycle()
    shown = world.run("explain", "ada@acme.example", "--json").data
    assert shown["proof"]["source"] == "definition"


def test_a_killed_telling_is_known_for_ours_afterwards(world):
    world.person("ada")
    with world.killed_at("hubspot", tells_hubspot, 1, after=True):
        child = world.start("apply")
        child.communicate(timeout=60)
    # The portal goes on with the call after whoever made it is dead.
    assert waited(lambda: stage_of(world, "ada") == "marketingqualifiedlead", 10)
    assert world.cycle().exit_code == 0
    shown = world.run("explain", "ada@acme.example", "--json").data
    assert shown["proof"]["source"] == "definition"
    assert len(world.tasks()) == 1


def test_hubspot_is_never_set_back_by_itself(world):
    world.person("ada", lifecyclestage="customer")
    world.cycle("apply")
    assert stage_of(world, "ada") == "customer"
    assert [one for one in world.cycle().plan.changes if one.system == "hubspot"] == []


def test_sales_answer_goes_home_with_reason_date_status_and_list(world):
    world.portal.define_property("contacts", "syncd_reason")
    world.portal.define_property("contacts", "syncd_recycle_until", type="date", field_type="date")
    nurture = world.portal.people.make_list("Nurture")
    more = f"  statuses: {{recycled: BAD_TIMING}}\n  lists: {{nurture: '{nurture}'}}\n"
    world.edit("fields.yaml", "\nnames:", f"{BACK}{more}\nnames:")
    ada = world.person("ada")
    world.cycle("apply")
    lead = next(iter(world.org.rows("Lead")))["Id"]
    world.org.update("Lead", lead, {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    outcome = world.cycle()
    assert outcome.exit_code == 0
    values = world.portal.values("contacts", ada)
    assert values["lifecyclestage"] == "lead"
    assert values["hs_lead_status"] == "BAD_TIMING"
    assert values["syncd_reason"] == "No budget"
    assert values["syncd_recycle_until"] > values["createdate"][:10]
    assert list(world.portal.lists.live(nurture).members) == [int(ada)]
    assert world.cycle().plan.changes == ()
    world.org.update("Lead", lead, {"Status": "Open - Not Contacted"})
    world.visit(ada)
    assert world.cycle(later=timedelta(days=31)).exit_code == 0
    assert list(world.portal.lists.live(nurture).members) == []


def test_who_may_not_be_set_back_keeps_the_stage_that_was_cleared_for_it(world):
    """A rule of the portal's admin can refuse an earlier stage, and takes none (facts: hubspot 0.4)."""
    world.edit("fields.yaml", "\nnames:", f"{BACK}\nnames:")
    world.person("ada")
    world.cycle("apply")
    lead = next(iter(world.org.rows("Lead")))["Id"]
    world.org.update("Lead", lead, {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    refused = Fault(Response(400, {"category": "VALIDATION_ERROR", "message": "say why, too"}))

    def sets_back(request):
        return tells_hubspot(request) and b'"lead"' in request.body

    with world.hook("hubspot", sets_back, dict.fromkeys(range(1, 9), lambda: refused)):
        assert world.cycle().exit_code == 1
    assert stage_of(world, "ada") == "marketingqualifiedlead"
    told = [kind for kind in world.ledger_kinds() if kind in ("intent", "written", "refused")]
    assert told[-4:] == ["intent", "intent", "written", "refused"]
    assert world.ledger_is_sound()
    assert world.cycle().plan.changes == ()
    assert world.cycle(later=timedelta(days=2)).exit_code == 0
    assert stage_of(world, "ada") == "lead"


def test_a_status_that_somebody_set_after_the_stage_is_left_alone_until_the_next_stage(world):
    """HubSpot is told the status of a stage once it is entered; what people or workflows say later is theirs."""
    world.edit("fields.yaml", "\nnames:", "\nback:\n  statuses: {mql: OPEN, recycled: BAD_TIMING}\n\nnames:")
    ada = world.person("ada")
    world.cycle("apply")
    assert world.portal.values("contacts", ada)["hs_lead_status"] == "OPEN"
    world.portal.people.edit("contacts", ada, {"hs_lead_status": "IN_PROGRESS"})
    world.cycle()
    assert world.portal.values("contacts", ada)["hs_lead_status"] == "IN_PROGRESS"
    world.org.clock = world.portal.clock
    time.sleep(1.1)  # Salesforce keeps whole seconds, and sales says it after marketing
    lead = next(iter(world.org.rows("Lead")))["Id"]
    world.org.update("Lead", lead, {"Status": "Recycle", "Recycle_Reason__c": "No budget"}, by=world.seller)
    world.cycle()
    assert world.portal.values("contacts", ada)["hs_lead_status"] == "BAD_TIMING"


def test_who_was_sent_back_long_ago_joins_no_list_on_the_first_run(world):
    """Lists send mails: a first run mails no dormant leads."""
    nurture = world.portal.people.make_list("Nurture")
    world.edit("fields.yaml", "\nnames:", f"\nback:\n  lists: {{nurture: '{nurture}'}}\n\nnames:")
    world.org.track("Lead", "Status")
    for name, days in (("old", 20), ("new", 2)):
        contact = world.person(name, seen=None)
        world.portal.update("contacts", contact, {"lifecyclestage": "marketingqualifiedlead"}, NOW - 24 * DAYS)
        lead = world.lead(name)
        said = {"Status": "Recycle", "Recycle_Reason__c": "Bad Timing"}
        world.org.update("Lead", lead, said, NOW - days * DAYS, world.seller)
    outcome = world.cycle("apply")
    assert outcome.plan.notes["joins no list, too long ago"] == 1
    assert list(world.portal.lists.live(nurture).members) == [int(world.contacts["new"])]
    assert world.cycle().plan.changes == ()


def test_a_list_that_is_not_there_is_left_out_and_a_mistake_of_the_file(world):
    hot = world.portal.lists.add("Hot", "contacts", world.portal.now(), "DYNAMIC").id
    world.edit("fields.yaml", "\nnames:", f"{BACK}  lists: {{nurture: '{hot}'}}\n\nnames:")
    world.person("ada")
    assert "hubspot.list.id (missing_value)" in world.cycle("apply").run.left_out
    lead = next(iter(world.org.rows("Lead")))["Id"]
    world.org.update("Lead", lead, {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    assert (world.cycle().exit_code, world.set_aside()) == (0, [])
    told = world.here("check", "--json")
    assert told.code == 2
    assert [one["what"] for one in told.data["problems"]] == [
        f"HubSpot has no list {hot} of contacts that is kept by hand"
    ]


WRITES = "crm.objects.contacts.write"


def test_a_token_that_may_not_write_is_told_once_and_stops_the_telling_alone(world):
    """One permission is missing, not one of every contact: a case for HubSpot's admin, and nothing per person."""
    world.town()
    world.portal.scopes = world.portal.scopes - {WRITES}
    outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.applied["task"], "tell" in outcome.run.applied) == (2, 11, False)
    assert WRITES in outcome.run.lacks.message
    assert [code for code, _ in world.set_aside()] == ["no_scope"]
    calls = []
    with world.hook("hubspot", lambda request: tells_hubspot(request) and calls.append(request), {}):
        again = world.cycle()
    assert (again.exit_code, again.plan.changes, calls) == (0, (), [])
    assert world.ledger_is_sound()
    assert "hubspot.contact (no_scope)" in world.here("status").out
    told = world.here("quarantine", "list").out
    assert "HubSpot admin" in told
    assert WRITES in told


def test_every_scope_that_is_missing_is_named_and_each_kind_once(world):
    nurture = world.portal.people.make_list("Nurture")
    world.edit("fields.yaml", "\nnames:", f"{BACK}  lists: {{nurture: '{nurture}'}}\n\nnames:")
    world.person("ada")
    world.person("eve", seen=None, lifecyclestage="marketingqualifiedlead")
    said = {"Status": "Recycle", "Recycle_Reason__c": "Bad Timing"}
    world.org.update("Lead", world.lead("eve"), said, NOW, world.seller)
    lists = "crm.lists.write"
    world.portal.scopes = world.portal.scopes - {WRITES, lists}
    outcome = world.cycle("apply")
    told = f"{outcome.run.lacks.message} {outcome.run.lacks.next_step}"
    assert (told.count(WRITES), told.count(lists)) == (2, 2)
    assert sorted(one for one in outcome.run.left_out if "no_scope" in one) == [
        "hubspot.contact (no_scope)",
        "hubspot.list_membership (no_scope)",
    ]


def test_a_token_that_may_not_change_lists_still_tells_contacts(world):
    """Each kind of record has a permission of its own; who waited for the list joins it once that is there."""
    nurture = world.portal.people.make_list("Nurture")
    world.edit("fields.yaml", "\nnames:", f"{BACK}  lists: {{nurture: '{nurture}'}}\n\nnames:")
    ada = world.person("ada")
    world.cycle("apply")
    world.portal.scopes = world.portal.scopes - {"crm.lists.write"}
    lead = next(iter(world.org.rows("Lead")))["Id"]
    world.org.update("Lead", lead, {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    outcome = world.cycle()
    assert (outcome.exit_code, stage_of(world, "ada")) == (2, "lead")
    assert "crm.lists.write" in outcome.run.lacks.message
    assert world.cycle().plan.changes == ()
    world.portal.scopes = world.portal.scopes | {"crm.lists.write"}
    world.here("quarantine", "retry", "--all")
    assert world.cycle().run.applied == {"list": 1}
    assert list(world.portal.lists.live(nurture).members) == [int(ada)]
    assert world.set_aside() == []


def test_once_the_token_may_write_everybody_is_told(world):
    world.town()
    world.portal.scopes = world.portal.scopes - {WRITES}
    world.cycle("apply")
    world.portal.scopes = world.portal.scopes | {WRITES}
    assert world.here("quarantine", "retry", "--cause", "permission").code == 0
    assert world.cycle().run.applied == {"tell": 12}
    assert world.set_aside() == []
    assert world.cycle().plan.changes == ()


def test_a_permission_that_is_still_missing_an_hour_later_is_no_news(world):
    world.person("ada")
    world.portal.scopes = world.portal.scopes - {WRITES}
    assert world.cycle("apply").exit_code == 2
    world.person("bob")
    later = world.cycle(later=timedelta(hours=2))
    assert (later.exit_code, len(world.set_aside())) == (0, 1)
    assert "hubspot.contact (no_scope)" in later.run.left_out
    world.portal.scopes = world.portal.scopes | {WRITES}
    world.person("cleo")
    world.cycle(later=timedelta(hours=4))
    assert world.set_aside() == []
    world.cycle()
    assert [stage_of(world, one) for one in ("ada", "bob", "cleo")] == ["marketingqualifiedlead"] * 3


def test_a_stage_that_somebody_set_meanwhile_is_left_alone(world):
    ada = world.person("ada")
    world.cycle("plan")

    def human():
        world.portal.update("contacts", ada, {"lifecyclestage": "opportunity"})

    with world.hook("salesforce", is_write, {1: human}):
        outcome = world.cycle("apply")
    assert outcome.run.moved == 1
    assert stage_of(world, "ada") == "opportunity"


def test_a_field_that_salesforce_wins_is_kept_in_step_in_hubspot(world):
    rule = "  hubspot.contact.jobtitle: {from: job_title, owner: salesforce_wins}\n"
    world.edit("fields.yaml", "write:\n", f"write:\n{rule}")
    ada = world.person("ada", jobtitle="Head of IT")
    world.lead("ada", Title="Chief of IT")
    world.cycle("apply")
    assert world.portal.values("contacts", ada)["jobtitle"] == "Chief of IT"
    assert world.cycle().plan.changes == ()


def test_mapped_values_that_a_picklist_lacks_are_mistakes_of_the_file(world):
    rule = "  salesforce.lead.Status: {from: hubspot_lead_status, owner: fill_empty, values: {CONECTED: Werking}}\n"
    world.edit("fields.yaml", "write:\n", f"write:\n{rule}")
    world.edit("fields.yaml", "\nnames:", "\nback:\n  statuses: {mql: CONECTED}\n\nnames:")
    told = world.run("plan", "--json")
    assert told.code == 2
    message = told.error["message"]
    assert message.count("has no value 'CONECTED' in the CRM") == 2
    assert "salesforce.lead.Status has no value 'Werking' in the CRM" in message
    assert "CONNECTED" in message


def test_a_portal_without_our_stages_is_told_nothing(world):
    world.portal.set_options("contacts", "lifecyclestage", [("1", "Visitor"), ("2", "Client")])
    world.person("ada")
    outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.applied) == (0, {"create": 1, "task": 1})


OWN_STAGES = [
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "MQL"),
    ("184720012", "In Sales Review"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
]


def test_a_stage_of_the_portals_own_past_mql_stands_as_mql_and_makes_neither_lead_nor_task(world):
    """HubSpot has them further on than MQL, in a stage that only this portal knows: no call as for an MQL."""
    world.portal.set_options("contacts", "lifecyclestage", OWN_STAGES)
    world.person("ada", seen=None)
    world.person("bob", seen=None)
    bob = world.lead("bob")
    for name in ("ada", "bob"):
        world.portal.update("contacts", world.contacts[name], {"lifecyclestage": "184720012"}, NOW - DAYS)
    outcome = world.cycle("apply")
    assert outcome.run.applied == {"update": 1}
    assert outcome.plan.notes["no task, HubSpot is past the stage"] == 1
    assert [one.why for one in outcome.plan.refusals] == ["HubSpot already says In Sales Review, which is past MQL"]
    assert world.org.get("Lead", bob)["Lifecycle_Stage__c"] == "MQL"
    assert stage_of(world, "ada") == "184720012"
    shown = world.run("explain", "ada@acme.example", "--json").data
    assert (shown["stage"], shown["proof"]["source"]) == ("mql", "hubspot")


def test_a_stage_of_the_portals_own_that_the_files_name_is_that_stage(world):
    world.portal.set_options("contacts", "lifecyclestage", OWN_STAGES)
    world.edit("fields.yaml", "\nnames:", "\nback:\n  stages: {sql: In Sales Review}\n\nnames:")
    world.person("ada", lifecyclestage="184720012")
    assert world.cycle("apply").run.applied == {}
    assert world.run("explain", "ada@acme.example", "--json").data["stage"] == "sql"


def test_a_stage_that_the_portal_has_no_name_for_is_told_as_left_out(world):
    world.portal.set_options("contacts", "lifecyclestage", OWN_STAGES)
    assert "hubspot.contact.lifecyclestage (missing_value)" in world.run("plan", "--json").data["left_out"]
    ran = world.run("doctor")
    assert ran.code == 0
    assert "salesqualifiedlead" in ran.out


def test_doctor_finds_a_stage_that_the_files_name_and_the_portal_lacks(world):
    world.edit("fields.yaml", "\nnames:", "\nback:\n  stages: {sql: Nonsense}\n\nnames:")
    ran = world.run("doctor")
    assert ran.code == 7
    assert "Nonsense" in ran.out


def test_a_stage_of_the_portals_own_takes_whom_sales_sent_back(world):
    """Clear, set, read back: by the number that HubSpot knows the stage by."""
    world.portal.set_options("contacts", "lifecyclestage", [("9001", "Nurture"), *OWN_STAGES])
    back = "\nback:\n  backward: returns\n  stages: {mql: In Sales Review, recycled: Nurture}\n"
    world.edit("fields.yaml", "\nnames:", f"{back}\nnames:")
    world.person("ada")
    world.cycle("apply")
    assert stage_of(world, "ada") == "184720012"
    lead = next(iter(world.org.rows("Lead")))["Id"]
    world.org.update("Lead", lead, {"Status": "Recycle", "Recycle_Reason__c": "No budget"})
    assert world.cycle().exit_code == 0
    assert stage_of(world, "ada") == "9001"
    assert world.cycle().plan.changes == ()


def test_hubspot_is_told_what_salesforce_has_and_not_what_it_refused(world):
    world.org.add_validation_rule("Lead", "Not this one", lambda row, _old: row["Email"].startswith("eve"), "Email")
    world.person("ada")
    world.person("eve")
    outcome = world.cycle("apply")
    assert outcome.run.applied == {"create": 1, "task": 1, "tell": 1}
    assert (stage_of(world, "ada"), stage_of(world, "eve")) == ("marketingqualifiedlead", None)
    assert world.cycle().plan.changes == ()
    world.org.writer.validation_rules.clear()
    assert world.cycle(later=timedelta(days=2)).run.applied == {"create": 1, "task": 1, "tell": 1}
    assert stage_of(world, "eve") == "marketingqualifiedlead"
