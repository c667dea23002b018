"""What holds of every verdict, for made-up people and agreements."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from syncd.definitions.evaluate import evaluate, rank
from syncd.model.instant import DAY, HOUR
from syncd.model.person import Entry, Touch
from syncd.model.stage import SIDE_STAGES, Stage
from syncd.model.truth import Truth
from tests.unit.definitions import lives
from tests.unit.definitions.naive import Naive

modest = settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.too_slow])
people = lives.people(lives.floors)


def told(verdict):
    return verdict.stage, verdict.cycle, verdict.since, [as_entered(entry) for entry in verdict.entries]


def unjudged(verdict):
    return {reason.partition(":")[0] for reason in verdict.unknowns}


def as_entered(entry):
    """The entry without what can only be learned after it: when it was left, and a reason that is filled in later."""
    return replace(entry, left_at=None, reason=None)


@modest
@given(people, lives.agreements(leave=True), lives.instants, st.integers(0, 30 * DAY))
def test_the_verdict_of_then_is_the_verdict_of_now_without_what_came_later(facts, agreement, then, later):
    assume(then >= facts.born)
    now = evaluate(facts, agreement, then + later)
    assert told(evaluate(facts, agreement, then))[3] == [as_entered(entry) for entry in now.entries if entry.at <= then]


@modest
@given(people, lives.agreements(leave=True), lives.instants, st.lists(st.integers(0, 10**9), max_size=4))
def test_nothing_is_decided_by_time_alone_before_it_is_due(facts, agreement, now, shares):
    assume(now >= facts.born)
    verdict = evaluate(facts, agreement, now)
    assert verdict.due_at > now
    last = min(verdict.due_at, lives.LAST + 30 * DAY)
    for moment in {last - 1, *(now + (last - now) * share // 10**9 for share in shares)}:
        if now <= moment < verdict.due_at:
            later = evaluate(facts, agreement, moment)
            assert told(later) == told(verdict)
            assert (later.barred, later.due_at) == (verdict.barred, verdict.due_at)
            assert unjudged(later) == unjudged(verdict)
            assert [entry.left_at for entry in later.entries] == [entry.left_at for entry in verdict.entries]


@modest
@given(lives.people(), lives.agreements(), lives.instants)
def test_an_entry_is_dated_by_the_first_instant_at_which_its_clause_is_true(facts, agreement, now):
    assume(now >= facts.born)
    verdict = evaluate(facts, agreement, now)
    rules = {rule.stage: rule for rule in agreement.stages}
    for entry in verdict.entries:
        if entry.cycle > 1 or entry.stage not in rules or entry.source != "definition":
            continue
        before = {each.stage: each.at for each in verdict.entries if each.cycle == 1 and each.stage != entry.stage}
        naive = Naive(facts, agreement, entered=before)
        rule = rules[entry.stage]
        assert naive.truth(rule.when, entry.at) is Truth.TRUE
        if entry.at > max(facts.born, before.get(rule.after, facts.born)):
            barred = entry.stage != Stage.SQO and any(
                naive.truth(never.clause, entry.at - 1) is Truth.TRUE for never in agreement.never
            )
            assert barred or naive.truth(rule.when, entry.at - 1) is not Truth.TRUE


@modest
@given(people, lives.agreements(leave=True), lives.instants)
def test_a_touch_that_no_signal_counts_changes_nothing(facts, agreement, now):
    assume(now >= facts.born)
    touches = sorted((*facts.touches, Touch(3 * DAY, "other:1", "webinar")), key=lambda touch: (touch.at, touch.id))
    assert evaluate(replace(facts, touches=touches), agreement, now) == evaluate(facts, agreement, now)


@modest
@given(people, lives.agreements(leave=True), lives.instants)
def test_what_a_verdict_found_can_be_held_and_changes_nothing(facts, agreement, now):
    assume(now >= facts.born)
    verdict = evaluate(facts, agreement, now)
    assert evaluate(replace(facts, held=verdict.entries), agreement, now) == verdict


@modest
@given(people, lives.agreements(), lives.instants, st.sampled_from((HOUR, DAY, 9 * DAY)), st.randoms())
def test_held_entries_stand_or_are_dated_earlier_whatever_facts_go_missing(facts, agreement, now, later, chance):
    assume(now >= facts.born)
    held = evaluate(facts, agreement, now).entries
    left = [touch for touch in facts.touches if chance.random() < 0.5]
    poorer = replace(facts, held=held, touches=left, floor=(), properties={}, opportunities=())
    stands = {(entry.stage, entry.cycle): entry.at for entry in evaluate(poorer, agreement, now + later).entries}
    for entry in held:
        assert stands[entry.stage, entry.cycle] <= entry.at


@modest
@given(people, lives.agreements(leave=True), lives.instants)
def test_entries_are_in_order_of_cycle_and_time_and_each_cycle_but_the_last_ends_with_a_return(facts, agreement, now):
    assume(now >= facts.born)
    verdict = evaluate(facts, agreement, now)
    assert [(entry.cycle, entry.at) for entry in verdict.entries] == sorted(
        (entry.cycle, entry.at) for entry in verdict.entries
    )
    assert all(entry.at <= now for entry in verdict.entries)
    for entry, following in zip(verdict.entries, verdict.entries[1:], strict=False):
        assert (entry.stage in SIDE_STAGES) == (following.cycle > entry.cycle)


@modest
@given(people, lives.agreements(), lives.instants)
def test_the_stage_is_the_furthest_of_the_last_cycle_or_the_return_that_ended_it(facts, agreement, now):
    assume(now >= facts.born)
    verdict = evaluate(facts, agreement, now)
    last = [entry for entry in verdict.entries if entry.cycle == verdict.entries[-1].cycle]
    returned = [entry.stage for entry in last if entry.stage in SIDE_STAGES]
    furthest: Entry = max(last, key=lambda entry: rank(agreement, entry.stage))
    assert verdict.stage == (returned[-1] if returned else furthest.stage)
