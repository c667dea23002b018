"""SLA clocks: how much working time passed, when time is up, and whether somebody was in time. Pure.

A clock runs in the working hours of the team, whatever the clock on the wall does: a day on which it is put forward or
back has as many hours as were worked (facts: market 4, SLA clock). The time on the wall is kept beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from syncd.files.hours_section import Hours
from syncd.files.scalars import WorkingDuration
from syncd.files.service_file import ServiceFile
from syncd.model.instant import Instant, datetime_of, instant_of
from syncd.model.nouns import dataclass
from syncd.plan.calendar import due_date, is_working_day

YEARS = 3
"""Without a working day for so long, a calendar has none."""


class State(StrEnum):
    """Where a clock is: it runs; it was stopped in time; it was stopped late; it still runs and time is up."""

    RUNNING = "running"
    MET = "met"
    LATE = "late"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock, looked at from an instant.

    `elapsed` and `working` are milliseconds from the start to the stop, or to that instant while it runs: on the wall,
    and in working hours. Nothing has passed before the start.
    """

    started_at: Instant
    stopped_at: Instant | None
    due_at: Instant
    elapsed: int
    working: int
    state: State

    @property
    def breached(self) -> bool:
        """Whether time was up before it was stopped."""
        return self.state in (State.LATE, State.OVERDUE)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When a team works: its hours and days off, in its time zone. Keeps each day that it was asked about."""

    hours: Hours
    time_zone: str
    _days: dict[date, tuple[Instant, Instant] | None] = field(default_factory=dict, compare=False, repr=False)

    def day_of(self, at: Instant) -> date:
        """The team's day at an instant."""
        return datetime_of(at).astimezone(ZoneInfo(self.time_zone)).date()

    def midnight_after(self, at: Instant) -> Instant:
        """When the team's day after an instant begins."""
        return self._at(self.day_of(at) + timedelta(days=1), time())

    def midnight_before(self, at: Instant) -> Instant:
        """When the team's day of an instant began."""
        return self._at(self.day_of(at), time())

    def span_on(self, day: date) -> tuple[Instant, Instant] | None:
        """From when until when people work on a day; None where they do not."""
        if day not in self._days:
            works = is_working_day(day, self.hours)
            self._days[day] = (self._at(day, self.hours.from_), self._at(day, self.hours.to)) if works else None
        return self._days[day]

    def between(self, start: Instant, stop: Instant) -> int:
        """Working milliseconds from `start` to `stop`; 0 where that is no later."""
        if stop <= start:
            return 0
        day, last, total = self.day_of(start), self.day_of(stop), 0
        while day <= last:
            span = self.span_on(day)
            if span is not None:
                total += max(0, min(stop, span[1]) - max(start, span[0]))
            day += timedelta(days=1)
        return total

    def after(self, start: Instant, milliseconds: int) -> Instant:
        """The instant at which so much working time has passed since `start`. Raises ValueError if nobody works."""
        day, left = self.day_of(start), milliseconds
        for _ in range(YEARS * 366):
            span = self.span_on(day)
            if span is not None:
                begin = max(start, span[0])
                if begin + left <= span[1]:
                    return Instant(begin + left)
                left -= max(0, span[1] - begin)
            day += timedelta(days=1)
        raise ValueError("a calendar without working days has no working time")

    def due(self, start: Instant, allowed: WorkingDuration) -> Instant:
        """When time is up: after so many working hours, at the end of so many working days' last, or by the wall."""
        if not allowed.working:
            return Instant(start + allowed.milliseconds)
        if not allowed.days:
            return self.after(start, allowed.milliseconds)
        return self._at(due_date(start, allowed, self.hours, self.time_zone), self.hours.to)

    def _at(self, day: date, clock: time) -> Instant:
        return instant_of(datetime.combine(day, clock, tzinfo=ZoneInfo(self.time_zone)))


@dataclass(frozen=True, slots=True)
class Calendars:
    """When everybody works: the team, and those who work at other hours, by their address in small letters."""

    team: WorkingTime
    others: Mapping[str, WorkingTime] = field(default_factory=dict)

    def of(self, mail: str | None) -> WorkingTime:
        """The hours of whoever has an address; the team's where nothing else is said of them."""
        return self.others.get((mail or "").strip().casefold(), self.team)


def calendars_of(service: ServiceFile) -> Calendars:
    """When everybody works by syncd.yaml."""
    hours, zone = service.hours, service.time_zone
    others = {}
    for some in hours.others:
        theirs = WorkingTime(hours.of(some), some.time_zone or zone)
        others.update(dict.fromkeys((person.casefold() for person in some.people), theirs))
    return Calendars(WorkingTime(hours, zone), others)


def clock(start: Instant, stop: Instant | None, allowed: WorkingDuration, calendar: WorkingTime, now: Instant) -> Clock:
    """The clock that began at `start` and was stopped at `stop` (None, or later than `now`: it runs), seen at `now`.

    In working time, what is done before work goes on is in time: nothing has passed since the time was up. What was
    done before the start took no time at all.
    """
    stopped = stop if stop is not None and stop <= now else None
    end = now if stopped is None else stopped
    due = calendar.due(start, allowed)
    late = calendar.between(due, end) > 0 if allowed.working else end > due
    running, done = (State.OVERDUE, State.LATE) if late else (State.RUNNING, State.MET)
    state = running if stopped is None else done
    return Clock(start, stopped, due, max(0, end - start), calendar.between(start, end), state)
