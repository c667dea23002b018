from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.sandbox.hubspot import Row

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
NOTE = {"hs_note_body": "Hello", "hs_timestamp": "2026-03-01T09:00:00Z"}
LINKS = "/crm/associations/2026-09"


def test_a_submission_makes_a_contact_and_dates_its_conversion(api, portal):
    form = portal.add_form("E-book", DAY)
    portal.submit_form(
        form, {"email": "Ann@acme.example", "firstname": "Ann"}, DAY, "https://acme.example/x", "Library"
    )
    contact = api("GET", "/crm/v3/objects/contacts/ann@acme.example", idProperty="email").json()["id"]
    seen = portal.values("contacts", contact)
    assert (seen["recent_conversion_event_name"], seen["firstname"]) == ("Library: E-book", "Ann")
    assert (seen["recent_conversion_date"], seen["lastmodifieddate"]) == ("2026-03-01T09:00:00.000Z",) * 2


def test_conversions_are_counted_and_keep_their_history(portal):
    book, demo = portal.add_form("E-book"), portal.add_form("Demo")
    for n, form in enumerate((book, book, demo)):
        portal.submit_form(form, {"email": "ann@acme.example"}, DAY + timedelta(days=n), page_title="Page")
    contact = str(*portal.tables["contacts"].ids)
    seen = portal.values("contacts", contact)
    assert (seen["num_conversion_events"], seen["num_unique_conversion_events"]) == ("3", "2")
    assert seen["first_conversion_date"] == "2026-03-01T09:00:00.000Z"
    names = portal.history("contacts", contact, "recent_conversion_event_name")
    dates = portal.history("contacts", contact, "recent_conversion_date")
    assert [each.value for each in names] == ["Page: Demo", "Page: E-book"]
    assert len(dates) == 3
    assert (names[0].source.type, names[0].source.id, names[0].source.label) == ("FORM", demo, "Demo")


def test_submissions_come_newest_first_in_pages_that_new_ones_do_not_shift(api, portal):
    form = portal.add_form("E-book")
    made = [portal.submit_form(form, {"email": f"p{n}@acme.example"}, DAY + timedelta(hours=n)) for n in range(5)]
    path = f"/form-integrations/v1/submissions/forms/{form}"
    first = api("GET", path, limit=2).json()
    portal.submit_form(form, {"email": "late@acme.example"})
    second = api("GET", path, limit=2, after=first["paging"]["next"]["after"]).json()
    third = api("GET", path, limit=2, after=second["paging"]["next"]["after"]).json()
    seen = [each["conversionId"] for page in (first, second, third) for each in page["results"]]
    assert seen == made[::-1]
    assert "paging" not in third
    assert first["results"][0]["values"] == [{"name": "email", "value": "p4@acme.example", "objectTypeId": "0-1"}]
    assert first["results"][0]["submittedAt"] == int((DAY + timedelta(hours=4)).timestamp() * 1000)
    assert api("GET", path, limit=51).status_code == 400
    assert api("GET", path, after="???").status_code == 400
    assert api("GET", "/form-integrations/v1/submissions/forms/none").status_code == 404


def test_forms_are_listed_at_both_of_their_places(api, portal):
    form = portal.add_form("E-book", DAY)
    for place in ("/marketing/v3/forms/", "/marketing/forms/2026-09-beta"):
        listed = api("GET", place).json()["results"]
        assert [(each["id"], each["name"], each["createdAt"]) for each in listed] == [
            (form, "E-book", "2026-03-01T09:00:00.000Z")
        ]
    assert api("GET", f"/marketing/v3/forms/{form}").json()["name"] == "E-book"


def test_a_logged_call_moves_the_contacts_dates(api, portal):
    contact = portal.create("contacts", {"email": "ann@acme.example"}, DAY)
    moment = DAY + timedelta(days=2)
    call = portal.create("calls", {"hs_timestamp": moment.isoformat(), "hs_call_title": "Intro"}, moment)
    portal.associate("calls", call, "contacts", contact, moment)
    seen = portal.values("contacts", contact)
    assert (seen["notes_last_contacted"], seen["num_contacted_notes"]) == ("2026-03-03T09:00:00.000Z", "1")
    assert seen["lastmodifieddate"] == "2026-03-03T09:00:00.000Z"


def test_an_association_moves_no_date_but_shows_the_company(api, portal):
    contact = portal.create("contacts", {"email": "ann@acme.example"}, DAY)
    company = portal.create("companies", {"name": "Acme"}, DAY)
    portal.associate("companies", company, "contacts", contact)
    seen = api(
        "GET", f"/crm/v3/objects/contacts/{contact}", properties="associatedcompanyid", associations="companies"
    ).json()
    assert (seen["properties"]["associatedcompanyid"], seen["updatedAt"]) == (company, "2026-03-01T09:00:00.000Z")
    assert seen["associations"]["companies"]["results"] == [{"id": company, "type": "contact_to_company"}]


