from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.hubspot import Row, Source

CONTACTS = "/crm/objects/2026-09/contacts"
DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def ann(portal):
    return portal.create("contacts", {"email": "ann@acme.example", "lifecyclestage": "customer"}, DAY)


def properties(api, contact, *names, **params):
    return api("GET", f"{CONTACTS}/{contact}", properties=",".join(names), **params).json()["properties"]


def test_a_backward_stage_write_changes_nothing_and_says_nothing(api, ann):
    answer = api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"lifecyclestage": "lead"}})
    assert answer.status_code == 200
    assert answer.json()["updatedAt"] == "2026-03-01T09:00:00.000Z"
    assert properties(api, ann, "lifecyclestage")["lifecyclestage"] == "customer"


def test_a_stage_goes_back_when_it_is_cleared_first(api, ann):
    api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"lifecyclestage": ""}})
    api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"lifecyclestage": "lead"}})
    assert properties(api, ann, "lifecyclestage")["lifecyclestage"] == "lead"


def test_a_person_in_hubspot_may_move_a_stage_back(portal, ann):
    portal.update("contacts", ann, {"lifecyclestage": "lead"}, DAY + timedelta(days=1))
    assert portal.values("contacts", ann)["lifecyclestage"] == "lead"


def test_a_write_that_changes_nothing_moves_no_date(api, ann):
    answer = api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"email": "ANN@acme.example"}})
    assert (answer.status_code, answer.json()["updatedAt"]) == (200, "2026-03-01T09:00:00.000Z")


def test_an_empty_text_clears_and_a_null_is_passed_over(api, portal, ann):
    api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"firstname": "Ann", "city": "Gent"}})
    api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"firstname": "", "city": None}})
    assert portal.values("contacts", ann)["firstname"] == ""
    assert portal.values("contacts", ann)["city"] == "Gent"


def test_stage_dates_are_epoch_ms_in_the_answer_of_a_write_and_iso_in_reads(api):
    made = api("POST", CONTACTS, {"properties": {"email": "x@acme.example", "lifecyclestage": "lead"}})
    assert made.status_code == 201
    assert made.json()["properties"]["hs_lifecyclestage_lead_date"] == "1795176000000"
    name = "hs_lifecyclestage_lead_date"
    assert properties(api, made.json()["id"], name)[name] == "2026-11-20T12:00:00.000Z"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("no_such", "x", "PROPERTY_DOESNT_EXIST"),
        ("hs_email_click", "3", "READ_ONLY_VALUE"),
        ("lastmodifieddate", "1", "READ_ONLY_VALUE"),
        ("lifecyclestage", "Lead", "INVALID_OPTION"),
        ("hs_lead_status", "Maybe", "INVALID_OPTION"),
        ("email", "not an address", "INVALID_EMAIL"),
        ("date_of_birth", "1700000000001", "INVALID_DATE"),
        ("closedate", "soon", "INVALID_LONG"),
        ("hubspot_owner_id", "1", "INVALID_OWNER_ID"),
    ],
)
def test_a_bad_value_is_refused_and_named(api, ann, name, value, code):
    answer = api("PATCH", f"{CONTACTS}/{ann}", {"properties": {name: value, "city": "Gent"}})
    body = answer.json()
    assert (answer.status_code, body["category"]) == (400, "VALIDATION_ERROR")
    assert [(each["code"], each["context"]["propertyName"]) for each in body["errors"]] == [(code, [name])]
    assert properties(api, ann, "city")["city"] is None


def test_another_contacts_address_is_a_conflict(api, portal, ann):
    other = portal.create("contacts", {"email": "bob@acme.example"})
    answer = api("PATCH", f"{CONTACTS}/{other}", {"properties": {"email": "ann@acme.example"}})
    assert (answer.status_code, answer.json()["message"]) == (409, f"Contact already exists. Existing ID: {ann}")
    api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"email": "free@acme.example"}})
    assert api("PATCH", f"{CONTACTS}/{other}", {"properties": {"email": "ann@acme.example"}}).status_code == 200


def test_a_contact_is_found_by_its_address(api, ann):
    assert api("GET", f"{CONTACTS}/Ann%40acme.example", idProperty="email").json()["id"] == ann
    assert api("GET", f"{CONTACTS}/x", idProperty="jobtitle").status_code == 400
    assert api("GET", f"{CONTACTS}/999").status_code == 404


