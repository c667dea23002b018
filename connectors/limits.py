"""How fast and how much a CRM may be called: per second, per day, and at once. One `Limiter` per portal or org."""

from __future__ import annotations

import threading
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.nouns import dataclass

AT_ONCE = 4
"""Calls under way at a time: more of them met limits sooner than they saved time (facts: hubspot E21)."""
LOOK_AGAIN = timedelta(hours=1)
"""When calls are worth a try again where nobody can know: a day that rolls frees some with every hour."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer's headers say. `burst` is (calls, seconds); `used` and `total` are the day's calls of all
    programs together. None where they say nothing.
    """

    burst: tuple[int, float] | None = None
    used: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """The calls of one day, named as 2026-11-22 in `zone`: `ours`, those of all programs, and how many these may make
    (None: the CRM did not tell).
    """

    day: str
    zone: str | None
    ours: int
    used: int | None
    total: int | None


class Rate:
    """At most so many calls in any window of so many seconds, over all threads.

    Both CRMs' burst limits roll, so this remembers the last calls instead of filling a bucket, which would let twice
    the limit through in the first window. `share` leaves room for other apps; `at_most` is the operator's own, lower
    limit; neither is ever raised by what the CRM tells.
    """

    def __init__(self, calls: int, seconds: float, *, share: float = 1.0, at_most: int | None = None) -> None:
        self._lock = threading.Lock()
        self._told = calls
        self._share = share
        self._at_most = at_most
        self._seconds = seconds
        self._held = 0.0
        self._times: deque[float] = deque(maxlen=self._allowed())
        self._theirs: set[float] = set()

    def learn(self, calls: int, seconds: float) -> None:
        """Take over the limit that an answer named."""
        if (calls, seconds) != (self._told, self._seconds):
            with self._lock:
                self._told, self._seconds = calls, seconds
                self._resize()

    def lower(self, *, share: float | None = None, at_most: int | None = None) -> None:
        """Take the operator's own limits: a share of what the CRM tells (None: as it was), and a number of calls."""
        with self._lock:
            self._share = self._share if share is None else share
            self._at_most = at_most
            self._resize()

    def reserve(self, now: float) -> float:
        """Take the next free place; returns the seconds to wait for it."""
        with self._lock:
            times = self._times
            place = max(self._held, now)
            if len(times) == times.maxlen and times[0] + self._seconds > place:
                place = times[0] + self._seconds
            times.append(place)
            return place - now

    def late(self, place: float, at: float) -> None:
        """A call that had a place goes out only now: others come after that, not after the place."""
        with self._lock:
            index = bisect_right(self._times, place) - 1
            if index >= 0:
                del self._times[index]
                insort(self._times, at)

    def lately(self, now: float) -> list[float]:
        """How many seconds ago each of our own calls went out that the window still counts; 0 for those about to."""
        with self._lock:
            ours = [at for at in self._times if at not in self._theirs]
        return [max(0.0, now - at) for at in ours if at > now - self._seconds]

    def join(self, ago: Sequence[float], now: float) -> None:
        """Count the calls that another process made, so many seconds ago each, instead of those of others before."""
        with self._lock:
            ours = [at for at in self._times if at not in self._theirs]
            # A call is known by its time: those of one instant are told apart.
            self._theirs = {now - max(0.0, one) + place / 1_000_000 for place, one in enumerate(ago)}
            self._times = deque(sorted([*ours, *self._theirs]), maxlen=self._allowed())

    def hold(self, until: float) -> None:
        """Give nobody a place before then."""
        with self._lock:
            self._held = max(self._held, until)

    @property
    def calls(self) -> int:
        """How many calls one window now allows."""
        return self._times.maxlen or 1

    @property
    def per_second(self) -> float:
        """How many calls a second that is, over a long time."""
        return self.calls / self._seconds

    def _resize(self) -> None:
        self._times = deque(self._times, maxlen=self._allowed())

    def _allowed(self) -> int:
        allowed = int(self._told * self._share)
        return max(1, allowed if self._at_most is None else min(allowed, self._at_most))


