"""What the emulated Salesforce org does with writes: its refusals, its rows' results, and what it does by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from connectors.sandbox.salesforce import Refusal
from connectors.sandbox.salesforce.soql import parse

from .emulated import DATA, START, Api

LEAD = {"LastName": "Moss", "Company": "Reynholm"}


class Writing(Api):
    def upsert(self, sobject, key, *rows, all_or_none=False):
        body = {"allOrNone": all_or_none, "records": [{"attributes": {"type": sobject}, **row} for row in rows]}
        answer = self("PATCH", f"composite/sobjects/{sobject}/{key}", body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def error(self, sobject, **fields):
        answer = self("POST", f"sobjects/{sobject}", fields)
        assert answer.status_code == 400, answer.text
        return answer.json()[0]["errorCode"], answer.json()[0]["message"]


@pytest.fixture
def api(server, session):
    session.headers["Sforce-Auto-Assign"] = "FALSE"
    return Writing(server.url, session)


def codes(results):
    return [result["errors"][0]["statusCode"] if result["errors"] else "" for result in results]


# one row


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"LastName": None}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"),
        ({"LastName": "  "}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"),
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG", f"First Name: data value too large: {'x' * 41} (max length=40)"),
        (
            {"Lifecycle_Stage__c": "Hot"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Lifecycle Stage: bad value for restricted picklist field: Hot",
        ),
        ({"Nope__c": 1}, "INVALID_FIELD", "No such column 'Nope__c' on sobject of type Lead"),
        ({"Email": "nobody"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody"),
        ({"OwnerId": "x"}, "MALFORMED_ID", "Owner ID: id value of incorrect type: x"),
        ({"OwnerId": "00500000000000zAAA"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_in_the_words_of_the_api(api, org, fields, code, message):
    assert api.error("Lead", **{**LEAD, **fields}) == (code, message)
    assert org.rows("Lead") == []


@pytest.mark.parametrize(
    "fields",
    [
        {"MQL_At__c": "2026-11-02"},
        {"MQL_At__c": "2026-11-02T09:00:00"},
        {"Recycle_Until__c": "2026-02-30"},
        {"Recycle_Until__c": "02.11.2026"},
        {"NumberOfEmployees": "many"},
        {"NumberOfEmployees": 1.5},
        {"Lifecycle_Cycle__c": {}},
        {"IsUnreadByOwner": None},
        {"Title": ["x"]},
    ],
)
def test_values_of_the_wrong_type_fail_in_the_parser(api, fields):
    code, message = api.error("Lead", **LEAD, **fields)
    assert code == "JSON_PARSER_ERROR"
    assert message.startswith("Cannot deserialize instance of")


def test_values_are_stored_as_the_org_shows_them(api, org):
    sent = {**LEAD, "MQL_At__c": "2026-11-02T10:00:00.750+01:00", "NumberOfEmployees": "10000", "Title": " Boss "}
    row = org.get("Lead", api("POST", "sobjects/lead", {**sent, "budget__C": 1.005}).json()["id"])
    assert row["MQL_At__c"] == "2026-11-02T09:00:00.000+0000"
    assert (row["NumberOfEmployees"], row["Title"], row["Budget__c"]) == (10_000, "Boss", 1.01)
    assert row["CreatedById"] == row["LastModifiedById"] == org.user_id
    assert row["Status"] == "Open - Not Contacted"


def test_broken_json_is_refused_whole(api):
    headers = {"Content-Type": "application/json"}
    for body in (b'{"LastName": "a\nb"}', b'{"Budget__c": NaN}', b"[]", b"{", b"\xff"):
        answer = api("POST", "sobjects/Lead", data=body, headers=headers)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert api("POST", "sobjects/Lead", data=b"{}").status_code == 415


def test_null_clears_a_field_and_a_missing_key_leaves_it(api, org):
    lead = org.create("Lead", {**LEAD, "Title": "T", "City": "Ulm"})
    assert api("PATCH", f"sobjects/Lead/{lead}", {"Title": None}).status_code == 204
    assert (org.get("Lead", lead)["Title"], org.get("Lead", lead)["City"]) == (None, "Ulm")


def test_a_write_that_changes_nothing_still_moves_the_stamp(api, org, clock):
    lead = org.create("Lead", LEAD)
    clock.now += timedelta(hours=1)
    api("PATCH", f"sobjects/Lead/{lead}", {"LastName": "Moss"})
    assert org.get("Lead", lead)["SystemModstamp"] == "2026-11-02T10:00:00.000+0000"
    assert org.get("Lead", lead)["CreatedDate"] == "2026-11-02T09:00:00.000+0000"


def test_read_only_fields_and_ids_cannot_be_sent(api, org):
    lead = org.create("Lead", LEAD)
    org.freeze_field("Lead", "Syncd_Why__c")
    assert api.error("Lead", **LEAD, IsDeleted=True, Name="x", Syncd_Why__c="y")[1].startswith(
        "Unable to create/update fields: IsDeleted, Name, Syncd_Why__c."
    )
    answer = api("PATCH", f"sobjects/Lead/{lead}", {"Id": lead, "Title": "x"})
    assert answer.json()[0]["message"] == "The Id field should not be specified in the sobject data."


def test_missing_deleted_and_wrong_ids_are_404(api, org):
    lead = org.create("Lead", LEAD)
    org.delete("Lead", lead)
    assert api("GET", f"sobjects/Lead/{lead}").json()[0]["errorCode"] == "ENTITY_IS_DELETED"
    assert api("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}).status_code == 404
    assert api("GET", f"sobjects/Contact/{org.user_id}").json()[0]["errorCode"] == "NOT_FOUND"
    assert api("DELETE", "sobjects/Lead/nonsense").status_code == 404


def test_an_inactive_user_owns_nothing_new(api, org):
    user = org.add_user("Old", "Hand", "old@sandbox.example")
    org.deactivate(user)
    assert api.error("Lead", **LEAD, OwnerId=user)[0] == "INACTIVE_OWNER_OR_USER"


def test_a_validation_rule_speaks_the_admins_words_to_the_api_only(api, org):
    org.add_validation_rule("Lead", "Phone, please.", lambda new, _: not new.get("Phone"), "Phone")
    assert api.error("Lead", **LEAD) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Phone, please.")
    assert org.create("Lead", LEAD)


def test_without_the_header_an_assignment_rule_takes_the_lead(api, org):
    queue = org.add_queue("Inbound")
    org.assign_to("Lead", queue)
    kept = api("POST", "sobjects/Lead", LEAD).json()["id"]
    moved = api("POST", "sobjects/Lead", LEAD, headers={"Sforce-Auto-Assign": None}).json()["id"]
    assert org.get("Lead", kept)["OwnerId"] == org.user_id
    assert org.get("Lead", moved)["OwnerId"] == queue


def test_a_duplicate_rule_names_its_matches_and_yields_to_the_header(api, org):
    lead = org.create("Lead", {**LEAD, "Email": "moss@r.example"})
    org.add_duplicate_rule("Lead", ["Email"])
    body = {**LEAD, "Email": "MOSS@r.example"}
    (error,) = api("POST", "sobjects/Lead", body).json()
    assert error["errorCode"] == "DUPLICATES_DETECTED"
    assert error["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]["Id"] == lead
    allowed = api("POST", "sobjects/Lead", body, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"})
    assert allowed.status_code == 201


# external ids


def test_an_external_id_is_found_without_case_and_blocks_a_second_record(api, org):
    lead = org.create("Lead", {**LEAD, "HubSpot_Id__c": "Ab1"})
    assert api("GET", "sobjects/Lead/HubSpot_Id__c/aB1").json()["Id"] == lead
    code, message = api.error("Lead", **LEAD, HubSpot_Id__c="ab1")
    assert code == "DUPLICATE_VALUE"
    assert message == f"duplicate value found: HubSpot_Id__c duplicates value on record with id: {lead[:15]}"
    org.delete("Lead", lead)
    assert api("GET", "sobjects/Lead/HubSpot_Id__c/ab1").status_code == 404
    assert api("POST", "sobjects/Lead", {**LEAD, "HubSpot_Id__c": "ab1"}).status_code == 201


def test_the_task_key_is_case_sensitive(api):
    rows = api.upsert("Task", "Syncd_Key__c", {"Syncd_Key__c": "k"}, {"Syncd_Key__c": "K"})
    assert [row["created"] for row in rows] == [True, True]


def test_several_matches_are_300_with_addresses(api, org):
    ids = [org.create("Contact", {"LastName": "A", "Email": "a@b.example"}) for _ in range(2)]
    answer = api("PATCH", "sobjects/Contact/Email/a@b.example", {"Title": "x"})
    assert answer.status_code == 300
    assert answer.json() == [f"{DATA}/sobjects/Contact/{each}" for each in ids]
    assert codes(api.upsert("Contact", "Email", {"Email": "a@b.example"})) == ["DUPLICATE_EXTERNAL_ID"]


def test_update_only_makes_nothing_and_the_key_stays_out_of_the_body(api, org):
    assert api("PATCH", "sobjects/Lead/HubSpot_Id__c/9?updateOnly=true", LEAD).status_code == 404
    body = {**LEAD, "HubSpot_Id__c": "9"}
    assert api("PATCH", "sobjects/Lead/HubSpot_Id__c/9", body).json()[0]["errorCode"] == "INVALID_FIELD"
    assert api("PATCH", "sobjects/Lead/Title/9", LEAD).json()[0]["errorCode"] == "NOT_FOUND"


# collections


def test_a_collection_upsert_answers_each_row_in_order(api, org):
    known = org.create("Lead", {**LEAD, "HubSpot_Id__c": "1"})
    rows = api.upsert(
        "Lead",
        "HubSpot_Id__c",
        {"HubSpot_Id__c": "1", "Title": "Boss"},
        {"HubSpot_Id__c": "2"},
        {"HubSpot_Id__c": "3", **LEAD},
        {"Title": "no key"},
        {"HubSpot_Id__c": "4", "Id": known},
    )
    assert codes(rows) == ["", "REQUIRED_FIELD_MISSING", "", "MISSING_ARGUMENT", "INVALID_FIELD"]
    assert rows[0] == {"id": known, "success": True, "errors": [], "created": False}
    assert rows[2]["created"] is True
    assert rows[1].keys() == {"success", "errors"}


def test_one_key_twice_in_a_call_fails_both_rows(api, org):
    rows = api.upsert("Lead", "HubSpot_Id__c", {"HubSpot_Id__c": "7", **LEAD}, {"HubSpot_Id__c": "7", **LEAD})
    assert codes(rows) == ["DUPLICATE_VALUE", "DUPLICATE_VALUE"]
    assert org.rows("Lead") == []


def test_all_or_none_leaves_nothing_behind(api, org):
    good, bad = {"HubSpot_Id__c": "1", **LEAD}, {"HubSpot_Id__c": "2"}
    rows = api.upsert("Lead", "HubSpot_Id__c", good, bad, all_or_none=True)
    assert codes(rows) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert org.rows("Lead") == []
    assert [row["created"] for row in api.upsert("Lead", "HubSpot_Id__c", good)] == [True]


def test_update_goes_by_id_and_a_row_without_a_type_fails_alone(api, org):
    lead = org.create("Lead", LEAD)
    kind = {"attributes": {"type": "Lead"}}
    rows = [{"Id": lead, "Title": "x"}, {"Id": lead[:15], "Title": "y", **kind}, {"Title": "z", **kind}]
    answer = api("PATCH", "composite/sobjects", {"allOrNone": False, "records": rows}).json()
    assert codes(answer) == ["JSON_PARSER_ERROR", "", "MISSING_ARGUMENT"]
    assert org.get("Lead", lead)["Title"] == "y"


def test_upsert_by_id_with_null_creates_as_in_the_recorded_calls(api):
    assert api.upsert("Account", "Id", {"Id": None, "Name": "A"})[0]["created"] is True


def test_more_than_200_rows_and_unknown_keys_are_refused_whole(api):
    rows = [{"attributes": {"type": "Lead"}, **LEAD}] * 201
    assert api("POST", "composite/sobjects", {"records": rows}).status_code == 400
    assert api("POST", "composite/sobjects", {"records": [], "all": 1}).json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_retrieve_answers_in_the_order_asked_with_null_for_the_missing(api, org):
    first, second, gone = (org.create("Lead", {**LEAD, "Title": name}) for name in "abc")
    org.delete("Lead", gone)
    ids = [second, gone, "00Q000000000000AAA", first[:15]]
    rows = api("POST", "composite/sobjects/Lead", {"ids": ids, "fields": ["Id", "Title", "Owner.Name"]}).json()
    assert [row and row["Title"] for row in rows] == ["b", None, None, "a"]
    assert rows[0]["Owner"]["Name"] == "Ada Admin"
    by_address = api("GET", f"composite/sobjects/Lead?ids={first},{second}&fields=Title").json()
    assert [row["Title"] for row in by_address] == ["a", "b"]
    bad = api("POST", "composite/sobjects/Lead", {"ids": [first], "fields": ["Nope"]})
    assert bad.json()[0]["errorCode"] == "INVALID_FIELD"


def test_a_locked_row_fails_as_often_as_it_was_locked(api, org):
    account = org.create("Account", {"Name": "A"})
    contact = org.create("Contact", {"LastName": "B", "AccountId": account})
    org.lock(account)
    row = {"attributes": {"type": "Contact"}, "Id": contact, "Title": "x"}
    answers = [api("PATCH", "composite/sobjects", {"records": [row]}).json() for _ in range(2)]
    assert [codes(answer) for answer in answers] == [["UNABLE_TO_LOCK_ROW"], [""]]
    assert account in answers[0][0]["errors"][0]["message"]


def test_rows_are_deleted_together_with_what_hangs_on_them(api, org):
    lead = org.create("Lead", LEAD)
    org.create("Task", {"WhoId": lead})
    answer = api("DELETE", f"composite/sobjects?ids={lead},{lead}").json()
    assert codes(answer) == ["", "ENTITY_IS_DELETED"]
    assert org.rows("Task") == []
    org.undelete("Lead", lead)
    assert [row["Id"] for row in org.rows("Lead")] == [lead]


# composite, deleted, updated


def test_a_composite_passes_ids_on_and_halts_what_hangs_on_a_failure(api, org):
    parts = [
        {"method": "POST", "url": f"{DATA}/sobjects/Account", "referenceId": "a", "body": {"Name": "A"}},
        {
            "method": "POST",
            "url": f"{DATA}/sobjects/Contact",
            "referenceId": "c",
            "body": {"LastName": "L", "AccountId": "@{a.id}"},
        },
        {"method": "POST", "url": f"{DATA}/sobjects/Lead", "referenceId": "l", "body": {}},
        {"method": "GET", "url": f"{DATA}/sobjects/Lead/@{{l.id}}", "referenceId": "g"},
    ]
    body = {"allOrNone": False, "compositeRequest": parts}
    answers = api("POST", "composite", body).json()["compositeResponse"]
    assert [answer["httpStatusCode"] for answer in answers] == [201, 201, 400, 400]
    assert answers[3]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert org.rows("Contact")[0]["AccountId"] == answers[0]["body"]["id"]
    answers = api("POST", "composite", {**body, "allOrNone": True}).json()["compositeResponse"]
    assert answers[0]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert len(org.rows("Account")) == 1


@pytest.mark.parametrize("parts", [None, [3], [{"referenceId": "a", "url": 3}], [{"referenceId": "a"}] * 2])
def test_a_composite_of_odd_parts_is_refused_whole(api, parts):
    assert api("POST", "composite", {"compositeRequest": parts}).json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_a_composite_is_bounded_and_names_its_parts_apart(api):
    part = {"method": "GET", "url": f"{DATA}/limits", "referenceId": "a"}
    assert api("POST", "composite", {"compositeRequest": [part, part]}).json()[0]["errorCode"] == "INVALID_INPUT"
    many = [{**part, "referenceId": f"r{number}"} for number in range(26)]
    assert api("POST", "composite", {"compositeRequest": many}).json()[0]["errorCode"] == "LIMIT_EXCEEDED"


def test_a_composite_is_one_call_however_many_parts_it_has(api, org):
    before = org.calls_today
    parts = [{"method": "GET", "url": f"{DATA}/limits", "referenceId": f"r{n}"} for n in range(25)]
    answer = api("POST", "composite", {"compositeRequest": parts})
    assert {part["httpStatusCode"] for part in answer.json()["compositeResponse"]} == {200}
    assert answer.headers["Sforce-Limit-Info"] == f"api-usage={before + 1}/{org.daily_limit}"


def test_a_composite_holds_no_composite_and_no_job(api):
    parts = [
        {"method": "POST", "url": f"{DATA}/{path}", "referenceId": f"r{n}", "body": {}}
        for n, path in enumerate(("composite", "jobs/ingest"))
    ]
    answer = api("POST", "composite", {"compositeRequest": parts}).json()["compositeResponse"]
    assert [part["body"][0]["errorCode"] for part in answer] == ["INVALID_INPUT", "INVALID_INPUT"]


def test_ids_need_not_be_in_the_order_of_creation(org):
    org.writer.pods = ("fj0000", "aa0000")
    ids = [org.create("Lead", {**LEAD, "HubSpot_Id__c": str(n)}) for n in range(3)]
    assert sorted(ids) != ids
    assert [row["Id"] for row in org.evaluator.run(parse("SELECT Id FROM Lead"), deleted=False, version="66.0")[0]] == (
        sorted(ids)
    )


def test_merged_contacts_keep_their_roles_and_e_mails(org):
    account = org.create("Account", {"Name": "Reynholm"})
    winner, loser = (org.create("Contact", {"LastName": name, "AccountId": account}) for name in ("Moss", "Mos"))
    deal = org.people.open_deal("Deal", account, [{"contact": loser, "role": "Evaluator"}])
    org.people.send_email(loser, "Hello", what=deal)
    org.merge(winner, loser)
    assert [row["ContactId"] for row in org.rows("OpportunityContactRole")] == [winner]
    assert winner in [row["RelationId"] for row in org.rows("EmailMessageRelation")]


def test_deleted_and_updated_cover_a_span_of_time(api, org, clock):
    keep, drop = org.create("Lead", LEAD), org.create("Lead", LEAD)
    org.delete("Lead", drop)
    clock.now += timedelta(minutes=10)
    span = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T12:00:00+00:00"}
    gone = api("GET", "sobjects/Lead/deleted", params=span).json()
    assert [each["id"] for each in gone["deletedRecords"]] == [drop]
    assert gone["latestDateCovered"] == "2026-11-02T09:10:00.000+0000"
    assert api("GET", "sobjects/Lead/updated", params=span).json()["ids"] == [keep]
    short = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T08:01:00Z"}
    assert api("GET", "sobjects/Lead/deleted", params=short).json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"
    old = {"start": "2026-10-01T08:00:00Z", "end": "2026-11-02T08:01:00Z"}
    assert api("GET", "sobjects/Lead/deleted", params=old).status_code == 400


# what the org does by itself


def test_a_stage_decides_closed_won_and_probability_and_leaves_history(api, org, clock):
    contact = org.create("Contact", {"LastName": "A"})
    fields = {"Name": "O", "StageName": "Prospecting", "CloseDate": "2026-12-31", "Amount": 1000, "ContactId": contact}
    deal = api("POST", "sobjects/Opportunity", fields).json()["id"]
    assert org.get("Opportunity", deal)["ExpectedRevenue"] == 100.0
    clock.now += timedelta(days=1)
    org.win(deal)
    row = org.get("Opportunity", deal)
    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["ForecastCategory"]) == (True, True, 100, "Closed")
    assert row["LastStageChangeDate"] == "2026-11-03T09:00:00.000+0000"
    assert [each["StageName"] for each in org.rows("OpportunityHistory")] == ["Prospecting", "Closed Won"]
    (role,) = org.rows("OpportunityContactRole")
    assert (role["ContactId"], role["IsPrimary"]) == (contact, True)
    answer = api("PATCH", f"sobjects/Opportunity/{deal}", {"ContactId": contact})
    assert answer.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_a_completed_task_is_closed_and_dated(org, clock):
    task = org.create("Task", {"Subject": "Call"})
    assert (org.get("Task", task)["Status"], org.get("Task", task)["IsClosed"]) == ("Not Started", False)
    org.complete_task(task, at=START + timedelta(hours=2))
    row = org.get("Task", task)
    assert (row["IsClosed"], row["CompletedDateTime"]) == (True, "2026-11-02T11:00:00.000+0000")


def test_a_task_takes_people_as_who_and_nothing_related_beside_a_lead(api, org):
    account, lead = org.create("Account", {"Name": "A"}), org.create("Lead", LEAD)
    code, message = api.error("Task", Subject="Call", WhoId=account)
    assert (code, message) == ("FIELD_INTEGRITY_EXCEPTION", f"Name ID: id value of incorrect type: {account}")
    assert api.error("Task", WhoId=lead, WhatId=account)[0] == "FIELD_INTEGRITY_EXCEPTION"
    assert api.error("Event", WhoId=lead)[0] == "REQUIRED_FIELD_MISSING"


def test_a_converted_lead_is_read_only_and_its_tasks_move_to_the_contact(api, org):
    lead = org.create("Lead", {**LEAD, "HubSpot_Id__c": "5", "Budget__c": 10})
    task = org.create("Task", {"WhoId": lead})
    org.map_conversion("HubSpot_Id__c", "Contact")
    done = org.convert(lead, opportunity="Big deal")
    row = org.get("Lead", lead)
    assert (row["IsConverted"], row["ConvertedDate"], row["Status"]) == (True, "2026-11-02", "Closed - Converted")
    assert row["ConvertedContactId"] == done.contact_id
    assert org.get("Contact", done.contact_id)["HubSpot_Id__c"] == "5"
    assert org.get("Contact", done.contact_id).get("Budget__c") is None
    assert org.get("Task", task)["WhoId"] == done.contact_id
    assert org.rows("OpportunityContactRole")[0]["OpportunityId"] == done.opportunity_id
    answer = api("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})
    assert answer.json() == [
        {"message": "cannot reference converted lead", "errorCode": "CANNOT_UPDATE_CONVERTED_LEAD", "fields": []}
    ]
    assert api.error("Task", WhoId=lead) == ("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    with pytest.raises(Refusal):
        org.convert(lead)


def test_conversion_may_use_known_records_and_make_no_opportunity(org):
    account = org.create("Account", {"Name": "A"})
    contact = org.create("Contact", {"LastName": "B", "AccountId": account})
    lead = org.create("Lead", LEAD)
    done = org.convert(lead, account=account, contact=contact, opportunity=False)
    assert (done.account_id, done.contact_id, done.opportunity_id) == (account, contact, None)
    with pytest.raises(Refusal):
        org.convert(org.create("Lead", LEAD), status="Working - Contacted")


def test_an_admins_failed_conversion_leaves_nothing_behind(org):
    lead = org.create("Lead", {**LEAD, "Title": "T"})
    org.create("Contact", {"LastName": "B", "HubSpot_Id__c": "1"})
    org.map_conversion("Title", "Nothing")
    with pytest.raises(KeyError):
        org.convert(lead)
    assert org.rows("Account") == []
    assert org.get("Lead", lead)["IsConverted"] is False


def test_people_may_work_while_the_api_is_called(api, org):
    leads = org.load("Lead", [LEAD] * 400)
    with ThreadPoolExecutor(1) as pool:
        work = pool.map(lambda lead: org.update("Lead", lead, {"City": "Ulm"}), leads)
        for start in range(0, 400, 50):
            rows = [{"attributes": {"type": "Lead"}, "Id": each, "Title": "x"} for each in leads[start : start + 50]]
            bad = {"attributes": {"type": "Lead"}}
            api("PATCH", "composite/sobjects", {"allOrNone": True, "records": [*rows, bad]})
            api("PATCH", "composite/sobjects", {"records": rows})
        list(work)
    assert {(row["City"], row["Title"]) for row in org.rows("Lead")} == {("Ulm", "x")}


def test_a_converted_status_is_not_set_by_a_plain_write(api):
    assert api.error("Lead", **LEAD, Status="Closed - Converted")[0] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_merge_leaves_the_loser_in_the_bin_with_its_master(org):
    winner, loser = org.create("Lead", LEAD), org.create("Lead", {**LEAD, "HubSpot_Id__c": "2"})
    task = org.create("Task", {"WhoId": loser})
    org.merge(winner, loser)
    row = org.get("Lead", loser)
    assert (row["IsDeleted"], row["MasterRecordId"]) == (True, winner)
    assert org.get("Task", task)["WhoId"] == winner
    assert org.create("Lead", {**LEAD, "HubSpot_Id__c": "2"})


def test_an_admin_may_backdate_and_add_a_field(api, org):
    org.add_field("Lead", "Region__c | picklist 255 | cup | North; South")
    lead = org.create("Lead", {**LEAD, "Region__c": "North"}, at=START - timedelta(days=40))
    (row,) = api("GET", "query?q=SELECT CreatedDate, Region__c FROM Lead WHERE Region__c = 'north'").json()["records"]
    assert (row["CreatedDate"], row["Region__c"]) == ("2026-09-23T09:00:00.000+0000", "North")
    assert org.get("Lead", lead)["LastModifiedById"] == org.admin_id


def test_a_parent_may_be_named_by_its_external_id(api, org):
    account = org.create("Account", {"Name": "A", "HubSpot_Id__c": "77"})
    made = api("POST", "sobjects/Contact", {"LastName": "B", "Account": {"HubSpot_Id__c": "77"}}).json()
    assert org.get("Contact", made["id"])["AccountId"] == account
    assert api.error("Contact", LastName="B", Account={"HubSpot_Id__c": "78"})[0] == "INVALID_FIELD"
