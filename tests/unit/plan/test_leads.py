"""Who becomes a Lead in Salesforce, and with what."""

from __future__ import annotations

import pytest

from connectors.records import ObjectSchema
from syncd.definitions.language import AllOf, Definitions, StageRule
from syncd.files.service_file import ServiceFile
from syncd.model.dossier import Quarantined
from syncd.model.instant import HOUR, Instant
from syncd.model.person import Entry
from syncd.model.stage import Stage
from syncd.plan.build import build_plan
from tests.unit.plan import cases
from tests.unit.plan.cases import ANNA, NOW, case, entry, hubspot, lead, open_deal, planned, setting, text, writing


def test_a_new_mql_becomes_a_lead_with_a_task_that_hangs_on_it():
    changes, refusals, _ = planned(case())
    made, task = changes
    assert (made.purpose, made.key) == ("create", ("HubSpot_Id__c", "1"))
    assert made.values["Lifecycle_Stage__c"] == "MQL"
    assert task.values["WhoId"] == "(the new lead)"
    assert [one.code for one in refusals] == []


def test_a_stage_of_the_teams_own_behind_that_of_the_config_makes_a_lead_as_well():
    """Who got past MQL by the definitions is for sales to know, whatever the stage is called."""
    rules = [StageRule(Stage(one), AllOf(())) for one in ("mql", "accepted", "sql")]
    given = setting(definitions=Definitions("d1", stages=rules))
    changes, refusals, _ = planned(case(entries=[entry(Stage("accepted"))]), given)
    assert ([one.purpose for one in changes], refusals) == (["create"], [])


def test_a_portals_own_stage_behind_mql_makes_no_lead_and_no_task():
    """What HubSpot says is a floor, and this one is past MQL."""
    given = setting(between={"4711": (Stage.MQL, "In Review")})
    for one in (case(hubspot(lifecyclestage="4711")), case(hubspot(lifecyclestage="4711"), lead())):
        assert [change for change in planned(one, given)[0] if change.purpose in ("create", "task")] == []
    before = setting(between={"4711": (Stage.LEAD, "Knows us")})
    changes, _, _ = planned(case(hubspot(lifecyclestage="4711")), before)
    assert [one.purpose for one in changes] == ["create", "task"]


@pytest.mark.parametrize(
    ("stage", "lead_from", "made"),
    [(Stage.LEAD, "mql", 0), (Stage.SQL, "mql", 1), (Stage.MQL, "nobody", 0), (Stage.RECYCLED, "mql", 0)],
)
def test_nobody_becomes_a_lead_before_the_stage_of_the_config(stage, lead_from, made):
    service = ServiceFile.model_validate({"create": {"lead_from": lead_from}})
    changes, _, _ = planned(case(entries=[entry(stage)]), setting(service=service))
    assert sum(change.purpose == "create" for change in changes) == made


@pytest.mark.parametrize(
    ("values", "company"),
    [
        ({}, "Acme"),
        ({"company_name": None}, "acme.example"),
        ({"company_name": None, "email": "anna@gmail.com"}, "[not provided]"),
        ({"company_name": None, "email": None}, "[not provided]"),
    ],
)
def test_the_company_is_the_name_else_the_business_domain_else_not_provided(values, company):
    changes, _, _ = planned(case(values=values))
    assert changes[0].values["Company"] == company


def test_without_a_last_name_nobody_is_made_and_the_person_is_set_aside():
    changes, refusals, _ = planned(case(values={"last_name": None}))
    assert changes == []
    assert [(one.code, one.quarantine) for one in refusals] == [("no last name", True)]


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (case(barred="competitor"), "never"),
        (case(opportunities=[open_deal()]), "customer"),
        (case(lead(deleted=True)), "gone from Salesforce"),
        (case(floor=[(Instant(NOW - HOUR), Stage.SQL, "hubspot")]), "past already"),
    ],
)
def test_who_gets_no_lead_gets_no_task_either_and_is_told_why(one, code):
    changes, refusals, _ = planned(one)
    assert changes == []
    assert [(each.code, each.quarantine) for each in refusals] == [(code, False)]


def test_hubspot_saying_the_very_stage_is_no_reason_against_a_lead():
    changes, _, _ = planned(case(floor=[(Instant(NOW - HOUR), Stage.MQL, "hubspot")]))
    assert [change.purpose for change in changes] == ["create", "task"]


def test_the_hubspot_owner_owns_the_lead_where_salesforce_knows_that_address():
    directory = cases.setting().directory
    known = setting(directory=type(directory)(directory.sellers, {}, {"9": "Anna@US.example"}))
    changes, _, _ = planned(case(hubspot(hubspot_owner_id="9")), known)
    assert changes[0].values["OwnerId"] == changes[1].owner == cases.SELLER
    changes, _, _ = planned(case(hubspot(hubspot_owner_id="8")), known)
    assert "OwnerId" not in changes[0].values


def test_a_mapped_field_that_we_may_not_create_is_left_out():
    fields = cases.people_fields() | {"Title": text("Title", createable=False)}
    given = setting(fields=writing(Title="fill_empty"), schemas=cases.SCHEMAS | {"lead": ObjectSchema("lead", fields)})
    changes, _, _ = planned(case(values={"given": "CTO"}), given)
    assert "Title" not in changes[0].values
    changes, _, _ = planned(
        case(values={"given": "CTO"}), setting(fields=writing(Title="fill_empty", Gone__c="fill_empty"))
    )
    assert changes[0].values["Title"] == "CTO"
    assert "Gone__c" not in changes[0].values


def refused(change, next_at):
    return Quarantined(
        id="q1",
        system="salesforce",
        kind="lead",
        record_id=None,
        person=ANNA,
        cause="reject",
        code="X",
        message="",
        who="RevOps",
        first_at=NOW,
        key=change.key[1],
        digest=change.content,
        last_at=NOW,
        next_at=next_at,
    )


def test_a_refused_lead_waits_with_its_task_until_it_is_due_or_becomes_another():
    create = planned(case())[0][0]
    later, due = refused(create, Instant(NOW + HOUR)), refused(create, NOW)
    assert planned(case(quarantined=[later]))[0] == []
    assert [one.purpose for one in planned(case(quarantined=[due]))[0]] == ["create", "task"]
    mended = case(quarantined=[later], values={"first_name": "Ann"})
    assert [one.purpose for one in planned(mended)[0]] == ["create", "task"]


def test_a_refused_lead_is_looked_at_again_when_it_is_due():
    later = refused(planned(case())[0][0], Instant(NOW + HOUR))
    (decision,) = build_plan([case(quarantined=[later])], setting(), "c", ("p", "o")).decisions
    assert decision.due_at == NOW + HOUR


def test_a_reason_that_sales_gives_later_is_news_and_what_is_held_is_not():
    held = Entry(Stage.RECYCLED, 1, Instant(NOW - HOUR), "definition", "recycled")
    said = Entry(Stage.RECYCLED, 1, Instant(NOW - HOUR), "definition", "recycled", reason="no budget")
    one = case(lead(), entries=[said], held=[held])
    (decision,) = build_plan([one], setting(), "c", ("p", "o")).decisions
    assert [entry.reason for entry in decision.entries if entry.stage == Stage.RECYCLED] == ["no budget"]
    same = case(lead(), entries=[held], held=[held])
    (decision,) = build_plan([same], setting(), "c", ("p", "o")).decisions
    assert [entry.stage for entry in decision.entries] == [Stage.SUBSCRIBER]
