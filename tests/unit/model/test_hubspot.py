"""What a portal's lifecycle stages say, its own among them."""

from __future__ import annotations

from syncd.model.hubspot import HUBSPOT_STAGES, stages_of
from syncd.model.stage import Stage

OPTIONS = [
    ("184720010", "Stranger"),
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "MQL"),
    ("184720012", "In Sales Review"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("other", "Other"),
    ("184720013", "Churned"),
]


def test_a_stage_of_the_portals_own_says_that_the_last_known_one_before_it_was_reached():
    assert stages_of(OPTIONS, {})["184720012"] == Stage.MQL


def test_what_stands_before_or_behind_all_known_stages_says_nothing():
    assert {"184720010", "184720013", "other"}.isdisjoint(stages_of(OPTIONS, {}))


def test_what_the_files_call_a_stage_says_that_stage_by_value_or_label():
    for said in ("184720012", "in sales review "):
        assert stages_of(OPTIONS, {Stage.SQL: said})["184720012"] == Stage.SQL


def test_of_two_stages_told_by_one_value_the_earlier_is_meant():
    told = {Stage.SQO: "opportunity", Stage.SQL: "opportunity"}
    assert stages_of(OPTIONS, told)["opportunity"] == Stage.SQL


def test_where_people_are_sent_back_to_is_no_stage_of_the_funnel():
    assert stages_of(OPTIONS, {Stage.RECYCLED: "184720010"}) == stages_of(OPTIONS, {})


def test_before_the_portal_was_seen_hubspots_own_stages_are_known():
    assert stages_of((), {}) == HUBSPOT_STAGES
