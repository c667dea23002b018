"""What happens to people and their records in either CRM: the link follows, nothing is lost, made twice or orphaned."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import select

from connectors.records import System
from syncd.model.instant import DAY, Instant
from syncd.store import dossier, people, streams, tables
from syncd.store import entries as entry_rows
from syncd.store.database import open_store
from syncd.streams import GONE
from tests.world import DAYS, NOW, World, just_now


def person_of(world: World, record: str) -> str | None:
    """Whose a record is."""
    with world.store() as store, store.reading() as tx:
        c = tables.record.c
        return tx.execute(select(c.person_id).where(c.id == record)).scalar()


def known(world: World, record: str):
    """All that is known of whose a record is."""
    with world.store() as store, store.reading() as tx:
        return next(dossier.load(tx, [person_of(world, record)]))


def stages_of(world: World, record: str) -> list[str]:
    with world.store() as store, store.reading() as tx:
        person = people.resolve(tx, person_of(world, record))
        return [str(entry.stage) for entry in entry_rows.of_persons(tx, [person])[person]]


def met(world: World, name: str = "a", **properties: str) -> tuple[str, str]:
    """A person who became an MQL, and has a Lead and a task: (HubSpot contact, Lead)."""
    contact = world.person(name, **properties)
    world.cycle("apply")
    return contact, next(row["Id"] for row in world.org.rows("Lead") if row["HubSpot_Id__c"] == contact)


def settle(world: World, *, leads: int, contacts: int = 0, tasks: int = 1) -> None:
    """The next cycle does what is to be done, the one after that plans nothing, and nothing is there twice."""
    assert world.cycle().exit_code == 0
    assert world.cycle().plan.changes == ()
    assert len(world.org.rows("Lead")) == leads
    assert len(world.org.rows("Contact")) == contacts
    assert len(world.org.rows("Task")) == tasks
    assert world.ledger_is_sound()
    with world.store() as store, store.reading() as tx:
        c = tables.record.c
        of_people = (c.kind.in_(["contact", "lead"]), c.deleted == 0)
        assert tx.execute(select(c.id).where(*of_people, c.person_id.is_(None))).all() == []


def a_day_passes(world: World) -> None:
    """What is read once a day is due again."""
    with closing(open_store(world.store_url)) as store, store.transaction() as tx:
        for kind in GONE:
            for system in System:
                state = streams.get(tx, system, kind)
                if state.watermark is not None:
                    streams.save(tx, replace(state, watermark=Instant(state.watermark - 2 * DAY)))


# -- conversion


def test_a_converted_lead_and_its_opportunity_give_one_journey_with_the_stamps_carried(world):
    contact, lead = met(world)
    stamp = world.org.get("Lead", lead)["MQL_At__c"]
    done = world.org.convert(lead, at=just_now())
    settle(world, leads=1, contacts=1)
    row = world.org.get("Contact", done.contact_id)
    assert (row["HubSpot_Id__c"], row["MQL_At__c"], row["Lifecycle_Cycle__c"]) == (contact, stamp, 1)
    world.org.people.win(done.opportunity_id, 40_000, at=just_now())
    settle(world, leads=1, contacts=1)
    told = world.run("journey", f"salesforce:{lead}", "--json").data
    assert {one["id"] for one in told["records"]} == {contact, lead, done.contact_id}
    kinds = [one["kind"] for one in told["entries"]]
    assert kinds.index("converted") < kinds.index("opportunity_won")
    assert [one["stage"] for one in told["stages"]][-1] == "customer"
    assert stages_of(world, contact) == stages_of(world, done.contact_id)
    assert world.org.get("Contact", done.contact_id)["Lifecycle_Stage__c"] == "Customer"


def test_a_lead_that_is_converted_into_a_contact_that_was_there_is_followed_to_it(world):
    contact, lead = met(world)
    there = world.contact("b", Email="private@home.example")
    world.cycle()
    account = world.org.get("Contact", there)["AccountId"]
    world.org.convert(lead, account=account, contact=there, opportunity=False, at=just_now())
    settle(world, leads=1, contacts=1)
    assert person_of(world, there) == person_of(world, contact)
    assert world.org.get("Contact", there)["MQL_At__c"] == world.org.get("Lead", lead)["MQL_At__c"]


def test_an_opt_out_that_a_conversion_loses_is_told(world):
    for sobject in ("Lead", "Contact"):
        world.org.add_field(sobject, "HasOptedOutOfEmail | boolean | cud")
    contact, lead = met(world)
    there = world.contact("b", Email="private@home.example")
    world.org.update("Lead", lead, {"HasOptedOutOfEmail": True}, just_now())
    assert "opt-out from mails not carried over by a conversion" not in world.cycle().plan.notes
    account = world.org.get("Contact", there)["AccountId"]
    world.org.convert(lead, account=account, contact=there, opportunity=False, at=just_now())
    assert world.cycle().plan.notes["opt-out from mails not carried over by a conversion"] == 1
    odd = world.run("journey", f"hubspot:{contact}", "--json").data["anomalies"]
    assert "opt_out_lost" in [one["kind"] for one in odd]
    world.org.update("Contact", there, {"HasOptedOutOfEmail": True}, just_now())
    world.cycle()
    odd = world.run("journey", f"hubspot:{contact}", "--json").data["anomalies"]
    assert "opt_out_lost" not in [one["kind"] for one in odd]


# -- merges


@pytest.mark.parametrize("primary", [0, 1])
def test_contacts_merged_in_hubspot_keep_their_story_under_the_new_id(world, primary):
    first, lead = met(world)
    second = world.person("b", seen=None)
    world.cycle()
    both = [first, second]
    new = world.portal.merge(both[primary], both[1 - primary], just_now())
    settle(world, leads=1)
    assert {person_of(world, one) for one in (first, second, new, lead)} == {person_of(world, lead)}
    assert "mql" in stages_of(world, lead)
    assert world.org.get("Lead", lead)["HubSpot_Id__c"] == new


def test_leads_merged_in_salesforce_are_followed_to_the_one_that_stays(world):
    contact, lead = met(world)
    other = world.lead("x", Email="x@other.example")
    world.cycle()
    world.org.merge(other, lead, just_now())
    settle(world, leads=1)
    assert person_of(world, other) == person_of(world, contact)
    row = world.org.get("Lead", other)
    assert (row["HubSpot_Id__c"], row["Lifecycle_Stage__c"]) == (contact, "MQL")


# -- deleted, archived, restored


def test_a_contact_that_was_archived_and_restored_in_hubspot_is_who_they_were(world):
    contact, lead = met(world)
    before = dict(world.org.get("Lead", lead))
    person = person_of(world, contact)
    world.portal.archive("contacts", contact, just_now())
    a_day_passes(world)
    settle(world, leads=1)
    assert next(one for one in known(world, contact).records if one.id == contact).deleted
    world.portal.restore("contacts", contact)
    a_day_passes(world)
    settle(world, leads=1)
    assert not next(one for one in known(world, contact).records if one.id == contact).deleted
    assert person_of(world, contact) == person == person_of(world, lead)
    assert "mql" in stages_of(world, contact)
    assert world.org.get("Lead", lead)["MQL_At__c"] == before["MQL_At__c"]


def test_a_lead_that_was_deleted_and_undeleted_in_salesforce_is_who_it_was(world):
    contact, lead = met(world)
    stamp = world.org.get("Lead", lead)["MQL_At__c"]
    world.org.delete("Lead", lead, just_now())
    world.visit(contact)
    settle(world, leads=0, tasks=len(world.org.rows("Task")))
    assert known(world, contact).records
    world.org.undelete("Lead", lead, just_now())
    settle(world, leads=1)
    assert person_of(world, lead) == person_of(world, contact)
    assert world.org.get("Lead", lead)["MQL_At__c"] == stamp
    world.org.update("Lead", lead, {"Title": "Head of Sales"}, just_now())
    settle(world, leads=1)


# -- erased


def test_whoever_was_erased_in_hubspot_waits_to_be_forgotten_here(world):
    contact, lead = met(world)
    world.person("other", seen=None)
    world.cycle()
    world.portal.people.erase(contact)
    a_day_passes(world)
    assert world.cycle().run.quarantined == 1
    ((code, message),) = world.set_aside()
    assert code == "erased"
    assert f"syncd forget hubspot:{contact}" in message
    assert f"syncd forget hubspot:{contact}" in world.run("status").out
    assert "erased" in world.run("quarantine", "list").out
    assert "mql" in stages_of(world, contact)
    a_day_passes(world)
    settle(world, leads=1)
    assert len(world.set_aside()) == 1
    assert world.org.get("Lead", lead)["HubSpot_Id__c"] == contact


def test_a_lead_that_never_lay_in_the_bin_is_a_request_to_forget(world):
    contact, lead = met(world)
    world.org.delete("Lead", lead, NOW - DAYS / 144)
    world.org.empty_bin("Lead", lead)
    a_day_passes(world)
    world.cycle()
    assert [code for code, _ in world.set_aside()] == ["erased"]
    assert person_of(world, lead) == person_of(world, contact)
    settle(world, leads=0, tasks=len(world.org.rows("Task")))


def test_what_was_only_deleted_is_no_request_to_forget(world):
    contact, lead = met(world)
    world.org.delete("Lead", lead, just_now())
    world.portal.archive("contacts", contact, just_now())
    a_day_passes(world)
    world.cycle()
    assert world.set_aside() == []


# -- addresses


def test_a_link_outlives_a_changed_address_in_hubspot(world):
    contact, lead = met(world)
    world.portal.update("contacts", contact, {"email": "new@elsewhere.example"}, just_now())
    settle(world, leads=1)
    assert person_of(world, contact) == person_of(world, lead)


def test_a_link_outlives_a_changed_address_in_salesforce(world):
    contact, lead = met(world)
    world.org.update("Lead", lead, {"Email": "new@elsewhere.example"}, just_now())
    world.visit(contact)
    settle(world, leads=1)
    assert person_of(world, contact) == person_of(world, lead)


def test_whoever_gets_somebody_elses_old_address_is_not_that_person(world):
    contact, lead = met(world)
    world.portal.update("contacts", contact, {"email": "new@elsewhere.example"}, just_now())
    world.cycle()
    heir = world.person("heir", email="a@acme.example")
    world.cycle()
    assert person_of(world, heir) != person_of(world, lead) == person_of(world, contact)
    assert world.org.get("Lead", lead)["HubSpot_Id__c"] == contact
    assert world.cycle().plan.changes == ()


def test_two_people_who_share_an_address_in_salesforce_wait_for_an_answer(world):
    contact, lead = met(world)
    world.lead("namesake", Email="a@acme.example", LastName="Namesake")
    world.cycle()
    assert person_of(world, lead) == person_of(world, contact)
    assert [code for code, _ in world.set_aside()] == ["ambiguous"]
    assert world.cycle().plan.changes == ()
    assert len(world.org.rows("Lead")) == 2


# -- companies


def test_who_moves_to_another_company_is_judged_by_that_one(world):
    contact = world.person("a", seen=None)
    world.cycle("apply")
    firm = {"name": "Tiny", "domain": "tiny.example", "numberofemployees": "2"}
    tiny = world.portal.create("companies", firm, just_now())
    world.portal.associate("contacts", contact, "companies", tiny, just_now())
    world.portal.update("contacts", contact, {"associatedcompanyid": tiny}, just_now())
    world.cycle()
    assert [one.properties["name"] for one in known(world, contact).companies] == ["Tiny"]
    assert world.cycle().plan.changes == ()


def test_a_contact_that_moves_to_another_account_keeps_stage_and_person(world):
    contact, lead = met(world)
    done = world.org.convert(lead, opportunity=False, at=just_now())
    settle(world, leads=1, contacts=1)
    other = world.org.create("Account", {"Name": "Elsewhere"}, just_now())
    world.org.update("Contact", done.contact_id, {"AccountId": other}, just_now())
    settle(world, leads=1, contacts=1)
    assert person_of(world, done.contact_id) == person_of(world, contact)


# -- one side only


def test_who_is_known_on_one_side_only_stays_there(world):
    near = world.person("near", seen=None)
    far = world.lead("far")
    world.person("other")
    assert world.cycle("apply").exit_code == 0
    assert person_of(world, near) not in (None, person_of(world, far))
    assert {row["Email"] for row in world.org.rows("Lead")} == {"far@acme.example", "other@acme.example"}
    assert world.cycle().plan.changes == ()


def test_who_comes_to_be_known_on_the_other_side_later_is_one_person(world):
    far = world.lead("late", MQL_At__c=None)
    world.person("other")
    world.cycle("apply")
    near = world.person("late")
    settle(world, leads=2, tasks=2)
    assert person_of(world, near) == person_of(world, far)
    assert world.org.get("Lead", far)["HubSpot_Id__c"] == near


def test_history_of_a_person_stays_whatever_becomes_of_the_records(world):
    contact, lead = met(world)
    touches = len(known(world, contact).touches)
    world.org.delete("Lead", lead, just_now())
    world.portal.archive("contacts", contact, just_now())
    world.cycle()
    found = known(world, contact)
    assert len(found.touches) == touches > 0
    assert "mql" in stages_of(world, contact)
    assert {one.system for one in found.records} == set(System)


def test_a_second_address_in_hubspot_that_is_somebody_elses_is_a_question(world):
    """Two contacts are known by one address: whose the lead is nobody guesses."""
    world.person("a", seen=None)
    world.person("b", seen=None, hs_additional_emails="a@acme.example")
    world.cycle("apply")
    lead = world.lead("a")
    world.cycle()
    assert person_of(world, lead) is None
    assert {code for code, _ in world.set_aside()} == {"ambiguous"}
    assert world.cycle().plan.changes == ()


def test_a_contact_that_was_deleted_in_salesforce_is_not_made_again_as_a_lead(world):
    contact = world.person("a")
    far = world.contact("a")
    world.cycle("apply")
    stage = world.org.get("Contact", far)["Lifecycle_Stage__c"]
    world.org.delete("Contact", far, just_now())
    world.visit(contact)
    settle(world, leads=0, tasks=len(world.org.rows("Task")))
    world.org.undelete("Contact", far, just_now())
    settle(world, leads=0, contacts=1)
    assert world.org.get("Contact", far)["Lifecycle_Stage__c"] == stage == "MQL"
    assert person_of(world, far) == person_of(world, contact)


def test_contacts_merged_in_salesforce_are_followed_to_the_one_that_stays(world):
    contact = world.person("a")
    far = world.contact("a")
    other = world.contact("x", Email="x@other.example")
    world.cycle("apply")
    world.org.merge(other, far, just_now())
    settle(world, leads=0, contacts=1)
    assert person_of(world, other) == person_of(world, contact)
    assert world.org.get("Contact", other)["HubSpot_Id__c"] == contact
