"""Due dates in the working hours of a team."""

from __future__ import annotations

from datetime import date

import pytest

from syncd.files.hours_section import Hours
from syncd.files.scalars import WorkingDuration
from syncd.model.instant import DAY, HOUR, parse_iso
from syncd.plan.calendar import due_date, is_working_day

OFFICE = Hours.model_validate({"holidays": ["2026-06-11"]})


def working(days=0, hours=0):
    return WorkingDuration(days=days, milliseconds=hours * HOUR, working=True)


@pytest.mark.parametrize(
    ("now", "duration", "zone", "due"),
    [
        ("2026-06-08T09:00:00Z", working(days=1), "UTC", "2026-06-09"),
        ("2026-06-10T09:00:00Z", working(days=1), "UTC", "2026-06-12"),
        ("2026-06-12T09:00:00Z", working(days=1), "UTC", "2026-06-15"),
        ("2026-06-13T09:00:00Z", working(days=1), "UTC", "2026-06-15"),
        ("2026-06-08T23:30:00Z", working(days=1), "Europe/Berlin", "2026-06-10"),
        ("2026-06-08T09:00:00Z", working(hours=8), "UTC", "2026-06-08"),
        ("2026-06-08T09:00:01Z", working(hours=8), "UTC", "2026-06-09"),
        ("2026-06-08T18:00:00Z", working(hours=1), "UTC", "2026-06-09"),
        ("2026-06-12T16:00:00Z", working(hours=2), "UTC", "2026-06-15"),
        ("2026-06-14T16:00:00Z", working(hours=2), "UTC", "2026-06-15"),
        ("2026-06-12T16:00:00Z", WorkingDuration(days=0, milliseconds=DAY, working=False), "UTC", "2026-06-13"),
    ],
    ids=[
        "next day",
        "over a holiday",
        "over a week-end",
        "from a Saturday",
        "the team's own day",
        "to the last minute",
        "a second too late",
        "after hours",
        "Friday evening",
        "Sunday",
        "not in working time",
    ],
)
def test_a_task_is_due_when_so_much_working_time_has_passed(now, duration, zone, due):
    assert due_date(parse_iso(now), duration, OFFICE, zone) == date.fromisoformat(due)


def test_public_holidays_are_those_of_the_country_that_the_file_names():
    labour_day = date(2026, 5, 1)
    assert is_working_day(labour_day, Hours())
    assert not is_working_day(labour_day, Hours.model_validate({"country": "DE"}))


def test_a_team_that_works_on_sundays_is_due_on_sundays():
    hours = Hours.model_validate({"days": ["sun"]})
    assert due_date(parse_iso("2026-06-08T09:00:00Z"), working(days=2), hours, "UTC") == date(2026, 6, 21)
