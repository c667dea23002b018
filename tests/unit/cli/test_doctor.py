"""`syncd doctor`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.hubspot.limits import TIERS
from connectors.sandbox.server import Fault, Response
from syncd.cli.frame import run
from tests.unit.cli.town import FIELDS, NOW, Town

ANSWERS = ("Budget__c", "Authority__c", "Need__c", "Timeline__c")


@pytest.fixture
def fresh(tmp_path, monkeypatch) -> Iterator[Town]:
    """Two CRMs without people, whose setup a test may change."""
    town = Town(tmp_path)
    (town.config / "syncd.yaml").write_text("version: 1\ntime_zone: Europe/Amsterdam\n")
    if "Recycle" not in town.org.schema.any("Lead").fields["status"].options:
        town.org.add_field("Lead", "Status | picklist | restricted | Open - Not Contacted; Recycle")
    town.portal.define_property("contacts", "syncd_reason")
    town.portal.define_property("contacts", "syncd_recycle_until", type="date", field_type="date")
    for answer in ANSWERS:
        town.org.map_conversion(answer, "Opportunity")
    town.org.track("Lead", "Status", "OwnerId", "Title", *ANSWERS)
    town.org.track("Contact", "OwnerId", "Title", *ANSWERS)
    for name, value in town.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    yield town
    town.close()


def examined(capsys) -> tuple[int, list[dict]]:
    code = run(["doctor", "--json"])
    return code, json.loads(capsys.readouterr().out)["data"]["checks"]


def wrong(checks: list[dict]) -> list[tuple]:
    return [(one["object"], one["field"], one["state"], one["required"]) for one in checks if one["state"] != "ok"]


def test_a_pair_that_is_set_up_has_nothing_to_mend(fresh: Town, capsys) -> None:
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (0, [])
    assert {frozenset(one) for one in checks} == {
        frozenset(
            "system object field type length external_id unique required state fix who".split()  # noqa: SIM905
        )
    }


@pytest.mark.parametrize("command", ["doctor", "sync"])
def test_a_version_that_the_org_does_not_serve_is_told(fresh: Town, monkeypatch, capsys, command: str) -> None:
    monkeypatch.setenv("SYNCD_SALESFORCE__API_VERSION", "77.0")
    assert run([command]) == 2
    said = capsys.readouterr().err
    assert "API version 77.0 is not served: this org serves 31.0 to 67.0" in said
    assert "Next: Name one that it serves" in said


def test_a_missing_key_field_has_to_be_made_by_the_admin(fresh: Town, capsys) -> None:
    fresh.org.remove_field("Lead", "HubSpot_Id__c")
    fresh.org.remove_field("Activity", "Syncd_Key__c")
    code, checks = examined(capsys)
    assert code == 7
    assert wrong(checks) == [
        ("Lead", "HubSpot_Id__c", "missing", True),
        ("Activity", "Syncd_Key__c", "missing", True),
    ]
    key = next(one for one in checks if one["field"] == "Syncd_Key__c")
    assert (key["type"], key["length"], key["external_id"], key["unique"]) == ("text", 64, True, True)
    assert key["who"] == "Salesforce admin"
    assert "external id, unique" in key["fix"]


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("string 18 | cuxqi", "too_short"),
        ("double | cuxqi", "wrong_type"),
        ("string 64 | cu", "not_external_id"),
        ("string 64 | cuxi", "not_unique"),
    ],
)
@pytest.mark.parametrize(("sobject", "name"), [("Contact", "HubSpot_Id__c"), ("Activity", "Syncd_Key__c")])
def test_a_key_that_is_not_made_as_it_must_be_is_told(fresh: Town, capsys, sobject, name, line, state) -> None:
    fresh.org.add_field(sobject, f"{name} | {line}")
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (7, [(sobject, name, state, True)])
    assert next(one for one in checks if one["state"] == state)["who"] == "Salesforce admin"


WRITTEN = """write:
  salesforce.lead.Size__c: {from: company_size, owner: hubspot_wins}
  salesforce.lead.Origin__c: {from: source, owner: hubspot_wins, values: {web: Web, fair: Fair}}
  hubspot.contact.verdict: {from: source, owner: salesforce_wins}
