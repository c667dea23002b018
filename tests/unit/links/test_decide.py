"""Which person a record is: sticky, by the rules in order, and never a guess between two."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from connectors.records import System
from syncd.links.decide import Ambiguous, Linked, Party, decide, new_person
from syncd.model.person import PersonId

MATCH = ("external_id", "crm_link", "email")
MAIL = "email:a@x.example"
P1, P2 = PersonId("p1"), PersonId("p2")


def contact(id="1", **more):  # noqa: A002
    return Party(System.HUBSPOT, "contact", id, **more)


def lead(id="00Q1", **more):  # noqa: A002
    return Party(System.SALESFORCE, "lead", id, **more)


def account_contact(id="0031", **more):  # noqa: A002
    return Party(System.SALESFORCE, "contact", id, **more)


def test_a_record_that_nothing_leads_anywhere_begins_a_person_whose_id_is_the_same_in_every_store():
    decision = decide(lead(), [], MATCH)
    assert decision == Linked(new_person(lead()), "new")
    assert decision.person != new_person(contact()) != new_person(lead("00Q2"))


def test_persons_sort_as_their_contacts_came_and_no_id_of_theirs_names_a_contact():
    contacts = [contact(str(number * 1000 + 7)) for number in (8, 9, 10, 99, 100, 123_456_789)]
    persons = [new_person(one) for one in contacts]
    assert persons == sorted(persons)
    assert not any(one.id in person for one, person in zip(contacts, persons, strict=True))
    assert new_person(contact("1007"))[:13] == new_person(contact("1008"))[:13] != new_person(contact("1008"))


def test_whatever_signs_a_crm_puts_into_its_ids_a_persons_can_stand_in_an_address():
    assert new_person(contact("12/../34 ?#")).isalnum()


def test_a_record_shares_its_own_keys_with_itself_and_that_says_nothing():
    assert decide(lead(), [(MAIL, lead())], MATCH).rule == "new"


def test_a_linked_record_stays_where_it_is_whatever_shares_its_address():
    assert decide(lead(person=P1), [(MAIL, contact(person=P2))], MATCH) == Linked(P1, "crm_link")


def test_the_external_id_wins_over_the_address():
    sharing = [(MAIL, contact("1", person=P1)), ("hubspot:2", contact("2", person=P2))]
    assert decide(lead(claims="2"), sharing, MATCH) == Linked(P2, "external_id")


def test_the_order_of_the_rules_is_the_configs():
    sharing = [(MAIL, contact("2", person=P2)), ("salesforce:00Q1", contact("1", person=P1))]
    assert decide(lead(), sharing, MATCH) == Linked(P1, "crm_link")
    assert decide(lead(), sharing, ("email", "crm_link")) == Linked(P2, "email")
    assert decide(lead(), sharing, ("external_id",)).rule == "new"


def test_with_the_address_first_a_lead_that_names_the_very_contact_there_is_no_question():
    sharing = [(MAIL, contact("1", person=P1)), ("hubspot:1", contact("1", person=P1))]
    assert decide(lead(claims="1"), sharing, ("email", "external_id")) == Linked(P1, "email")


def test_ids_that_lead_to_two_people_are_a_question():
    sharing = [("hubspot:1", lead("00Q2", person=P1)), ("hubspot:1", account_contact(person=P2))]
    assert isinstance(decide(contact("1"), sharing, MATCH), Ambiguous)


def test_an_address_leads_to_the_one_record_of_another_kind():
    assert decide(lead(), [(MAIL, contact(person=P1))], MATCH) == Linked(P1, "email")
    both = [(MAIL, contact(person=P1)), (MAIL, account_contact(person=P1))]
    assert decide(lead(), both, MATCH) == Linked(P1, "email")


def test_two_contacts_at_one_address_are_a_question():
    sharing = [(MAIL, contact("1", person=P1)), (MAIL, contact("2", person=P2))]
    assert isinstance(decide(lead(), sharing, MATCH), Ambiguous)
    assert isinstance(decide(lead(), [(key, replace(one, person=P1)) for key, one in sharing], MATCH), Ambiguous)


def test_a_second_lead_at_an_address_is_a_question_and_not_a_second_lead_of_the_person():
    sharing = [(MAIL, contact(person=P1)), (MAIL, lead("00Q2", person=P1))]
    assert isinstance(decide(lead(), sharing, MATCH), Ambiguous)


def test_a_lead_that_names_another_contact_than_the_one_at_its_address_is_a_question():
    assert isinstance(decide(lead(claims="9"), [(MAIL, contact("1", person=P1))], MATCH), Ambiguous)
    assert decide(contact("1"), [(MAIL, lead(claims="9", person=P2))], MATCH).rule == "new"


def test_no_address_leads_to_or_from_what_is_history():
    assert decide(lead(), [(MAIL, contact(person=P1, inert=True))], MATCH).rule == "new"
    assert decide(lead(inert=True), [(MAIL, contact(person=P1))], MATCH).rule == "new"


def test_a_merge_in_hubspot_brings_two_people_together_whichever_record_is_looked_at():
    winner, loser = contact("1", person=P1), contact("2", person=P2, inert=True)
    assert decide(winner, [("hubspot:2", loser)], MATCH) == Linked(P1, "crm_link", (P2,))
    assert decide(loser, [("hubspot:2", winner)], MATCH) == Linked(P1, "crm_link", (P2,))


def test_a_conversion_or_a_merge_in_salesforce_brings_two_people_together():
    gone, there = lead(person=P1, inert=True), account_contact(person=P2)
    assert decide(gone, [("salesforce:0031", there)], MATCH) == Linked(P2, "crm_link", (P1,))
    assert decide(there, [("salesforce:0031", gone)], MATCH) == Linked(P2, "crm_link", (P1,))


def test_the_contact_of_a_converted_lead_is_the_leads_person():
    assert decide(account_contact(), [("salesforce:0031", lead(person=P1, inert=True))], MATCH) == Linked(
        P1, "crm_link"
    )


def test_an_address_that_two_crms_share_merges_nobody():
    assert decide(contact(person=P1), [("salesforce:0031", account_contact(person=P2))], MATCH) == Linked(
        P1, "crm_link"
    )


parties = st.builds(
    lambda make, id, person, claims, inert: make(  # noqa: A006
        str(id), person=person, inert=inert, **({} if make is contact else {"claims": claims})
    ),
    st.sampled_from((contact, lead, account_contact)),
    st.integers(1, 4),
    st.sampled_from((None, P1, P2)),
    st.sampled_from((None, "1", "2")),
    st.booleans(),
)
keys = st.sampled_from((MAIL, "email:b@x.example", "hubspot:1", "hubspot:2", "salesforce:0031"))


def essence(decision):
    if isinstance(decision, Linked):
        return decision.person, decision.rule, set(decision.absorbs)
    return decision.why, {(one.system, one.kind, one.id) for one in decision.candidates}


@given(
    parties,
    st.lists(st.tuples(keys, parties), max_size=5, unique_by=lambda pair: pair),
    st.permutations(MATCH),
    st.data(),
)
def test_the_order_in_which_records_come_makes_no_difference(record, sharing, match, data):
    one_each = list({(key, party.system, party.kind, party.id): (key, party) for key, party in sharing}.values())
    shuffled = data.draw(st.permutations(one_each))
    assert essence(decide(record, one_each, match)) == essence(decide(record, shuffled, match))


@given(parties, st.lists(st.tuples(keys, parties), max_size=5), st.permutations(MATCH))
def test_nobody_is_linked_to_a_person_who_shares_no_key_and_who_is_linked_stays_with_someone_of_their_own(
    record, sharing, match
):
    decision = decide(record, sharing, match)
    if isinstance(decision, Linked):
        known = {party.person for _, party in sharing} | {record.person, new_person(record)}
        assert {decision.person, *decision.absorbs} <= known
        assert record.person is None or record.person in (decision.person, *decision.absorbs)
