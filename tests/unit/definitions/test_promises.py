"""What evaluation promises whoever is judged and by whatever definitions, one sentence each.

1. The order of events and of persons does not matter.
2. An unrelated touch changes nothing.
3. One person alone is judged as among many.
4. Intervals at an instant are what direct evaluation says at that instant, as the naive second evaluator has it.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.definitions.clauses import context_for
from syncd.definitions.evaluate import evaluate
from syncd.definitions.intervals import truth_at
from syncd.definitions.language import clauses_of
from syncd.model.instant import DAY, HOUR
from syncd.model.person import PersonId, Touch
from syncd.model.touches import Touches, strand_of
from tests.unit.definitions import lives
from tests.unit.definitions.naive import Naive

modest = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LATER = 45 * DAY
crowds = st.lists(lives.people(lives.floors), min_size=2, max_size=4).map(
    lambda some: [replace(facts, person=PersonId(f"p{number}")) for number, facts in enumerate(some)]
)
unrelated = st.builds(
    lambda at, touch: Touch(at, "other:1", *touch),
    lives.instants,
    st.sampled_from(
        (
            ("webinar", {}, "sales"),  # a kind that no signal counts
            ("call", {"owner": "005B", "owner_email": "bo@we.example"}, "marketing"),  # by nobody of sales or the north
        )
    ),
)


@modest
@given(crowds, lives.agreements(leave=True), st.randoms())
def test_the_order_of_events_and_of_persons_does_not_matter(people, agreement, chance):
    told = {facts.person: evaluate(facts, agreement, LATER) for facts in people}
    shuffled = list(people)
    chance.shuffle(shuffled)
    for facts in shuffled:
        touches = list(facts.touches)
        chance.shuffle(touches)
        deals = list(facts.opportunities)
        chance.shuffle(deals)
        # Strands are in the order in which records came; each is in order of time by itself.
        other = replace(facts, touches=Touches([strand_of(one) for one in touches]), opportunities=tuple(deals))
        again = evaluate(other, agreement, LATER)
        assert verdict_of(again) == verdict_of(told[facts.person])


@modest
@given(lives.people(lives.floors), lives.agreements(leave=True), unrelated)
def test_an_unrelated_touch_changes_nothing(facts, agreement, other):
    touches = sorted((*facts.touches, other), key=lambda one: (one.at, one.id))
    assert evaluate(replace(facts, touches=touches), agreement, LATER) == evaluate(facts, agreement, LATER)


@modest
@given(crowds, lives.agreements(leave=True), st.sampled_from((LATER, 20 * DAY)))
def test_one_person_alone_is_judged_as_among_many(people, agreement, now):
    among = [evaluate(facts, agreement, now) for facts in people]
    for facts, verdict in zip(people, among, strict=True):
        alone = replace(agreement)  # definitions made ready anew: nothing that others left behind can help
        assert evaluate(facts, alone, now) == verdict
        assert evaluate(facts, agreement, now, proofs=False) == without_proofs(verdict)
        assert evaluate(facts, agreement, now, unknowns=False) == replace(verdict, unknowns=())


@modest
@given(lives.people(), lives.agreements(), st.lists(lives.instants, min_size=1, max_size=4))
def test_intervals_at_an_instant_are_what_direct_evaluation_says(facts, agreement, instants):
    context, naive = context_for(facts, agreement), Naive(facts, agreement)
    for clause in clauses_of(agreement):
        line = context.line(clause)
        turns = [start for start, _ in line[1:] if start < 2**60]
        for at in {*instants, *turns, *(turn - 1 for turn in turns), facts.born + HOUR}:
            if at >= facts.born:
                assert truth_at(line, at) is naive.truth(clause, at), (clause, at)


def verdict_of(verdict):
    """A verdict without the order of evidence within a proof, which is that of the touches' ids."""
    return replace(
        verdict, entries=[replace(entry, evidence=tuple(sorted(entry.evidence))) for entry in verdict.entries]
    )


def without_proofs(verdict):
    """A verdict as it is told where nobody asks why."""
    return replace(
        verdict,
        entries=tuple(
            replace(entry, why="", evidence=()) if entry.source == "definition" else entry for entry in verdict.entries
        ),
    )