"""


def test_what_fields_are_mapped_to_has_to_take_it(fresh: Town, capsys) -> None:
    """Its type, its picklist and the right to write it, in both CRMs."""
    (fresh.config / "fields.yaml").write_text(FIELDS + WRITTEN)
    fresh.org.map_conversion("Size__c", "Opportunity")
    fresh.org.map_conversion("Origin__c", "Opportunity")
    fresh.org.add_field("Lead", "Size__c | double | cu")
    fresh.org.add_field("Lead", "Origin__c | picklist | cup | Web; Fair")
    fresh.portal.define_property("contacts", "verdict")
    assert examined(capsys)[0] == 0
    fresh.org.add_field("Lead", "Size__c | boolean | cu")
    fresh.org.add_field("Lead", "Origin__c | picklist | cup | Web; Mail")
    fresh.portal.define_property("contacts", "verdict", read_only=True)
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (
        7,
        [
            ("contact", "verdict", "read_only", True),
            ("Lead", "Origin__c", "missing_value", True),
            ("Lead", "Size__c", "wrong_type", True),
        ],
    )
    assert {one["who"] for one in checks if one["state"] != "ok"} == {"HubSpot admin", "Salesforce admin"}


def test_a_crm_that_counts_days_elsewhere_is_told(fresh: Town, capsys) -> None:
    (fresh.config / "syncd.yaml").write_text("version: 1\ntime_zone: Asia/Tokyo\n")
    code, checks = examined(capsys)
    zones = [("time zone", "Europe/Amsterdam", "differs", False), ("time zone", "Europe/Berlin", "differs", False)]
    assert (code, wrong(checks)) == (0, zones)
    assert {one["who"] for one in checks if one["state"] == "differs"} == {"RevOps"}


def test_a_missing_stamp_is_left_out_and_stops_nothing(fresh: Town, capsys) -> None:
    fresh.org.remove_field("Contact", "SQO_At__c")
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (0, [("Contact", "SQO_At__c", "missing", False)])


def test_what_clauses_ask_for_without_a_name_of_the_files_is_told_where_it_is_hidden(fresh: Town, capsys) -> None:
    file = fresh.config / "definitions.yaml"
    asked = file.read_text().replace("by: sales}", "by: sales, where: {outcome: {is: Connected}}}")
    file.write_text(asked.replace("{won: true}", "{won: true, amount: {above: 0}}"))
    fresh.org.remove_field("Opportunity", "Amount")
    fresh.org.remove_field("Task", "CallDisposition")
    code, checks = examined(capsys)
    assert (code, wrong(checks)[:2]) == (
        0,
        [("Opportunity", "Amount", "missing", False), ("Activity", "CallDisposition", "missing", False)],
    )


def test_a_field_that_may_not_be_written_is_told(fresh: Town, capsys) -> None:
    fresh.org.freeze_field("Lead", "HubSpot_Id__c")
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (7, [("Lead", "HubSpot_Id__c", "read_only", True)])


def test_a_field_whose_past_counts_and_that_the_org_keeps_no_history_of_is_told(fresh: Town, capsys) -> None:
    fresh.org.track("Lead", "OwnerId", "Title", "Budget__c", "Authority__c", "Need__c")
    code, checks = examined(capsys)
    lost = [("Lead", "Status", "not_tracked", False), ("Lead", "Timeline__c", "not_tracked", False)]
    assert (code, wrong(checks)) == (0, lost)
    told = next(one for one in checks if one["state"] == "not_tracked")
    assert told["who"] == "Salesforce admin"
    assert "Set History Tracking" in told["fix"]
    assert ("opportunity_history", "ok") in {(one["object"], one["state"]) for one in checks}


def test_histories_that_our_user_cannot_see_are_to_be_asked_for(fresh: Town, capsys) -> None:
    refused = [{"errorCode": "INVALID_TYPE", "message": "sObject type 'FieldDefinition' is not supported."}]
    fresh.servers[1].fault = lambda request: (
        Fault(Response(400, refused)) if "FieldDefinition" in str(request.query.get("q")) else None
    )
    code, checks = examined(capsys)
    assert code == 0
    assert ("LeadHistory", None, "not_told", False) in wrong(checks)


def test_a_configured_property_that_does_not_exist_is_told(fresh: Town, capsys) -> None:
    (fresh.config / "fields.yaml").write_text(FIELDS.replace("contact.origin", "contact.origine"))
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (7, [("contact", "origine", "missing", True)])
    assert next(one for one in checks if one["field"] == "origine")["who"] == "HubSpot admin"


def test_a_source_that_is_missing_beside_one_that_is_there_stops_nothing(fresh: Town, capsys) -> None:
    both = "[salesforce.lead.Origin__c, hubspot.contact.origin]"
    (fresh.config / "fields.yaml").write_text(FIELDS.replace("hubspot.contact.origin", both))
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (0, [("Lead", "Origin__c", "missing", False)])


def test_a_field_that_new_leads_must_have_and_that_nothing_fills_is_told(fresh: Town, capsys) -> None:
    fresh.org.add_field("Lead", "Region__c | picklist 255 | rcup | EMEA; AMER")
    fresh.org.add_field("Activity", "Channel__c | string 20 | rcu")
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (
        7,
        [("Lead", "Region__c", "unfilled", True), ("Activity", "Channel__c", "unfilled", True)],
    )
    fix = next(one for one in checks if one["field"] == "Region__c")["fix"]
    assert "salesforce.lead.Region__c under `write`" in fix


def test_a_required_field_that_is_mapped_or_has_a_default_is_fine(fresh: Town, capsys) -> None:
    fresh.org.add_field("Lead", "Region__c | string 20 | rcu")
    fresh.org.add_field("Lead", "Segment__c | picklist 255 | rcud | Small*; Large")
    text = FIELDS + "write:\n  salesforce.lead.Region__c: {from: country, owner: fill_empty}\n"
    (fresh.config / "fields.yaml").write_text(text)
    assert examined(capsys)[0] == 0


def test_a_lead_status_that_no_lead_can_have_is_for_revops(fresh: Town, capsys) -> None:
    text = (fresh.config / "definitions.yaml").read_text().replace("is: Recycle", "is: Recycled by sales")
    (fresh.config / "definitions.yaml").write_text(text)
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (7, [("Lead", "Status", "missing_value", True)])
    assert next(one for one in checks if one["state"] == "missing_value")["who"] == "RevOps"


def test_a_missing_scope_is_told_with_its_name(fresh: Town, capsys) -> None:
    fresh.portal.scopes = fresh.portal.scopes - {"crm.objects.owners.read"}
    code, checks = examined(capsys)
    assert wrong(checks) == [("owner", None, "no_scope", False)]
    assert code == 0
    assert "crm.objects.owners.read" in next(one for one in checks if one["state"] == "no_scope")["fix"]


def test_credentials_that_are_refused_end_with_5(fresh: Town, capsys, monkeypatch) -> None:
    monkeypatch.setenv("SYNCD_HUBSPOT__ACCESS_TOKEN", "pat-wrong")
    assert run(["doctor", "--json"]) == 5
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "auth_failed"


def test_credentials_of_both_that_are_refused_are_told_at_once_each_with_its_next_step(
    fresh: Town, capsys, monkeypatch
) -> None:
    monkeypatch.setenv("SYNCD_HUBSPOT__ACCESS_TOKEN", "pat-wrong")
    monkeypatch.setenv("SYNCD_SALESFORCE__CLIENT_SECRET", "wrong")
    assert run(["doctor"]) == 5
    said = capsys.readouterr().err
    assert said.count("HubSpot: ") == said.count("Salesforce: ") == 1
    assert said.count("Next: Renew the credentials") == 2
    assert "wrong" not in said
    assert run(["doctor", "--json"]) == 5
    told = json.loads(capsys.readouterr().out)
    assert told["error"]["code"] == "auth_failed"
    assert [(one["system"], one["object"], one["state"], one["who"]) for one in told["data"]["checks"]] == [
        (system, "connection", "auth_failed", "operator") for system in ("hubspot", "salesforce")
    ]


def test_a_crm_that_answers_is_examined_though_the_other_one_is_refused(fresh: Town, capsys, monkeypatch) -> None:
    both = "[salesforce.lead.Origin__c, hubspot.contact.origin]"  # which HubSpot may have
    (fresh.config / "fields.yaml").write_text(FIELDS.replace("hubspot.contact.origin", both))
    fresh.org.remove_field("Lead", "HubSpot_Id__c")
    monkeypatch.setenv("SYNCD_HUBSPOT__ACCESS_TOKEN", "pat-wrong")
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (
        5,
        [
            ("connection", None, "auth_failed", True),
            ("Lead", "HubSpot_Id__c", "missing", True),
            ("Lead", "Origin__c", "missing", False),
        ],
    )
    assert run(["doctor"]) == 5
    said = capsys.readouterr()
    assert "Salesforce org" in said.out
    assert "create HubSpot_Id__c on Lead" in said.out
    assert "HubSpot: " in said.err
    fresh.org.add_field("Lead", "HubSpot_Id__c | string 64 | cuxqi")
    monkeypatch.setenv("SYNCD_HUBSPOT__ACCESS_TOKEN", fresh.environment["SYNCD_HUBSPOT__ACCESS_TOKEN"])
    monkeypatch.setenv("SYNCD_SALESFORCE__CLIENT_SECRET", "wrong")
    assert wrong(examined(capsys)[1]) == [("connection", None, "auth_failed", True)]
    assert run(["doctor"]) == 5
    said = capsys.readouterr()
    assert "HubSpot portal" in said.out
    assert "Everything that is needed is there" not in said.out


def test_a_missing_setting_ends_with_2(fresh: Town, monkeypatch, capsys) -> None:
    monkeypatch.delenv("SYNCD_HUBSPOT__ACCESS_TOKEN")
    assert run(["doctor"]) == 2
    assert "SYNCD_HUBSPOT__ACCESS_TOKEN" in capsys.readouterr().err


@pytest.mark.parametrize("named", [False, True])
def test_a_property_for_sales_answer_that_hubspot_lacks_is_told_and_has_to_be_mended_where_the_files_name_it(
    fresh: Town, capsys, *, named: bool
) -> None:
    del fresh.portal.properties["contacts"]["syncd_reason"]
    if named:
        with (fresh.config / "fields.yaml").open("a") as file:
            file.write("\nback: {reason: syncd_reason}\n")
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (7 if named else 0, [("contact", "syncd_reason", "missing", named)])


def test_what_is_to_be_done_with_several_fields_is_said_once(fresh: Town, capsys) -> None:
    fresh.org.track("Lead", "Status", "Title")
    fresh.org.track("Contact", "OwnerId", "Title")
    assert run(["doctor"]) == 0
    printed = [line for line in capsys.readouterr().out.splitlines() if "have the history of" in line]
    lead, contact = printed
    assert "history of Lead.OwnerId, Authority__c, Budget__c, " in lead
    assert "history of Contact.Authority__c, Budget__c, " in contact


def test_fields_are_said_together_though_a_name_is_a_word_of_the_sentence(fresh: Town, capsys) -> None:
    (fresh.config / "fields.yaml").write_text(FIELDS + "names: {sqo_at: it}\n")
    fresh.org.remove_field("Contact", "SQL_At__c")
    assert run(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "create SQL_At__c, it on Contact (datetime), or let our user see it; " in told
    assert "create it on Lead" in told


def test_people_read_two_lists_by_who_can_mend_them(fresh: Town, capsys) -> None:
    fresh.org.remove_field("Lead", "HubSpot_Id__c")
    fresh.org.remove_field("Lead", "SQO_At__c")
    assert run(["doctor"]) == 7
    printed = capsys.readouterr().out
    assert printed.index("Has to be mended") < printed.index("HubSpot_Id__c") < printed.index("Left out until it is")
    assert printed.index("Left out until it is") < printed.index("SQO_At__c")
    assert "for the Salesforce admin:" in printed


def test_a_stage_that_the_picklist_does_not_know_is_left_out_until_the_admin_adds_it(fresh: Town, capsys) -> None:
    text = (fresh.config / "definitions.yaml").read_text()
    text = text.replace(
        "  sql: {from: mql", "  accepted: {from: mql, when: {job_title: {known: true}}}\n  sql: {from: mql"
    )
    (fresh.config / "definitions.yaml").write_text(text)
    code, checks = examined(capsys)
    assert code == 0
    assert wrong(checks) == [
        ("Contact", "Lifecycle_Stage__c", "missing_value", False),
        ("Lead", "Lifecycle_Stage__c", "missing_value", False),
    ]
    assert "no value Accepted" in next(one["fix"] for one in checks if one["state"] == "missing_value")


def test_an_object_that_is_hidden_is_told_and_the_rest_is_looked_at(fresh: Town, capsys) -> None:
    fresh.portal.scopes = fresh.portal.scopes - {"crm.schemas.companies.read", "crm.objects.companies.read"}
    code, checks = examined(capsys)
    assert code == 0
    assert {one["object"] for one in checks if one["state"] != "ok"} == {"company"}


def test_who_gets_tasks_has_to_be_there(fresh: Town, capsys) -> None:
    (fresh.config / "tasks.yaml").write_text("queue: Inbound\nfallback: nobody@us.example\n")
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (
        0,
        [("queue", "Inbound", "missing", False), ("user", "nobody@us.example", "missing", False)],
    )
    fresh.org.create("Group", {"Name": "Inbound", "DeveloperName": "Inbound", "Type": "Queue"}, NOW)
    fresh.org.add_user("Desk", "Sales", "nobody@us.example")
    assert wrong(examined(capsys)[1]) == []


def test_calls_that_are_nearly_used_up_are_told(fresh: Town, capsys) -> None:
    assert wrong(examined(capsys)[1]) == []
    fresh.org.daily_limit = round(2.7 * fresh.org.calls_today)
    _, checks = examined(capsys)
    assert ("calls", None, "nearly_used_up", False) in wrong(checks)
    assert "of the day are used" in next(one["fix"] for one in checks if one["state"] == "nearly_used_up")


def test_a_token_of_an_app_ends_soon() -> None:
    from syncd.journey.around import _token

    assert _token("pat-na1-11111111-2222-3333-4444-555555555555").state == "ok"
    assert _token("C" + "a" * 80).state == "expires"


def test_a_token_that_may_not_write_contacts_is_told_once(fresh: Town, capsys) -> None:
    fresh.portal.scopes = fresh.portal.scopes - {"crm.objects.contacts.write"}
    before = len(fresh.portal.tables["contacts"].live)
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (7, [("contact", None, "no_scope", True)])
    (told,) = [one for one in checks if one["state"] == "no_scope"]
    assert "crm.objects.contacts.write" in told["fix"]
    assert (told["who"], len(fresh.portal.tables["contacts"].live)) == ("HubSpot admin", before)


def test_lists_that_are_not_there_or_that_rules_fill_are_found(fresh: Town, capsys) -> None:
    at = fresh.portal.now()
    by_hand, by_rules, firms = (
        fresh.portal.lists.add(name, kind, at, processing).id
        for name, kind, processing in (
            ("Nurture", "contacts", "MANUAL"),
            ("Hot", "contacts", "DYNAMIC"),
            ("Firms", "companies", "SNAPSHOT"),
        )
    )
    lists = f"{{a: '{by_hand}', b: '{by_rules}', c: '{firms}', d: '4711'}}"
    path = fresh.config / "fields.yaml"
    path.write_text(f"{path.read_text()}\nback:\n  lists: {lists}\n")
    code, checks = examined(capsys)
    assert code == 7
    assert wrong(checks) == [
        ("list", by_rules, "not_static", True),
        ("list", firms, "not_static", True),
        ("list", "4711", "missing", True),
    ]
    fresh.portal.scopes = fresh.portal.scopes - {"crm.lists.read"}
    assert {one[2] for one in wrong(examined(capsys)[1])} == {"no_scope"}


def test_a_field_of_leads_that_conversion_would_lose_is_for_the_salesforce_admin(fresh: Town, capsys) -> None:
    del fresh.org.conversion_map["Budget__c"]
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (0, [("Lead conversion", "Budget__c", "unmapped", False)])
    (lost,) = (one for one in checks if one["state"] == "unmapped")
    assert lost["who"] == "Salesforce admin"
    assert "Map Lead Fields" in lost["fix"]
    fresh.org.map_conversion("Budget__c", "Opportunity", "Money__c")
    assert wrong(examined(capsys)[1]) == []


def test_a_mapping_that_our_user_may_not_see_is_to_be_looked_at_by_hand(fresh: Town, capsys) -> None:
    fresh.org.shows_metadata = False
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (0, [("Lead conversion", None, "not_seen", False)])
    assert "Budget__c" in next(one for one in checks if one["state"] == "not_seen")["fix"]


@pytest.mark.parametrize(("tier", "told"), [("starter", "Free or Starter"), ("professional", "Professional")])
def test_events_that_need_a_larger_portal_are_told_with_the_tier(fresh: Town, capsys, tier, told) -> None:
    fresh.portal.tier = tier
    fresh.portal.meter.tier = TIERS[tier]
    (fresh.config / "fields.yaml").write_text(FIELDS + "events: [page_view, marketing_event]\n")
    code, checks = examined(capsys)
    assert code == 0
    assert ("tier", told, "too_small", False) in wrong(checks)
    assert {one[0] for one in wrong(checks)} == {"tier", "page_view"}


def test_a_large_portal_has_all_events(fresh: Town, capsys) -> None:
    fresh.portal.tier = "enterprise"
    fresh.portal.meter.tier = TIERS["enterprise"]
    (fresh.config / "fields.yaml").write_text(FIELDS + "events: [page_view, custom_event, marketing_event]\n")
    assert wrong(examined(capsys)[1]) == []


def test_a_clock_that_is_off_is_for_the_operator(fresh: Town, capsys) -> None:
    fresh.portal.clock = lambda: datetime.now(UTC) + timedelta(minutes=10)
    code, checks = examined(capsys)
    assert (code, wrong(checks)) == (0, [("clock", None, "clock_off", False)])
    told = next(one for one in checks if one["state"] == "clock_off")
    assert (told["system"], told["who"]) == ("hubspot", "operator")
    assert "behind: let it follow a time server" in told["fix"]


def test_an_api_version_that_ends_is_told_with_its_day(fresh: Town, capsys, monkeypatch) -> None:
    monkeypatch.setenv("SYNCD_HUBSPOT__API_VERSION", "v3")
    fresh.portal.clock = lambda: datetime(2027, 3, 1, tzinfo=UTC)
    code, checks = examined(capsys)
    told = next(one for one in checks if one["field"] is None and one["state"] == "ending")
    assert (code, told["object"], told["who"]) == (0, "API version", "operator")
    assert "2027-03-30" in told["fix"]


def test_addresses_that_no_alert_will_reach_are_told_without_their_secrets(fresh: Town, capsys, monkeypatch) -> None:
    addresses = '["${mail}", "hush://pass-word@nowhere", "${chat}", "json://127.0.0.1:9/"]'
    (fresh.config / "syncd.yaml").write_text(f"version: 1\ntime_zone: Europe/Amsterdam\nalerts: {addresses}\n")
    monkeypatch.setenv("SYNCD_ALERTS__CHAT", "pass-word without a place")
    assert run(["doctor"]) == 0
    said = capsys.readouterr()
    assert "pass-word" not in said.out + said.err
    assert "syncd: ${mail} stands in `alerts` of syncd.yaml, and SYNCD_ALERTS__MAIL is not set" in said.out
    assert [place for place in range(1, 5) if f"address {place} of `alerts`" in said.out] == [2, 3]
