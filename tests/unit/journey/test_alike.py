"""People who are alike are counted together: the same as counting everybody alone."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from syncd.journey.alike import Asking
from syncd.journey.columns import Columns
from syncd.journey.flow import ranks_of, stands_of, visits_of
from syncd.journey.lengths import ARRIVED, GONE, WAITING
from syncd.journey.units import Question, shape_of, units_of
from syncd.journey.velocity import waits_of
from syncd.model.instant import DAY, Instant
from syncd.model.person import PersonId
from syncd.model.stage import FUNNEL, Stage
from syncd.store.courses import course_of, entries_of
from tests.unit.journey.lives import day, entry, side_by_side

CHAIN = (Stage.MQL, Stage.SQL, Stage.CUSTOMER)
RANKS = ranks_of(FUNNEL)
moments = st.integers(0, 6)
lives = st.lists(
    st.tuples(
        st.sampled_from(["subscriber", "mql", "sql", "customer", "recycled"]),
        moments,
        st.integers(1, 2),
        st.none() | moments,
        st.sampled_from(["definition", "silence"]),
    ),
    min_size=1,
    max_size=5,
)
questions = st.builds(
    Question,
    chain=st.just(CHAIN),
    strict=st.booleans(),
    since=st.none() | moments.map(day),
    until=st.none() | moments.map(day),
    basis=st.sampled_from(["cohort", "period"]),
    horizon=st.integers(3, 9).map(day),
    within=st.none() | st.integers(1, 4).map(lambda days: days * DAY),
    stalled=st.integers(0, 4).map(lambda days: days * DAY),
)


def lived(life):
    made = (
        entry(stage, at, cycle, left_at=None if stays is None else day(at + stays), source=source)
        for stage, at, cycle, stays, source in life
    )
    return sorted(made, key=lambda one: one.at)


@given(st.lists(lives, min_size=1, max_size=6))
def test_a_course_holds_the_entries_that_it_was_made_of(made) -> None:
    for life in map(lived, made):
        assert [
            (one.stage, one.cycle, one.at, one.left_at, one.source, one.reason, one.definition)
            for one in entries_of(course_of(life))
        ] == [(one.stage, one.cycle, one.at, one.left_at, one.source, one.reason, one.definition) for one in life]


@given(st.lists(lives, min_size=1, max_size=6), questions)
def test_counting_people_together_is_counting_each_of_them_alone(made, question) -> None:
    """Everybody is there twice, and once at other times, so that some are alike and some are not."""
    everybody = [lived(life) for life in (*made, *made)]
    everybody += [lived([(stage, 2 * at, *rest) for stage, at, *rest in life]) for life in made]
    found = Columns(Asking(question, RANKS, question.since, question.horizon), FUNNEL)
    people = [PersonId(f"p{number}") for number in range(len(everybody))]
    found.add(side_by_side(people, everybody), {})
    shapes, stands, waits = Counter(), Counter(), Counter()
    for person, life in zip(people, everybody, strict=True):
        visits = visits_of(life, RANKS)
        stands.update(stand for _, stand in stands_of(visits, question.since, question.horizon))
        for unit in units_of(person, life, CHAIN[0]):
            shape = shape_of(unit, question)
            shapes[shape] += 1
            waits.update(seen(wait, index, question) for index, wait in enumerate(waits_of(unit, shape, question)))
    kinds = found._all()
    assert _sum((one.shape, n) for one, n in kinds) == shapes
    assert _sum((stand, n) for one, n in kinds for stand in one.stands) == stands
    measured = Counter(
        (measure, length)
        for measure in {(how, index) for how in (ARRIVED, GONE, WAITING) for index in range(len(CHAIN))}
        for length in found._lengths.whole().of(measure)
    )
    assert measured == Counter({key: n for key, n in waits.items() if key is not None})


def seen(wait, index: int, question: Question):
    if wait is None:
        return None
    how = ARRIVED if wait.arrived else WAITING if wait.until is None else GONE
    length = (question.horizon if wait.until is None else wait.until) - wait.since
    return (how, index), Instant(length if wait.arrived else max(0, length))


def _sum(pairs) -> Counter:
    found = Counter()
    for key, n in pairs:
        found[key] += n
    return found