def test_archiving_moves_no_date_and_unknown_ids_are_answered_alike(api, ann):
    assert api("DELETE", f"{CONTACTS}/{ann}").status_code == 204
    assert api("DELETE", f"{CONTACTS}/999").status_code == 204
    assert api("GET", f"{CONTACTS}/{ann}").status_code == 404
    gone = api("GET", f"{CONTACTS}/{ann}", archived="true").json()
    assert (gone["archivedAt"], gone["updatedAt"]) == ("2026-11-20T12:00:00.000Z", "2026-03-01T09:00:00.000Z")
    assert api("POST", CONTACTS, {"properties": {"email": "ann@acme.example"}}).status_code == 201


def test_merged_ids_answer_with_a_new_record(api, portal, ann):
    bob = portal.create("contacts", {"email": "bob@acme.example", "city": "Gent", "lifecyclestage": "lead"}, DAY)
    merged = api("POST", f"{CONTACTS}/merge", {"primaryObjectId": ann, "objectIdToMerge": bob}).json()["id"]
    assert merged not in (ann, bob)
    assert [api("GET", f"{CONTACTS}/{old}").json()["id"] for old in (ann, bob)] == [merged, merged]
    seen = properties(api, ann, "city", "lifecyclestage", "hs_merged_object_ids", "hs_additional_emails")
    assert (seen["city"], seen["lifecyclestage"]) == ("Gent", "customer")
    assert seen["hs_merged_object_ids"] == f"{ann};{bob}"
    assert seen["hs_additional_emails"] == "bob@acme.example"
    assert api("GET", f"{CONTACTS}/bob%40acme.example", idProperty="email").json()["id"] == merged
    again = portal.create("contacts", {"email": "cat@acme.example"})
    last = portal.merge(again, bob)
    assert {api("GET", f"{CONTACTS}/{old}").json()["id"] for old in (ann, bob, merged, again)} == {last}


def test_an_erased_person_leaves_nothing(api, portal, ann):
    form = portal.add_form("E-book")
    portal.submit_form(form, {"email": "ann@acme.example"})
    assert (
        api("POST", f"{CONTACTS}/gdpr-delete", {"objectId": "ann@acme.example", "idProperty": "email"}).status_code
        == 204
    )
    assert api("GET", f"{CONTACTS}/{ann}", archived="true").status_code == 404
    assert api("GET", CONTACTS, archived="true").json()["results"] == []
    assert api("GET", f"/form-integrations/v1/submissions/forms/{form}").json()["results"] == []


def test_history_is_newest_first_and_capped(api, portal, ann):
    deal = portal.create("deals", {"dealname": "Big", "amount": "0"}, DAY)
    for n in range(1, 51):
        portal.update("contacts", ann, {"city": f"City {n}"}, DAY + timedelta(days=n))
        portal.update("deals", deal, {"amount": str(n)}, DAY + timedelta(days=n))
    contact = api("GET", f"{CONTACTS}/{ann}", propertiesWithHistory="city").json()["propertiesWithHistory"]["city"]
    other = api("GET", f"/crm/v3/objects/deals/{deal}", propertiesWithHistory="amount").json()
    assert (len(contact), contact[0]["value"], contact[-1]["value"]) == (45, "City 50", "City 6")
    assert len(other["propertiesWithHistory"]["amount"]) == 20
    assert len(portal.history("contacts", ann, "city")) == 50


def test_a_backdated_value_takes_its_place_in_history(portal, ann):
    portal.update("contacts", ann, {"city": "Gent"}, DAY + timedelta(days=9))
    portal.update("contacts", ann, {"city": "Brugge"}, DAY + timedelta(days=3))
    assert [each.value for each in portal.history("contacts", ann, "city")] == ["Gent", "Brugge"]
    assert portal.values("contacts", ann)["city"] == "Gent"
    assert portal.values("contacts", ann)["lastmodifieddate"] == "2026-03-10T09:00:00.000Z"


def test_a_create_is_echoed_when_asked_for(api, portal, clock):
    portal.echo_after_create = timedelta(seconds=5)
    contact = api("POST", CONTACTS, {"properties": {"email": "x@acme.example"}}).json()["id"]
    clock.advance(seconds=6)
    assert api("GET", f"{CONTACTS}/{contact}").json()["updatedAt"] == "2026-11-20T12:00:05.000Z"


