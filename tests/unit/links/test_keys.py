"""The keys by which records of one person find each other."""

from __future__ import annotations

import pytest

from connectors.records import System
from syncd.links.keys import business_domain, keys_of

HUBSPOT, SALESFORCE = System.HUBSPOT, System.SALESFORCE
CONTACT_ID, LEAD_ID = "003000000000001AAA", "00Q000000000001AAA"


def keys(system, kind, record_id, replaces=(), merged_into=None, **properties):
    return keys_of(system, kind, record_id, properties, replaces, "HubSpot_Id__c", merged_into)


def test_a_hubspot_contact_is_known_by_its_ids_its_crm_links_and_all_its_addresses():
    found = keys(
        HUBSPOT,
        "contact",
        "1",
        replaces=["7"],
        email="Anna@Acme.example ",
        hs_additional_emails="a@x.example; ANNA@acme.example",
        salesforcecontactid=CONTACT_ID,
    )
    assert found == (
        "hubspot:1",
        "hubspot:7",
        "salesforce:003000000000001",
        "email:anna@acme.example",
        "email:a@x.example",
    )


def test_both_forms_of_a_salesforce_id_are_one_key():
    assert (
        keys(SALESFORCE, "lead", LEAD_ID) == keys(SALESFORCE, "lead", LEAD_ID[:15]) == ("salesforce:00Q000000000001",)
    )


def test_a_salesforce_record_is_known_by_the_hubspot_id_that_it_names():
    assert keys(SALESFORCE, "lead", LEAD_ID, HubSpot_Id__c="1", Email="A@x.example") == (
        "hubspot:1",
        "salesforce:00Q000000000001",
        "email:a@x.example",
    )


def test_a_converted_lead_and_a_merged_contact_have_the_id_of_what_took_their_place():
    assert "salesforce:003000000000001" in keys(SALESFORCE, "lead", LEAD_ID, ConvertedContactId=CONTACT_ID)
    assert "salesforce:003000000000001" in keys(SALESFORCE, "contact", "003000000000002AAA", merged_into=CONTACT_ID)


@pytest.mark.parametrize("kind", ["company", "account", "task", "opportunity", "user"])
def test_other_kinds_are_nobody(kind):
    assert keys(SALESFORCE, kind, "001", Email="a@x.example") == ()


@pytest.mark.parametrize("mail", [None, "", "no address", " ; "])
def test_what_is_no_address_is_no_key(mail):
    assert keys(HUBSPOT, "form_submission", "f1", email=mail) == ()
    assert keys(HUBSPOT, "form_submission", "f1", email="A@x.example") == ("email:a@x.example",)


@pytest.mark.parametrize(
    ("mail", "domain"),
    [
        ("anna@Acme.example", "acme.example"),
        ("anna@gmail.com", None),
        ("anna@localhost", None),
        ("nonsense", None),
        (None, None),
    ],
)
def test_only_a_business_address_names_a_company(mail, domain):
    assert business_domain(mail) == domain
