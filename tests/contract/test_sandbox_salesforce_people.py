"""People and the admin at work in the emulated org over HTTP, and what the API shows of it afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from .emulated import DATA, Api

SAM = "sam@sales.example"


class Town(Api):
    """An org with a seller and a lead; acts by HTTP, looks by the API."""

    def act(self, name, /, **arguments):
        answer = self.session.post(f"{self.url}/sandbox/{name}", json=arguments, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def found(self, query, road="query"):
        answer = self.session.get(f"{self.url}{DATA}/{road}", params={"q": query}, timeout=10)
        assert answer.status_code == 200, answer.text
        return [{k: v for k, v in row.items() if k != "attributes"} for row in answer.json()["records"]]

    def feed(self, sobject):
        span = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T12:00:00Z"}
        answer = self.session.get(f"{self.url}{DATA}/sobjects/{sobject}/deleted", params=span, timeout=10)
        return [each["id"] for each in answer.json()["deletedRecords"]]

    def lead(self, **fields):
        return self.act("people/create", sobject="Lead", fields={"LastName": "Moss", "Company": "Reynholm", **fields})


@pytest.fixture
def town(server, session):
    town = Town(server.url, session)
    town.sam = town.act("admin/add_user", first="Sam", last="Seller", email=SAM)
    return town


def test_the_acts_are_listed_and_others_refused(town):
    listed = requests.get(f"{town.url}/sandbox", timeout=10).json()
    assert {"people/log_call", "people/convert", "admin/track", "admin/tune"} <= set(listed)
    assert "disposition" in listed["people/log_call"]
    for act, body, status in (
        ("people/dance", {}, 404),
        ("people/win", {"deal": "x"}, 400),
        ("people/win", {"opportunity": "x"}, 404),
        ("people/edit", {"record": "x", "fields": {}, "by": "nobody@sales.example"}, 404),
        ("people/complete_task", {"task": "x", "at": "yesterday"}, 400),
        ("people/win", [], 400),
        ("admin/tune", {"knob": "volume", "value": 11}, 404),
        ("admin/tune", {"knob": "crowded", "value": "very"}, 404),
    ):
        answer = requests.post(f"{town.url}/sandbox/{act}", json=body, timeout=10)
        assert answer.status_code == status, answer.text


def test_acts_are_not_counted_as_calls(town, org):
    before = org.calls_today
    town.lead()
    assert org.calls_today == before


def test_a_logged_call_is_a_completed_task_of_the_seller(town):
    lead = town.lead()
    town.act("people/log_call", who=lead, disposition="Connected", seconds=90, by=SAM, at="2026-11-01T10:00:00Z")
    query = "SELECT WhoId, OwnerId, Status, CallDisposition, CompletedDateTime, LastModifiedById, TaskSubtype FROM Task"
    assert town.found(query) == [
        {
            "WhoId": lead,
            "OwnerId": town.sam,
            "Status": "Completed",
            "CallDisposition": "Connected",
            "CompletedDateTime": "2026-11-01T10:00:00.000+0000",
            "LastModifiedById": town.sam,
            "TaskSubtype": "Call",
        }
    ]


def test_an_open_task_is_completed_by_a_person(town):
    task = town.act("people/create", sobject="Task", fields={"Subject": "Call back", "WhoId": town.lead()})
    town.act("people/complete_task", task=task, by=SAM)
    assert town.found("SELECT IsClosed, LastModifiedById FROM Task") == [
        {"IsClosed": True, "LastModifiedById": town.sam}
    ]


def test_a_meeting_and_an_email_reach_the_person(town):
    lead = town.lead(Email="moss@reynholm.example")
    town.act("people/hold_event", who=lead, subject="Demo", minutes=45, by=SAM, at="2026-11-01T10:00:00Z")
    town.act("people/send_email", who=lead, subject="Yes please", incoming=True, by=SAM)
    (event,) = town.found("SELECT WhoId, DurationInMinutes, EndDateTime FROM Event")
    assert event == {"WhoId": lead, "DurationInMinutes": 45, "EndDateTime": "2026-11-01T10:45:00.000+0000"}
    query = f"SELECT RelationType, EmailMessage.Incoming FROM EmailMessageRelation WHERE RelationId = '{lead}'"
    (relation,) = town.found(query)
    assert (relation["RelationType"], relation["EmailMessage"]["Incoming"]) == ("FromAddress", True)
    (message,) = town.found("SELECT FromAddress, ToAddress, Status, Subject FROM EmailMessage")
    assert list(message.values()) == ["moss@reynholm.example", SAM, "1", "Yes please"]
    assert town.found("SELECT TaskSubtype FROM Task") == [{"TaskSubtype": "Email"}]


def test_status_reason_and_owner_go_into_the_history_where_tracked(town, clock):
    town.act("admin/track", sobject="Lead", fields=["Status", "OwnerId"])
    lead = town.lead()
    clock.now += timedelta(hours=1)
    town.act("people/set_status", lead=lead, status="Recycle", reason="Not Ready", by=SAM)
    town.act("people/reassign", record=lead, owner=SAM, by=SAM)
    query = "SELECT Field, NewValue, CreatedById, CreatedDate FROM LeadHistory ORDER BY Id"
    rows = [(row["Field"], row["NewValue"]) for row in town.found(query)]
    assert rows == [("created", None), ("Status", "Recycle"), ("Owner", "Sam Seller"), ("Owner", town.sam)]
    assert town.found("SELECT Recycle_Reason__c, LastModifiedById FROM Lead") == [
        {"Recycle_Reason__c": "Not Ready", "LastModifiedById": town.sam}
    ]
    town.act("admin/hide_field", sobject="Lead", name="Status")
    assert [row["Field"] for row in town.found(query)] == ["created", "Owner", "Owner"]


def test_conversion_carries_mapped_fields_and_moves_activities(town):
    lead = town.lead(Budget__c=500, Email="moss@reynholm.example")
    town.act("admin/track", sobject="Lead", fields=["Status"])
    town.act("admin/map_conversion", lead_field="Budget__c", sobject="Contact")
    town.act("people/log_call", who=lead, disposition="Connected", by=SAM)
    ids = town.act("people/convert", lead=lead, by=SAM)
    assert set(ids) == {"account", "contact", "opportunity"}
    assert town.found("SELECT Budget__c FROM Contact") == [{"Budget__c": 500.0}]
    assert town.found("SELECT WhoId, WhatId FROM Task") == [{"WhoId": ids["contact"], "WhatId": ids["opportunity"]}]
    assert town.found("SELECT ConvertedDate FROM Lead") == [{"ConvertedDate": "2026-11-02"}]
    assert {"Field": "leadConverted"} in town.found("SELECT Field FROM LeadHistory")
    again = town.lead(LastName="Roy", Phone="+49 1")
    known = {"account": ids["account"], "contact": ids["contact"], "opportunity": False}
    assert town.act("people/convert", lead=again, **known)["opportunity"] is None
    (contact,) = town.found("SELECT LastName, Phone FROM Contact")
    assert contact == {"LastName": "Moss", "Phone": "+49 1"}  # only what was empty is filled


def test_a_deal_is_opened_moved_and_won_with_a_row_of_history_each(town, clock):
    account = town.act("people/create", sobject="Account", fields={"Name": "Reynholm"})
    contact = town.act("people/create", sobject="Contact", fields={"LastName": "Moss", "AccountId": account})
    role = {"contact": contact, "role": "Decision Maker", "primary": True}
    deal = town.act("people/open_deal", name="Deal", account=account, contacts=[role], amount=100, by=SAM)
    clock.now += timedelta(hours=1)
    town.act("people/edit", record=deal, fields={"StageName": "Negotiation/Review", "NextStep": "call"}, by=SAM)
    town.act("people/edit", record=deal, fields={"NextStep": "mail"}, by=SAM)
    clock.now += timedelta(hours=1)
    town.act("people/win", opportunity=deal, amount=250, close_date="2026-11-05", by=SAM)
    query = "SELECT StageName, Amount, CloseDate, Probability, CreatedById FROM OpportunityHistory ORDER BY Id"
    assert [tuple(row.values()) for row in town.found(query)] == [
        ("Prospecting", 100.0, "2027-01-31", 10.0, town.sam),
        ("Negotiation/Review", 100.0, "2027-01-31", 90.0, town.sam),
        ("Closed Won", 250.0, "2026-11-05", 100.0, town.sam),
    ]
    assert town.found("SELECT ContactId, Role, IsPrimary FROM OpportunityContactRole") == [
        {"ContactId": contact, "Role": "Decision Maker", "IsPrimary": True}
    ]
    lost = town.act("people/open_deal", name="Other", account=account, by=SAM)
    town.act("people/lose", opportunity=lost, reason="Price", by=SAM)
    assert town.found(f"SELECT IsClosed, IsWon, Loss_Reason__c FROM Opportunity WHERE Id = '{lost}'") == [
        {"IsClosed": True, "IsWon": False, "Loss_Reason__c": "Price"}
    ]


def test_a_response_to_a_campaign_is_dated_and_counts_once(town):
    campaign, lead = town.act("people/create", sobject="Campaign", fields={"Name": "Webinar"}), town.lead()
    town.act("people/join_campaign", campaign=campaign, who=lead, by=SAM)
    assert town.found("SELECT LeadId, HasResponded, FirstRespondedDate FROM CampaignMember") == [
        {"LeadId": lead, "HasResponded": True, "FirstRespondedDate": "2026-11-02"}
    ]
    url = f"{town.url}{DATA}/sobjects/CampaignMember"
    answer = town.session.post(url, json={"CampaignId": campaign, "LeadId": lead}, timeout=10)
    assert answer.json()[0]["message"] == "Already a campaign member."
    labels = town.found("SELECT Label, HasResponded FROM CampaignMemberStatus ORDER BY SortOrder")
    assert [tuple(row.values()) for row in labels] == [("Sent", False), ("Responded", True)]


def test_a_merge_moves_what_hangs_on_the_loser_and_clears_its_key(town, clock):
    campaign = town.act("people/create", sobject="Campaign", fields={"Name": "Webinar"})
    winner, loser = town.lead(), town.lead(HubSpot_Id__c="h7")
    for lead in (winner, loser):
        town.act("people/join_campaign", campaign=campaign, who=lead)
    town.act("people/log_call", who=loser, disposition="Connected")
    clock.now += timedelta(minutes=10)
    town.act("people/merge", winner=winner, loser=loser, kept={"Title": "Boss"}, by=SAM)
    assert town.found("SELECT WhoId FROM Task") == [{"WhoId": winner}]
    assert town.found("SELECT LeadId FROM CampaignMember") == [{"LeadId": winner}]
    assert town.found("SELECT Id, Title, LastModifiedById FROM Lead") == [
        {"Id": winner, "Title": "Boss", "LastModifiedById": town.sam}
    ]
    query = "SELECT Id, MasterRecordId, HubSpot_Id__c FROM Lead WHERE IsDeleted = true"
    assert town.found(query, "queryAll") == [{"Id": loser, "MasterRecordId": winner, "HubSpot_Id__c": None}]
    clock.now += timedelta(minutes=10)
    assert town.feed("Lead") == [loser]


def test_the_bin_gives_back_what_went_in_together_or_is_emptied(town, clock):
    lead = town.lead()
    early, late = (town.act("people/create", sobject="Task", fields={"WhoId": lead}) for _ in range(2))
    clock.now += timedelta(minutes=10)
    town.act("people/delete", record=early)
    clock.now += timedelta(minutes=10)
    town.act("people/delete", record=lead)
    clock.now += timedelta(minutes=10)
    town.act("people/undelete", record=lead)
    assert town.found("SELECT Id FROM Task") == [{"Id": late}]
    town.act("people/delete", record=lead)
    town.act("people/empty_bin", record=lead)
    clock.now += timedelta(minutes=10)
    assert town.found("SELECT Id FROM Lead", "queryAll") == []
    assert (town.feed("Lead"), town.feed("Task")) == ([lead], [early, late])


def test_the_bin_forgets_after_fifteen_days(town, clock):
    town.act("people/delete", record=town.lead())
    clock.now += timedelta(days=15)
    assert len(town.found("SELECT Id FROM Lead", "queryAll")) == 1
    clock.now += timedelta(seconds=1)
    assert town.found("SELECT Id FROM Lead", "queryAll") == []


def test_an_admin_turns_knobs_by_http(town):
    url = f"{town.url}{DATA}/sobjects/Lead"
    lead = {"LastName": "Moss", "Company": "Reynholm"}
    town.act("admin/demand", sobject="Lead", field="Title", message="Who are they?", when={"Company": "Reynholm"})
    error = town.session.post(url, json=lead, timeout=10).json()[0]
    assert (error["errorCode"], error["message"]) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Who are they?")
    town.lead(Email="moss@reynholm.example")
    town.act("admin/add_duplicate_rule", sobject="Lead", fields=["Email"])
    town.act("admin/tune", knob="duplicate_key", value="duplicateResult")
    sent = {**lead, "Title": "CEO", "Email": "Moss@reynholm.example"}
    plain = town.session.post(url, json=sent, timeout=10).json()[0]
    shown = town.session.post(
        url, json=sent, headers={"Sforce-Duplicate-Rule-Header": "includeRecordDetails=true"}, timeout=10
    ).json()[0]
    match, detailed = (
        each["duplicateResult"]["matchResults"][0]["matchRecords"][0]["record"] for each in (plain, shown)
    )
    assert ("Email" in match, detailed["Email"]) == (False, "moss@reynholm.example")
    town.act("admin/tune", knob="crowded", value=1)
    codes = [town.session.get(f"{town.url}{DATA}/limits", timeout=10).status_code for _ in range(2)]
    assert codes == [403, 200]
    town.act("admin/tune", knob="others_calls", value=100_000)
    town.act("admin/tune", knob="enforce_limit", value=True)
    answer = town.session.get(f"{town.url}{DATA}/limits", timeout=10)
    assert answer.json()[0]["message"] == "TotalRequests Limit exceeded."


def test_sessions_end_by_time_and_logins_may_be_refused(town, org, clock):
    town.act("admin/end_sessions_after", minutes=60)
    assert town.found("SELECT Id FROM Lead") == []
    clock.now += timedelta(hours=1)
    assert town.session.get(f"{town.url}{DATA}/limits", timeout=10).status_code == 401
    town.act("admin/tune", knob="refuse_logins", value=True)
    form = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    url = f"{town.url}/services/oauth2/token"
    assert requests.post(url, form, timeout=10).json()["error"] == "invalid_grant"
    org.tokens.refusing, org.tokens.stillborn = False, True
    token = requests.post(url, form, timeout=10).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{town.url}{DATA}/limits", headers=headers, timeout=10).status_code == 401


def test_a_queue_owns_only_what_it_serves(town):
    queue = town.act("admin/add_queue", name="Inbound", sobjects=["Lead"], members=[town.sam])
    assert town.found("SELECT SobjectType, Queue.Name FROM QueueSobject")[0]["SobjectType"] == "Lead"
    assert town.found("SELECT UserOrGroupId FROM GroupMember") == [{"UserOrGroupId": town.sam}]
    town.lead(OwnerId=queue)
    town.act("admin/add_field", sobject="Task", line="OwnerId | reference Group User | rcud")
    answer = town.session.post(f"{town.url}{DATA}/sobjects/Task", json={"OwnerId": queue}, timeout=10)
    assert answer.json()[0]["message"] == "Queue not associated with this SObject type"
