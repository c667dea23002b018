"""Due dates in the working hours of a team."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.files.hours_section import Hours
from syncd.files.scalars import WorkingDuration
from syncd.model.instant import Instant, datetime_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def due_date(now: Instant, duration: WorkingDuration, hours: Hours, time_zone: str) -> date:
    """The day, in the team's zone, on which something is due that is handed over now."""
    local = datetime_of(now).astimezone(ZoneInfo(time_zone))
    if not duration.working:
        return (local + timedelta(milliseconds=duration.milliseconds)).date()
    if duration.days:
        day = local.date()
        for _ in range(duration.days):
            day = _next_working_day(day, hours)
        return day
    return _after_hours(local, timedelta(milliseconds=duration.milliseconds), hours).date()


def is_working_day(day: date, hours: Hours) -> bool:
    """Whether people work on a day: not on other weekdays, nor on the days off that the file names."""
    return WEEKDAYS[day.weekday()] in hours.days and day not in hours.holidays and not _is_public_holiday(day, hours)


def _is_public_holiday(day: date, hours: Hours) -> bool:
    if hours.country is None:
        return False
    from holidays import country_holidays  # noqa: PLC0415  200 countries' rules, only for teams that name theirs

    return day in country_holidays(hours.country, years=day.year)


def _next_working_day(day: date, hours: Hours) -> date:
    following = day + timedelta(days=1)
    while not is_working_day(following, hours):
        following += timedelta(days=1)
    return following


def _after_hours(moment: datetime, left: timedelta, hours: Hours) -> datetime:
    """The moment when so much working time has passed."""
    day = moment.date()
    begin = max(moment, _at(day, hours.from_, moment)) if is_working_day(day, hours) else None
    while True:
        end = _at(day, hours.to, moment)
        if begin is not None and begin < end:
            if begin + left <= end:
                return begin + left
            left -= end - begin
        day = _next_working_day(day, hours)
        begin = _at(day, hours.from_, moment)


def _at(day: date, clock: time, like: datetime) -> datetime:
    return datetime.combine(day, clock, tzinfo=like.tzinfo or UTC)
