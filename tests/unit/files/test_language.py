"""The whole language in one file: it loads, means what it says, and its examples come true."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from syncd.definitions.evaluate import evaluate
from syncd.definitions.examples import missed
from syncd.definitions.explain import says
from syncd.definitions.language import Cap, FitScore, Unanswered, leaves_of
from syncd.files import ConfigProblems, load_config
from syncd.model.instant import BEGINNING, DAY, Instant, parse_iso
from syncd.model.person import Coverage, Facts, Money, PersonId, Property, Touch
from syncd.model.stage import Stage

NOW = parse_iso("2026-11-21T08:30:00Z")
TEXT = """\
teams:
  north: [Ann@we.example, 0055g00000AbCdEAAA]
signals:
  visit:       {of: page_view}
  trial:       {of: form_submission, where: {form: {has_word: trial}}}
  demo:        {of: meeting, by: north}
  budget_call: {of: call, where: {outcome: {is: Budget told}}}
  tried:       {sequence: [trial, demo], within: 14 days}
scores:
  fit:
    rules:
      - {if: {company_size: {at_least: 50}}, points: 20, group: company}
      - {if: {company_size: {at_least: 500}}, points: 20, group: company}
      - {if: {job_title: {has_word: head}}, points: 10}
    caps: {company: 30}
  warm: {points: {visit: 5, trial: 20}, half_life: 14 days, groups: {all: [visit, trial]}, caps: {all: 22}}
answers:
  budget: {budget_call: {at_least: 1}}
stages:
  mql:
    when: {any: [{score.fit: {at_least: 40}}, {visit: {at_least: 3, anyone_at_company: true}}, {tried: {at_least: 1}}]}
    unanswered: {after: 5 days, then: recycle, unless: {budget_call: {since: mql}}}
  demo_done:
    from: mql
    when: {demo: {since: mql}}
    unanswered: {after: 3 days, then: accept}
  sql: {from: mql, when: {bant: {strength: fair, including: [budget]}}}
  sqo: {when: {opportunity: {amount: {above: 1000 EUR}}}}
returns:
  recycled:
    when: {lead_status: Recycle}
    reason: Recycle_Reason__c
    reasons: {no_budget: [No budget, Budget frozen], timing: Bad timing}
examples:
  - {person: {company_size: 900, job_title: Head of IT}, expect: recycled}
  - {events: [{trial: 4 days ago}, {demo: 2 days ago}], expect: demo_done, since: 2 days ago}
  - {events: [{demo: 4 days ago}, {trial: 2 days ago}], expect: subscriber}
  - {events: [{visit: now}], colleagues: [{visit: 1 day ago}, {visit: 2 days ago}], expect: mql, since: now}
  - {events: [{trial: 9 days ago}, {demo: 8 days ago}, {demo: 6 days ago}], expect: sql, since: 5 days ago}
  - person: {need: reporting}
    events: [{trial: 4 days ago}, {demo: 2 days ago}, {budget_call: 1 day ago}]
    expect: sql
    since: 1 day ago
