"""Records of one person find each other, follow merges and conversions, and wait for people where they can't."""

from __future__ import annotations

from tests.world import World, just_now


def persons(world: World, *ids: str) -> list[str | None]:
    from sqlalchemy import select

    from syncd.store import tables

    with world.store() as store, store.reading() as tx:
        rows = dict(tx.execute(select(tables.record.c.id, tables.record.c.person_id)).all())
    return [rows[one] for one in ids]


def test_a_contact_that_is_known_before_its_lead_was_seen_to_be_converted_is_the_leads_person(world):
    lead = world.lead("a")
    contact = world.contact("b")
    assert world.cycle("apply").exit_code == 0
    assert len(set(persons(world, lead, contact))) == 2
    account = world.org.rows("Account")[0]["Id"]
    world.org.convert(lead, account=account, contact=contact, opportunity=False, at=just_now())
    world.cycle()
    assert len(set(persons(world, lead, contact))) == 1


def test_contacts_that_were_merged_in_salesforce_are_one_person_with_one_task(world):
    world.person("a")
    world.person("b")
    first, second = world.contact("a"), world.contact("b")
    assert world.cycle("apply").exit_code == 0
    assert len(world.tasks()) == 2
    world.org.merge(first, second, just_now())
    outcome = world.cycle()
    assert len(set(persons(world, first, second))) == 1
    assert outcome.exit_code == 0
    assert len(world.tasks()) == 2
    assert not world.cycle().plan.changes


def test_contacts_that_were_merged_in_hubspot_get_no_third_task(world):
    first, second = world.person("a"), world.person("b")
    assert world.cycle("apply").exit_code == 0
    world.portal.merge(second, first, just_now())
    world.cycle()
    assert len(set(persons(world, first, second))) == 1
    assert len(world.tasks()) == 2


def test_whoever_waited_for_an_answer_is_looked_at_once_it_is_given(world):
    a, b = world.person("a"), world.person("b")
    world.cycle("apply")
    world.org.delete("Lead", next(row["Id"] for row in world.org.rows("Lead") if row["Email"][0] == "b"), just_now())
    doubtful = world.lead("a")
    asked = world.cycle()
    assert (asked.exit_code, len(world.set_aside())) == (1, 1)
    world.visit(a)
    assert world.cycle().plan.refusals
    world.org.update("Lead", doubtful, {"HubSpot_Id__c": b, "Email": None}, just_now())
    freed = world.cycle()
    assert world.set_aside() == []
    assert persons(world, doubtful) == persons(world, b) != persons(world, a)
    assert {decision.person for decision in freed.plan.decisions} >= {*persons(world, a, b)}
