"""Names for which fields.yaml says no type: the CRM's own description of the field says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.records import Field, FieldType, ObjectSchema, Option, System
from syncd.definitions.evaluate import evaluate
from syncd.facts.build import Reading, build_facts
from syncd.files import ConfigProblems, load_config
from syncd.journey.fitting import unfitting
from syncd.journey.reading import definitions_in_force, mistyped, seen_in, typed
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.instant import DAY, Instant, parse_iso
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.streams import used_names

NOW = parse_iso("2026-11-21T08:30:00Z")
FIELDS = """\
read:
  seats:      {from: hubspot.contact.seats}
  renewal:    {from: hubspot.contact.renewal}
  last_login: {from: hubspot.contact.last_login}
  pilot:      {from: hubspot.contact.pilot}
  interests:  {from: hubspot.contact.interests}
  tier:       {from: hubspot.contact.tier}
  spend:      {from: salesforce.contact.Spend__c}
  staff:      {from: hubspot.company.numberofemployees}
  own_text:   {from: hubspot.contact.seats, type: text}
"""
TYPES = {
    "seats": FieldType.NUMBER,
    "renewal": FieldType.DATE,
    "last_login": FieldType.DATETIME,
    "pilot": FieldType.BOOLEAN,
    "interests": FieldType.CHOICES,
    "tier": FieldType.CHOICE,
}
OPTIONS = (Option("1", "Gold"), Option("2", "Silver"))
SCHEMAS = {
    (System.HUBSPOT, "contact"): ObjectSchema(
        "contact",
        {name: Field(name, name, kind, options=OPTIONS if name == "tier" else ()) for name, kind in TYPES.items()},
    ),
    (System.HUBSPOT, "company"): ObjectSchema("company", {}),
    (System.SALESFORCE, "contact"): ObjectSchema("Contact", {"Spend__c": Field("Spend__c", "Spend", FieldType.MONEY)}),
}
SEEN = seen_in(SCHEMAS, None)


def files(tmp_path: Path, clause: str, fields: str = FIELDS):
    (tmp_path / "fields.yaml").write_text(fields, "utf-8")
    (tmp_path / "definitions.yaml").write_text(f"stages:\n  mql: {{when: {{{clause}}}}}\n", "utf-8")
    return load_config(tmp_path)


def stage(config, **said: object) -> Stage:
    """Where somebody is of whom a HubSpot contact and a Salesforce contact say this, as the CRMs type it."""
    definitions = definitions_in_force(config, NOW, SEEN)
    reading = Reading(names=used_names(typed(config, SEEN)), fields=SEEN.fields)
    born = Instant(NOW - 9 * DAY)
    records = [
        Mirrored(system, "contact", "1", PersonId("p"), born, born, born, False, None, dict(said))  # noqa: FBT003
        for system in System
    ]
    return evaluate(build_facts(Dossier(PersonId("p"), records), reading), definitions, NOW).stage


LATER, EARLIER = {"last_login": "2026-11-21T07:00:00Z"}, {"last_login": "2026-11-02T08:59:59Z"}
EURO, DOLLAR = ({"Spend__c": 2000, "CurrencyIsoCode": code} for code in ("EUR", "USD"))


@pytest.mark.parametrize(
    ("clause", "passing", "failing"),
    [
        ("seats: {at_least: 50}", {"seats": "100"}, {"seats": "9"}),
        ("seats: {is: 80}", {"seats": "80.0"}, {"seats": "800"}),
        ("seats: {any_of: [80, 90]}", {"seats": "90.00"}, {"seats": "91"}),
        ("seats: {between: [10, 50]}", {"seats": "12"}, {"seats": "9"}),
        ("renewal: {below: 2027-01-01}", {"renewal": "2026-12-31"}, {"renewal": "2027-01-01"}),
        ("renewal: {is: 2026-12-24}", {"renewal": "1798070400000"}, {"renewal": "2026-12-25"}),
        ("last_login: {older_than: 3 days}", {"last_login": "2026-11-01T09:00:00Z"}, LATER),
        ("last_login: {at_least: 2026-11-02T09:00:00Z}", LATER, EARLIER),
        ("pilot: {is: yes}", {"pilot": "true"}, {"pilot": "false"}),
        ("interests: {any_of: [api, mobile]}", {"interests": "web;api"}, {"interests": "web;apis"}),
        ("tier: {is: gold}", {"tier": "1"}, {"tier": "2"}),
        ("spend: {above: 1000}", {"Spend__c": 1000.5}, {"Spend__c": 1000}),
        ("spend: {above: 1000 EUR}", EURO, DOLLAR),
        ("own_text: {starts_with: 8}", {"seats": "80"}, {"seats": "18"}),
    ],
)  # fmt: skip
def test_a_value_is_compared_as_what_the_crm_calls_it(tmp_path, clause, passing, failing) -> None:
    config = files(tmp_path, clause)
    assert stage(config, **passing) == Stage.MQL
    assert stage(config, **failing) == Stage.LEAD


def test_the_files_only_override_and_well_known_fields_need_no_crm(tmp_path) -> None:
    config = files(tmp_path, "staff: {at_least: 50}")
    assert {name: config.fields.reads[name].kind for name in ("staff", "own_text", "seats")} == {
        "staff": "number",
        "own_text": "text",
        "seats": "text",
    }
    known = typed(config, SEEN)
    assert known.fields.reads["seats"].kind == "number"
    assert known.fields.reads["own_text"].kind == "text"
    assert (known.hash, known.definitions.hash) == (config.hash, config.definitions.hash)


def test_until_a_crm_was_asked_what_a_name_is_compared_with_tells_its_type(tmp_path) -> None:
    examples = "examples: [{person: {seats: 80}, expect: mql}]"
    (tmp_path / "fields.yaml").write_text(FIELDS, "utf-8")
    text = f"stages:\n  mql: {{when: {{seats: {{at_least: 50}}}}}}\n{examples}\n"
    (tmp_path / "definitions.yaml").write_text(text, "utf-8")
    assert load_config(tmp_path).fields.reads["seats"].kind == "number"


@pytest.mark.parametrize(
    ("clause", "what"),
    [
        ("seats: {contains: 8}", "contains looks into texts, and seats is a number"),
        ("seats: {is: many}", "`many` is no number, and seats is one"),
        ("tier: {at_least: 2}", "at_least compares numbers and dates, and tier is a choice"),
        ("renewal: {at_least: 50}", "`50` is no date, and renewal is one"),
        ("interests: {older_than: 3 days}", "older_than is about dates, and interests is a choices"),
    ],
)
def test_a_test_that_does_not_go_with_the_crms_type_is_a_mistake_with_its_place(tmp_path, clause, what) -> None:
    config = files(tmp_path, clause)
    [(place, wrong)] = mistyped(config, NOW, SEEN)
    assert (place, wrong.what) == ("definitions.yaml:2:16", what)
    problem = next(one for one in unfitting(config, NOW, SEEN) if one.what == what)
    assert (problem.line, problem.column) == (2, 16)
    assert problem.instead


def test_an_order_needs_a_number_or_a_date_even_before_a_crm_was_asked(tmp_path) -> None:
    with pytest.raises(ConfigProblems, match="`soon` is no number and no date"):
        files(tmp_path, "renewal: {below: soon}")