"""


@pytest.fixture
def config(tmp_path: Path):
    (tmp_path / "definitions.yaml").write_text(TEXT)
    (tmp_path / "fields.yaml").write_text(
        "read: {company_size: {from: hubspot.company.numberofemployees, type: number}}\n"
        "bant: {need: {from: salesforce.lead.Need__c}}\n"
    )
    return load_config(tmp_path)


def test_the_examples_come_true(config):
    kinds = {name: str(read.kind) for name, read in config.fields.reads.items()}
    assert [(one.example.place, one.verdict.stage, one.why) for one in missed(config.definitions, kinds, NOW)] == []


def test_what_is_written_is_what_is_meant(config):
    found = config.definitions
    assert found.signals["demo"].team == ("ann@we.example", "0055g00000AbCdEAAA")
    assert (found.signals["tried"].sequence, found.signals["tried"].within) == (("trial", "demo"), 14 * DAY)
    fit = found.scores["fit"]
    assert isinstance(fit, FitScore)
    assert [(group.name, group.at_most, len(group.rules)) for group in fit.groups] == [("company", 30, 2)]
    assert found.scores["warm"].caps == (Cap("all", 22, ("visit", "trial")),)
    silence = {rule.stage: rule.unanswered for rule in found.stages}
    assert silence["demo_done"] == Unanswered(3 * DAY, "accept")
    assert (silence["mql"].after, silence["mql"].then) == (5 * DAY, "recycle")
    assert found.returns[0].reasons == {"no budget": "no_budget", "budget frozen": "no_budget", "bad timing": "timing"}
    (sqo,) = leaves_of(found.stages[-1].when)
    assert sqo.amount[0].operand == Money(Decimal(1000), "EUR")


def test_every_clause_can_be_said(config):
    words = [says(leaf) for rule in config.definitions.stages for leaf in leaves_of(rule.when)]
    assert words == [
        "score.fit at least 40",
        "visit at least 3 by anyone at the company",
        "tried at least 1",
        "demo at least 1 since mql",
        "bant at least 2 of 4, including budget",
        "opportunity amount above 1000 EUR",
    ]


def person(definitions, *touches, **more):
    coverage = {kind: Coverage(BEGINNING, "s", "") for rule in definitions.signals.values() for kind in rule.of}
    return Facts(PersonId("p"), Instant(NOW - 300 * DAY), touches=touches, coverage=coverage, colleagues=(), **more)


def meant(ago, kind, **fields):
    return Touch(Instant(NOW - ago * DAY), f"{kind}:{ago}", kind, fields)


def test_silence_of_sales_accepts_or_sends_back_at_a_known_instant(config):
    definitions = config.definitions
    visits = [meant(ago, "page_view") for ago in (4, 3, 2)]
    verdict = evaluate(person(definitions, *visits), definitions, NOW)
    assert (verdict.stage, verdict.due_at) == (Stage.MQL, NOW + 3 * DAY)
    later = evaluate(person(definitions, *visits), definitions, verdict.due_at)
    assert (later.stage, later.since) == (Stage.RECYCLED, verdict.due_at)
    assert (later.entries[-1].reason, later.entries[-1].source) == ("unanswered", "silence")
    answered = [*visits, meant(1, "meeting", owner_email="ann@WE.example", owner="x")]
    accepted = evaluate(person(definitions, *answered), definitions, Instant(NOW + 2 * DAY))
    assert (accepted.stage, accepted.since) == (Stage.SQL, NOW + 2 * DAY)
    assert accepted.entries[-1].why == "sales did not answer within 3 days of demo_done: accepted"


def test_a_reason_is_told_by_its_code_and_one_without_code_is_no_secret(config):
    def returned(reason):
        said = {"lead_status": "Recycle", "Recycle_Reason__c": reason}
        known = {name: Property(((BEGINNING, "Open"), (NOW, value)), "s") for name, value in said.items()}
        return evaluate(person(config.definitions, properties=known), config.definitions, NOW)

    assert returned("Budget FROZEN").entries[-1].reason == "no_budget"
    unheard = returned("Went sailing")
    assert unheard.entries[-1].reason == "unmapped: Went sailing"
    assert "recycled: the reason Went sailing has no code" in unheard.unknowns


def test_the_order_of_a_sequence_is_part_of_the_agreement(config, tmp_path):
    before = config.definitions.hash
    (tmp_path / "definitions.yaml").write_text(TEXT.replace("[trial, demo], within", "[demo, trial], within"))
    assert load_config(tmp_path).definitions.hash != before
    (tmp_path / "definitions.yaml").write_text(
        TEXT.replace("groups: {all: [visit, trial]}", "groups: {all: [trial, visit]}")
    )
    assert load_config(tmp_path).definitions.hash == before


ODD = ["", "5", [], {}, ["a"], {"a": "b"}, [["a"]], [{"a": "b"}], {"a": {"b": "c"}}]
"""What may stand where something else should."""


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_whatever_stands_anywhere_it_loads_or_is_told(odd, config, tmp_path):
    chance = random.Random(str(odd))
    tree = yaml.load(TEXT, yaml.BaseLoader)
    kinds = {name: str(read.kind) for name, read in config.fields.reads.items()}
    for path in chance.sample(list(paths_in(tree)), 25):
        changed = yaml.load(TEXT, yaml.BaseLoader)
        inner = changed
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = odd
        (tmp_path / "definitions.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
        problems, found = read(tmp_path)
        assert all(problem.what and problem.instead and problem.line > 0 for problem in problems)
        if found is not None:
            missed(found, kinds, NOW)


def read(directory):
    try:
        return (), load_config(directory).definitions
    except ConfigProblems as told:
        return told.problems, None


def paths_in(node, path=()):
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inside:
        yield (*path, key)
        yield from paths_in(value, (*path, key))
