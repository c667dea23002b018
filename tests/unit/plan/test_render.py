"""A plan as a file, as rows, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.instant import DAY, HOUR, Instant
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.plan.build import build_plan
from syncd.plan.render import PlanRefused, as_file, forecast, from_file, planned, refuse_unless, rows
from tests.unit.plan.cases import NOW, case, entry, lead, setting

PAIR = ("portal", "org")


def person(place, *records):
    one = case(*records)
    name = PersonId(f"p{place}")
    return replace(
        one,
        dossier=replace(one.dossier, person=name),
        facts=replace(one.facts, person=name),
        verdict=replace(one.verdict, person=name),
    )


PEOPLE = [person(1, lead()), person(2), person(3, lead(IsConverted=True)), person(4)]
PLAN = build_plan(PEOPLE, setting(), "c1", PAIR)


@given(st.permutations(PEOPLE))
def test_the_order_in_which_people_come_makes_no_difference(people):
    assert build_plan(people, setting(), "c1", PAIR) == PLAN


def test_records_come_first_then_leads_then_the_tasks_that_hang_on_them():
    assert [change.purpose for change in PLAN.changes] == ["update", "create", "create", "task", "task", "task"]
    assert planned(PLAN) == {"create": 2, "task": 3, "update": 1}


def test_the_digest_is_free_of_the_moment_and_of_rendered_text():
    later = setting(now=Instant(NOW + HOUR), run="run-2")
    assert build_plan(PEOPLE, later, "c1", PAIR).digest == PLAN.digest
    reworded = [
        replace(one, verdict=replace(one.verdict, entries=[*one.verdict.entries[:-1], entry(why="x")]))
        for one in PEOPLE
    ]
    assert build_plan(reworded, setting(), "c1", PAIR).digest == PLAN.digest


def test_the_digest_tells_another_stage_config_or_pair():
    other = [replace(one, verdict=replace(one.verdict, stage=Stage.SQL, entries=[entry(Stage.SQL)])) for one in PEOPLE]
    digests = {
        PLAN.digest,
        build_plan(other, setting(), "c1", PAIR).digest,
        build_plan(PEOPLE, setting(), "c2", PAIR).digest,
        build_plan(PEOPLE, setting(), "c1", ("portal", "other")).digest,
    }
    assert len(digests) == 4


def test_a_plan_that_was_kept_in_a_file_is_the_same_plan():
    kept = orjson.loads(orjson.dumps(as_file(PLAN, NOW)))
    plan, made_at = from_file(kept)
    assert made_at == NOW
    assert (plan.digest, plan.decisions, plan.refusals) == (PLAN.digest, PLAN.decisions, PLAN.refusals)
    assert [change.values for change in plan.changes] == [change.values for change in PLAN.changes]


@pytest.mark.parametrize("data", [None, [], 7, {}, {"schema": "syncd.plan-file/1"}, {"schema": "other"}])
def test_a_file_that_is_no_plan_is_refused(data):
    with pytest.raises(PlanRefused, match="this is no plan"):
        from_file(data)


def test_a_plan_that_was_altered_is_refused():
    kept = orjson.loads(orjson.dumps(as_file(PLAN, NOW)))
    kept["changes"][0]["fields"][0]["after"] = "999"
    with pytest.raises(PlanRefused, match="altered"):
        from_file(kept)


@pytest.mark.parametrize(
    ("pair", "definitions", "config", "age", "what"),
    [
        (("portal", "other"), "d1", "c1", 0, "pair"),
        (PAIR, "d2", "c1", 0, "definitions"),
        (PAIR, "d1", "c2", 0, "files in config"),
        (PAIR, "d1", "c1", DAY + 1, "older"),
    ],
)
def test_a_plan_is_refused_whole_when_what_it_rests_on_has_moved(pair, definitions, config, age, what):
    refuse_unless(PLAN, PAIR, "d1", "c1", DAY, DAY)
    with pytest.raises(PlanRefused, match=what):
        refuse_unless(PLAN, pair, definitions, config, age, DAY)


def test_every_field_that_would_be_written_is_a_row_with_its_reason_and_evidence():
    found = list(rows(PLAN))
    assert {row["object"] for row in found} == {"Lead", "Task"}
    assert {row["reason"] for row in found} == {"looked at the prices", "MQL: looked at the prices"}
    assert all(row["evidence"] == ["t1"] for row in found)
    task = next(row for row in found if row["field"] == "Syncd_Key__c")
    assert task["after"] == task["key"]


def test_the_forecast_counts_a_call_per_200_rows_and_one_per_2000_read_back():
    update = PLAN.changes[0]
    many = replace(PLAN, changes=[update] * 2_001)
    assert forecast(many) == {"hubspot": 0, "salesforce": 11 + 2}
    assert forecast(replace(PLAN, changes=())) == {"hubspot": 0, "salesforce": 0}


def unsure(place, *unknowns):
    one = person(place, lead())
    return replace(one, verdict=replace(one.verdict, unknowns=unknowns))


def test_people_who_could_not_be_judged_are_counted_by_reason_once_each():
    size, title = "company_size is missing", "job_title is missing"
    people = [unsure(1, f"sql: {size}", f"sqo: {size}"), unsure(2, f"sql: {size}", f"sql: {title}"), unsure(3)]
    plan = build_plan(people, setting(), "c1", PAIR)
    assert (plan.unjudged.people, plan.unjudged.reasons) == (2, {size: 2, title: 1})
    assert from_file(orjson.loads(orjson.dumps(as_file(plan, NOW))))[0].unjudged == plan.unjudged
    many = build_plan([unsure(n, *(f"sql: r{m}" for m in range(n))) for n in range(1, 9)], setting(), "c1", PAIR)
    assert list(many.unjudged.most_frequent().items()) == [("r0", 8), ("r1", 7), ("r2", 6), ("r3", 5), ("r4", 4)]