class Day:
    """The calls of a day, and where we stop, so that other programs have the rest.

    We stop when all programs together have used `share` of what the CRM allows, as its answers tell, or when we made
    `at_most` calls ourselves. A day begins at midnight in the CRM's zone (facts: hubspot B1); with `rolls`, what the
    CRM tells is of the last 24 hours (facts: salesforce B2), and is looked at again an hour later.
    """

    def __init__(self, *, share: float = 1.0, at_most: int | None = None, rolls: bool = False) -> None:
        self._lock = threading.Lock()
        self._share, self._at_most, self._rolls = share, at_most, rolls
        self._zone: str | None = None
        self._ends: datetime | None = None
        self._closed: datetime | None = None
        self._ours = 0
        self._used: int | None = None
        self._total: int | None = None

    def lower(self, *, share: float, at_most: int | None) -> None:
        """Take the operator's own limits. What was closed by others is looked at again."""
        with self._lock:
            if (share, at_most) != (self._share, self._at_most):
                self._share, self._at_most, self._closed = share, at_most, None

    def settle(self, zone: str | None, now: datetime) -> None:
        """Take the zone in which the CRM counts its days; one that nobody knows is not taken."""
        with self._lock:
            if zone != self._zone and zone_of(zone) is not None:
                self._zone, self._ends = zone, midnight(now, zone)

    def resume(self, day: str, ours: int, now: datetime) -> None:
        """Take over how many calls of ours were noted by others on that day, which is forgotten if it is another."""
        with self._lock:
            self._turn(now)
            if day == self._name(now):
                self._ours = max(self._ours, ours)

    def take(self, now: datetime) -> datetime | None:
        """Count a call that is about to go out: None. Or do not, and say from when on calls may go out again."""
        with self._lock:
            self._turn(now)
            if self._closed is None and self._spent():
                self._closed = self._opens(now, ours=self._at_most is not None and self._ours >= self._at_most)
            if self._closed is None:
                self._ours += 1
                self._used = None if self._used is None else self._used + 1
            return self._closed

    def close(self, now: datetime, until: datetime | None) -> datetime:
        """The CRM itself refused for the day: let nothing out until then, or until calls are worth a try."""
        with self._lock:
            self._turn(now)
            self._closed = until or self._opens(now, ours=False)
            return self._closed

    def learn(self, used: int, total: int) -> None:
        """Take over what an answer told: the calls of all programs, and how many they may make."""
        self._used, self._total = used, total

    def use(self, now: datetime) -> Use:
        """The calls of this day so far."""
        with self._lock:
            self._turn(now)
            return Use(self._name(now), self._zone, self._ours, self._used, self._total)

    def left(self, now: datetime) -> int | None:
        """How many calls we may still make on this day; None where no limit is known."""
        with self._lock:
            self._turn(now)
            bounds = [] if self._at_most is None else [self._at_most - self._ours]
            if self._used is not None and self._total is not None:
                bounds.append(int(self._total * self._share) - self._used)
            return max(0, min(bounds)) if bounds else None

    def _spent(self) -> bool:
        if self._at_most is not None and self._ours >= self._at_most:
            return True
        return self._used is not None and self._total is not None and self._used >= self._total * self._share

    def _opens(self, now: datetime, *, ours: bool) -> datetime:
        """From when on calls are worth a try again. `ours`: our own limit is used up, which ends with the day."""
        known = ours or (not self._rolls and self._zone is not None)
        return midnight(now, self._zone) if known else now + LOOK_AGAIN

    def _turn(self, now: datetime) -> None:
        """Begin a new day where one begins, and open again what was closed until now."""
        if self._ends is None:
            self._ends = midnight(now, self._zone)
        elif now >= self._ends:
            self._ends, self._ours = midnight(now, self._zone), 0
            self._used = self._used if self._rolls else None
        if self._closed is not None and now >= self._closed:
            self._closed, self._used = None, None

    def _name(self, now: datetime) -> str:
        return day_name(now, self._zone)


class Limiter:
    """All limits of one portal or org: the burst of all calls, tighter ones for paths by their ending (`/search`),
    calls at once, and the day's. `read` finds what an answer's headers tell of them. Safe to share by threads.
    The transport that asks it for places sets `name`, which tells it from that of another process, and its own `clock`.
    """

    def __init__(
        self,
        burst: Rate,
        by_ending: Mapping[str, Rate] | None = None,
        *,
        day: Day | None = None,
        at_once: int = AT_ONCE,
        read: Callable[[Mapping[str, str]], Told] | None = None,
    ) -> None:
        self.burst = burst
        self.by_ending = dict(by_ending or {})
        self.day = day or Day()
        self._at_once = at_once
        self.slots = threading.Semaphore(at_once)
        self._read = read
        self.name = ""
        self.clock: Callable[[], float] = lambda: 0.0

    def reserve(self, path: str, now: float) -> float:
        """Seconds to wait before a call of this path may go out. The place is taken."""
        wait = 0.0
        for rate in self._rates(path):  # each from where the one before lets it go, or many would go out then at once
            wait += rate.reserve(now + wait)
        return wait

    def late(self, path: str, place: float, at: float) -> None:
        """A call of this path that was to go out by then goes out only now, for too many were under way."""
        for rate in self._rates(path):
            rate.late(place, at)

    def _rates(self, path: str) -> list[Rate]:
        return [self.burst, *(rate for ending, rate in self.by_ending.items() if path.endswith(ending))]

    def hear(self, headers: Mapping[str, str]) -> None:
        """Learn the limits that an answer told."""
        if self._read is None:
            return
        told = self._read(headers)
        if told.burst is not None:
            self.burst.learn(*told.burst)
        if told.used is not None and told.total is not None:
            self.day.learn(told.used, told.total)

    def lower(
        self, *, share: float, burst: int | None = None, a_day: int | None = None, at_once: int | None = None
    ) -> None:
        """Take the operator's own limits: the share of each told limit that we use, and numbers of calls."""
        self.burst.lower(share=share, at_most=burst)
        self.day.lower(share=share, at_most=a_day)
        # Calls under way give their places back to the semaphore that they took them from.
        self.slots = threading.Semaphore(min(at_once or self._at_once, self._at_once))


def day_name(now: datetime, zone: str | None) -> str:
    """The day of an instant in a zone (None: UTC), as 2026-11-22."""
    return str(now.astimezone(zone_of(zone) or UTC).date())


def midnight(now: datetime, zone: str | None) -> datetime:
    """The next midnight in a zone (None: UTC), in UTC."""
    there = zone_of(zone) or UTC
    tomorrow = now.astimezone(there).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, there).astimezone(UTC)


def zone_of(name: str | None) -> ZoneInfo | None:
    """A time zone by its name, None for none that is known."""
    try:
        return ZoneInfo(name or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
