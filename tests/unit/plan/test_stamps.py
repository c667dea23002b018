"""Stage, cycle, stamps and mapped fields of a record that Salesforce has."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from connectors.records import ObjectSchema
from syncd.model.instant import DAY, HOUR, Instant
from syncd.model.stage import Stage
from tests.unit.plan import cases
from tests.unit.plan.cases import NOW, SELLER, case, entry, hubspot, lead, planned, record, setting, writing

STAGED = {
    "HubSpot_Id__c": "1",
    "Lifecycle_Stage__c": "MQL",
    "Lifecycle_Cycle__c": 1.0,
    "MQL_At__c": "2026-06-10T08:00:00.000+0000",
}


def update(one, given=None):
    changes, refusals, _ = planned(one, given)
    updates = [change for change in changes if change.purpose == "update"]
    return (updates[0].values if updates else {}), refusals


def without(name):
    fields = {key: field for key, field in cases.people_fields().items() if key != name}
    return setting(schemas=cases.SCHEMAS | {"lead": ObjectSchema("lead", fields)})


def test_a_known_lead_gets_link_stage_cycle_stamp_and_proof():
    values, refusals = update(case(lead()))
    assert values == {
        "HubSpot_Id__c": "1",
        "Lifecycle_Stage__c": "MQL",
        "Lifecycle_Cycle__c": 1,
        "MQL_At__c": "2026-06-10T08:00:00.000+0000",
        "Syncd_Why__c": "looked at the prices",
        "Syncd_Definition__c": "d1",
        "Syncd_Run__c": "run-1",
    }
    assert refusals == []


def test_a_record_that_says_it_all_is_left_alone_even_when_the_wording_or_the_run_differ():
    assert update(case(lead(**STAGED, Syncd_Why__c="older words", Syncd_Run__c="run-0"))) == ({}, [])


def test_the_contact_stands_for_a_person_who_also_has_a_lead():
    changes, _, _ = planned(case(lead(), record(kind="contact", id="0031", OwnerId=SELLER)))
    assert [(change.object, change.id) for change in changes] == [("contact", "0031"), ("task", None)]


def test_two_live_leads_are_a_question_and_get_nothing():
    changes, refusals, _ = planned(case(lead(), record(id="00Q2")))
    assert changes == []
    assert [(one.code, one.quarantine) for one in refusals] == [("ambiguous", True)]


def test_a_converted_lead_is_never_a_target():
    changes, refusals, _ = planned(case(lead(IsConverted=True)))
    assert changes == []
    assert [one.code for one in refusals] == ["gone from Salesforce"]


def test_a_field_that_is_missing_is_left_out_and_stops_nothing():
    values, _ = update(case(lead()), without("MQL_At__c"))
    assert "MQL_At__c" not in values
    assert values["Lifecycle_Stage__c"] == "MQL"


def test_a_record_that_names_another_hubspot_contact_keeps_its_name():
    values, _ = update(case(lead(HubSpot_Id__c="77")))
    assert "HubSpot_Id__c" not in values


def test_a_record_that_names_a_contact_merged_into_this_one_is_renamed():
    values, _ = update(case(lead(HubSpot_Id__c="7"), hubspot("1"), hubspot("7", deleted=True)))
    assert values["HubSpot_Id__c"] == "1"


def test_a_backward_stage_write_changes_nothing_and_is_told():
    changes, refusals, _ = planned(case(lead(**(STAGED | {"Lifecycle_Stage__c": "SQL"}))))
    assert changes == []
    assert [(one.code, one.quarantine) for one in refusals] == [("ahead", False)]


def test_what_is_written_beside_a_stage_that_is_kept_is_no_demotion():
    changes, _, _ = planned(case(lead(Lifecycle_Stage__c="SQL")))
    (change,) = changes
    assert "Lifecycle_Stage__c" not in change.values
    assert not change.demotes


def test_a_stage_that_was_left_by_its_own_rule_may_go_back_and_counts_as_a_demotion():
    entries = [entry(), entry(Stage.SQL, ago=HOUR // 2, left_at=NOW)]
    one = case(lead(Lifecycle_Stage__c="SQL"), entries=entries)
    back = replace(one, verdict=replace(one.verdict, stage=Stage.MQL, since=entries[0].at))
    changes, _, _ = planned(back)
    assert changes[0].values["Lifecycle_Stage__c"] == "MQL"
    assert changes[0].demotes


def test_a_new_cycle_clears_the_stamps_of_the_one_before():
    before = {"Lifecycle_Stage__c": "Recycled", "Lifecycle_Cycle__c": 1, "SQL_At__c": "2026-05-01T00:00:00.000+0000"}
    before |= {"Recycle_Until__c": "2026-06-01"}
    values, _ = update(case(lead(**before), entries=[entry(cycle=2)]))
    assert (values["Lifecycle_Cycle__c"], values["Lifecycle_Stage__c"]) == (2, "MQL")
    assert values["SQL_At__c"] is values["Recycle_Until__c"] is None


def test_a_stamp_of_the_same_cycle_that_nobody_knows_of_is_not_cleared():
    values, _ = update(case(lead(Lifecycle_Cycle__c=1, SQL_At__c="2026-05-01T00:00:00.000+0000")))
    assert "SQL_At__c" not in values


def test_a_recycled_person_says_until_when():
    values, _ = update(case(lead(), entries=[entry(ago=DAY), entry(Stage.RECYCLED)]))
    assert values["Lifecycle_Stage__c"] == "Recycled"
    assert values["Recycle_Until__c"] == "2026-07-10"


def test_hostile_signs_in_our_own_proof_are_blanked_and_set_nobody_aside():
    values, refusals = update(case(lead(), entries=[entry(why="job_title: Head\x00 of \u202eIT")]))
    assert values["Syncd_Why__c"] == "job_title: Head  of  IT"
    assert refusals == []


@pytest.mark.parametrize(
    ("owner", "before", "after"),
    [
        ("fill_empty", None, "Warm"),
        ("fill_empty", "Cold", None),
        ("hubspot_wins", "Cold", "Warm"),
        ("salesforce_wins", None, None),
        ("salesforce_wins", "Cold", None),
        ("newest_wins", "Cold", None),
        ("forward_only", None, "Warm"),
        ("forward_only", "Cold", "Warm"),
        ("forward_only", "Warm", None),
        ("forward_only", "Hot", None),
        ("forward_only", "Made up", None),
    ],
)
def test_the_owner_of_a_mapped_field_decides_who_wins(owner, before, after):
    one = case(lead(**STAGED, Rating=before), values={"given": "Warm"})
    values, _ = update(one, setting(fields=writing(Rating=owner)))
    assert values.get("Rating") == after


def test_forward_only_never_writes_a_value_that_the_picklist_lacks_over_another():
    one = case(lead(**STAGED, Rating="Cold"), values={"given": "Boiling"})
    assert update(one, setting(fields=writing(Rating="forward_only"))) == ({}, [])


def test_the_newest_value_wins_where_hubspots_change_is_later():
    one = case(lead(**STAGED, Title="Clerk"), values={"given": "CTO"})
    later = replace(one.facts.properties["given"], timeline=((Instant(NOW - HOUR), "CTO"),))
    facts = replace(one.facts, properties=one.facts.properties | {"given": later})
    values, _ = update(replace(one, facts=facts), setting(fields=writing(Title="newest_wins")))
    assert values == {"Title": "CTO"}


def test_a_value_that_is_unknown_or_salesforces_own_is_never_written():
    fields = setting(fields=writing(Title="hubspot_wins"))
    assert update(case(lead(**STAGED, Title="Clerk"), values={"given": None}), fields) == ({}, [])
    own = case(lead(**STAGED), values={"given": "CTO"}, sources={"given": "salesforce:lead:00Q1:Role__c"})
    assert update(own, fields) == ({}, [])


def test_a_value_that_is_too_long_sets_its_record_aside_and_names_no_value():
    values, refusals = update(case(lead(), values={"given": "x" * 300}), setting(fields=writing(Title="hubspot_wins")))
    assert values == {}
    assert [(one.code, one.quarantine) for one in refusals] == [("value", True)]
    assert "Title" in refusals[0].why
    assert "xxx" not in refusals[0].why


def test_a_number_that_salesforce_holds_as_a_float_is_the_same_number():
    one = case(lead(**STAGED), values={"given": Decimal(3)})
    assert update(one, setting(fields=writing(Title="fill_empty")))[0] == {"Title": "3"}


def with_field(field):
    lead_fields = ObjectSchema("lead", cases.people_fields() | {field.name: field})
    return setting(schemas=cases.SCHEMAS | {"lead": lead_fields})


def test_a_picklist_without_the_label_stops_its_own_mapping_only():
    given = with_field(cases.picklist("Lifecycle_Stage__c", "Lead", restricted=True))
    values, refusals = update(case(lead()), given)
    assert "Lifecycle_Stage__c" not in values
    assert "MQL_At__c" in values
    assert refusals == []
    assert planned(case(lead()), given)[2]["stage left out, Lifecycle_Stage__c has no value MQL"] == 1


def test_a_cycle_that_is_kept_as_text_is_written_and_read_as_text():
    kept = with_field(cases.text("Lifecycle_Cycle__c"))
    assert update(case(lead()), kept)[0]["Lifecycle_Cycle__c"] == "1"
    again, _, _ = planned(case(lead(**(STAGED | {"Lifecycle_Cycle__c": "1"}))), kept)
    assert [change for change in again if change.object == "lead"] == []
