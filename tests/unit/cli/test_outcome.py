"""The summary of a run, for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from syncd.cli.outcome import lines
from syncd.desk import Order, Outcome, Run
from syncd.model.change import Plan, Unjudged
from syncd.model.instant import Instant
from syncd.plan.build import build_plan
from syncd.store.runs import RunId
from tests.unit.plan.cases import case, lead, setting

PLAN = build_plan([case(lead())], setting(), "c", ("portal", "org"))


def summary(*, write: bool, applied: dict[str, int], plan: Plan = PLAN) -> str:
    run = Run(RunId("r1"), Order("x", write=write), Instant(0), applied=Counter(applied))
    return "\n".join(lines(Outcome(run, plan, None, 0, {"hubspot": 1, "salesforce": 2})))


def test_a_plan_says_what_it_would_write_and_nothing_of_what_was():
    said = summary(write=False, applied={})
    assert "Plan: 1 task for sales, 1 record updated" in said
    assert "Written" not in said


@pytest.mark.parametrize(("applied", "said"), [({}, "Written: nothing"), ({"task": 1}, "Written: 1 task for sales")])
def test_a_run_that_may_write_says_what_it_wrote(applied, said):
    assert said in summary(write=True, applied=applied)


def test_why_people_could_not_be_judged_is_counted():
    reasons = {"job_title is missing": 20, "company_size is missing": 1388}
    plan = replace(PLAN, unjudged=Unjudged(1400, reasons))
    said = "1,400 could not be judged: company_size is missing in 1,388, job_title is missing in 20"
    assert said in summary(write=False, applied={}, plan=plan)
    assert "could not be judged" not in summary(write=False, applied={})
