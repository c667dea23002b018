"""Conditions on any property of an opportunity: from the files over a record to the verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.records import System
from syncd.definitions.clauses import context_for
from syncd.definitions.examples import missed
from syncd.definitions.explain import prove
from syncd.definitions.unknowns import unknown_reasons
from syncd.facts.build import Reading, build_facts
from syncd.files.load import Config, load_config
from syncd.files.problem import ConfigProblems
from syncd.locales.words import words_of
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.instant import DAY, Instant, parse_iso
from syncd.model.person import PersonId
from syncd.model.truth import Truth
from syncd.streams import used_names
from syncd.telling.clauses import Teller

NOW = parse_iso("2026-11-22T09:00:00Z")
FIELDS = """
read:
  deal_type: {from: salesforce.opportunity.Type, type: choice}
  arr:       {from: salesforce.opportunity.ARR__c, type: money}
  next_step: {from: salesforce.opportunity.NextStep}
"""
DEFINITIONS = """
stages:
  sqo: {when: {opportunity: {open: true, deal_type: {any_of: [New Business]}, arr: {at_least: 1000 EUR}}}}
examples:
  - {opportunity: {open: true, deal_type: New business, arr: 2000 EUR}, expect: sqo}
  - {opportunity: {open: true, deal_type: Renewal, arr: 2000 EUR}, expect: subscriber}
"""


def config(folder: Path, definitions: str = DEFINITIONS, fields: str = FIELDS) -> Config:
    (folder / "definitions.yaml").write_text(definitions)
    (folder / "fields.yaml").write_text(fields)
    return load_config(folder)


def deal(**properties) -> Mirrored:
    return Mirrored(
        System.SALESFORCE, "opportunity", "006", None, Instant(NOW - 9 * DAY), Instant(NOW - DAY), Instant(NOW - DAY),
        deleted=False, merged_into=None,
        properties={"StageName": "Proposal", "IsClosed": False, "IsWon": False, "CurrencyIsoCode": "EUR"} | properties,
    )  # fmt: skip


def judged(files: Config, *deals: Mirrored):
    fields = frozenset(str(source) for name in used_names(files) for source in name.sources)
    reading = Reading(used_names(files), fields, gaps={"salesforce.opportunity": None})
    facts = build_facts(Dossier(PersonId("p"), opportunities=deals), reading)
    context = context_for(facts, files.definitions)
    clause = files.definitions.stages[0].when
    return prove(clause, context, NOW), unknown_reasons(clause, context, NOW)


@pytest.mark.parametrize(
    ("properties", "truth"),
    [
        ({"Type": "New Business", "ARR__c": 1000}, Truth.TRUE),
        ({"Type": "New Business", "ARR__c": 900}, Truth.FALSE),
        ({"Type": "Renewal", "ARR__c": 1000}, Truth.FALSE),
        ({"Type": "Renewal"}, Truth.FALSE),
        ({"Type": "New Business"}, Truth.UNKNOWN),
        ({"Type": "New Business", "ARR__c": 1000, "CurrencyIsoCode": "NOK"}, Truth.UNKNOWN),
    ],
)
def test_an_opportunity_is_asked_for_any_property(tmp_path, properties, truth) -> None:
    assert judged(config(tmp_path), deal(**properties))[0].truth is truth


def test_what_a_deal_does_not_say_is_named(tmp_path) -> None:
    assert "arr is missing" in judged(config(tmp_path), deal(Type="New Business"))[1]


def test_one_deal_has_to_be_all_of_it(tmp_path) -> None:
    proof, _ = judged(config(tmp_path), deal(Type="New Business", ARR__c=1), deal(Type="Renewal", ARR__c=9000))
    assert proof.truth is Truth.FALSE


def test_the_clause_is_told_whole(tmp_path) -> None:
    files = config(tmp_path)
    clause = files.definitions.stages[0].when
    proof, _ = judged(files)
    assert proof.says == "opportunity open deal_type any of new business arr at least 1000 EUR"
    assert Teller(words_of("en"), {"arr": "money"}).clause(clause).says == (
        "there is an opportunity: it is open, deal type is “new business” and arr is at least 1,000 EUR"
    )


def test_examples_speak_of_these_properties_too(tmp_path) -> None:
    files = config(tmp_path)
    kinds = {name: str(read.kind) for name, read in files.fields.reads.items()}
    assert missed(files.definitions, kinds, NOW) == []


@pytest.mark.parametrize(
    ("old", "new", "what", "instead"),
    [
        ("{opportunity: {open: true, deal", "{deal", "deal_type is read from opportunities", "opportunity: {deal_type"),
        ("open: true, deal_type: {any", "open: true, deal_typ: {any", "the key `deal_typ` is unknown", "deal_type"),
        ("at_least: 1000 EUR", "contains: EUR", "contains looks into texts, and arr is a money", "at_least"),
        ("true, deal_type: Renewal", "true, deal_tipe: Renewal", "the key `deal_tipe` is unknown", "deal_type"),
        ("deal_type: Renewal, arr", "amount: many, arr", "`many` is no number", "write"),
        ("at_least: 1000 EUR", "above: 5 EUR, below: 2 EUR", "arr cannot be", "change one of the tests"),
    ],
)
def test_mistakes_about_them_have_a_place_and_a_next_step(tmp_path, old, new, what, instead) -> None:
    text = DEFINITIONS.replace(old, new, 1)
    if new == "{deal":
        text = text.replace(", arr: {at_least: 1000 EUR}}}}", "}}")
    with pytest.raises(ConfigProblems) as error:
        config(tmp_path, text)
    assert [(what in one.what, instead in one.instead) for one in error.value.problems] == [(True, True)]


def test_a_name_is_read_from_people_or_from_opportunities(tmp_path) -> None:
    both = "[salesforce.lead.Next__c, salesforce.opportunity.NextStep]"
    with pytest.raises(ConfigProblems) as error:
        config(tmp_path, fields=FIELDS.replace("salesforce.opportunity.NextStep", both))
    assert [one.instead for one in error.value.problems] == ["make two names of it"]
