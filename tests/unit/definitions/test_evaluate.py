"""What a verdict says of one person, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from syncd.definitions.evaluate import evaluate
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    Definitions,
    EngagementScore,
    NeverRule,
    Operator,
    OpportunityClause,
    PropertyClause,
    ReturnRule,
    ScoreClause,
    Signal,
    SignalClause,
    StageRule,
)
from syncd.definitions.language import (
    Test as Check,
)
from syncd.model.instant import BEGINNING, DAY, HOUR, NEVER, Instant, datetime_of, midnight_of
from syncd.model.person import Coverage, Entry, Facts, Opportunity, PersonId, Property, Touch, Unknown
from syncd.model.stage import Stage

START = midnight_of(date(2026, 3, 1))
NOW = START + 100 * DAY
VISITED = SignalClause("visit", 1, within=30 * DAY)
RECYCLED = PropertyClause("status", (Check(Operator.IS, "recycle"),))
DISQUALIFIED = PropertyClause("status", (Check(Operator.IS, "disqualified"),))
WON = OpportunityClause(won=True)


def day(number):
    return START + number * DAY


def visit(number, kind="page_view"):
    return Touch(day(number), f"hubspot:{kind}:{number}", kind)


def talk(number):
    return Touch(day(number), f"salesforce:call:{number}", "call", by="sales")


def known(*changes, assumed_until=BEGINNING):
    """A property without value that changes to values on days; the first may be told for the beginning."""
    first = () if changes and changes[0][0] is BEGINNING else ((BEGINNING, Unknown("it is empty")),)
    return Property((*first, *((moment, value) for moment, value in changes)), "hubspot:contact:1:x", assumed_until)


def agreement(*stages, never=(), returns=()):
    stages = stages or (StageRule(Stage.MQL, VISITED), StageRule(Stage.SQL, SignalClause("talk", 1, since=Stage.MQL)))
    return Definitions(
        hash="f00d",
        signals={"visit": Signal("visit", ("page_view",)), "talk": Signal("talk", ("call",), by="sales")},
        scores={"warm": EngagementScore("warm", {"visit": 40}, 10 * DAY)},
        never=never,
        stages=stages,
        returns=returns or (ReturnRule(Stage.RECYCLED, RECYCLED, "why"), ReturnRule(Stage.DISQUALIFIED, DISQUALIFIED)),
    )


def person(*touches, **more):
    coverage = {kind: Coverage(BEGINNING, kind, "") for kind in ("page_view", "call")}
    facts = Facts(PersonId("p1"), START, touches=sorted(touches, key=lambda touch: touch.at), coverage=coverage)
    return replace(facts, **more)


def ways(verdict):
    return [(str(entry.stage), entry.cycle, (entry.at - START) / DAY) for entry in verdict.entries]


def test_who_did_nothing_is_a_subscriber_since_first_known():
    verdict = evaluate(person(), agreement(), NOW)
    assert (verdict.stage, verdict.cycle, verdict.since) == (Stage.SUBSCRIBER, 1, START)
    assert verdict.due_at == NEVER


def test_an_entry_says_when_by_which_version_and_by_what():
    (_, entry) = evaluate(person(visit(3)), agreement(), NOW).entries
    assert (entry.stage, entry.at, entry.source, entry.definition) == (Stage.MQL, day(3), "definition", "f00d")
    assert entry.evidence == ("hubspot:page_view:3",)
    assert entry.why == "visit at least 1 within 30 days: 1 counted, last on 2026-03-04 00:00 UTC"


def test_one_millisecond_before_the_touch_nothing_has_happened():
    facts = person(visit(3))
    assert evaluate(facts, agreement(), day(3)).stage == Stage.MQL
    assert evaluate(facts, agreement(), day(3) - 1).stage == Stage.SUBSCRIBER


def test_a_clause_that_lapses_leaves_the_stage():
    assert evaluate(person(visit(3)), agreement(), day(90)).stage == Stage.MQL


def test_nobody_enters_a_stage_before_being_known():
    facts = person(Touch(START - DAY, "early", "page_view"))
    assert ways(evaluate(facts, agreement(), NOW)) == [("subscriber", 1, 0), ("mql", 1, 0)]


def test_what_always_held_is_entered_when_the_person_became_known():
    rule = StageRule(Stage.MQL, PropertyClause("size", (Check(Operator.AT_LEAST, Decimal(50)),)))
    facts = person(properties={"size": known((BEGINNING, Decimal(80)))})
    assert ways(evaluate(facts, agreement(rule), NOW))[-1] == ("mql", 1, 0)


def test_a_stage_counts_touches_only_since_the_stage_before():
    assert ways(evaluate(person(talk(1), visit(3)), agreement(), NOW))[-1] == ("mql", 1, 3)
    assert ways(evaluate(person(talk(1), visit(3), talk(5)), agreement(), NOW))[-1] == ("sql", 1, 5)


def test_at_most_since_a_stage_does_not_hold_before_that_stage():
    quiet = StageRule(Stage.SQL, SignalClause("talk", None, 0, since=Stage.MQL))
    assert ways(evaluate(person(visit(3)), agreement(StageRule(Stage.MQL, VISITED), quiet), NOW))[-1] == ("sql", 1, 3)


def test_a_stage_that_comes_from_another_waits_for_it():
    spoke = StageRule(Stage.SQL, SignalClause("talk", 1), after=Stage.MQL)
    rules = agreement(StageRule(Stage.MQL, VISITED), spoke)
    assert evaluate(person(talk(1)), rules, NOW).stage == Stage.SUBSCRIBER
    assert ways(evaluate(person(talk(1), visit(3)), rules, NOW))[-1] == ("sql", 1, 3)


def test_a_stage_from_subscriber_or_lead_can_be_entered_again_after_a_return():
    rules = agreement(StageRule(Stage.MQL, VISITED, after=Stage.LEAD))
    facts = person(
        visit(3),
        visit(20),
        floor=((day(1), Stage.LEAD, "record"),),
        properties={"status": known((day(10), "Recycle"))},
    )
    assert ways(evaluate(facts, rules, NOW))[-1] == ("mql", 2, 20)
    assert evaluate(person(visit(3)), agreement(StageRule(Stage.MQL, VISITED, after=Stage.SUBSCRIBER)), NOW).cycle == 1
    assert (
        evaluate(person(visit(3)), agreement(StageRule(Stage.MQL, VISITED, after=Stage.SUBSCRIBER)), NOW).stage == "mql"
    )


def test_what_could_not_be_read_is_unknown_and_names_stream_and_gap():
    coverage = {
        "page_view": Coverage(day(90), "page views", "none before 30 May"),
        "call": Coverage(BEGINNING, "c", ""),
    }
    verdict = evaluate(person(coverage=coverage), agreement(), NOW)
    assert verdict.unknowns == ("mql: page views: none before 30 May",)
    assert verdict.due_at == day(90) + 30 * DAY - 1


def test_a_count_that_is_reached_is_true_whatever_could_not_be_read():
    coverage = {"page_view": Coverage(day(90), "page views", "none before")}
    assert evaluate(person(visit(95), coverage=coverage), agreement(), NOW).stage == Stage.MQL


def test_a_touch_by_nobody_known_makes_unknown():
    spoke = agreement(StageRule(Stage.SQL, SignalClause("talk", 1)))
    verdict = evaluate(person(talk(3)._replace(by=None)), spoke, NOW)
    assert verdict.unknowns == ("sql: whether all that may be talk counts is not known",)


def test_a_fading_score_is_due_when_it_falls_below_its_threshold_and_the_stage_stays():
    leaves = agreement(StageRule(Stage.MQL, ScoreClause("warm", (Check(Operator.AT_LEAST, Decimal(20)),)), leave=True))
    facts = person(visit(3))
    assert evaluate(facts, leaves, day(5)).due_at == day(14)
    assert evaluate(facts, leaves, day(14) - 1).stage == Stage.MQL
    left = evaluate(facts, leaves, day(14))
    assert (left.stage, left.entries[-1].left_at) == (Stage.SUBSCRIBER, day(14))
    kept = agreement(StageRule(Stage.MQL, ScoreClause("warm", (Check(Operator.AT_LEAST, Decimal(20)),))))
    assert evaluate(facts, kept, day(50)).stage == Stage.MQL
    assert evaluate(facts, kept, day(5)).due_at == NEVER


def test_a_stage_that_is_left_can_be_entered_again_in_the_same_cycle():
    rules = agreement(StageRule(Stage.MQL, VISITED, leave=True))
    verdict = evaluate(person(visit(3), visit(50)), rules, NOW)
    assert ways(verdict) == [("subscriber", 1, 0), ("mql", 1, 3), ("mql", 1, 50)]
    assert [entry.left_at for entry in verdict.entries] == [None, day(33), day(80)]
    assert evaluate(person(visit(3), visit(50)), rules, day(60)).stage == Stage.MQL


def test_what_becomes_unknown_is_not_left():
    rules = agreement(StageRule(Stage.MQL, PropertyClause("size", (Check(Operator.ABOVE, Decimal(5)),)), leave=True))
    size = known((day(1), Decimal(9)), (day(2), Unknown("it is empty")), (day(4), Decimal(3)))
    facts = person(properties={"size": size})
    assert evaluate(facts, rules, day(3)).stage == Stage.MQL
    assert evaluate(facts, rules, day(4)).stage == Stage.SUBSCRIBER


def test_a_held_entry_of_a_stage_that_leaves_is_left_when_its_clause_is_false():
    rules = agreement(StageRule(Stage.MQL, VISITED, leave=True))
    held = (Entry(Stage.MQL, 1, day(3), "definition", "it was so"),)
    verdict = evaluate(person(held=held), rules, NOW)
    assert (verdict.stage, verdict.entries[-1].left_at) == (Stage.SUBSCRIBER, day(3))


def test_the_property_that_dates_an_entry_is_named():
    rule = StageRule(Stage.MQL, VISITED, entered_at="told_on")
    facts = person(visit(3), properties={"told_on": known((day(5), date(2026, 3, 2)))})
    entry = evaluate(facts, agreement(rule), NOW).entries[-1]
    assert entry.at == day(1)
    assert entry.why.endswith("; dated by told_on")


@pytest.mark.parametrize("told", [Unknown("it is empty"), date(2025, 1, 1)])
def test_an_unknown_date_or_one_of_an_earlier_cycle_does_not_date(told):
    rule = StageRule(Stage.MQL, VISITED, entered_at="told_on")
    told_on = known((BEGINNING, told))
    facts = person(visit(20), properties={"told_on": told_on, "status": known((day(10), "Recycle"))})
    assert ways(evaluate(facts, agreement(rule), NOW))[-1] == ("mql", 2, 20)


def test_an_entry_that_a_property_dates_into_the_future_is_due_then():
    rule = StageRule(Stage.MQL, VISITED, entered_at="told_on")
    facts = person(visit(3), properties={"told_on": known((BEGINNING, Decimal(day(12))))})
    verdict = evaluate(facts, agreement(rule), day(5))
    assert (verdict.stage, verdict.due_at) == (Stage.SUBSCRIBER, day(12))
    assert evaluate(facts, agreement(rule), day(12)).since == day(12)


def test_what_hubspot_says_stands_and_needs_no_clause():
    verdict = evaluate(person(floor=((day(2), Stage.SQL, "hubspot"),)), agreement(), NOW)
    assert (verdict.stage, verdict.since) == (Stage.SQL, day(2))
    assert verdict.entries[-1].source == "hubspot"
    assert verdict.entries[-1].why == "HubSpot's lifecycle stage says sql"


def test_of_hubspot_and_the_clause_the_earlier_dates_the_entry():
    facts = person(visit(3), floor=((day(5), Stage.MQL, "hubspot"),))
    assert evaluate(facts, agreement(), NOW).entries[-1].source == "definition"
    facts = person(visit(5), floor=((day(3), Stage.MQL, "hubspot"),))
    assert evaluate(facts, agreement(), NOW).entries[-1].source == "hubspot"


def test_a_never_rule_keeps_out_only_where_it_is_true():
    rival = NeverRule("competitor", PropertyClause("domain", (Check(Operator.IS, "rival.example"),)))
    rules = agreement(never=(rival,))
    barred = evaluate(person(visit(3), properties={"domain": known((BEGINNING, "Rival.example"))}), rules, NOW)
    assert (barred.stage, barred.barred) == (Stage.SUBSCRIBER, "competitor")
    unknown = evaluate(person(visit(3)), rules, NOW)
    assert (unknown.stage, unknown.barred) == (Stage.MQL, None)


def test_who_is_no_longer_barred_enters_then():
    rival = NeverRule("competitor", PropertyClause("domain", (Check(Operator.IS, "rival.example"),)))
    domain = known((BEGINNING, "rival.example"), (day(9), "good.example"))
    facts = person(visit(3), properties={"domain": domain})
    assert ways(evaluate(facts, agreement(never=(rival,)), NOW))[-1] == ("mql", 1, 9)


def deal(**more):
    fields = {
        "id": "006",
        "created_at": day(10),
        "closed_at": None,
        "won": False,
        "stage": "Proposal",
        "amount": Decimal(900),
        "amount_at": day(12),
        "close_date": None,
        "close_date_by_sales": True,
    }
    return Opportunity(**(fields | more))


def test_an_opportunity_is_a_fact_of_sales_that_no_never_rule_bars():
    rival = NeverRule("competitor", PropertyClause("domain", (Check(Operator.IS, "rival.example"),)))
    either = AnyOf((WON, VISITED))
    rules = agreement(StageRule(Stage.MQL, either), StageRule(Stage.CUSTOMER, AllOf((WON,))), never=(rival,))
    domain = known((BEGINNING, "rival.example"))
    facts = person(visit(3), opportunities=(deal(won=True, closed_at=day(40)),), properties={"domain": domain})
    assert ways(evaluate(facts, rules, NOW)) == [("subscriber", 1, 0), ("customer", 1, 40)]


def test_an_amount_counts_from_when_it_was_set():
    rule = StageRule(Stage.SQO, OpportunityClause(open=True, amount=(Check(Operator.ABOVE, Decimal(0)),)))
    assert ways(evaluate(person(opportunities=(deal(),)), agreement(rule), NOW))[-1] == ("sqo", 1, 12)
    unknown = evaluate(person(opportunities=(deal(amount=None),)), agreement(rule), NOW)
    assert unknown.stage == Stage.SUBSCRIBER
    assert unknown.unknowns


def returning(*touches, changes, **more):
    return person(*touches, properties={"status": known(*changes), "why": known((day(11), "no budget"))}, **more)


def test_a_return_ends_the_cycle_with_its_reason_even_one_filled_in_later():
    facts = returning(visit(3), changes=[(day(10), "Recycle")])
    verdict = evaluate(facts, agreement(), NOW)
    assert ways(verdict) == [("subscriber", 1, 0), ("mql", 1, 3), ("recycled", 1, 10)]
    assert (verdict.stage, verdict.entries[-1].reason) == (Stage.RECYCLED, "no budget")
    assert evaluate(facts, agreement(), day(10)).entries[-1].reason is None
    held = evaluate(facts, agreement(), day(10)).entries
    assert evaluate(replace(facts, held=held), agreement(), NOW).entries[-1].reason == "no budget"


def test_after_a_return_only_new_touches_count():
    facts = returning(visit(3), visit(9), changes=[(day(10), "Recycle")])
    assert evaluate(facts, agreement(), NOW).stage == Stage.RECYCLED
    again = returning(visit(3), visit(9), visit(15), changes=[(day(10), "Recycle")])
    assert ways(evaluate(again, agreement(), NOW))[-1] == ("mql", 2, 15)


def test_what_held_when_somebody_returned_is_no_reason_to_come_back_at_once():
    size = known((BEGINNING, Decimal(80)), (day(40), Decimal(5)), (day(50), Decimal(90)))
    rule = StageRule(Stage.MQL, PropertyClause("size", (Check(Operator.AT_LEAST, Decimal(50)),)))
    facts = person(properties={"size": size, "status": known((day(10), "Recycle"))})
    assert evaluate(facts, agreement(rule), day(45)).stage == Stage.RECYCLED
    assert ways(evaluate(facts, agreement(rule), NOW))[-1] == ("mql", 2, 50)


def test_a_new_cycle_waits_for_requalify_after_and_is_due_then():
    rules = agreement(returns=(ReturnRule(Stage.RECYCLED, RECYCLED, requalify_after=30 * DAY),))
    facts = returning(visit(3), visit(15), changes=[(day(10), "Recycle")])
    waiting = evaluate(facts, rules, day(20))
    assert (waiting.stage, waiting.due_at) == (Stage.RECYCLED, day(40))
    assert ways(evaluate(facts, rules, day(40)))[-1] == ("mql", 2, 40)


@pytest.mark.parametrize("after", [None, NEVER])
def test_who_is_disqualified_never_comes_back_unless_the_file_says_so(after):
    facts = returning(visit(3), visit(15), changes=[(day(10), "Disqualified")])
    rules = agreement(returns=(ReturnRule(Stage.DISQUALIFIED, DISQUALIFIED, requalify_after=after),))
    assert evaluate(facts, rules, NOW).stage == Stage.DISQUALIFIED
    rules = agreement(returns=(ReturnRule(Stage.DISQUALIFIED, DISQUALIFIED, requalify_after=HOUR),))
    assert evaluate(facts, rules, NOW).stage == Stage.MQL


def test_who_was_never_anything_else_than_disqualified_is_so_since_first_known():
    facts = returning(visit(3), changes=[(BEGINNING, "Disqualified")])
    assert ways(evaluate(facts, agreement(), NOW)) == [("subscriber", 1, 0), ("disqualified", 1, 0)]


def test_a_return_without_history_is_dated_by_the_last_change_of_the_record():
    status = known((BEGINNING, "Recycle"), assumed_until=day(10))
    facts = person(visit(3), properties={"status": status})
    assert ways(evaluate(facts, agreement(), NOW)) == [("subscriber", 1, 0), ("mql", 1, 3), ("recycled", 1, 10)]


def test_a_customer_does_not_return():
    rules = agreement(StageRule(Stage.MQL, VISITED), StageRule(Stage.CUSTOMER, WON))
    facts = returning(visit(3), changes=[(day(20), "Recycle")], opportunities=(deal(won=True, closed_at=day(15)),))
    assert evaluate(facts, rules, NOW).stage == Stage.CUSTOMER


def test_an_old_opportunity_does_not_count_in_a_new_cycle():
    rules = agreement(StageRule(Stage.SQO, OpportunityClause(open=True)))
    facts = returning(changes=[(day(20), "Recycle")], opportunities=(deal(),))
    assert evaluate(facts, rules, NOW).stage == Stage.RECYCLED
    facts = returning(changes=[(day(20), "Recycle")], opportunities=(deal(), deal(id="007", created_at=day(30))))
    assert ways(evaluate(facts, rules, NOW))[-1] == ("sqo", 2, 30)


def test_a_touch_that_comes_late_dates_a_held_entry_earlier_and_its_loss_takes_nothing_back():
    held = evaluate(person(visit(20)), agreement(), NOW).entries
    assert ways(evaluate(person(visit(5), visit(20), held=held), agreement(), NOW))[-1] == ("mql", 1, 5)
    assert evaluate(person(held=held), agreement(), NOW).entries == held


def test_a_held_entry_stands_when_the_file_no_longer_names_its_stage_or_return():
    held = (
        Entry(Stage("trial"), 1, day(2), "definition", "it was so"),
        Entry(Stage.RECYCLED, 1, day(4), "definition", "x"),
    )
    rules = replace(agreement(), returns=())
    assert ways(evaluate(person(held=held), rules, NOW)) == [("subscriber", 1, 0), ("trial", 1, 2), ("recycled", 1, 4)]


def test_a_return_that_is_learned_late_does_not_undo_what_is_held():
    held = (Entry(Stage.MQL, 1, day(12), "definition", "it was so"),)
    verdict = evaluate(returning(changes=[(day(10), "Recycle")], held=held), agreement(), NOW)
    assert ways(verdict) == [("subscriber", 1, 0), ("mql", 1, 12), ("recycled", 1, 12)]


def test_a_touch_at_the_instant_of_a_return_belongs_to_the_cycle_that_ends():
    facts = returning(visit(10), changes=[(day(10), "Recycle")])
    assert ways(evaluate(facts, agreement(), NOW)) == [("subscriber", 1, 0), ("mql", 1, 10), ("recycled", 1, 10)]


def test_a_verdict_is_due_when_something_can_next_happen_and_not_when_a_kept_stage_lapses():
    assert evaluate(person(visit(3)), agreement(), day(5)).due_at == NEVER
    seen = agreement(StageRule(Stage.MQL, PropertyClause("seen", (Check(Operator.OLDER_THAN, 30 * DAY),))))
    facts = person(properties={"seen": known((BEGINNING, Decimal(day(3))))})
    assert evaluate(facts, seen, day(5)).due_at == day(33)
    assert evaluate(facts, seen, day(33)).since == day(33)


def test_a_teams_own_stage_stands_between_the_known_ones():
    own = agreement(StageRule(Stage.MQL, VISITED), StageRule(Stage("sal"), SignalClause("talk", 1)))
    facts = person(visit(3), talk(5))
    assert evaluate(facts, own, NOW).stage == "sal"
    sqo = replace(facts, floor=((day(4), Stage.SQO, "hubspot"),))
    assert evaluate(sqo, own, NOW).stage == Stage.SQO


def test_entries_are_instants_that_people_can_read():
    for entry in evaluate(person(visit(3), floor=((day(1), Stage.LEAD, "record"),)), agreement(), NOW).entries:
        assert datetime_of(entry.at).year == 2026


def test_what_cannot_be_judged_is_told_again_once_a_new_cycle_may_begin():
    rules = agreement(returns=(ReturnRule(Stage.RECYCLED, RECYCLED, requalify_after=30 * DAY),))
    facts = replace(returning(changes=[(day(10), "Recycle")]), coverage={})
    waiting = evaluate(facts, rules, day(20))
    assert (waiting.unknowns, waiting.due_at) == ((), day(40))
    assert evaluate(facts, rules, day(40)).unknowns == ("mql: page_view is not read",)


def test_a_record_made_for_an_mql_does_not_make_a_lead_of_them_again():
    facts = Facts(PersonId("p"), START, touches=[visit(5)], coverage={"page_view": Coverage(BEGINNING, "s", "")},
                  floor=[(Instant(day(6)), Stage.LEAD, "record")])  # fmt: skip
    verdict = evaluate(facts, agreement(StageRule(Stage.MQL, VISITED)), NOW)
    assert [entry.stage for entry in verdict.entries] == [Stage.SUBSCRIBER, Stage.MQL]


def test_a_record_that_was_there_before_makes_a_lead():
    facts = Facts(PersonId("p"), START, touches=[visit(5)], coverage={"page_view": Coverage(BEGINNING, "s", "")},
                  floor=[(Instant(day(4)), Stage.LEAD, "record")])  # fmt: skip
    verdict = evaluate(facts, agreement(StageRule(Stage.MQL, VISITED)), NOW)
    assert [entry.stage for entry in verdict.entries] == [Stage.SUBSCRIBER, Stage.LEAD, Stage.MQL]