def test_required_properties_bind_the_newest_generation_only(api, portal):
    portal.required_on_create["contacts"] = frozenset({"lastname"})
    assert api("POST", CONTACTS, {"properties": {"email": "x@acme.example"}}).status_code == 400
    assert api("POST", "/crm/v3/objects/contacts", {"properties": {"email": "x@acme.example"}}).status_code == 201


def test_an_owner_brings_the_date_of_assignment(api, portal, ann):
    owner = portal.add_owner("sam@acme.example", "Sam", "Sales")
    api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"hubspot_owner_id": owner}})
    assert (
        properties(api, ann, "hubspot_owner_assigneddate")["hubspot_owner_assigneddate"] == "2026-11-20T12:00:00.000Z"
    )


def test_new_stages_bring_their_options_order_and_dates(api, portal, ann):
    portal.set_options("contacts", "lifecyclestage", [("lead", "Lead"), ("118", "Partner"), ("customer", "Customer")])
    assert api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"lifecyclestage": "118"}}).status_code == 200
    assert portal.values("contacts", ann)["lifecyclestage"] == "customer"
    other = portal.create("contacts", {"email": "x@acme.example", "lifecyclestage": "118"}, DAY)
    assert portal.values("contacts", other)["hs_v2_date_entered_118"] == "2026-03-01T09:00:00.000Z"


def test_a_custom_property_is_defined_once_and_then_written(api, ann):
    body = {
        "name": "syncd_stage",
        "label": "Stage",
        "type": "enumeration",
        "fieldType": "select",
        "groupName": "contactinformation",
    }
    body["options"] = [{"label": "MQL", "value": "mql", "hidden": False, "displayOrder": 0}]
    made = api("POST", "/crm/properties/2026-09/contacts", body)
    assert (made.status_code, made.json()["options"][0]["value"]) == (201, "mql")
    assert api("POST", "/crm/properties/2026-09/contacts", body).status_code == 409
    assert api("POST", "/crm/properties/2026-09/contacts", {"name": "x"}).status_code == 400
    assert api("PATCH", f"{CONTACTS}/{ann}", {"properties": {"syncd_stage": "mql"}}).status_code == 200
    assert api("GET", "/crm/properties/2026-09/contacts/no_such").status_code == 404


def test_loaded_records_bring_their_past(api, portal):
    form = Source("FORM", "f-1")
    past = {"lifecyclestage": [(DAY, "lead", form), (DAY + timedelta(days=2), "customer", form)]}
    (contact,) = portal.load("contacts", [Row({"email": "x@acme.example", "city": "Gent"}, DAY, history=past)])
    body = api("GET", f"{CONTACTS}/{contact}", propertiesWithHistory="lifecyclestage,city").json()
    assert [each["value"] for each in body["propertiesWithHistory"]["lifecyclestage"]] == ["customer", "lead"]
    assert body["propertiesWithHistory"]["city"][0]["timestamp"] == body["createdAt"] == "2026-03-01T09:00:00.000Z"
    assert body["updatedAt"] == "2026-03-03T09:00:00.000Z"
    assert api("GET", f"{CONTACTS}/X%40acme.example", idProperty="email").json()["id"] == contact


def test_a_malformed_property_is_refused(api):
    body = {
        "name": "plan",
        "label": "Plan",
        "type": "enumeration",
        "fieldType": "select",
        "groupName": "contactinformation",
    }
    assert api("POST", "/crm/properties/2026-09/contacts", body | {"options": ["a"]}).status_code == 400
    assert api("POST", "/crm/properties/2026-09/contacts", body | {"type": "text"}).status_code == 400
    assert api("POST", "/crm/properties/2026-09/contacts", body | {"name": "Plan"}).status_code == 400


def test_the_time_in_a_stage_is_counted_once_it_is_left(api, portal, clock):
    contact = portal.create("contacts", {"email": "ann2@acme.example", "lifecyclestage": "lead"})
    for days, stage in ((2, ""), (1, "lead"), (3, "salesqualifiedlead")):
        clock.advance(days=days)
        assert api("PATCH", f"{CONTACTS}/{contact}", {"properties": {"lifecyclestage": stage}}).status_code == 200
    seen, day = portal.values("contacts", contact), 86_400_000
    assert int(seen["hs_v2_latest_time_in_lead"]) == 3 * day
    assert int(seen["hs_v2_cumulative_time_in_lead"]) == 5 * day
    assert seen["hs_v2_date_entered_current_stage"] == seen["hs_v2_date_entered_salesqualifiedlead"]