def test_associations_are_read_by_the_thousand_with_misses_as_errors(api, portal):
    contact = portal.create("contacts", {"email": "ann@acme.example"})
    note = portal.create("notes", {"hs_note_body": "Hello"})
    portal.associate("notes", note, "contacts", contact)
    body = api("POST", f"{LINKS}/contacts/notes/batch/read", {"inputs": [{"id": contact}, {"id": "1"}]}).json()
    assert body["results"][0]["to"] == [
        {"toObjectId": note, "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 201, "label": None}]}
    ]
    assert body["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    old = api("POST", "/crm/v4/associations/contacts/notes/batch/read", {"inputs": [{"id": contact}, {"id": "1"}]})
    assert (old.status_code, old.json()["results"][0]["to"][0]["toObjectId"]) == (207, int(note))
    too_many = {"inputs": [{"id": str(n)} for n in range(1001)]}
    assert api("POST", f"{LINKS}/contacts/notes/batch/read", too_many).status_code == 400


def test_more_than_five_hundred_associations_come_in_pages(api, portal):
    company = portal.create("companies", {"name": "Acme"})
    contacts = [portal.create("contacts", {"email": f"p{n}@acme.example"}) for n in range(501)]
    for contact in contacts:
        portal.associate("contacts", contact, "companies", company)
    path = f"{LINKS}/companies/contacts/batch/read"
    first = api("POST", path, {"inputs": [{"id": company}]}).json()["results"][0]
    rest = api("POST", path, {"inputs": [{"id": company, "after": first["paging"]["next"]["after"]}]}).json()[
        "results"
    ][0]
    assert [each["toObjectId"] for each in first["to"] + rest["to"]] == contacts


def test_associations_follow_a_merge(api, portal):
    first, second = (portal.create("contacts", {"email": f"p{n}@acme.example"}) for n in range(2))
    company = portal.create("companies", {"name": "Acme"})
    portal.associate("contacts", second, "companies", company)
    merged = portal.merge(first, second)
    body = api("POST", f"{LINKS}/companies/contacts/batch/read", {"inputs": [{"id": company}]}).json()
    assert [each["toObjectId"] for each in body["results"][0]["to"]] == [merged]


def test_a_record_is_created_with_its_associations(api, portal):
    contact = portal.create("contacts", {"email": "ann@acme.example"})
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}
    body = {"properties": NOTE, "associations": [{"to": {"id": contact}, "types": [spec]}]}
    note = api("POST", "/crm/objects/2026-09/notes", body).json()["id"]
    seen = api("GET", f"/crm/objects/2026-09/notes/{note}/associations/contacts").json()["results"]
    assert [each["toObjectId"] for each in seen] == [contact]
    body["associations"][0]["types"] = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    assert api("POST", "/crm/objects/2026-09/notes", body).status_code == 400


def test_the_default_association_is_put(api, portal):
    contact = portal.create("contacts", {"email": "ann@acme.example"})
    company = portal.create("companies", {"name": "Acme"})
    path = f"/crm/objects/2026-09/contacts/{contact}/associations/default/companies/{company}"
    assert api("PUT", path).json()["results"][0]["associationSpec"]["associationTypeId"] == 279
    assert portal.values("contacts", contact)["associatedcompanyid"] == company


def test_a_lead_needs_a_name_and_a_contact(api, portal):
    contact = portal.create("contacts", {"email": "ann@acme.example"})
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}
    body = {"properties": {"hs_lead_name": "Ann"}}
    assert api("POST", "/crm/objects/2026-09/leads", body).status_code == 400
    body["associations"] = [{"to": {"id": contact}, "types": [spec]}]
    assert api("POST", "/crm/objects/2026-09/leads", body).status_code == 201


def test_a_create_with_a_bad_association_leaves_no_record(api, portal):
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}
    body = {"properties": NOTE, "associations": [{"to": {"id": "1"}, "types": [spec]}]}
    assert api("POST", "/crm/objects/2026-09/notes", body).status_code == 404
    body["associations"] = [{"to": "1"}]
    assert api("POST", "/crm/objects/2026-09/notes", body).status_code == 400
    assert portal.tables["notes"].live == {}


def test_loaded_associations_are_read_like_others_and_move_nothing(api, portal):
    contacts = portal.load("contacts", [Row({"email": f"p{n}@acme.example"}, DAY) for n in range(2)])
    companies = portal.load("companies", [Row({"name": f"Firm {n}"}, DAY) for n in range(2)])
    calls = portal.load("calls", [Row({"hs_timestamp": "2026-03-01T09:00:00.000Z"}, DAY)])
    portal.load_associations("contacts", "companies", [(contacts[0], each) for each in companies])
    portal.load_associations("calls", "contacts", [(calls[0], contacts[1])])
    rows = api("POST", f"{LINKS}/contacts/companies/batch/read", {"inputs": [{"id": contacts[0]}]}).json()["results"]
    types = [[each["typeId"] for each in to["associationTypes"]] for to in rows[0]["to"]]
    assert types == [[1, 279], [279]]
    rows = api("POST", f"{LINKS}/contacts/calls/batch/read", {"inputs": [{"id": contacts[1]}]}).json()["results"]
    assert [to["toObjectId"] for to in rows[0]["to"]] == calls
    assert portal.values("contacts", contacts[1])["lastmodifieddate"] == "2026-03-01T09:00:00.000Z"


def test_archived_records_are_associated_with_nobody_until_they_are_restored(api, portal):
    contact = portal.create("contacts", {"email": "ann@acme.example"})
    company = portal.create("companies", {"name": "Acme"})
    portal.associate("contacts", contact, "companies", company)

    def linked():
        body = api("POST", f"{LINKS}/contacts/companies/batch/read", {"inputs": [{"id": contact}]}).json()
        return [each["toObjectId"] for row in body["results"] for each in row["to"]]

    portal.archive("companies", company)
    assert linked() == []
    portal.restore("companies", company)
    assert linked() == [company]
