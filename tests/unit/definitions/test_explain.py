"""What proofs say to people."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.definitions.clauses import context_for
from syncd.definitions.explain import points, prove, says, shown, summary
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Definitions,
    EngagementScore,
    FitScore,
    Not,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    Signal,
    SignalClause,
)
from syncd.definitions.language import Test as Check
from syncd.model.instant import BEGINNING, DAY, HOUR, MINUTE
from syncd.model.person import Coverage, Facts, Opportunity, PersonId, Property, Touch, Unknown
from syncd.model.said import span
from syncd.model.stage import Stage
from syncd.model.truth import Truth

BIG = PropertyClause("size", (Check(Operator.AT_LEAST, Decimal(50)),), "definitions.yaml:3:5")
HEAD = PropertyClause("title", (Check(Operator.HAS_WORD, ("head", "vp")),))
RULES = Definitions(
    hash="f00d",
    signals={"visit": Signal("visit", ("page_view",)), "talk": Signal("talk", ("call",), by="sales")},
    scores={
        "fit": FitScore("fit", ((BIG, 20), (HEAD, 20))),
        "warm": EngagementScore("warm", {"visit": 15, "talk": 5}, 10 * DAY),
    },
)


def context(*touches, coverage=BEGINNING, **values):
    properties = {name: Property(((BEGINNING, value),), f"hubspot:contact:1:{name}") for name, value in values.items()}
    read = {kind: Coverage(coverage, f"{kind}s", "none before March") for kind in ("page_view", "call")}
    amount = Decimal(900)
    deal = Opportunity(
        "006",
        0,
        None,
        won=False,
        stage="Proposal",
        amount=amount,
        amount_at=0,
        close_date=None,
        close_date_by_sales=True,
    )
    return context_for(Facts(PersonId("p"), 0, properties, touches, read, (deal,)), RULES)


def visit(moment):
    return Touch(moment, f"visit:{moment}", "page_view")


def scored(name, least):
    return ScoreClause(name, (Check(Operator.AT_LEAST, Decimal(least)),))


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        (BIG, "size at least 50"),
        (HEAD, "title has word head, vp"),
        (PropertyClause("title", (Check(Operator.KNOWN, operand=False),)), "title known false"),
        (PropertyClause("seen", (Check(Operator.OLDER_THAN, 30 * DAY),)), "seen older than 30 days"),
        (SignalClause("visit", 1, 3, 12 * HOUR, Stage.MQL), "visit at least 1 at most 3 within 12 hours since mql"),
        (scored("fit", 40), "score.fit at least 40"),
        (BantClause(3, ("budget",)), "bant at least 3 of 4, including budget"),
        (OpportunityClause(won=True), "opportunity won"),
        (
            OpportunityClause(open=True, amount=(Check(Operator.ABOVE, Decimal(0)),), close_date_set_by_sales=True),
            "opportunity open amount above 0 close date set by sales",
        ),
        (AllOf((BIG,)), "all of"),
        (AnyOf((BIG,)), "any of"),
        (AtLeastOf(2, (BIG, HEAD)), "at least 2 of"),
        (Not(BIG), "not size at least 50"),
    ],
)
def test_a_clause_is_said_in_the_words_of_the_file(clause, words):
    assert says(clause) == words


def test_durations_points_and_values_are_said_as_people_say_them():
    lengths = (30 * DAY, DAY, 36 * HOUR, 5 * MINUTE, 1000, 1)
    assert [span(length) for length in lengths] == [
        "30 days", "1 day", "36 hours", "5 minutes", "1 second", "1 milliseconds"
    ]  # fmt: skip
    assert [points(micro) for micro in (40_000_000, 7_071_068, -500_000, 0)] == [
        "40 points", "7.07 points", "-0.5 points", "0 points"
    ]  # fmt: skip
    assert [shown(value) for value in (frozenset({"b", "a"}), True, Decimal("1.50"))] == [
        "a, b", "true", "1.50"
    ]  # fmt: skip


def test_a_summary_names_what_made_it_true_and_only_that():
    clause = AllOf((scored("fit", 40), AnyOf((SignalClause("talk", 1), SignalClause("visit", 1)))))
    proof = prove(clause, context(visit(DAY), size=Decimal(80), title="Head of IT"), 2 * DAY)
    assert summary(proof) == (
        "score.fit at least 40: 40 points; visit at least 1: 1 counted, last on 1970-01-02 00:00 UTC"
    )
    assert proof.parts[0].evidence == ("hubspot:contact:1:size", "hubspot:contact:1:title")


def test_what_a_not_rests_on_is_named_too():
    known = context(size=Decimal(10), title="Intern")
    proof = prove(Not(AnyOf((BIG, HEAD))), known, DAY)
    assert proof.truth is Truth.TRUE
    assert summary(proof) == (
        "not size at least 50: 10 (hubspot:contact:1:size); "
        "not title has word head, vp: Intern (hubspot:contact:1:title)"
    )
    assert prove(Not(Not(BIG)), known, DAY) == prove(BIG, known, DAY)


def test_a_proof_knows_its_place_in_the_file():
    assert prove(BIG, context(size=Decimal(80)), DAY).place == "definitions.yaml:3:5"


def test_unknown_counts_name_the_stream_and_the_gap_even_when_some_were_counted():
    found = prove(SignalClause("visit", 2), context(visit(9 * DAY), coverage=5 * DAY), 10 * DAY).found
    assert found == "1 counted, last on 1970-01-10 00:00 UTC, but page_views: none before March"


def test_an_unknown_score_names_what_it_lacks():
    assert prove(scored("fit", 40), context(size=Unknown("size is empty"), title="Head"), DAY).found == (
        "20 to 40 points, since size is empty"
    )
    found = prove(scored("warm", 40), context(visit(9 * DAY), coverage=5 * DAY), 10 * DAY).found
    assert found == "14 points, but page_views: none before March and calls: none before March"
    nobody = Touch(9 * DAY, "call:1", "call")
    assert prove(scored("warm", 4), context(nobody), 10 * DAY).found == "0 points, but more may count"


def test_bant_says_which_answers_are_given_and_which_are_lacking():
    answers = context(need="CRM", authority="yes", timeline="No", budget=Unknown("budget is empty"))
    proof = prove(BantClause(3, ("budget",)), answers, DAY)
    assert (proof.truth, proof.found) == (Truth.FALSE, "2 of 4 (authority, need), without budget")


def test_an_opportunity_is_named_as_evidence():
    proof = prove(OpportunityClause(open=True), context(), DAY)
    assert (proof.found, proof.evidence) == ("Proposal, amount 900", ("salesforce:opportunity:006",))
    assert prove(OpportunityClause(won=True), context(), DAY).found == "none of 1"


def test_a_deal_that_fits_is_named_though_others_may_not_have_been_read():
    facts = replace(context().facts, opportunities_known=False)
    proof = prove(OpportunityClause(open=True), context_for(facts, RULES), DAY)
    assert (proof.truth, proof.found) == (Truth.TRUE, "Proposal, amount 900")
    assert prove(OpportunityClause(won=True), context_for(facts, RULES), DAY).found == "opportunities are not read"


def test_a_deal_that_was_lost_since_is_told_as_it_was():
    lost = replace(
        context().facts.opportunities[0],
        stage="Closed Lost",
        closed_at=9 * DAY,
        stages=((0, "Prospecting"), (5 * DAY, "Proposal"), (9 * DAY, "Closed Lost")),
        amounts=((0, Decimal(400)), (5 * DAY, Decimal(900))),
    )
    facts = context_for(Facts(PersonId("p"), 0, opportunities=(lost,)), RULES)
    found = [prove(OpportunityClause(open=True), facts, at).found for at in (DAY, 6 * DAY, 9 * DAY)]
    assert found == ["Prospecting, amount 400", "Proposal, amount 900", "none of 1"]
    assert prove(OpportunityClause(open=False), facts, 9 * DAY).found == "Closed Lost, amount 900"
