"""The emulated Salesforce org as simple-salesforce and a plain HTTP client see it: sessions, describes, queries."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce import Salesforce, SalesforceExpiredSession, SalesforceMalformedRequest
from simple_salesforce.format import format_external_id

from connectors.sandbox.salesforce.ids import lengthen, normal_id

from .emulated import DATA, START, Api, Loopback


class Asking(Api):
    def query(self, text, road="query", **kwargs):
        return self("GET", road, params={"q": text}, **kwargs)

    def found(self, text, road="query"):
        answer = self.query(text, road)
        assert answer.status_code == 200, answer.text
        return answer.json()["records"]

    def refused(self, text):
        answer = self.query(text)
        assert answer.status_code == 400
        return answer.json()[0]["errorCode"], answer.json()[0]["message"]


def sign_in(url, session, **form):
    form = form or {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    form.setdefault("grant_type", "client_credentials")
    return session.post(f"{url}/services/oauth2/token", data=form, timeout=10)


@pytest.fixture
def api(server, session):
    session.headers["Sforce-Auto-Assign"] = "FALSE"
    return Asking(server.url, session)


def leads(org, count, **fields):
    return org.load("Lead", [{"LastName": f"L{n:05}", "Company": "C", **fields} for n in range(count)])


# simple-salesforce


def test_simple_salesforce_walks_all_pages_of_a_query(org, sf):
    ids = leads(org, 4_500)
    rows = sf.query_all("SELECT Id, Name FROM Lead ORDER BY Id")["records"]
    assert [row["Id"] for row in rows] == ids
    assert set(rows[0]) == {"attributes", "Id", "Name"}


def test_simple_salesforce_creates_reads_changes_and_deletes_a_lead(org, sf):
    made = sf.Lead.create({"LastName": "Moss", "Company": "Reynholm"})
    assert made["success"] is True
    assert sf.Lead.update(made["id"], {"Title": "Head of IT"}) == 204
    assert sf.Lead.get(made["id"])["Title"] == "Head of IT"
    assert sf.Lead.delete(made["id"]) == 204
    assert org.rows("Lead") == []


def test_simple_salesforce_upserts_a_strange_external_id_once(org, sf):
    path = format_external_id("HubSpot_Id__c", "hs:1/ä %")
    first = sf.Lead.upsert(path, {"LastName": "Moss", "Company": "R"}, raw_response=True)
    again = sf.Lead.upsert(path, {"Title": "T"}, raw_response=True)
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert [row["HubSpot_Id__c"] for row in org.rows("Lead")] == ["hs:1/ä %"]


def test_simple_salesforce_writes_a_collection(sf):
    rows = [{"attributes": {"type": "Lead"}, "LastName": name, "Company": "C"} for name in ("A", "B")]
    answer = sf.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": rows})
    assert [row["success"] for row in answer] == [True, True]


def test_simple_salesforce_signs_in_again_when_its_session_has_ended(org, sf):
    org.expire_tokens()
    assert sf.query("SELECT Id FROM Lead")["totalSize"] == 0
    assert org.tokens.issued == 2


def test_simple_salesforce_with_a_borrowed_token_sees_an_ended_session_as_expired(org, server):
    with Loopback(server.url) as session:
        token = sign_in(server.url, requests).json()["access_token"]
        sf = Salesforce(instance="acme.my.salesforce.com", session_id=token, session=session, version="66.0")
        assert sf.query("SELECT Id FROM Lead")["done"]
        org.expire_tokens()
        with pytest.raises(SalesforceExpiredSession):
            sf.query("SELECT Id FROM Lead")


def test_simple_salesforce_sees_a_bad_query_as_malformed(sf):
    with pytest.raises(SalesforceMalformedRequest):
        sf.query("SELECT Id FROM Lead WHERE")


def test_simple_salesforce_describes_an_object_in_any_case_and_lists_limits(sf):
    names = [field["name"] for field in sf.lead.describe()["fields"]]
    assert {"HubSpot_Id__c", "Lifecycle_Stage__c", "SystemModstamp"} <= set(names)
    assert sf.limits()["DailyApiRequests"]["Max"] == 100_000


# sessions and versions


def test_a_token_answer_names_the_instance_and_no_expiry(org, server):
    answer = requests.post(
        f"{server.url}/services/oauth2/token",
        {"grant_type": "client_credentials"},
        auth=("sandbox-client", "sandbox-secret"),
        timeout=10,
    ).json()
    assert answer["instance_url"] == server.url
    assert answer["id"] == f"https://login.salesforce.com/id/{org.org_id}/{org.user_id}"
    assert "expires_in" not in answer


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "nobody", "client_secret": "x"}, "invalid_client_id"),
        ({"client_id": "sandbox-client", "client_secret": "x"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, "invalid_grant"),
    ],
)
def test_wrong_credentials_are_refused_by_their_oauth_name(server, form, error):
    answer = sign_in(server.url, requests, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"aud": "https://login.salesforce.com"}, 400),
        ({"exp": START - timedelta(seconds=1)}, 400),
        ({"iss": "x"}, 400),
        ({"sub": "x"}, 400),
    ],
)
def test_a_signed_assertion_is_judged_by_its_claims(org, server, changes, status):
    key = rsa.generate_private_key(65537, 2048)
    org.tokens.public_key = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = {
        "iss": "sandbox-client",
        "sub": "integration@sandbox.example.sandbox",
        "aud": server.url,
        "exp": START + timedelta(minutes=3),
    }
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode({**claims, **changes}, key, "RS256"),
    }
    assert sign_in(server.url, requests, **form).status_code == status


def test_a_call_without_a_living_session_is_401(api, org):
    org.expire_tokens()
    answer = api("GET", "limits")
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_versions_are_listed_without_a_session_and_unknown_ones_refused(api, server):
    versions = requests.get(f"{server.url}/services/data", timeout=10).json()
    assert versions[-1] == {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"}
    assert versions[-2]["label"] == "Spring '26"
    assert versions[-3]["label"] == "Winter '26"
    assert api("GET", "/services/data/v99.0/limits").status_code == 404
    assert api("GET", "/services/data/v29.0/limits").json()[0]["errorCode"] == "GONE"


def test_every_answer_tells_the_usage_and_the_limit_ends_it_for_a_day(api, org, clock):
    assert api("GET", "limits").headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    org.enforce_limit, org.daily_limit = True, 1
    answer = api("GET", "limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    clock.now += timedelta(hours=24)
    assert api("GET", "limits").status_code == 200


def test_unknown_addresses_are_404_and_wrong_methods_405(api):
    assert api("POST", "composite/batch", {}).json()[0]["errorCode"] == "NOT_FOUND"
    assert api("GET", "sobjects/Leed/describe").status_code == 404
    assert api("PUT", "sobjects/Lead", {}).json()[0]["errorCode"] == "METHOD_NOT_ALLOWED"


def test_an_address_may_be_too_long_by_itself_or_with_its_headers(api):
    sizes = {length: api("GET", "query", params={"q": "x" * length}).status_code for length in (16_400, 16_300, 15_000)}
    assert sizes == {16_400: 414, 16_300: 431, 15_000: 400}


def test_bodies_may_come_in_chunks_and_the_connection_lives_on(api, org):
    def chunks():
        yield b'{"LastName": "Moss",'
        yield b'"Company": "Reynholm"}'

    url = f"{api.url}{DATA}/sobjects/Lead"
    for _ in range(2):
        answer = api.session.post(url, data=chunks(), headers={"Content-Type": "application/json"}, timeout=10)
        assert (answer.status_code, answer.headers["Location"].rpartition("/")[2]) == (201, answer.json()["id"])
    assert len(org.rows("Lead")) == 2


def test_the_columns_of_a_query_are_told_instead_of_its_rows(api):
    answer = api("GET", "query", params={"q": "SELECT id, Amount, Owner.Name FROM Opportunity", "columns": "true"})
    told = answer.json()
    assert (told["entityName"], told["idSelected"]) == ("Opportunity", True)
    assert [each["columnName"] for each in told["columnMetadata"]] == ["Id", "Amount", "Owner"]
    assert told["columnMetadata"][1]["numberType"]
    assert told["columnMetadata"][2]["joinColumns"][0]["columnName"] == "Name"


def test_user_info_names_the_integration_user(api, org):
    assert api("GET", "/services/oauth2/userinfo").json()["user_id"] == org.user_id


# describes


def test_a_describe_is_304_until_the_setup_changes(api, org, clock):
    first = api("GET", "sobjects/Lead/describe")
    headers = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert api("GET", "sobjects/Lead/describe", headers=headers).status_code == 304
    clock.now += timedelta(seconds=2)
    org.remove_field("Lead", "Syncd_Run__c")
    names = [each["name"] for each in api("GET", "sobjects/Lead/describe", headers=headers).json()["fields"]]
    assert "Syncd_Run__c" not in names


def test_a_hidden_field_is_as_if_it_were_not_there(api, org):
    org.hide_field("Lead", "Budget__c")
    names = [each["name"] for each in api("GET", "sobjects/Lead/describe").json()["fields"]]
    assert "Budget__c" not in names
    code, message = api.refused("SELECT Budget__c FROM Lead")
    assert code == "INVALID_FIELD"
    assert "No such column 'Budget__c'" in message
    body = {"LastName": "A", "Company": "C", "Budget__c": 1}
    assert api("POST", "sobjects/Lead", body).json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_the_task_key_of_syncd_is_a_unique_external_id_that_can_be_removed(api, org):
    fields = {each["name"]: each for each in api("GET", "sobjects/Task/describe").json()["fields"]}
    assert fields["Syncd_Key__c"]["externalId"] is True
    assert fields["Syncd_Key__c"]["unique"] is True
    org.remove_field("Activity", "Syncd_Key__c")
    answer = api("PATCH", "composite/sobjects/Task/Syncd_Key__c", {"records": []})
    assert answer.json()[0]["message"].startswith("Provided external ID field does not exist")


def test_history_objects_exist_only_where_tracking_is_on(api, org):
    assert api.refused("SELECT Id FROM LeadHistory")[0] == "INVALID_TYPE"
    org.track("Lead", "Status")
    (lead,) = leads(org, 1)
    org.update("Lead", lead, {"Status": "Working - Contacted"})
    rows = api.found(f"SELECT Field, OldValue, NewValue FROM LeadHistory WHERE LeadId = '{lead}' ORDER BY Id")
    assert [row["Field"] for row in rows] == ["created", "Status"]
    assert rows[1]["NewValue"] == "Working - Contacted"


def test_what_a_history_says_has_the_type_of_the_field_that_changed(api, org):
    org.track("Lead", "NumberOfEmployees", "Title")
    (lead,) = leads(org, 1)
    org.update("Lead", lead, {"NumberOfEmployees": 40, "Title": "CTO"})
    fields = {each["name"]: each["type"] for each in api("GET", "sobjects/LeadHistory/describe").json()["fields"]}
    assert (fields["OldValue"], fields["NewValue"]) == ("anyType", "anyType")
    rows = api.found(f"SELECT Field, NewValue FROM LeadHistory WHERE LeadId = '{lead}' ORDER BY Id")
    assert {row["Field"]: row["NewValue"] for row in rows if row["Field"] != "created"} == {
        "NumberOfEmployees": 40,
        "Title": "CTO",
    }


# queries


def test_a_cursor_shows_the_rows_as_they_were_when_the_query_was_asked(api, org):
    ids = leads(org, 450)
    headers = {"Sforce-Query-Options": "batchSize=200"}
    first = api.query("SELECT Id, LastName FROM Lead ORDER BY Id", headers=headers).json()
    org.update("Lead", ids[300], {"LastName": "Changed"})
    second = api("GET", first["nextRecordsUrl"]).json()
    third = api("GET", second["nextRecordsUrl"]).json()
    assert [len(page["records"]) for page in (first, second, third)] == [200, 200, 50]
    assert second["records"][100]["LastName"] == "L00300"
    assert (first["done"], third["done"], third["totalSize"]) == (False, True, 450)


def test_a_cursor_ends_after_two_days_and_odd_batch_sizes_are_refused(api, org, clock):
    leads(org, 201)
    query = "SELECT Id FROM Lead"
    url = api.query(query, headers={"Sforce-Query-Options": "batchSize=200"}).json()["nextRecordsUrl"]
    clock.now += timedelta(days=2, seconds=1)
    assert api("GET", url).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    assert api.query(query, headers={"Sforce-Query-Options": "batchSize=10"}).status_code == 400


def test_a_long_text_halves_the_page_and_the_org_may_give_less_than_asked(api, org):
    leads(org, 1_100)
    assert len(api.found("SELECT Id FROM Lead")) == 1_100
    assert len(api.found("SELECT Id, Syncd_Why__c FROM Lead")) == 1_000
    org.page_rows = 7
    answer = api.query("SELECT Id FROM Lead", headers={"Sforce-Query-Options": "batchSize=500"}).json()
    assert (len(answer["records"]), answer["totalSize"], answer["done"]) == (7, 1_100, False)


def test_an_archived_task_is_found_by_query_all_only(api, org):
    org.create("Task", {"Subject": "Call", "IsArchived": True})
    assert (api.found("SELECT Id FROM Task"), len(api.found("SELECT Id FROM Task", "queryAll"))) == ([], 1)


def test_a_window_with_ties_is_walked_by_keyset_without_loss(api, org):
    for second in range(3):
        org.clock.now = START + timedelta(seconds=second)
        leads(org, 4)
    seen, after = [], ("2026-11-02T00:00:00Z", "000000000000000")
    for _ in range(9):
        stamp, last = after
        rows = api.found(
            "SELECT Id, SystemModstamp FROM Lead WHERE (SystemModstamp = "
            f"{stamp} AND Id > '{last}') OR SystemModstamp > {stamp} ORDER BY SystemModstamp, Id LIMIT 5"
        )
        if not rows:
            break
        seen += [row["Id"] for row in rows]
        after = (rows[-1]["SystemModstamp"].replace("+0000", "Z"), rows[-1]["Id"])
    assert seen == [row["Id"] for row in org.rows("Lead")]


def test_parents_are_nested_and_null_when_empty(api, org):
    account = org.create("Account", {"Name": "Acme"})
    org.create("Contact", {"LastName": "A", "AccountId": account})
    org.create("Contact", {"LastName": "B"})
    rows = api.found("SELECT LastName, Account.Name, Account.Owner.Name FROM Contact ORDER BY LastName")
    assert rows[0]["Account"]["Name"] == "Acme"
    assert rows[0]["Account"]["Owner"]["Name"] == "Ada Admin"
    assert rows[1]["Account"] is None


def test_who_and_owner_answer_as_names_of_several_kinds(api, org):
    lead, queue = leads(org, 1)[0], org.add_queue("Inbound")
    org.update("Lead", lead, {"OwnerId": queue})
    org.create("Task", {"WhoId": lead, "Subject": "Call"})
    (row,) = api.found("SELECT Who.Type, Who.Name FROM Task WHERE Who.Type = 'Lead'")
    assert (row["Who"]["Type"], row["Who"]["Name"]) == ("Lead", "L00000")
    assert api.found("SELECT Owner.Type FROM Lead")[0]["Owner"]["Type"] == "Queue"
    assert len(api.found(f"SELECT Id FROM Task WHERE Who.Id = '{lead}' AND Who.Name = 'l00000'")) == 1
    assert api.refused("SELECT Who.Company FROM Task")[0] == "INVALID_FIELD"


def test_children_come_nested_and_null_when_there_are_none(api, org):
    contact = org.create("Contact", {"LastName": "A"})
    org.create("Contact", {"LastName": "B"})
    org.create(
        "Opportunity", {"Name": "O", "StageName": "Prospecting", "CloseDate": "2026-12-31", "ContactId": contact}
    )
    query = "SELECT Id, (SELECT Role, IsPrimary FROM OpportunityContactRoles) FROM Contact ORDER BY Id"
    rows = api.found(query)
    assert rows[0]["OpportunityContactRoles"]["records"][0]["IsPrimary"] is True
    assert rows[1]["OpportunityContactRoles"] is None


def test_deleted_rows_are_found_by_query_all_only(api, org):
    keep, drop = leads(org, 2)
    org.delete("Lead", drop)
    assert [row["Id"] for row in api.found("SELECT Id FROM Lead")] == [keep]
    gone = api.found("SELECT Id, IsDeleted FROM Lead WHERE IsDeleted = true", "queryAll")
    assert [row["Id"] for row in gone] == [drop]
    assert api.query("SELECT COUNT() FROM Lead", "queryAll").json()["totalSize"] == 2


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("LastName LIKE 'a\\%%'", ["a%b"]),
        ("LastName LIKE 'A_B'", ["a%b", "aXb"]),
        ("NOT LastName LIKE 'a%'", ["O'Neil"]),
        ("LastName = 'o\\'neil'", ["O'Neil"]),
        ("Title != 'Boss'", ["O'Neil", "aXb"]),
        ("Title = null", ["aXb"]),
        ("NumberOfEmployees > 10 AND (Title = 'boss' OR Title = null)", ["a%b"]),
        ("Id NOT IN ('00Q000000000000AAA')", ["O'Neil", "a%b", "aXb"]),
        ("CreatedDate >= 2026-11-02T10:00:00+01:00", ["O'Neil", "a%b", "aXb"]),
        ("CreatedDate > 2026-11-02T09:00:00.000Z", []),
        ("Recycle_Until__c < 2026-12-02", ["O'Neil"]),
        ("IsConverted = false AND Email IN ('X@Y.example','z')", ["aXb"]),
    ],
)
def test_conditions_find_what_the_real_org_would(api, org, condition, names):
    org.create("Lead", {"LastName": "a%b", "Company": "C", "Title": "Boss", "NumberOfEmployees": 11})
    org.create("Lead", {"LastName": "aXb", "Company": "C", "Email": "x@y.example"})
    org.create("Lead", {"LastName": "O'Neil", "Company": "C", "Title": "t", "Recycle_Until__c": "2026-12-01"})
    rows = api.found(f"SELECT LastName FROM Lead WHERE {condition}")
    assert sorted(row["LastName"] for row in rows) == names


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Nope FROM Lead", "INVALID_FIELD"),
        ("SELECT Id, id FROM Lead", "INVALID_FIELD"),
        ("SELECT Foo.Name FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName = 3", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees = '3'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE IsConverted = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead ORDER BY Description", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Lead WHERE Id LIKE '00Q%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Lead WHERE IsConverted > false", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT IsDeleted FROM User", "INVALID_FIELD"),
        ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Id, (SELECT Id FROM Nopes) FROM Lead", "INVALID_TYPE"),
    ],
)
def test_queries_that_do_not_fit_the_schema_are_refused(api, org, query, code):
    leads(org, 1)
    assert api.refused(query)[0] == code


def test_ids_keep_their_meaning_in_both_lengths_and_any_case():
    long = lengthen("00QA0000002bXyZ")
    assert normal_id(long) == normal_id(long.lower()) == normal_id(long[:15]) == long
    assert normal_id(long[:15].lower()) != long
    assert normal_id("not an id") is None
    assert lengthen("0012300000bVTq1") == "0012300000bVTq1AAG"
