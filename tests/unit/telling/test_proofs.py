"""Proofs in the three languages: the same tree, and nothing of it left in English."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.definitions.clauses import context_for
from syncd.definitions.explain import prove, summary
from syncd.definitions.language import (
    AnyOf,
    BantClause,
    Clause,
    Definitions,
    FitScore,
    Not,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    Signal,
    SignalClause,
)
from syncd.definitions.language import Test as Asked
from syncd.facts.values import named, property_of
from syncd.files.fields_file import BUILT_IN
from syncd.files.scalars import WorkingDuration
from syncd.journey.sla_data import allowed_in_words
from syncd.locales.words import words_of
from syncd.model.instant import BEGINNING, DAY, HOUR, Instant, parse_iso
from syncd.model.person import Coverage, Facts, Money, Opportunity, PersonId, Property, Touch, Unknown
from syncd.model.proof import Proof
from syncd.model.said import Count, Span, When, Why, Word, and_said, period_said, said
from syncd.model.stage import Stage
from syncd.model.truth import Truth
from syncd.telling.clauses import Teller
from syncd.telling.proofs import in_language, reason, retold, told
from tests.unit.definitions import lives

NOW = parse_iso("2026-11-22T09:00:00Z")
BIG = PropertyClause("company_size", (Asked(Operator.AT_LEAST, Decimal(50)),))
DEFINITIONS = Definitions(
    "d1",
    signals={"visit": Signal("visit", ("page_view",))},
    scores={"fit": FitScore("fit", [(BIG, 20)])},
)


def prop(value, source: str = "hubspot:contact:1:x") -> Property:
    return Property(((BEGINNING, value),), source)


FACTS = Facts(
    PersonId("p"),
    BEGINNING,
    properties={
        "company_size": prop(Unknown("company_size is missing")),
        "created_at": prop(Decimal(NOW - DAY)),
        "budget": prop("yes"),
        "revenue": prop(Money(Decimal(1200), "EUR")),
        "subscribed": prop(True),  # noqa: FBT003 - a value
    },
    touches=[Touch(Instant(NOW - DAY), "t1", "page_view")],
    coverage={"page_view": Coverage(BEGINNING, "hubspot.contact", "")},
    opportunities=[
        Opportunity("006", Instant(NOW - DAY), None, False, "Proposal", Decimal(900), NOW, None, False, "EUR")  # noqa: FBT003 - a value
    ],
)  # fmt: skip


def told_in(language, clause: Clause) -> Proof:
    proof = prove(clause, context_for(FACTS, DEFINITIONS), NOW)
    return in_language(proof, Teller(words_of(language), {"created_at": "datetime"}))


@pytest.mark.parametrize(
    ("clause", "dutch", "norwegian"),
    [
        (BIG, "bedrijfsgrootte ontbreekt", "antall ansatte mangler"),
        (PropertyClause("other", (Asked(Operator.IS, "a"),)), "other wordt niet gelezen", "other leses ikke"),
        (
            SignalClause("visit", 1),
            "1 geteld, laatst op 21 november 2026 om 09:00 UTC",
            "1 telt, sist 21. november 2026 kl. 09:00 UTC",
        ),
        (SignalClause("visit", 1, since=Stage.MQL), "MQL is niet bereikt", "MQL er ikke nådd"),
        (BantClause(2, ("need",)), "1 van 4 (budget), zonder behoefte", "1 av 4 (budsjettet), uten behovet"),
        (
            ScoreClause("fit", (Asked(Operator.AT_LEAST, Decimal(40)),)),
            "0 tot 20 punten, want bedrijfsgrootte ontbreekt",
            "0 til 20 poeng, fordi antall ansatte mangler",
        ),
        (OpportunityClause(open=True), "Proposal, bedrag 900 EUR", "Proposal, beløp 900 EUR"),
        (OpportunityClause(won=True), "geen van 1", "ingen av 1"),
        (
            PropertyClause("subscribed", (Asked(Operator.IS, operand=True),)),
            "ja (hubspot:contact:1:x)",
            "ja (hubspot:contact:1:x)",
        ),
        (
            PropertyClause("revenue", (Asked(Operator.KNOWN, operand=True),)),
            "1.200 EUR (hubspot:contact:1:x)",
            "1\xa0200 EUR (hubspot:contact:1:x)",
        ),
    ],
)
def test_what_was_found_is_told_in_the_language(clause, dutch, norwegian) -> None:
    assert (told_in("nl", clause).found, told_in("nb", clause).found) == (dutch, norwegian)


def test_what_is_asked_is_told_in_the_sentences_of_the_agreement() -> None:
    assert (
        told_in("nl", SignalClause("visit", 1, within=30 * DAY)).says
        == "visit: minstens één keer in de afgelopen 30 dagen"
    )
    assert told_in("en", BIG).says == "company_size at least 50"


def test_what_must_not_be_is_told_part_by_part() -> None:
    proof = told_in("en", Not(AnyOf((BIG, SignalClause("visit", 1)))))
    assert (proof.says, [part.says for part in proof.parts]) == (
        "all of", ["not company_size at least 50", "not visit at least 1"]
    )  # fmt: skip
    assert told_in("nl", Not(AnyOf((BIG, SignalClause("visit", 1))))).says == "dit allemaal"


@pytest.mark.parametrize(("language", "day"), [("en", "2026-11-21 09:00 UTC"), ("nl", "21 november 2026 om 09:00 UTC")])
def test_a_date_with_a_time_is_no_number_of_milliseconds(language, day) -> None:
    proof = told_in(language, PropertyClause("created_at", (Asked(Operator.OLDER_THAN, 3 * DAY),)))
    assert proof.found == f"{day} (hubspot:contact:1:x)"
    assert told_in("en", PropertyClause("created_at", (Asked(Operator.ABOVE, Decimal(NOW)),))).says == (
        "date of creation is later than 22 November 2026, 09:00 UTC"
    )


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("company_size is missing", "bedrijfsgrootte ontbreekt"),
        ("company_size is no number", "bedrijfsgrootte is geen number"),
        ("HubSpot's lifecycle stage says mql", "de lifecycle stage in HubSpot zegt MQL"),
        (
            "sales did not answer within 5 days of mql: accepted",
            "sales antwoordde niet binnen 5 dagen na MQL: geaccepteerd",
        ),
        ("HubSpot's lifecycle stage says customer", "de lifecycle stage in HubSpot zegt Klant"),
        ("page_view is not read", "page view wordt niet gelezen"),
        ("what somebody else said", "what somebody else said"),
    ],
)
def test_plain_sentences_of_facts_and_ledger_are_found_again_by_their_form(english, dutch) -> None:
    assert told(english, Teller(words_of("nl"), {})) == dutch


def test_the_facts_say_missing_in_a_form_that_is_found_again() -> None:
    size = BUILT_IN["company_name"]
    value = property_of(named(size, ()), {}).timeline[-1][1]
    assert isinstance(value, Unknown)
    assert told(value.reason, Teller(words_of("nl"), {})).startswith("bedrijfsnaam kan niet worden gelezen: hubspot.")


def test_a_reason_is_the_ledgers_own_line_where_there_is_no_proof() -> None:
    dutch, english = (Teller(words_of(language), {}) for language in ("nl", "en"))
    proof = prove(SignalClause("visit", 1), context_for(FACTS, DEFINITIONS), NOW)
    line = "visit at least 1: 1 counted; dated by created_at"
    assert reason(line, proof, english).startswith("visit at least 1: 1 counted, last on 2026-11-21")
    assert reason(line, proof, dutch) == (
        "visit: minstens één keer: 1 geteld, laatst op 21 november 2026 om 09:00 UTC; datum uit aanmaakdatum"
    )
    assert reason("decided by hand; dated by created_at", None, dutch) == "decided by hand; datum uit aanmaakdatum"
    assert proof.truth is Truth.TRUE


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives.people(), lives.agreements(), lives.clauses, st.sampled_from(["nl", "nb"]))
def test_a_line_of_the_ledger_is_told_as_its_proof_would_be(facts, agreement, clause, language) -> None:
    teller = Teller(words_of(language), {name: kind_of(known) for name, known in facts.properties.items()})
    context = context_for(facts, agreement)
    for day in (3, 9, 15, 25, 45):
        proof = prove(clause, context, Instant(facts.born + day * DAY), Truth.TRUE)
        if proof.truth is Truth.TRUE:
            assert retold(str(summary(proof)), teller) == summary(in_language(proof, teller))


def kind_of(known: Property) -> str:
    values = [value for _, value in known.timeline if not isinstance(value, Unknown)]
    return {Decimal: "number", bool: "boolean"}.get(type(values[0]), "text") if values else "text"


@pytest.mark.parametrize(
    ("line", "dutch"),
    [
        (
            "score.fit at least 40: 45 points; visit at least 1 within 30 days: 2 counted",
            "fit-score is minstens 40 punten: 45 punten; visit: minstens één keer in de afgelopen 30 dagen: 2 geteld",
        ),
        (
            "company_size at least 50: 80 (hubspot:company:1:numberofemployees)",
            "bedrijfsgrootte is minstens 50: 80 (hubspot:company:1:numberofemployees)",
        ),
    ],
)
def test_an_old_entry_is_told_in_the_readers_language_when_its_definitions_are_gone(line, dutch) -> None:
    teller = Teller(words_of("nl"), {"company_size": "number"})
    assert retold(line, teller) == dutch
    assert in_language(Proof(line, Truth.TRUE), teller).says == dutch


@pytest.mark.parametrize("line", ["somebody wrote this", "<b>is</b>", "won; is lost", "imported: by hand", "is"])
def test_what_we_did_not_write_stays_as_it_is(line) -> None:
    assert retold(line, Teller(words_of("nl"), {})) == line


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "Customer: HubSpot's lifecycle stage says customer; reason 1,234"),
        ("nl", "Klant: de lifecycle stage in HubSpot zegt Klant; reden 1.234"),
    ],
)
def test_words_lines_of_the_ledger_and_numbers_within_a_sentence_are_told_too(language: str, says: str) -> None:
    why = Why("HubSpot's lifecycle stage says customer")
    one = said("{stage}: {why}; reason {reason}", stage=Word("Customer"), why=why, reason=Count(1234))
    assert told(one, Teller(words_of(language), {})) == says


def test_what_a_report_counted_is_told_in_dutch_its_period_too() -> None:
    teller = Teller(words_of("nl"), {})
    period = period_said(Instant(0), Instant(DAY))
    assert period == " from 1970-01-01T00:00:00.000Z until before 1970-01-02T00:00:00.000Z"
    assert told(period, teller).startswith(" vanaf 1970-01-01")
    assert [period_said(None, None), period_said(Instant(0), None)[:6], period_said(None, NOW)[:6]] == [
        "", " from ", " until",
    ]  # fmt: skip
    assert told(allowed_in_words(WorkingDuration(milliseconds=4 * HOUR)), teller) == "4 werkuren"
    assert told(allowed_in_words(WorkingDuration(days=1)), teller) == "1 werkdag"
    assert told(said("{span}", span=Span(4 * HOUR)), teller) == "4 uur"
    assert told(and_said(Word("marketing"), Word("sales")), teller) == "marketing en sales"
    assert told(said("Since {at}. Next: {step}", at=When(NOW), step="x"), teller).startswith("Sinds 22 november 2026")
