"""Bulk API 2.0 of the emulated org, through simple-salesforce, and by itself where the library hides what happens."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from simple_salesforce.exceptions import SalesforceOperationError

from .emulated import DATA, Api


class Jobs(Api):
    """The jobs of an org, as a client of our own drives them."""

    def job(self, data=None, **fields):
        asked = {"object": "Lead", "operation": "upsert", "externalIdFieldName": "HubSpot_Id__c", **fields}
        answer = self("POST", "jobs/ingest", {name: value for name, value in asked.items() if value})
        assert answer.status_code == 200, answer.text
        self.path = f"jobs/ingest/{answer.json()['id']}"
        if data is not None:
            assert self.put(data).status_code == 201
            assert self("PATCH", self.path, {"state": "UploadComplete"}).json()["state"] == "UploadComplete"
        return answer.json()

    def put(self, data):
        headers = {"Content-Type": "text/csv; charset=UTF-8"}
        url = f"{self.url}{DATA}/{self.path}/batches"
        return self.session.put(url, data=data.encode(), headers=headers, timeout=10)

    def end(self):
        while (told := self("GET", self.path).json())["state"] not in {"JobComplete", "Failed", "Aborted"}:
            pass
        return told

    def results(self, which, delimiter=","):
        text = self("GET", f"{self.path}/{which}").content.decode()
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))

    def ask(self, query, **fields):
        answer = self("POST", "jobs/query", {"operation": "query", "query": query, **fields})
        if answer.status_code == 200:
            self.path = f"jobs/query/{answer.json()['id']}"
        return answer


@pytest.fixture
def api(server, session):
    return Jobs(server.url, session)


def error(answer):
    return answer.status_code, answer.json()[0]["errorCode"]


# simple-salesforce


def test_simple_salesforce_upserts_and_reads_back_in_bulk(org, sf):
    rows = [{"HubSpot_Id__c": f"h{n}", "LastName": f"Zoë {n}", "Company": "C"} for n in range(3)]
    sf.bulk2.Lead._client.DEFAULT_WAIT_TIMEOUT_SECONDS = 10
    done = sf.bulk2.Lead.upsert(records=rows, external_id_field="HubSpot_Id__c", wait=0.01)
    assert [(each["numberRecordsProcessed"], each["numberRecordsFailed"]) for each in done] == [(3, 0)]
    assert sorted(row["LastName"] for row in org.rows("Lead")) == ["Zoë 0", "Zoë 1", "Zoë 2"]
    pages = list(sf.bulk2.Lead.query("SELECT Id, LastName FROM Lead", max_records=2, wait=0.01))
    assert [len(page.strip().splitlines()) for page in pages] == [3, 2]


def test_simple_salesforce_sees_a_failed_job_as_an_error(org, sf):
    org.bulk.stumble(message="InternalServerError : try later")
    with pytest.raises(SalesforceOperationError, match="try later"):
        sf.bulk2.Lead.insert(records=[{"LastName": "A", "Company": "C"}], wait=0.01)


# ingest


def test_a_job_moves_by_polls_and_tells_what_became_of_each_row(api, org):
    known = org.create("Lead", {"LastName": "Old", "Company": "C", "HubSpot_Id__c": "h1"})
    open_job = api.job('HubSpot_Id__c,LastName,Company\nh1,"New\nline",\nh2,Moss,C\nh3,,C\n')
    assert open_job["contentUrl"].endswith("/batches")
    assert [api("GET", api.path).json()["state"] for _ in range(2)] == ["InProgress", "JobComplete"]
    told = api.end()
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"], told["jobType"]) == (3, 1, "V2Ingest")
    good = {row["HubSpot_Id__c"]: row for row in api.results("successfulResults")}
    assert (good["h1"]["sf__Id"], good["h1"]["sf__Created"], good["h1"]["LastName"]) == (known, "false", "New\nline")
    assert (good["h2"]["sf__Created"], org.get("Lead", known)["Company"]) == ("true", "C")
    (bad,) = api.results("failedResults")
    assert bad["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
    assert (bad["sf__Id"], bad["HubSpot_Id__c"], api.results("unprocessedrecords")) == ("", "h3", [])


def test_results_come_in_an_order_of_their_own_and_without_a_charset(api):
    api.job("HubSpot_Id__c,LastName,Company\n1,A,C\n2,B,C\n")
    api.end()
    answer = api("GET", f"{api.path}/successfulResults")
    assert answer.headers["Content-Type"] == "text/csv"
    assert [row["LastName"] for row in api.results("successfulResults")] == ["B", "A"]


def test_an_empty_cell_leaves_a_value_and_the_sign_clears_it(api, org):
    lead = org.create("Lead", {"LastName": "A", "Company": "C", "Title": "Boss", "City": "Bremen"})
    api.job(f"Id,Title,City\n{lead},,#N/A\n", operation="update", externalIdFieldName=None)
    assert api.end()["numberRecordsFailed"] == 0
    assert (org.get("Lead", lead)["Title"], org.get("Lead", lead)["City"]) == ("Boss", None)


def test_other_delimiters_line_endings_and_parents_by_key_are_taken(api, org):
    account = org.create("Account", {"Name": "Reynholm", "HubSpot_Id__c": "c7"})
    data = "LastName;Account.HubSpot_Id__c\r\nMoss;c7\r\nRoy;nobody\r\n"
    dialect = {"columnDelimiter": "SEMICOLON", "lineEnding": "CRLF"}
    api.job(data, object="Contact", operation="insert", externalIdFieldName=None, **dialect)
    api.end()
    assert [row["AccountId"] for row in org.rows("Contact")] == [account]
    assert api.results("failedResults", ";")[0]["sf__Error"].startswith("INVALID_FIELD:Foreign key external ID: nobody")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("LastName,Nope__c\nA,1\n", "InvalidBatch : Field name not found : Nope__c"),
        ("LastName,Company\r\nA,C\r\n", "LineEnding is invalid on user data. Current LineEnding setting is LF"),
        ("LastName,Company\nA\n", "not as many columns"),
        ("", "the data is empty"),
    ],
)
def test_a_file_that_does_not_fit_fails_the_whole_job(api, org, data, message):
    api.job(data, operation="insert", externalIdFieldName=None)
    told = api.end()
    assert told["state"] == "Failed"
    assert message in told["errorMessage"]
    assert org.rows("Lead") == []


def test_a_job_that_stumbles_leaves_rows_that_nobody_looked_at(api, org):
    org.bulk.stumble(after_rows=1)
    api.job("HubSpot_Id__c,LastName,Company\n1,A,C\n2,B,C\n3,C,C\n")
    assert api.end()["state"] == "Failed"
    assert [row["HubSpot_Id__c"] for row in api.results("unprocessedrecords")] == ["2", "3"]
    assert [row["HubSpot_Id__c"] for row in api.results("successfulResults")] == ["1"]


def test_a_complete_job_may_leave_rows_unprocessed_too(api, org):
    org.bulk.stumble(after_rows=1, state="JobComplete")
    api.job("HubSpot_Id__c,LastName,Company\n1,A,C\n2,B,C\n")
    assert api.end()["state"] == "JobComplete"
    assert [row["LastName"] for row in api.results("unprocessedrecords")] == ["B"]


def test_a_locked_row_fails_by_itself(api, org):
    lead = org.create("Lead", {"LastName": "A", "Company": "C", "HubSpot_Id__c": "1"})
    org.lock(lead)
    api.job("HubSpot_Id__c,LastName,Company\n1,A,C\n2,B,C\n")
    api.end()
    assert api.results("failedResults")[0]["sf__Error"].startswith("UNABLE_TO_LOCK_ROW:")


def test_time_ends_a_job_as_well(api, org, clock):
    org.bulk.polls = 1_000
    api.job("HubSpot_Id__c,LastName,Company\n1,A,C\n")
    assert api("GET", api.path).json()["state"] == "InProgress"
    clock.now += timedelta(minutes=2)
    assert api("GET", api.path).json()["state"] == "JobComplete"


def test_a_job_takes_its_rows_once_and_in_its_turn(api, org):
    org.bulk.most_bytes = 60
    api.job()
    assert error(api("GET", f"{api.path}/failedResults")) == (400, "INVALIDJOBSTATE")
    assert api.put("LastName,Company,HubSpot_Id__c\n" + "x" * 60).status_code == 413
    assert api.put("LastName,Company,HubSpot_Id__c\nA,C,1\n").status_code == 201
    assert error(api.put("LastName\nA\n")) == (400, "CLIENTINPUTERROR")
    assert error(api("DELETE", api.path)) == (400, "INVALIDJOBSTATE")
    assert error(api("PATCH", api.path, {"state": "InProgress"})) == (400, "INVALIDJOBSTATE")
    assert api("PATCH", api.path, {"state": "Aborted"}).json()["state"] == "Aborted"
    assert [row["LastName"] for row in api.results("unprocessedrecords")] == ["A"]
    assert [job["state"] for job in api("GET", "jobs/ingest").json()["records"]] == ["Aborted"]
    assert api("DELETE", api.path).status_code == 204
    assert (api("GET", api.path).status_code, org.rows("Lead")) == (404, [])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"object": "Leed"}, "INVALIDENTITY"),
        ({"operation": "merge"}, "INVALIDJOB"),
        ({"externalIdFieldName": None}, "INVALIDJOB"),
        ({"externalIdFieldName": "Company"}, "INVALIDJOB"),
        ({"columnDelimiter": "SPACE"}, "INVALIDJOB"),
        ({"operation": "hardDelete"}, "FEATURENOTENABLED"),
        ({"colour": "red"}, "JSON_PARSER_ERROR"),
    ],
)
def test_jobs_that_make_no_sense_are_refused(api, fields, code):
    asked = {"object": "Lead", "operation": "upsert", "externalIdFieldName": "HubSpot_Id__c", **fields}
    assert error(api("POST", "jobs/ingest", {name: value for name, value in asked.items() if value})) == (400, code)


def test_results_are_kept_for_a_week(api, clock):
    api.job("HubSpot_Id__c,LastName,Company\n1,A,C\n")
    api.end()
    clock.now += timedelta(days=7)
    assert api("GET", f"{api.path}/successfulResults").status_code == 404


def test_what_was_deleted_hard_is_told_of_by_the_feed_only(api, org, clock):
    lead = org.create("Lead", {"LastName": "A", "Company": "C"})
    org.bulk.may_hard_delete = True
    api.job(f"Id\n{lead}\n", operation="hardDelete", externalIdFieldName=None)
    api.end()
    assert api("GET", "queryAll", params={"q": "SELECT Id FROM Lead"}).json()["totalSize"] == 0
    clock.now += timedelta(minutes=5)
    span = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T09:05:00Z"}
    assert [each["id"] for each in api("GET", "sobjects/Lead/deleted", params=span).json()["deletedRecords"]] == [lead]


# query


def test_a_query_job_gives_pages_by_locator_with_parents_as_dotted_columns(api, org, clock):
    org.load("Lead", [{"LastName": f"L{n}", "Company": "C", "City": "Zürich\nWest"} for n in range(5)])
    assert api.ask("SELECT id, LastName, City, owner.name, CreatedDate, MQL_At__c FROM Lead").json()["object"] == "Lead"
    assert error(api("GET", f"{api.path}/results")) == (400, "INVALIDJOBSTATE")
    assert (api.end()["numberRecordsProcessed"], api.end()["jobType"]) == (5, "V2Query")
    pages, locator = [], None
    while locator != "null":
        answer = api("GET", f"{api.path}/results", params={"maxRecords": 2, "locator": locator})
        pages.append((int(answer.headers["Sforce-NumberOfRecords"]), answer.content.decode()))
        locator = answer.headers["Sforce-Locator"]
    assert [count for count, _ in pages] == [2, 2, 1]
    row = next(csv.DictReader(io.StringIO(pages[0][1], newline="")))
    assert list(row) == ["Id", "LastName", "City", "Owner.Name", "CreatedDate", "MQL_At__c"]
    assert list(row.values())[1:] == ["L0", "Zürich\nWest", "Ada Admin", "2026-11-02T09:00:00.000Z", ""]
    assert error(api("GET", f"{api.path}/results", params={"locator": "nonsense"})) == (400, "INVALID_QUERY_LOCATOR")


def test_query_all_reads_the_recycle_bin_in_bulk(api, org):
    org.delete("Lead", org.create("Lead", {"LastName": "A", "Company": "C"}))
    for operation, count in (("query", 0), ("queryAll", 1)):
        api.ask("SELECT Id FROM Lead", operation=operation)
        assert api.end()["numberRecordsProcessed"] == count


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT COUNT() FROM Lead", "API_ERROR"),
        ("SELECT Id FROM Lead LIMIT 5 OFFSET 5", "API_ERROR"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR"),
        ("SELECT Nope__c FROM Lead", "API_ERROR"),
        ("SELECT Id FROM", "API_ERROR"),
        ("SELECT Id FROM TaskStatus", "INVALIDENTITY"),
    ],
)
def test_what_bulk_cannot_query_is_refused_at_once(api, query, code):
    assert error(api.ask(query)) == (400, code)


def test_a_query_job_can_be_ended_and_forgotten(api):
    api.ask("SELECT Id FROM Lead")
    assert error(api("DELETE", api.path)) == (400, "INVALIDJOBSTATE")
    assert api("PATCH", api.path, {"state": "Aborted"}).json()["state"] == "Aborted"
    assert api("DELETE", api.path).status_code == 204


def test_the_days_allowance_of_query_jobs_shrinks(api):
    before = api("GET", "limits").json()["DailyBulkV2QueryJobs"]["Remaining"]
    api.ask("SELECT Id FROM Lead")
    assert api("GET", "limits").json()["DailyBulkV2QueryJobs"]["Remaining"] == before - 1
