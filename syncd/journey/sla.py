"""How fast sales answers who was handed over (facts: market 4). Pure.

Two clocks, because one number blames people for the delay of programs: the system's, from what the person did until
somebody of sales had them, and the human one from there to the first time that somebody of sales reached out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from syncd.files.scalars import WorkingDuration
from syncd.journey.funnel import Rate
from syncd.journey.velocity import Spread, spread
from syncd.model.instant import HOUR, MINUTE, Instant, datetime_of
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.plan.calendar import WEEKDAYS
from syncd.plan.clocks import Clock, State, WorkingTime, clock

BANDS: Mapping[str, int] = {"0-5 min": 5 * MINUTE, "5-15 min": 15 * MINUTE, "15-60 min": HOUR}
"""Up to before how long after the assignment somebody was reached, on the wall (facts: market 4)."""
LATER, NOT_YET = "60+ min", "not yet"
NOBODY = "(nobody)"
"""The owner of those whom nobody of sales has."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One person handed over in one cycle: what they did that qualified them, when they entered the stage, when
    somebody of sales had them and who, when sales first reached out, when both first were in contact, and when they
    came into sales' own stage. An attempt is no contact, and contact is no qualification. None is not yet.
    """

    person: PersonId
    cycle: int
    entered_at: Instant
    engaged_at: Instant
    assigned_at: Instant | None
    owner: str | None
    touched_at: Instant | None
    qualified_at: Instant | None
    contacted_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A handover with its clocks at an instant. Lengths are milliseconds on the wall; None is not yet.

    `speed` is from engagement to the first touch, and `system` and `human` are its parts: who was touched before
    anybody had them was not waited for. `to_contact` and `to_stage` are from the assignment to two-way contact, and
    to sales' own stage. `pick_up` is the SLA clock in the working hours of their owner, None while nobody has them.
    """

    handover: Handover
    speed: int | None
    system: int | None
    human: int | None
    qualified: int | None
    pick_up: Clock | None
    contacted: int | None = None
    to_contact: int | None = None
    to_stage: int | None = None

    @property
    def band(self) -> str:
        """How soon after the assignment somebody was reached."""
        if self.human is None:
            return NOT_YET
        return next((name for name, end in BANDS.items() if self.human < end), LATER)


@dataclass(frozen=True, slots=True)
class Attainment:
    """How many clocks were met and breached: stopped late, or still running after time was up. Those that run in time
    are in neither, nor are those that nobody has.
    """

    met: int
    late: int
    overdue: int
    running: int
    unassigned: int

    @property
    def rate(self) -> Rate:
        """Met of those that are decided."""
        return Rate(self.met, self.met + self.late + self.overdue)


@dataclass(frozen=True, slots=True)
class Sla:
    """What some answers come to."""

    n: int
    speed: Spread
    system: Spread
    human: Spread
    qualified: Spread
    working: Spread
    attainment: Attainment
    bands: Mapping[str, int]
    contacted: Spread
    to_contact: Spread
    to_stage: Spread


def answer(handover: Handover, allowed: WorkingDuration, calendar: WorkingTime, now: Instant) -> Answer:
    """A handover with its clocks, seen at an instant. What happened later has not happened."""
    engaged, touched, assigned = handover.engaged_at, _by(handover.touched_at, now), _by(handover.assigned_at, now)
    qualified, contacted = _by(handover.qualified_at, now), _by(handover.contacted_at, now)
    if touched is not None and (assigned is None or touched < assigned):
        assigned = touched
    return Answer(
        handover,
        speed=None if touched is None else max(0, touched - engaged),
        system=None if assigned is None else max(0, assigned - engaged),
        human=None if touched is None or assigned is None else max(0, touched - max(assigned, engaged)),
        qualified=None if qualified is None else max(0, qualified - engaged),
        contacted=None if contacted is None else max(0, contacted - engaged),
        to_contact=_since(assigned, engaged, contacted),
        to_stage=_since(assigned, engaged, qualified),
        pick_up=None if assigned is None else clock(max(assigned, engaged), touched, allowed, calendar, now),
    )


def _since(assigned: Instant | None, engaged: Instant, at: Instant | None) -> int | None:
    return None if assigned is None or at is None else max(0, at - max(assigned, engaged))


def _by(at: Instant | None, now: Instant) -> Instant | None:
    return at if at is not None and at <= now else None


def sla(answers: Sequence[Answer]) -> Sla:
    """Sum up."""
    states = Counter(None if one.pick_up is None else one.pick_up.state for one in answers)
    bands = Counter(one.band for one in answers)
    return Sla(
        n=len(answers),
        speed=spread(one.speed for one in answers if one.speed is not None),
        system=spread(one.system for one in answers if one.system is not None),
        human=spread(one.human for one in answers if one.human is not None),
        qualified=spread(one.qualified for one in answers if one.qualified is not None),
        contacted=spread(one.contacted for one in answers if one.contacted is not None),
        to_contact=spread(one.to_contact for one in answers if one.to_contact is not None),
        to_stage=spread(one.to_stage for one in answers if one.to_stage is not None),
        working=spread(one.pick_up.working for one in answers if one.pick_up and one.human is not None),
        attainment=Attainment(
            states[State.MET], states[State.LATE], states[State.OVERDUE], states[State.RUNNING], states[None]
        ),
        bands={name: bands[name] for name in (*BANDS, LATER, NOT_YET)},
    )


def split(answers: Iterable[Answer], label: Callable[[Answer], str]) -> dict[str, Sla]:
    """The same by the value that each has, the most frequent first."""
    groups: dict[str, list[Answer]] = {}
    for one in answers:
        groups.setdefault(label(one), []).append(one)
    ordered = sorted(groups, key=lambda value: (-len(groups[value]), value))
    return {value: sla(groups[value]) for value in ordered}


def owner_of(one: Answer) -> str:
    """Who had the person."""
    return one.handover.owner or NOBODY


def by_hour(answers: Iterable[Answer], zone: ZoneInfo) -> dict[tuple[str, int], Sla]:
    """By weekday and hour, in a zone, at which somebody was to be picked up; in order of the week."""
    groups: dict[tuple[int, int], list[Answer]] = {}
    for one in answers:
        if one.pick_up is not None:
            local = datetime_of(one.pick_up.started_at).astimezone(zone)
            groups.setdefault((local.weekday(), local.hour), []).append(one)
    return {(WEEKDAYS[day], hour): sla(groups[day, hour]) for day, hour in sorted(groups)}
