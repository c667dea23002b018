"""Lines of clauses against the naive evaluator."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.definitions.clauses import context_for, line_of
from syncd.definitions.explain import prove
from syncd.definitions.intervals import truth_at
from syncd.model.instant import BEGINNING, DAY, HOUR
from syncd.model.stage import Stage
from tests.unit.definitions import lives
from tests.unit.definitions.naive import Naive

modest = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
cycles = st.sampled_from((BEGINNING, BEGINNING, 8 * DAY))
entered = st.sampled_from(({}, {Stage.MQL: 9 * DAY}, {Stage.MQL: 12 * DAY + 1, Stage.LEAD: 3 * DAY}))


def worth_asking(facts, line, more):
    """Instants around everything that happens, and where the line says that something changes."""
    happened = [touch.at for touch in facts.touches]
    happened += [start for known in facts.properties.values() for start, _ in known.timeline[1:]]
    for each in facts.opportunities:
        happened += [moment for moment in (each.created_at, each.closed_at, each.amount_at) if moment is not None]
    shifted = [moment + shift for moment in happened for shift in (0, HOUR, DAY, 3 * DAY, 10 * DAY + 5)]
    changes = [start for start, _ in line[1:] if start < 2**60]
    asked = {*shifted, *changes, *more, facts.born}
    return sorted(asked | {moment - 1 for moment in asked})


@modest
@given(lives.people(), lives.agreements(), lives.clauses, cycles, entered, st.booleans(), st.lists(lives.instants))
def test_a_line_at_an_instant_is_what_direct_evaluation_says(facts, agreement, clause, began, past, cautious, more):
    context = context_for(facts, agreement, began, dict(past), cautious=cautious)
    line = line_of(clause, context)
    naive = Naive(facts, agreement, began, past, cautious)
    for moment in worth_asking(facts, line, more):
        if moment >= max(began, facts.born):
            assert truth_at(line, moment) is naive.truth(clause, moment), moment


@modest
@given(lives.people(), lives.agreements(), lives.score_clauses, st.lists(lives.instants))
def test_a_score_at_an_instant_is_what_direct_evaluation_says(facts, agreement, clause, more):
    line = line_of(clause, context_for(facts, agreement))
    naive = Naive(facts, agreement)
    for moment in worth_asking(facts, line, more):
        if moment >= facts.born:
            assert truth_at(line, moment) is naive.truth(clause, moment), moment


@modest
@given(lives.people(), lives.agreements(), lives.clauses, lives.instants)
def test_a_proof_says_what_the_line_says_and_its_leaves_made_it_so(facts, agreement, clause, moment):
    context = context_for(facts, agreement)
    proof = prove(clause, context, moment)
    assert proof.truth is truth_at(line_of(clause, context), moment)
    assert proof.leaves(proof.truth)


@modest
@given(lives.people(), lives.agreements(), lives.clauses)
def test_a_line_begins_at_the_beginning_and_changes_at_each_of_its_points(facts, agreement, clause):
    line = line_of(clause, context_for(facts, agreement))
    assert line[0][0] == BEGINNING
    assert all(one[0] < two[0] and one[1] != two[1] for one, two in pairwise(line))


@modest
@given(lives.people(), lives.agreements(), lives.clauses, st.randoms())
def test_the_order_in_which_touches_and_values_are_given_does_not_matter(facts, agreement, clause, chance):
    touches = list(facts.touches)
    chance.shuffle(touches)
    names = list(facts.properties)
    chance.shuffle(names)
    deals = list(facts.opportunities)
    chance.shuffle(deals)
    shuffled = replace(
        facts,
        touches=tuple(sorted(touches, key=lambda touch: (touch.at, touch.id))),
        properties={name: facts.properties[name] for name in names},
        opportunities=tuple(deals),
    )
    assert line_of(clause, context_for(shuffled, agreement)) == line_of(clause, context_for(facts, agreement))
