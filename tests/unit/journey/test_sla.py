"""How fast sales answers: clocks worked out by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from syncd.files.hours_section import Hours
from syncd.files.scalars import WorkingDuration
from syncd.journey.funnel import Rate
from syncd.journey.sla import Handover, answer, by_hour, owner_of, sla, split
from syncd.model.instant import HOUR, MINUTE, Instant, parse_iso
from syncd.model.person import PersonId
from syncd.plan.clocks import State, WorkingTime

OFFICE = WorkingTime(Hours(), "Europe/Berlin")
FOUR_HOURS = WorkingDuration(milliseconds=4 * HOUR)
MONDAY_NINE = parse_iso("2026-06-08T07:00:00Z")
"""Nine in the morning in Berlin."""
NOW = parse_iso("2026-06-30T00:00:00Z")


def at(hours: float) -> Instant:
    return Instant(int(MONDAY_NINE + hours * HOUR))


def handed(engaged=0.0, assigned=None, touched=None, owner="anna@us.example", qualified=None, contacted=None):
    given = [None if one is None else at(one) for one in (assigned, touched, qualified, contacted)]
    return Handover(PersonId("p"), 1, at(engaged), at(engaged), given[0], owner, *given[1:])


def answered(now=NOW, **when):
    return answer(handed(**when), FOUR_HOURS, OFFICE, now)


def test_speed_to_lead_is_the_system_s_delay_and_the_human_one() -> None:
    found = answered(engaged=0, assigned=0.5, touched=2)
    assert (found.speed, found.system, found.human) == (2 * HOUR, HOUR // 2, int(1.5 * HOUR))
    assert found.speed == found.system + found.human
    assert (found.pick_up.state, found.band) == (State.MET, "60+ min")


def test_the_clock_of_people_starts_when_they_have_somebody_and_runs_in_working_hours() -> None:
    """Assigned on Monday at six in the evening, called on Tuesday at one: four working hours."""
    found = answered(engaged=0, assigned=9, touched=28)
    assert (found.pick_up.working, found.pick_up.state) == (4 * HOUR, State.MET)
    assert answered(engaged=0, assigned=9, touched=28.1).pick_up.state is State.LATE


def test_who_was_called_before_anybody_had_them_was_not_waited_for() -> None:
    found = answered(engaged=0, assigned=3, touched=1)
    assert (found.speed, found.system, found.human, found.pick_up.state) == (HOUR, HOUR, 0, State.MET)


def test_an_attempt_is_no_contact_and_contact_no_qualification() -> None:
    found = answered(engaged=0, assigned=1, touched=2, contacted=5, qualified=30)
    assert (found.speed, found.contacted, found.qualified) == (2 * HOUR, 5 * HOUR, 30 * HOUR)
    assert (found.to_contact, found.to_stage) == (4 * HOUR, 29 * HOUR)
    assert answered(engaged=0, touched=2, contacted=2).to_contact == 0
    assert answered(engaged=0, contacted=2).to_contact is None
    tried = answered(engaged=0, assigned=1, touched=2, contacted=5, now=at(3))
    assert (tried.pick_up.state, tried.contacted, tried.qualified) == (State.MET, None, None)
    assert (sla([found, tried]).contacted.n, sla([found, tried]).speed.n) == (1, 2)


def test_what_is_not_yet_has_no_length_and_its_clock_runs_or_is_overdue() -> None:
    waiting = answered(engaged=0, assigned=1, now=at(2))
    assert (waiting.speed, waiting.system, waiting.human, waiting.band) == (None, HOUR, None, "not yet")
    assert waiting.pick_up.state is State.RUNNING
    assert answered(engaged=0, assigned=1, now=at(6)).pick_up.state is State.OVERDUE
    nobody = answered(engaged=0)
    assert (nobody.system, nobody.pick_up) == (None, None)


def test_what_happened_later_has_not_happened() -> None:
    found = answered(engaged=0, assigned=1, touched=5, qualified=6, now=at(2))
    assert (found.human, found.qualified, found.pick_up.state) == (None, None, State.RUNNING)


def test_attainment_is_met_of_what_is_decided_and_open_ones_count_once_time_is_up() -> None:
    answers = [
        answered(assigned=0, touched=1),
        answered(assigned=0, touched=2),
        answered(assigned=0, touched=5),
        answered(assigned=0),
        answered(assigned=2, now=at(3)),
        answered(),
    ]
    found = sla(answers).attainment
    assert (found.met, found.late, found.overdue, found.running, found.unassigned) == (2, 1, 1, 1, 1)
    assert found.rate == Rate(2, 4)


def test_nobody_gives_no_rate_and_no_lengths() -> None:
    found = sla([])
    assert (found.n, found.attainment.rate.share, found.speed.median) == (0, None, None)


def test_bands_are_by_the_wall_from_having_somebody() -> None:
    minutes = (0, 4.9, 5, 14, 15, 59, 60, 500)
    found = sla([answered(assigned=0, touched=each * MINUTE / HOUR) for each in minutes] + [answered(assigned=0)])
    assert found.bands == {"0-5 min": 2, "5-15 min": 2, "15-60 min": 2, "60+ min": 2, "not yet": 1}


def test_a_split_is_by_owner_and_by_the_hour_of_the_week_in_the_team_s_zone() -> None:
    answers = [answered(assigned=0, touched=1), answered(assigned=24, owner="bo@us.example"), answered(owner=None)]
    assert {owner: one.n for owner, one in split(answers, owner_of).items()} == {
        "(nobody)": 1,
        "anna@us.example": 1,
        "bo@us.example": 1,
    }
    assert {when: one.n for when, one in by_hour(answers, ZoneInfo("Europe/Berlin")).items()} == {
        ("mon", 9): 1,
        ("tue", 9): 1,
    }


hours = st.none() | st.integers(-50, 200)


@given(st.lists(st.tuples(st.integers(0, 20), hours, hours), max_size=12))
def test_parts_sum_to_the_whole(made) -> None:
    answers = [answered(engaged=one, assigned=two, touched=three) for one, two, three in made]
    for one in answers:
        if one.speed is not None:
            assert one.speed == one.system + one.human
    found = sla(answers)
    states = found.attainment
    assert found.n == states.met + states.late + states.overdue + states.running + states.unassigned
    assert sum(found.bands.values()) == found.n
    assert sum(one.n for one in split(answers, owner_of).values()) == found.n
