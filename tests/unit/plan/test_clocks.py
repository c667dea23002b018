"""SLA clocks in the working hours of a team."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.files.hours_section import Hours
from syncd.files.scalars import WorkingDuration
from syncd.files.service_file import ServiceFile
from syncd.model.instant import HOUR, MINUTE, Instant, iso, parse_iso
from syncd.plan.clocks import State, WorkingTime, calendars_of, clock

OFFICE = WorkingTime(Hours.model_validate({"holidays": ["2026-06-11"]}), "UTC")
BERLIN = WorkingTime(Hours.model_validate({"days": ["mon", "sun"], "from": "00:00", "to": "08:00"}), "Europe/Berlin")
FOUR_HOURS = WorkingDuration(milliseconds=4 * HOUR)
ONE_DAY = WorkingDuration(days=1)


@pytest.mark.parametrize(
    ("start", "stop", "hours"),
    [
        ("2026-06-08T10:00:00Z", "2026-06-08T11:30:00Z", 1.5),
        ("2026-06-08T16:00:00Z", "2026-06-09T10:00:00Z", 2),
        ("2026-06-12T16:00:00Z", "2026-06-15T09:30:00Z", 1.5),
        ("2026-06-10T16:00:00Z", "2026-06-12T10:00:00Z", 2),
        ("2026-06-13T10:00:00Z", "2026-06-14T20:00:00Z", 0),
        ("2026-06-08T06:00:00Z", "2026-06-08T09:00:00Z", 0),
        ("2026-06-08T11:00:00Z", "2026-06-08T10:00:00Z", 0),
    ],
    ids=["within a day", "over night", "over a week-end", "over a holiday", "a week-end", "before work", "backwards"],
)
def test_only_working_hours_pass(start, stop, hours):
    assert OFFICE.between(parse_iso(start), parse_iso(stop)) == hours * HOUR


def test_a_night_on_which_the_clock_is_put_forward_has_an_hour_less_and_back_an_hour_more():
    spring = BERLIN.between(parse_iso("2026-03-28T20:00:00Z"), parse_iso("2026-03-29T20:00:00Z"))
    autumn = BERLIN.between(parse_iso("2026-10-24T20:00:00Z"), parse_iso("2026-10-25T20:00:00Z"))
    assert (spring, autumn) == (7 * HOUR, 9 * HOUR)


def test_time_is_up_when_so_much_work_has_passed_also_through_a_night_that_is_an_hour_short():
    assert iso(BERLIN.after(parse_iso("2026-03-28T20:00:00Z"), 7 * HOUR)) == "2026-03-29T06:00:00.000Z"
    assert iso(BERLIN.after(parse_iso("2026-03-28T20:00:00Z"), 8 * HOUR)) == "2026-03-29T23:00:00.000Z"


@pytest.mark.parametrize(
    ("allowed", "due"),
    [
        (FOUR_HOURS, "2026-06-15T12:00:00.000Z"),
        (ONE_DAY, "2026-06-15T17:00:00.000Z"),
        (WorkingDuration(milliseconds=30 * MINUTE, working=False), "2026-06-12T16:30:00.000Z"),
    ],
    ids=["working hours", "working days end with the last one", "on the wall"],
)
def test_friday_at_four_is_due(allowed, due):
    assert iso(OFFICE.due(parse_iso("2026-06-12T16:00:00Z"), allowed)) == due


@pytest.mark.parametrize(
    ("stop", "now", "state"),
    [
        ("2026-06-08T12:00:00Z", "2026-06-30T00:00:00Z", State.MET),
        ("2026-06-08T13:00:00Z", "2026-06-30T00:00:00Z", State.MET),
        ("2026-06-08T13:00:01Z", "2026-06-30T00:00:00Z", State.LATE),
        (None, "2026-06-08T10:00:00Z", State.RUNNING),
        ("2026-06-09T10:00:00Z", "2026-06-08T10:00:00Z", State.RUNNING),
        (None, "2026-06-08T13:00:01Z", State.OVERDUE),
        ("2026-06-08T08:00:00Z", "2026-06-30T00:00:00Z", State.MET),
    ],
    ids=["in time", "to the last moment", "a second late", "running", "not stopped yet", "overdue", "before the start"],
)
def test_a_clock_says_where_it_is(stop, now, state):
    found = clock(parse_iso("2026-06-08T09:00:00Z"), stop and parse_iso(stop), FOUR_HOURS, OFFICE, parse_iso(now))
    assert (found.state, found.breached) == (state, state in (State.LATE, State.OVERDUE))


def test_what_is_done_in_the_evening_of_the_last_day_is_in_time():
    found = clock(parse_iso("2026-06-12T16:00:00Z"), parse_iso("2026-06-15T22:00:00Z"), ONE_DAY, OFFICE, Instant(2**42))
    assert (found.state, found.working, found.elapsed) == (State.MET, 9 * HOUR, 78 * HOUR)


def test_a_calendar_on_which_nobody_works_is_no_endless_search():
    never = WorkingTime(Hours.model_validate({"days": ["mon"], "holidays": []}), "UTC")
    never._days.update(dict.fromkeys([never.day_of(Instant(day * 24 * HOUR)) for day in range(4 * 366)]))
    with pytest.raises(ValueError, match="without working days"):
        never.after(Instant(0), HOUR)


instants = st.integers(parse_iso("2026-01-01"), parse_iso("2026-12-31")).map(Instant)


@given(instants, instants, instants)
def test_working_time_adds_up(one, two, three):
    first, middle, last = sorted((one, two, three))
    for calendar in (OFFICE, BERLIN):
        whole = calendar.between(first, last)
        assert whole == calendar.between(first, middle) + calendar.between(middle, last)
        assert 0 <= whole <= last - first


@given(instants, st.integers(1, 300 * HOUR))
def test_so_much_after_an_instant_is_so_much_later(start, length):
    for calendar in (OFFICE, BERLIN):
        assert calendar.between(start, calendar.after(start, length)) == length


def test_whoever_works_at_other_hours_has_clocks_of_their_own():
    """Constitution day is a holiday in Norway, where Kari begins an hour before the team of Berlin does."""
    others = [{"people": ["Kari@us.example"], "country": "NO", "time_zone": "Europe/Oslo", "from": "08:00"}]
    given = {"time_zone": "Europe/Berlin", "hours": {"country": "DE", "from": "09:00", "to": "17:00", "others": others}}
    calendars = calendars_of(ServiceFile.model_validate(given))
    kari, team = calendars.of(" kari@us.example"), calendars.of("bo@us.example")
    assert (calendars.of(None), kari.hours.days, kari.hours.to) == (team, team.hours.days, team.hours.to)
    wednesday_noon = parse_iso("2028-05-17T10:00:00Z")
    two_hours = WorkingDuration(milliseconds=2 * HOUR)
    assert iso(team.due(wednesday_noon, two_hours)) == "2028-05-17T12:00:00.000Z"
    assert iso(kari.due(wednesday_noon, two_hours)) == "2028-05-18T08:00:00.000Z"
